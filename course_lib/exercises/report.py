"""What a check found out."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Failure:
    """One row of the table: what was asked, the right answer, and the attempt's."""

    case: str
    expected: str
    yours: str


@dataclass(frozen=True)
class Report:
    """The result of a check.

    `status` is "correct", "incorrect", "error" or "not attempted". `diagnosis` names the mistake
    when it is a known one. `error` is the learner's own line and the message, when code raised.
    """

    name: str
    status: str
    failures: tuple[Failure, ...] = ()
    diagnosis: str = ""
    error: str = ""
    notes: tuple[str, ...] = field(default=())
    printed: str = ""

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.status}"]
        lines += [self.diagnosis] if self.diagnosis else []
        lines += [self.error] if self.error else []
        lines += [f"  {f.case}: expected {f.expected}, yours {f.yours}" for f in self.failures]
        return "\n".join([*lines, *self.notes])
