"""What a check found out."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How an attempt did."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    NOT_COMPARABLE = "cannot be compared"
    ERROR = "error"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Grid:
    """The same small part of two tensors, as rows of numbers, and the first place that differs."""

    expected: list[list[str]]
    yours: list[list[str]]
    differs: tuple[int, int]  # row and column
    part: str  # which part it is, as an index; "" for the whole


@dataclass(frozen=True)
class Failure:
    """One failed case: what was asked, the right answer, and the attempt's."""

    case: str
    expected: str
    yours: str
    grid: Grid | None = None


@dataclass(frozen=True)
class Report:
    """The result of a check.

    `status` is a `Status`; a class's grading has some of its own. `diagnosis` says what is wrong
    as far as that is certain, and `mistakes` are the known ones in it. `error` is the learner's own
    line and the message, when code raised. `is_open`: no known mistake explains it, and what is
    said of it holds for this attempt alone.
    """

    name: str
    status: StrEnum
    failures: tuple[Failure, ...] = ()
    diagnosis: str = ""
    mistakes: tuple[str, ...] = ()
    is_open: bool = False
    error: str = ""
    notes: tuple[str, ...] = ()
    printed: str = ""

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.status}"]
        lines += [self.diagnosis] if self.diagnosis else []
        lines += [self.error] if self.error else []
        lines += [f"  {f.case}: expected {f.expected}, yours {f.yours}" for f in self.failures]
        return "\n".join([*lines, *self.notes])
