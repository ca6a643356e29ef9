"""What an exercise cell shows: the verdict and what helps now, with hints and solution folded."""

import inspect
from html import escape

from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.hint import hint_for
from course_lib.exercises.engine.report import Report, Status
from course_lib.exercises.engine.source import text_of
from course_lib.exercises.engine.table import cases

# (sign, words, colour of the bar): the sign and the words say it without the colour
VERDICTS: dict[str, tuple[str, str, str]] = {
    Status.CORRECT: ("✔", "Correct", "#009E73"),
    Status.INCORRECT: ("✘", "Incorrect", "#D55E00"),
    Status.ERROR: ("!", "Error in your code", "#D55E00"),
    Status.NOT_COMPARABLE: ("?", "Cannot be compared", "#E69F00"),
    Status.NOT_ATTEMPTED: ("○", "Not attempted yet", "#767676"),
}
USES_REFERENCE = "Until it is correct, the cells below use the reference solution."
UNKNOWN = "I do not know this mistake. This case shows it:"


class Feedback:
    """The output of an exercise cell, as HTML and as plain text.

    `solved` is how much of the notebook is, such as "4 of 6"; it is said of a correct attempt.
    """

    def __init__(
        self,
        exercise: Check,
        report: Report,
        attempt: Implementation | None = None,
        solved: str = "",
    ) -> None:
        self.exercise, self.report, self.attempt, self.solved = exercise, report, attempt, solved

    def __repr__(self) -> str:
        ending = "" if self.report.status == Status.CORRECT else f"\n{USES_REFERENCE}"
        return f"{self.report}{ending}"

    def _repr_html_(self) -> str:
        sign, words, colour = VERDICTS[self.report.status]
        parts = [f"<div><b>{sign} {words}</b> &nbsp; <code>{self.exercise.name}</code></div>"]
        parts += self._success() if self.report.status == Status.CORRECT else self._help()
        return (
            f'<div style="border-left: 4px solid {colour}; padding-left: 12px">'
            f"{''.join(parts)}</div>"
        )

    def _help(self) -> list[str]:
        follow = "\n\n".join(hint_for(self.exercise, m) for m in self.report.mistakes).strip()
        return [
            findings(self.report),
            _details("Hint: the place of your mistake in a solution", follow),
            _details("Hint 1", self.exercise.hints[0], code=False),
            _details("Hint 2", self.exercise.hints[1]),
            _details("Reference solution", solution(self.exercise.reference)),
            f"<div>{_stars(self.exercise)}</div>",
            _paragraph(USES_REFERENCE),
        ]

    def _success(self) -> list[str]:
        solved = f"<p>{self.solved} solved in this notebook.</p>" if self.solved else ""
        insight = _paragraph(self.exercise.insight)
        return [solved, insight, findings(self.report), self._beside()]

    def _beside(self) -> str:
        """The learner's code and the solution, next to each other."""
        pieces = {"Yours": self.attempt, "The solution": self.exercise.reference}
        cells = [
            f'<td style="text-align: left; vertical-align: top"><b>{name}</b>: '
            f"{len(text.splitlines())} lines, {1000 * self.exercise.seconds(piece):.3g} ms for all "
            f"cases{_preformatted(text)}</td>"
            for name, piece in pieces.items()
            if piece and (text := text_of(piece))
        ]
        summary = "Your code beside the solution"
        table = f"<table><tr>{''.join(cells)}</tr></table>"
        return f"<details><summary>{summary}</summary>{table}</details>" if len(cells) == 2 else ""


def findings(report: Report) -> str:
    """What a check found out, as HTML: what is wrong, a case, the error, what was printed."""
    unknown = report.status == Status.INCORRECT and not report.diagnosis
    return "".join(
        [
            _strong(UNKNOWN if unknown else report.diagnosis),
            _preformatted(report.error),
            cases(report.failures),
            *map(_paragraph, report.notes),
            _details("Your code printed", report.printed),
        ]
    )


def solution(reference: Implementation) -> str:
    """The reference's source, headed by where it stands."""
    module = reference.__module__.replace(".", "/")
    return f"# from {module}.py\n{inspect.getsource(reference)}"


def _stars(exercise: Exercise) -> str:
    def dots(count: int) -> str:
        return "●" * count + "○" * (5 - count)

    return (
        f"{escape(exercise.title)} · difficulty {dots(exercise.difficulty)} · "
        f"importance {dots(exercise.importance)} · about {exercise.minutes} min"
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _strong(text: str) -> str:
    return f"<p><b>{escape(text)}</b></p>" if text else ""


def _preformatted(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text else ""


def _details(summary: str, text: str, code: bool = True) -> str:
    if not text:
        return ""
    body = _preformatted(text) if code else _paragraph(text)
    return f"<details><summary>{summary}</summary>{body}</details>"
