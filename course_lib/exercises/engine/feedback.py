"""What an exercise cell shows: the verdict, then two hints and the solution, all collapsed."""

import inspect
from html import escape

from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.report import Report, Status

# (sign, words, colour of the bar): the sign and the words say it without the colour
VERDICTS: dict[str, tuple[str, str, str]] = {
    Status.CORRECT: ("✔", "Correct", "#009E73"),
    Status.INCORRECT: ("✘", "Incorrect", "#D55E00"),
    Status.ERROR: ("!", "Error in your code", "#D55E00"),
    Status.NOT_ATTEMPTED: ("○", "Not attempted yet", "#767676"),
}
USES_REFERENCE = "Until it is correct, the cells below use the reference solution."


class Feedback:
    """The output of an exercise cell, as HTML and as plain text."""

    def __init__(self, exercise: Exercise, report: Report) -> None:
        self.exercise, self.report = exercise, report

    def __repr__(self) -> str:
        ending = "" if self.report.status == Status.CORRECT else f"\n{USES_REFERENCE}"
        return f"{self.report}{ending}"

    def _repr_html_(self) -> str:
        sign, words, colour = VERDICTS[self.report.status]
        body = "".join(
            [
                f"<div><b>{sign} {words}</b> &nbsp; <code>{self.exercise.name}</code></div>",
                f"<div>{_stars(self.exercise)}</div>",
                findings(self.report),
                _details("Your code printed", self.report.printed),
                "" if self.report.status == Status.CORRECT else _paragraph(USES_REFERENCE),
                _details("Hint 1", self.exercise.hints[0], code=False),
                _details("Hint 2", self.exercise.hints[1]),
                _details("Reference solution", solution(self.exercise.reference)),
            ]
        )
        return f'<div style="border-left: 4px solid {colour}; padding-left: 12px">{body}</div>'


def findings(report: Report) -> str:
    """What a check found out, as HTML: the diagnosis, the table, the error, and the notes."""
    notes = map(_paragraph, report.notes)
    return "".join([_strong(report.diagnosis), _table(report), _preformatted(report.error), *notes])


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


def _table(report: Report) -> str:
    if not report.failures:
        return ""
    rows = "".join(
        f"<tr><td>{escape(row.case)}</td><td>{escape(row.expected)}</td>"
        f"<td>{escape(row.yours)}</td></tr>"
        for row in report.failures
    )
    return f"<table><tr><th>case</th><th>expected</th><th>yours</th></tr>{rows}</table>"
