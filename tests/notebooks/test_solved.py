"""Every notebook with every exercise solved by its reference."""

import inspect

import pytest

from course_lib import exercises
from course_lib.classroom.notebooks import exercise_name

from .runs import run, shipped, texts


def solution(name):
    return f"@exercise\n{inspect.getsource(exercises.get(name).reference)}"


@pytest.mark.parametrize("stem", exercises.COURSE)
def test_solved(stem):
    solved = run(stem, solution)
    for cell, before in zip(solved.cells, shipped(stem).cells, strict=True):
        if exercise_name(cell):
            assert "✔ Correct" in cell.outputs[0].data["text/html"], cell.source
        elif "exercises.progress(" in cell.source:
            count = len(exercises.names(stem))
            assert f"{count} of {count} solved" in cell.outputs[0].data["text/html"]
        elif cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get(
            "tags", []
        ):
            assert texts(cell) == texts(before), cell.source
