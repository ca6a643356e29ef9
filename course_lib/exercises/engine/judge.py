"""From the answers of an attempt to a report: compare them, then look for a known mistake."""

from collections.abc import Mapping
from typing import Any

from course_lib.exercises.engine.ask import Answer, outcome
from course_lib.exercises.engine.compare import (
    INPUT_CHANGED,
    Raised,
    Unusable,
    describe,
    difference,
    same,
)
from course_lib.exercises.engine.exercise import Probe
from course_lib.exercises.engine.key import PLANTED, REFERENCE, AnswerKey
from course_lib.exercises.engine.report import Failure, Report, Status

ROWS = 6  # of the table that a learner sees


def judge(answers: list[Answer], key: AnswerKey, **remarks: Any) -> Report:
    """The report on the answers, one for each probe, or fewer where a stub ends them."""
    exercise = key.exercise
    if answers and answers[-1].is_stub:
        return Report(exercise.name, Status.NOT_ATTEMPTED, **remarks)
    probes = exercise.probes
    got = [outcome(probe, answer) for probe, answer in zip(probes, answers, strict=True)]
    expected = [key.answer(REFERENCE, number) for number in range(len(probes))]
    outcomes = zip(probes, expected, got, strict=True)
    wrong = [(probe, right, yours) for probe, right, yours in outcomes if not same(right, yours)]
    if not wrong:
        return Report(exercise.name, Status.CORRECT, **remarks)
    if exercise.planted and key.answers_as(PLANTED, got):
        symptom = exercise.planted.sentence
        return Report(exercise.name, Status.NOT_ATTEMPTED, diagnosis=symptom, **remarks)
    failures = tuple(row for item in wrong for row in _rows(exercise.name, *item))[:ROWS]
    first = next((yours for _, _, yours in wrong if isinstance(yours, Raised)), None)
    error = f"{describe(first)}{first.line}" if first else ""
    sentences = (m.sentence for n, m in enumerate(exercise.mistakes) if key.answers_as(n, got))
    known = next(sentences, "")
    status = Status.ERROR if first and not known else Status.INCORRECT
    diagnosis = known or _general_diagnosis(wrong)
    return Report(exercise.name, status, failures, diagnosis, error, **remarks)


def _rows(name: str, probe: Probe, right: Any, yours: Any) -> list[Failure]:
    """The table rows of a failed probe: one, or one for each wrong finding of a dict."""
    label = name + probe.label if probe.label.startswith("(") else probe.label
    if not (isinstance(right, Mapping) and isinstance(yours, Mapping)):
        return [Failure(label, _wanted(right, yours), _with_difference(right, yours))]
    nothing = Unusable("nothing")
    wrong = [key for key in yours if not same(right.get(key, nothing), yours[key])]
    missing = [key for key in right if key not in yours]  # what a finding above prevented
    return [
        Failure(
            f"{label}: {key}",
            describe(right.get(key, nothing)),
            _with_difference(right.get(key, nothing), yours.get(key, nothing)),
        )
        for key in wrong or missing
    ]


def _wanted(right: Any, yours: Any) -> str:
    if yours is INPUT_CHANGED:
        return "leaves its input as it was"
    return "no error" if isinstance(yours, Raised) else describe(right)


def _with_difference(right: Any, yours: Any) -> str:
    gap = difference(right, yours)
    return f"{describe(yours)} ({gap})" if gap else describe(yours)


def _general_diagnosis(wrong: list[tuple[Probe, Any, Any]]) -> str:
    """What can be said of an attempt that makes none of the known mistakes."""
    if any(yours is INPUT_CHANGED for _, _, yours in wrong):
        return (
            "Your code changed its input in place. The caller still needs it: work on a copy, "
            "or write x = x + y instead of x += y."
        )
    if all(yours is None for _, _, yours in wrong):
        return "Your code returned None. Is a return statement missing?"
    if all(_only_type_differs(right, yours) for _, right, yours in wrong):
        return "The number is right, but its type is not: see the table."
    return ""


def _only_type_differs(right: Any, yours: Any) -> bool:
    """An integer given as a float or as a tensor, say."""
    try:
        return type(right) is not type(yours) and float(right) == float(yours)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False  # one of them is no single number
