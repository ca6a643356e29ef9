"""What nbgrader's edition rests on. nbgrader itself is not needed here."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from course_lib import exercises
from course_lib.__main__ import main
from course_lib.classroom import editions
from course_lib.classroom.editions import solution
from course_lib.classroom.nbgrader import assert_solved, with_test_cells
from course_lib.classroom.notebooks import execute, exercise_name, sources
from tests.notebooks.runs import shipped

WRONG = """@exercise
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)"""


def graded_cells(notebook):
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


@pytest.mark.parametrize("stem", [source.stem for source in sources()])
def test_each_exercise_is_followed_by_its_test(stem):
    original = shipped(stem)
    notebook = with_test_cells(original)
    nbformat.validate(notebook)
    pairs = zip(notebook.cells, notebook.cells[1:], strict=False)
    followed = {exercise_name(cell): after for cell, after in pairs if exercise_name(cell)}
    assert {n: cell.metadata.nbgrader.grade_id for n, cell in followed.items()} == {
        name: name for name in exercises.names(stem)
    }
    for cell in followed.values():
        nbgrader = cell.metadata.nbgrader
        assert nbgrader.grade and nbgrader.locked and nbgrader.points == 1
        # what nbgrader takes out of the learners' copy is all that can fail
        kept, _, rest = cell.source.partition("### BEGIN HIDDEN TESTS\n")
        assert kept.startswith("# ") and kept.count("\n") == 1
        assert rest.endswith("### END HIDDEN TESTS")
    assert [cell for cell in notebook.cells if cell not in graded_cells(notebook)] == original.cells


ATTEMPTS = {  # source of the exercise cell: what its test then says, or None
    "": "NameError",
    WRONG: "is not solved",  # though the name is bound to the reference by now
    WRONG.removeprefix("@exercise\n"): "incorrect",
    "from course_lib.models.cost import count_parameters": "is not solved",
    solution("count_parameters"): None,
    solution("count_parameters").removeprefix("@exercise\n"): None,
}


def test_only_a_right_attempt_passes_its_test(tmp_path):
    """In a kernel, as nbgrader runs it: each attempt, then the test cell."""
    notebook = with_test_cells(shipped("00_welcome"))
    (test,) = graded_cells(notebook)
    test.metadata.tags = ["raises-exception"]
    setup = "from torch import nn\nfrom course_lib import exercise"
    notebook.cells = [new_code_cell(setup)]
    for source in ATTEMPTS:
        notebook.cells += [new_code_cell(source), copy.deepcopy(test)]
    execute(notebook, tmp_path)
    for error, cell in zip(ATTEMPTS.values(), graded_cells(notebook), strict=True):
        raised = [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"]
        assert (error in raised[0]) if error else raised == []


def test_an_attempt_that_is_no_function_fails():
    with pytest.raises(AssertionError, match="count_parameters: error. 3 is not a function"):
        assert_solved("count_parameters", 3)


def test_the_command_writes_the_edition(tmp_path, monkeypatch):
    monkeypatch.setattr(editions, "sources", lambda: sources()[:1])
    assert main(["edition", "nbgrader", str(tmp_path)]) == 0
    (test,) = graded_cells(nbformat.read(tmp_path / "00_welcome.ipynb", 4))
    assert test.metadata.nbgrader.grade_id == "count_parameters"
