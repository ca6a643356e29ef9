"""What a slide shows of one cell: HTML, never an answer.

Tags and slideshow metadata decide:

- `"text"` in a cell's slideshow metadata stands on the slide in place of its prose, under its
  heading: a slide has room for a few words, and nobody can scroll it;
- `hide-input` leaves the cell's code out, where its figure or table is the point;
- an exercise is its signature and docstring, whatever the learner or instructor wrote under it,
  or where it is code to repair, that code as it was planted;
- an explorer with `"states": [{...}, ...]` is a living picture for each of these first values;
- of a collapsed question in the prose the question stays, and the answer goes.
"""

import ast
import inspect
import re
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course_lib import exercises, explorers
from course_lib.classroom.notebooks import exercise_name
from course_lib.explorers.explorer import Explorer

CODE = HtmlFormatter(cssclass="code")
LARGEST, SMALLEST = 22, 18  # pixels of a code letter; the longest line and the height decide
LINE = 1150 / 0.602  # a slide's width in pixels over that of a letter of one pixel
HEIGHT = 535 / 1.3  # what a heading and a line of prose leave to code, over a line of one pixel
QUESTION = re.compile(r"<details>\s*<summary>(.*?)</summary>.*?</details>", re.DOTALL)
LOCAL_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)")  # a deck stands alone


def pages(cell: NotebookNode, folder: Path) -> list[str]:
    """The cell as HTML, one string a slide: several for an explorer's states, else at most one.

    `folder` is where the pictures of its Markdown lie. Raises ValueError for states that the
    explorer does not have and for a collapsed answer that cannot be told from the question.
    """
    tags = cell.metadata.get("tags", [])
    if "states" in cell.metadata.get("slideshow", {}):
        return _explored(cell)
    if cell.cell_type == "markdown":
        return [prose(_on_slide(cell), folder)]
    if cell.cell_type != "code":
        return []
    if "exercise" in tags:
        name = exercise_name(cell)
        planted = exercises.get(name).planted if name in exercises.names() else None
        code = inspect.getsource(planted.code) if planted else task(cell.source)
        return [_code(code.rstrip())]
    parts = [] if "hide-input" in tags else [_code(cell.source)]
    parts += [_output(output, folder) for output in cell.outputs]
    return ["\n".join(parts)] if parts else []


def _on_slide(cell: NotebookNode) -> str:
    """The Markdown that the slide shows of a cell of Markdown."""
    text = cell.metadata.get("slideshow", {}).get("text")
    if text is None:
        return cell.source
    heading, _, _ = cell.source.partition("\n")
    return f"{heading}\n\n{text}" if heading.startswith("#") else text


def prose(source: str, folder: Path) -> str:
    """Markdown as HTML, its pictures inside, its math left to MathJax, its answers left out."""
    source = LOCAL_LINK.sub(r"\1", QUESTION.sub(r"- \1", source))
    if "<details" in source:
        raise ValueError(
            "a slide would show this answer; write <details><summary>question</summary> answer "
            f"</details>:\n{source}"
        )
    renderer = _Renderer(
        escape=False, exclude_anchor_links=True, embed_images=True, path=str(folder)
    )
    html = MarkdownWithMath(renderer=renderer).render(source)
    return f'<div class="prose">{html}</div>'


class _Renderer(IPythonRenderer):
    """nbconvert's, which closes every inline tag where it opens: <code>x</code> lost its x."""

    def inline_html(self, html: str) -> str:
        return html


def task(source: str) -> str:
    """The signature and docstring of the function or class under `@exercise`, and nothing more."""
    lines = source.splitlines()

    def outline(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
        """A function's head, or a class's head, its attributes and the heads of its methods."""
        documented = ast.get_docstring(node) is not None
        end = node.body[0].end_lineno if documented else node.body[0].lineno - 1
        kept = lines[node.lineno - 1 : end]
        if isinstance(node, ast.FunctionDef):
            return [*kept, " " * (node.col_offset + 4) + "..."]
        for member in node.body:
            if isinstance(member, ast.Assign | ast.AnnAssign):
                kept += ["", *lines[member.lineno - 1 : member.end_lineno]]
            elif isinstance(member, ast.FunctionDef):
                kept += ["", *outline(member)]
        return kept

    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and any(
            ast.unparse(decorator) == "exercise" for decorator in node.decorator_list
        ):
            return "\n".join(outline(node))
    raise ValueError(f"a cell is tagged exercise but decorates nothing:\n{source}")


def _explored(cell: NotebookNode) -> list[str]:
    (kind, first), states = _explorer(cell.source), cell.metadata["slideshow"]["states"]
    if not (isinstance(states, list) and states and all(isinstance(s, dict) for s in states)):
        raise ValueError(f"states must be a list of at least one {{control: value}}, not {states}")
    found = []
    for state in states:
        try:
            found.append(kind(**first | state)._repr_html_())
        except TypeError as error:  # a control that does not exist
            raise ValueError(f"{cell.source}: {error}") from error
    return found


def _explorer(source: str) -> tuple[type[Explorer], dict[str, Any]]:
    """The explorer that a cell shows, and its first values. No line of the cell runs."""
    call = getattr(ast.parse(source).body[-1], "value", None)
    if not (isinstance(call, ast.Call) and ast.unparse(call.func).startswith("explorers.")):
        raise ValueError(f"a cell with states must end with explorers.Name(...), not:\n{source}")
    name = ast.unparse(call.func).removeprefix("explorers.")
    first = {keyword.arg or "**": ast.literal_eval(keyword.value) for keyword in call.keywords}
    return getattr(explorers, name), first


def _output(output: NotebookNode, folder: Path) -> str:
    if output.output_type == "stream":
        return _text(output.text)
    if output.output_type == "error":
        return _text(f"{output.ename}: {output.evalue}")
    data = output.data
    if "text/markdown" in data:
        return prose(data["text/markdown"], folder)
    if "text/html" in data and "<details" not in data["text/html"]:  # else: words without answers
        html = data["text/html"]
        return html if html.startswith("<figure") else f'<div class="prose">{html}</div>'
    return _text(data.get("text/plain", ""))


def _text(text: str) -> str:
    text = strip_ansi(text).rstrip("\n")
    return f'<pre class="output" {_size(text)}>{escape(text)}</pre>' if text else ""


def _code(source: str) -> str:
    return f"<div {_size(source)}>{highlight(source, PythonLexer(), CODE)}</div>"


def _size(text: str) -> str:
    lines = text.splitlines()
    fitting = min(LINE / max(map(len, lines), default=1), HEIGHT / max(len(lines), 1))
    return f'style="font-size: {max(SMALLEST, min(LARGEST, int(fitting)))}px"'
