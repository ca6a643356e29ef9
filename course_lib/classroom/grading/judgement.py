"""From what an attempt sent to a grade. Nothing in here trusts a byte of it."""

import signal
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from course_lib.classroom.grading.intake.extraction import Extract
from course_lib.classroom.grading.sandbox import wire
from course_lib.classroom.grading.sandbox.confinement import ANSWER_LIMIT, PROCESSES
from course_lib.classroom.grading.sandbox.pool import Outcome
from course_lib.exercises.engine.ask import Answer
from course_lib.exercises.engine.compare import Raised, describe
from course_lib.exercises.engine.judge import judge, located
from course_lib.exercises.engine.key import AnswerKey
from course_lib.exercises.engine.report import Report, Status

PLACE = 1_000  # characters of it that a grade keeps
NO_MEMORY = ("MemoryError", "can't allocate memory", "bad_alloc")


class Unjudged(StrEnum):
    """How an exercise ends of which no answer was judged; beside the engine's `Status`."""

    MISSING = "missing"
    STOPPED = "stopped"
    SOLUTION = "uses the solution"


@dataclass(frozen=True)
class Limits:
    """What an attempt may have: seconds for one exercise, and bytes of memory."""

    seconds: float = 10.0
    memory: int = 2 << 30

    @property
    def total_seconds(self) -> float:
        """For all of a learner's exercises together."""
        return 10 * self.seconds


@dataclass(frozen=True)
class Grade:
    """A learner's result in one exercise, and where it was found."""

    report: Report
    where: str = ""
    copies: int = 0  # definitions beside the one that counts

    @property
    def status(self) -> StrEnum:
        return self.report.status

    @property
    def diagnosis(self) -> str:
        """What is wrong: what is known of it and the error, else the first case."""
        report = self.report
        error = report.error if self.status == Status.ERROR or not report.diagnosis else ""
        if report.diagnosis or error or not report.failures:
            return " ".join(part for part in (report.diagnosis, error) if part)
        case = report.failures[0]
        return f"{case.case}: expected {case.expected}, got {case.yours}"


def without_running(name: str, found: Extract | None) -> Grade | None:
    """The grade that is certain before anything runs, if there is one."""
    if found is None:
        return Grade(Report(name, Unjudged.MISSING))
    report = None
    if found.problem:
        report = Report(name, Status.ERROR, error=found.problem)
    elif found.solution_use:
        words = f"It uses the course's own solution ({found.solution_use}). Hand in your own code."
        report = Report(name, Unjudged.SOLUTION, diagnosis=words)
    return Grade(report, found.where, found.copies) if report else None


def out_of_time(name: str, found: Extract, limits: Limits) -> Grade:
    """The grade of an exercise that comes after a learner's others have used up all the time."""
    words = f"Not run: the other exercises have taken {limits.total_seconds:g} s together."
    return Grade(Report(name, Unjudged.STOPPED, diagnosis=words), found.where, found.copies)


def grade(found: Extract, outcome: Outcome, key: AnswerKey, limits: Limits) -> Grade:
    """Judge what an attempt answered, or say how it ended."""
    return Grade(_report(outcome, key, limits), found.where, found.copies)


def with_place(grade: Grade, outcome: Outcome) -> Grade:
    """The grade of an attempt that was run once more, with what that has shown."""
    try:
        place = str(wire.decode(outcome.message)["place"])[:PLACE]
    except (ValueError, KeyError, TypeError):  # it came to nothing, or was stopped
        return grade
    return replace(grade, report=located(grade.report, place))


def _report(outcome: Outcome, key: AnswerKey, limits: Limits) -> Report:
    exercise = key.exercise
    if outcome.end != "closed" or not outcome.message:
        return Report(exercise.name, Unjudged.STOPPED, diagnosis=_ending(outcome, limits))
    try:
        sent = wire.decode(outcome.message)
        if isinstance(sent.get("failed"), Raised):
            failed = sent["failed"]
            report = Report(exercise.name, Status.ERROR, error=f"{describe(failed)}{failed.line}")
        else:
            report = judge(_answers(sent["answers"]), key, str(sent["read"]), **_remarks(sent))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        words = f"What it sent instead of answers cannot be read ({error})."
        return Report(exercise.name, Unjudged.STOPPED, diagnosis=words)
    if any(sign in report.error for sign in NO_MEMORY):
        words = _ending(Outcome("memory"), limits)
        return replace(report, status=Unjudged.STOPPED, diagnosis=words, is_open=False)
    return report


def _ending(outcome: Outcome, limits: Limits) -> str:
    """Why there are no answers, in a sentence."""
    words = {
        "time": f"It was still running after {limits.seconds:g} s: does a loop never end?",
        "memory": f"It needed more than {limits.memory / 2**30:g} GiB of memory.",
        "processes": f"It started more than {PROCESSES} processes.",
        "size": f"It answered with more than {ANSWER_LIMIT >> 20} MB.",
        "worker": "It ended or stopped the process that was grading it.",
    }
    if outcome.end in words:
        return words[outcome.end]
    if outcome.code < 0:
        return f"It was ended by the signal {signal.Signals(-outcome.code).name}."
    return f"It ended its own process, with exit status {outcome.code}, instead of returning."


def _answers(sent: Any) -> list[Answer]:
    return [Answer(value, arguments) for value, arguments in sent]


def _remarks(sent: dict[str, Any]) -> dict[str, Any]:
    return {"notes": tuple(map(str, sent["notes"])), "printed": str(sent["printed"])}
