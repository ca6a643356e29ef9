"""Every notebook with every exercise attempted by one of its known mistakes."""

import html

import pytest

from course_lib import exercises
from course_lib.classroom.notebooks import exercise_name
from tests.notebooks.runs import run, shipped, texts


def wrong(name):
    return (
        "from course_lib import exercises\n"
        f"task = exercises.get({name!r})\n"
        "attempt = task.wrong(next(iter(task.mistakes)))\n"
        f"attempt.__name__ = {name!r}\n"
        f"{name} = exercise(attempt)"
    )


@pytest.mark.parametrize("stem", exercises.COURSE)
def test_attempted_wrongly(stem):
    attempted = run(stem, wrong)
    for cell, before in zip(attempted.cells, shipped(stem).cells, strict=True):
        if name := exercise_name(before):
            shown = cell.outputs[0].data["text/html"]
            assert "✘ Incorrect" in shown, cell.source
            assert html.escape(next(iter(exercises.get(name).mistakes))) in shown
        elif "exercises.progress(" in cell.source:
            assert "0 of" in cell.outputs[0].data["text/html"]
        elif cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get(
            "tags", []
        ):
            assert texts(cell) == texts(before), cell.source
