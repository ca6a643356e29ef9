"""Building the web pages: what is replaced, what is refused, and what a page must not give away."""

import ast
import html
import re

import nbformat
import pytest

from course_lib import exercises
from course_lib.__main__ import main
from course_lib.classroom.notebooks import FOLDER, sources
from course_lib.classroom.site import build, contents, formulas, sphinx_source
from course_lib.exercises.engine.feedback import solution
from tests.notebooks.runs import shipped


@pytest.fixture
def quick(monkeypatch):
    """Instead of the notebooks and Sphinx, one page that says which number of build it is."""
    builds = []

    def write(folder, solutions, slides):
        (folder / sphinx_source.DOWNLOADS).mkdir(parents=True)

    def run(source, pages):
        builds.append(pages)
        pages.mkdir()
        (pages / "index.html").write_text(f"build {len(builds)}")

    monkeypatch.setattr(sphinx_source, "write", write)
    monkeypatch.setattr(build, "_run_sphinx", run)


def test_an_earlier_site_is_replaced(quick, tmp_path):
    out = tmp_path / "site"
    for number in (1, 2):
        assert main(["site", "--out", str(out)]) == 0
        assert (out / "index.html").read_text() == f"build {number}"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_other_folders_are_refused_and_left_alone(quick, tmp_path, capsys):
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter.txt").write_text("years of work")
    for out, words in (
        (mine, "holds other files"),
        (mine / "chapter.txt", "is a file"),
        (tmp_path / "none" / "site", "create it first"),
    ):
        assert main(["site", "--out", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert (mine / "chapter.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["chapter.txt", "thesis"]


def test_an_interrupted_build_leaves_the_earlier_site(quick, tmp_path, monkeypatch):
    out = tmp_path / "site"
    build.build(out)

    def interrupted(source, pages):
        pages.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_run_sphinx", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.build(out)
    assert (out / "index.html").read_text() == "build 1"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize(
    "text, words", [("Go to [nowhere](nothing.md).", "nothing.md"), ("$\\nonsense$", "nonsense")]
)
def test_a_warning_is_an_error(text, words, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text(f"# Start\n\n{text}\n")
    with pytest.raises(ValueError, match=words):
        build._run_sphinx(source, tmp_path / "pages")


def test_a_formula_is_mathml():
    assert formulas.mathml("a < b") == "<math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>"
    assert "<munderover>" in formulas.mathml(r"\sum_{i=1}^{C} T_i(x)", display=True)


def test_a_link_to_what_the_site_leaves_out_is_its_text():
    text = "[one](glossary.md), [two](../data/__init__.py), [three](https://a.b/c), [four](gone.md)"
    kept = sphinx_source._without_dead_ends(text, FOLDER / "x.ipynb", [FOLDER / "glossary.md"])
    assert kept == "[one](glossary.md), two, [three](https://a.b/c), [four](gone.md)"


def test_a_notebook_of_which_too_little_is_said_is_refused(monkeypatch):
    monkeypatch.delitem(contents.QUESTIONS, "03_basic_block")
    with pytest.raises(ValueError, match="03_basic_block: say its question"):
        contents.entries()


def test_pages_link_to_decks_where_they_are_built(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(
        build.deck, "write", lambda notebook, folder: made.append(folder / f"{notebook.stem}.html")
    )
    made = []
    assert main(["site", "--out", str(tmp_path / "site"), "--slides"]) == 0
    entries = contents.entries()
    assert [path.stem for path in made] == [entry.name for entry in entries]
    assert {path.parent.name for path in made} == {"slides"}
    assert 'href="../slides/03_basic_block.html"' in contents.bar(entries, 3, deck=True)
    assert "slides" not in contents.bar(entries, 3, deck=False)


def squeezed(code):
    return re.sub(r"\s+", "", code)


def shown(markup):
    """HTML without its tags, squeezed."""
    return squeezed(html.unescape(re.sub(r"<[^>]*>", "", markup)))


def readable(path):
    """All that a file of the site says, squeezed: of a notebook its code, prose and outputs."""
    text = path.read_text("utf-8", errors="replace")
    if path.suffix != ".ipynb":
        return shown(text)
    cells = nbformat.reads(text, 4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    said = [output.get("text", "") + str(output.get("data", "")) for output in outputs]
    return squeezed("".join(cell.source for cell in cells)) + shown("".join(said))


def answer(name):
    """The lines of an exercise's solution, squeezed, but for its docstrings."""
    text = solution(exercises.get(name).reference)
    lines = dict(enumerate(text.splitlines(), 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            for number in range(node.body[0].lineno, node.body[0].end_lineno + 1):
                del lines[number]
    return {squeezed(line) for line in lines.values()}


def test_without_solutions_no_file_has_a_line_of_one(tmp_path):
    assert main(["site", "--out", str(tmp_path / "site"), "--without-solutions"]) == 0
    told = [cell.source for source in sources() for cell in shipped(source.stem).cells]
    told += [hint for name in exercises.names() for hint in exercises.get(name).hints]
    told = squeezed("".join(told))
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    everything = "".join(map(readable, files))
    secret = {
        name: [line for line in answer(name) if len(line) > 12 and line not in told]
        for name in exercises.names()
    }
    assert all(secret.values()) and sum(map(len, secret.values())) > 250
    found = [(name, line) for name, lines in secret.items() for line in lines if line in everything]
    assert not found
