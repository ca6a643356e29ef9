"""What a check found out."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How an attempt did."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    ERROR = "error"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Failure:
    """One row of the table: what was asked, the right answer, and the attempt's."""

    case: str
    expected: str
    yours: str


@dataclass(frozen=True)
class Report:
    """The result of a check.

    `status` is a `Status`; a class's grading has some of its own. `diagnosis` names the
    mistake when it is a known one. `error` is the learner's own line and the message, when code
    raised.
    """

    name: str
    status: StrEnum
    failures: tuple[Failure, ...] = ()
    diagnosis: str = ""
    error: str = ""
    notes: tuple[str, ...] = ()
    printed: str = ""

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.status}"]
        lines += [self.diagnosis] if self.diagnosis else []
        lines += [self.error] if self.error else []
        lines += [f"  {f.case}: expected {f.expected}, yours {f.yours}" for f in self.failures]
        return "\n".join([*lines, *self.notes])
