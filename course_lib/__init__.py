"""The reference models of the course, and what its notebooks run on.

`models` is the subject, in the order of the notebooks. `exercise` is what marks a cell to be
checked; it is loaded when it is asked for, so that the models alone need nothing but PyTorch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.exercises import exercise

__all__ = ["exercise"]


def __getattr__(name: str) -> Any:
    if name != "exercise":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from course_lib.exercises import exercise

    return exercise
