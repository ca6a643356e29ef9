"""The notebooks as files: pairs, outputs, exercises, slides, alternative texts.

That they run and give the same outputs again is `pytest --nbval notebooks/`.
"""

import inspect
import re

import jupytext
import nbformat
import pytest

from course_lib import exercises
from course_lib.classroom.notebooks import exercise_name, notebook_of, sources
from course_lib.saving import VIEW

SOURCES = sources()
NOTEBOOKS = {source.stem: nbformat.read(notebook_of(source), 4) for source in SOURCES}
notebooks = pytest.mark.parametrize("stem", NOTEBOOKS)


def code_cells(stem):
    return [cell for cell in NOTEBOOKS[stem].cells if cell.cell_type == "code"]


def test_the_course_is_complete():
    assert list(NOTEBOOKS) == list(exercises.COURSE)


@notebooks
def test_notebook_equals_its_script(stem):
    source = next(source for source in SOURCES if source.stem == stem)
    assert jupytext.writes(NOTEBOOKS[stem], fmt="py:percent") == source.read_text()


@notebooks
def test_every_code_cell_has_run_without_error(stem):
    for cell in code_cells(stem):
        assert cell.execution_count is not None, cell.source
        assert not [o for o in cell.outputs if o.output_type == "error"], cell.source
        assert not [o for o in cell.outputs if o.get("name") == "stderr"], cell.source


@notebooks
def test_nothing_random_is_stored(stem):
    assert "widgets" not in NOTEBOOKS[stem].metadata
    for cell in code_cells(stem):
        assert "execution" not in cell.metadata
        assert not [o for o in cell.outputs if VIEW in o.get("data", {})], cell.source


@notebooks
def test_exercises_are_those_of_the_course(stem):
    found = [name for cell in code_cells(stem) if (name := exercise_name(cell))]
    assert found == exercises.names(stem)
    for cell in code_cells(stem):
        if name := exercise_name(cell):
            if planted := exercises.get(name).planted:  # code to repair, in one place only
                source = inspect.getsource(planted.code)
                assert cell.source == f"@exercise\n{source}".rstrip()
            else:
                assert "raise NotImplementedError" in cell.source
            assert "Not attempted" in cell.outputs[0].data["text/html"]


@notebooks
def test_every_picture_has_an_alternative_text(stem):
    for cell in code_cells(stem):
        for output in cell.outputs:
            data = output.get("data", {})
            assert not [kind for kind in data if kind.startswith("image/")], cell.source
            for image in re.findall(r"<img [^>]*>", data.get("text/html", "")):
                assert re.search(r'alt="[^"]{20,}"', image), cell.source
    for cell in NOTEBOOKS[stem].cells:
        if cell.cell_type == "markdown":
            assert "![](" not in cell.source


@notebooks
def test_every_cell_has_its_place_on_a_slide(stem):
    for cell in NOTEBOOKS[stem].cells:
        assert cell.metadata.get("slideshow", {}).get("slide_type"), cell.source


@notebooks
def test_it_ends_as_every_notebook_of_the_course(stem):
    text = "\n".join(c.source for c in NOTEBOOKS[stem].cells if c.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[-2:] == ["Check yourself", "What to remember"]
    own = f'"{stem}"' if exercises.names(stem) else ""  # one without exercises shows the course's
    assert f"exercises.progress({own})" in "\n".join(c.source for c in code_cells(stem))
    assert any("explorers." in cell.source for cell in code_cells(stem))
