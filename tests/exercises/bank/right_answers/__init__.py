"""Right answers written in other ways than the references, by notebook: RIGHT[exercise name]."""

import importlib

from course_lib import exercises


def right_answers(name: str) -> list:
    """The right answers for an exercise."""
    notebook = next(key for key, members in exercises.COURSE.items() if name in members)
    module = importlib.import_module(f"{__name__}.{notebook.partition('_')[2]}")
    return module.RIGHT[name]
