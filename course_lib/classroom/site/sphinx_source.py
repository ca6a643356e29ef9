"""What Sphinx reads to make the course's web pages: a copy of the notebooks, made for reading.

The copy keeps the repository's folders, so that the links between its files stay as they are. The
start page is made of the README's parts.
"""

import base64
import hashlib
import io
import re
import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from PIL import Image

from course_lib.classroom.editions import pristine
from course_lib.classroom.notebooks import FOLDER, notebook_of, sources

ROOT = FOLDER.parent
PICTURES = "notebooks/pictures"  # the notebooks' pictures as files, which the pages refer to
README_PARTS = ("The notebooks", "Start", "Licence")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:\s]+)\)")  # to a file: no web address, no anchor
BADGE = re.compile(r"\[!\[([^\]]*)\]\(https://[^)]*\)\]")  # a link with a picture from elsewhere

ABOUT_THE_SITE = """\
These pages show the notebooks with the outputs of their last run. They are for reading and for \
looking something up. The sliders move, and your answers are checked, in JupyterLab: \
[how to start it](#start)."""
ABOUT_THE_PAGE = """\
:::{note}
This is the notebook with the outputs of its last run. To run it, to move its sliders and to have \
your answers checked, [open it in JupyterLab](../index.md#start).
:::"""
EXPLORER = (
    "A picture of the explorer's first values. The live one, with controls, needs JupyterLab."
)
PROGRESS = "*In JupyterLab, a table here shows which exercises you have solved.*"


def write(folder: Path) -> None:
    """Write it into `folder`, a new one.

    Raises ValueError for a notebook that has been worked in, or for a picture without words.
    """
    notebooks = [notebook_of(source) for source in sources()]
    data = ROOT / "data"
    documents = [FOLDER / "glossary.md", data / "README.md", *sorted(data.glob("*/README.md"))]
    files = [ROOT / "LICENSE", *(data / "LICENSES").iterdir(), FOLDER / "screenshot.png"]
    copies = {path: folder / path.relative_to(ROOT) for path in [*notebooks, *documents, *files]}
    (folder / PICTURES).mkdir(parents=True)
    for copy in copies.values():
        copy.parent.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy(path, copies[path])
    for path in documents:
        copies[path].write_text(_without_dead_ends(path.read_text("utf-8"), path, copies), "utf-8")
    entries = []  # with the notebooks' numbers, which their headings do not have
    for path in notebooks:
        notebook = pristine(path)
        heading = notebook.cells[0].source.splitlines()[0].lstrip("# ")
        entries.append(f"{path.stem[:2]} {heading} <{_page(path)}>")
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _without_dead_ends(cell.source, path, copies)
        nbformat.write(for_reading(notebook, folder / PICTURES), copies[path])
    text = _without_dead_ends(_readme(), ROOT / "README.md", copies)
    text += _contents("Notebooks", entries)
    text += _contents("To look things up", [_page(path) for path in documents])
    (folder / "index.md").write_text(text, "utf-8")


def for_reading(notebook: NotebookNode, pictures: Path) -> NotebookNode:
    """The notebook, changed: a word on what it is, its pictures as files in `pictures`."""
    language = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata = NotebookNode(language_info=language)
    notebook.cells.insert(1, new_markdown_cell(ABOUT_THE_PAGE))
    for number, cell in enumerate(notebook.cells):
        if cell.source.startswith("exercises.progress("):
            notebook.cells[number] = new_markdown_cell(PROGRESS)
            continue
        for index, output in enumerate(cell.get("outputs", [])):
            if "image/png" in output.get("data", {}):
                # figures are displayed; of what a cell's last line returns, explorers are pictures
                caption = EXPLORER if output.output_type == "execute_result" else ""
                figure = _figure(output, caption, pictures)
                cell.outputs[index] = new_output("display_data", {"text/html": figure})
    return notebook


def _figure(output: NotebookNode, caption: str, pictures: Path) -> str:
    """The output's picture as HTML, and its file in `pictures`, named by its contents."""
    data = base64.b64decode(output.data["image/png"])
    alt = output.metadata.get("image/png", {}).get("alt")
    if not alt:
        text = output.data.get("text/plain")
        raise ValueError(f"a picture has no alternative text: draw it with figures.show ({text})")
    name = hashlib.sha256(data).hexdigest()[:16] + ".png"
    (pictures / name).write_bytes(data)
    width, height = Image.open(io.BytesIO(data)).size
    image = (
        f'<img src="pictures/{name}" alt="{escape(alt)}" width="{width}" height="{height}" '
        f'style="--width: {width}px" loading="lazy">'
    )
    if caption:
        caption = f"<figcaption><p>{escape(alt)}</p><p>{caption}</p></figcaption>"
    return f"<figure>{image}{caption}</figure>"


def _without_dead_ends(text: str, path: Path, pages: Iterable[Path]) -> str:
    """The Markdown of `path`; a link to a file that is not among `pages` becomes its text alone.

    A link to nothing at all stays, so that Sphinx reports it.
    """

    def kept(link: re.Match) -> str:
        target = (path.parent / link[2]).resolve()
        return link[1] if target.exists() and target not in pages else link[0]

    return LINK.sub(kept, text)


def _readme() -> str:
    """The README's opening, and those of its parts that readers of the pages need."""
    opening, *parts = re.split(r"^## ", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    titled = {part.partition("\n")[0]: f"## {part.rstrip()}\n\n" for part in parts}
    opening = BADGE.sub(r"[\1]", opening)
    return f"{opening}{ABOUT_THE_SITE}\n\n" + "".join(titled[title] for title in README_PARTS)


def _page(path: Path) -> str:
    """What Sphinx calls the page of a file."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def _contents(caption: str, entries: list[str]) -> str:
    """A part of the side bar: pages, as "page" or "title <page>"."""
    lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```"]
    return "\n".join(lines) + "\n\n"
