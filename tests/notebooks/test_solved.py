"""The instructor's edition: every notebook with every exercise solved by its reference."""

import pytest

from course_lib import exercises
from course_lib.classroom.editions import BANNER, solved
from course_lib.classroom.notebooks import exercise_name
from tests.notebooks.runs import shipped, texts


@pytest.mark.parametrize("stem", exercises.COURSE)
def test_solved(stem):
    before = shipped(stem)
    after = solved(before)
    assert BANNER in after.cells[0].source
    for cell, shown in zip(after.cells, before.cells, strict=True):
        if exercise_name(cell):
            assert "✔ Correct" in cell.outputs[0].data["text/html"], cell.source
        elif "exercises.progress(" in cell.source:
            count = len(exercises.names(stem))
            of = count or len(exercises.names())  # without exercises: the whole course's table
            assert f"{count} of {of} solved" in cell.outputs[0].data["text/html"]
        elif cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get(
            "tags", []
        ):
            assert texts(cell) == texts(shown), cell.source
