"""The editions as files. That each solved notebook runs is tests/notebooks/test_solved.py."""

import shutil

import nbformat
import pytest

from course_lib.__main__ import main
from course_lib.classroom import editions
from course_lib.classroom.notebooks import FOLDER, exercise_name, notebook_of, sources
from tests.notebooks.runs import shipped

NAMES = {notebook_of(source).name for source in sources()} | {"glossary.md"}


@pytest.fixture
def one_notebook(tmp_path, monkeypatch):
    """A course of one notebook, in a folder of its own that may be written to."""
    course = tmp_path / "course"
    course.mkdir()
    for name in ("00_welcome.ipynb", "glossary.md"):
        shutil.copy(FOLDER / name, course)
    monkeypatch.setattr(editions, "FOLDER", course)
    monkeypatch.setattr(editions, "sources", lambda: [course / "scripts/00_welcome.py"])
    return course / "00_welcome.ipynb"


def rewrite(path, change):
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            change(cell)
    nbformat.write(notebook, path)


def test_the_learners_notebooks_are_those_that_ship(tmp_path, capsys):
    assert main(["edition", "learner", str(tmp_path / "class")]) == 0
    assert {path.name for path in (tmp_path / "class").iterdir()} == NAMES
    for source in sources():
        assert nbformat.read(tmp_path / "class" / f"{source.stem}.ipynb", 4) == shipped(source.stem)
    assert f"{len(NAMES)} files" in capsys.readouterr().out


def test_the_instructors_notebook_is_solved_and_executed(one_notebook, tmp_path):
    editions.write("instructor", tmp_path / "answers")
    notebook = nbformat.read(tmp_path / "answers" / "00_welcome.ipynb", 4)
    assert editions.BANNER in notebook.cells[0].source
    cell = next(cell for cell in notebook.cells if exercise_name(cell))
    assert cell.source == editions.solution("count_parameters")
    assert "✔ Correct" in cell.outputs[0].data["text/html"]


def test_nothing_is_overwritten_unless_forced(one_notebook, tmp_path, capsys):
    mine = tmp_path / "class" / "00_welcome.ipynb"
    mine.parent.mkdir()
    mine.write_text("my work")
    assert main(["edition", "learner", str(mine.parent)]) == 1
    assert "already holds 00_welcome.ipynb" in capsys.readouterr().err
    assert mine.read_text() == "my work" and list(mine.parent.iterdir()) == [mine]
    assert main(["edition", "learner", str(mine.parent), "--force"]) == 0
    assert mine.read_text() == one_notebook.read_text()


def test_the_courses_own_folder_is_refused_even_by_force(one_notebook):
    with pytest.raises(ValueError, match="the course's own notebooks"):
        editions.write("learner", one_notebook.parent, force=True)


def test_an_unknown_edition_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'students'"):
        editions.write("students", tmp_path)


def test_a_notebook_that_was_worked_in_is_not_handed_out(one_notebook, tmp_path):
    def solve(cell):
        if name := exercise_name(cell):
            cell.source = editions.solution(name)

    rewrite(one_notebook, solve)
    with pytest.raises(ValueError, match="has worked in the exercise count_parameters"):
        editions.write("learner", tmp_path / "class")
    assert not (tmp_path / "class").exists()


def test_a_notebook_without_its_outputs_is_not_handed_out(one_notebook, tmp_path):
    def clear(cell):
        cell.outputs, cell.execution_count = [], None

    rewrite(one_notebook, clear)
    with pytest.raises(ValueError, match="outputs have been cleared"):
        editions.write("learner", tmp_path / "class")
