"""Notebooks for nbgrader: after each exercise a test cell worth one point.

The exercise cells stay as they are, without an answer. The tests are hidden: nbgrader takes them
out of what learners receive, so that Run All works there, and puts them back to grade.
"""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course_lib import exercises
from course_lib.classroom.notebooks import exercise_name
from course_lib.exercises.engine.exercise import Implementation
from course_lib.exercises.engine.report import Status

TEST = """\
# {name}: 1 point, given when you have handed in
### BEGIN HIDDEN TESTS
from course_lib.classroom.nbgrader import assert_solved

assert_solved("{name}", {name})
### END HIDDEN TESTS"""


def assert_solved(name: str, attempt: Implementation) -> None:
    """Raise AssertionError unless `attempt` is a right solution, and not the course's own.

    A wrong attempt leaves its name bound to the reference, which would pass every check. So the
    first question is whose implementation it is.
    """
    exercise = exercises.get(name)
    if attempt is exercise.reference:
        raise AssertionError(f"{name} is not solved: the output of its cell says what is wrong")
    report = exercise.grade(attempt)
    if report.status != Status.CORRECT:
        raise AssertionError(f"{name}: {report.status}. {report.diagnosis or report.error}")


def with_test_cells(notebook: NotebookNode) -> NotebookNode:
    """A copy in which each exercise cell is followed by its test cell, marked for nbgrader."""
    marked, cells = copy.deepcopy(notebook), []
    for cell in marked.cells:
        name = exercise_name(cell)
        cells += [cell, _test_cell(name)] if name else [cell]
    marked.cells = cells
    return marked


def _test_cell(name: str) -> NotebookNode:
    """One of nbgrader's "autograder tests". Locked: what a learner changes in it does not count."""
    nbgrader = {
        "grade": True,
        "grade_id": name,
        "locked": True,
        "points": 1,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return new_code_cell(
        TEST.format(name=name),
        id=f"test-{name}",
        metadata={"nbgrader": nbgrader, "slideshow": {"slide_type": "skip"}},
    )
