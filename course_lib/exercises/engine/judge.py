"""From the answers of an attempt to a report: compare them, then say what is wrong.

The learner reads the first of these that is true: a known mistake that explains everything; what
reading the code has shown; that nothing was changed; several known mistakes that explain everything
together; answers of the wrong kind; mistakes that explain it in part. Else it stays open: what an
error means, which arguments decide, and where the attempt parts from the reference (`locate`, which
has to run it again). Where none is certain, the course says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from course_lib.exercises.engine.ask import Answer, outcome
from course_lib.exercises.engine.compare import (
    INPUT_CHANGED,
    NOT_COMPARABLE,
    Raised,
    Unusable,
    describe,
    difference,
    same,
)
from course_lib.exercises.engine.conditions import conditions
from course_lib.exercises.engine.errors import meaning
from course_lib.exercises.engine.exercise import Probe
from course_lib.exercises.engine.explain import Explanation
from course_lib.exercises.engine.grid import grid
from course_lib.exercises.engine.key import NOTHING, PLANTED, REFERENCE, AnswerKey
from course_lib.exercises.engine.report import Failure, Report, Status
from course_lib.exercises.engine.structure import CHANGED_INPUT, RETURNED_NONE, structure

ROWS = 6  # of the table that a learner sees


def judge(answers: list[Answer], key: AnswerKey, read: str = "", **remarks: Any) -> Report:
    """The report on the answers, one for each probe, or fewer where a stub ends them.

    `read` is what reading the attempt has shown; `remarks` are fields of the report.
    """
    exercise = key.exercise
    if answers and answers[-1].is_stub:
        return Report(exercise.name, Status.NOT_ATTEMPTED, diagnosis=read, **remarks)
    probes = exercise.probes
    got = [outcome(probe, answer) for probe, answer in zip(probes, answers, strict=True)]
    expected = [key.answer(REFERENCE, number) for number in range(len(probes))]
    outcomes = zip(probes, expected, got, strict=True)
    wrong = [(probe, right, yours) for probe, right, yours in outcomes if not same(right, yours)]
    if not wrong:
        return Report(exercise.name, Status.CORRECT, **remarks)
    if exercise.planted and not read and key.answers_as(PLANTED, got):
        symptom = exercise.planted.symptom
        return Report(exercise.name, Status.NOT_ATTEMPTED, diagnosis=symptom, **remarks)
    weights = {str(yours["weights"]) for _, _, yours in wrong if _has_other_weights(yours)}
    if weights == {str(NOT_COMPARABLE)}:
        return Report(exercise.name, Status.NOT_COMPARABLE, diagnosis=RECUT, **remarks)
    failures = tuple(row for item in wrong for row in _rows(exercise.name, *item))[:ROWS]
    first = next((yours for _, _, yours in wrong if isinstance(yours, Raised)), None)
    error = f"{describe(first)}{first.line}" if first else ""
    leads = first if isinstance(wrong[0][2], Raised) else None  # others come after wrong numbers
    diagnosis, mistakes, is_open = _diagnosis(key, expected, got, wrong, read, leads)
    status = Status.ERROR if first and not mistakes else Status.INCORRECT
    return Report(
        exercise.name, status, failures, diagnosis, mistakes, is_open, error=error, **remarks
    )


def located(report: Report, place: str) -> Report:
    """An open report, with what `locate` has found."""
    words = f"{report.diagnosis} {place}".strip()
    return replace(report, diagnosis=words)


RECUT = (
    "I cannot compare this: your module has as many weights as the reference, cut up in another "
    "way, so that I cannot give both the same. It may well be right. Weights in the shapes of "
    "nn.Conv2d, nn.BatchNorm2d and nn.Linear can be compared."
)


def _diagnosis(
    key: AnswerKey,
    expected: list[Any],
    got: list[Any],
    failed: list[tuple[Probe, Any, Any]],
    read: str,
    error: Raised | None,
) -> tuple[str, tuple[str, ...], bool]:
    """What is wrong, the known mistakes in it, and whether the question stays open."""
    explanation = Explanation(key, got)
    if single := explanation.single():
        return single, (single,), False
    wrong = [(right, yours) for _, right, yours in failed]
    # what is returned is what a plain call gives; other probes look at it in ways of their own
    calls = [(right, yours) for probe, right, yours in failed if probe.is_call]
    kinds = structure(calls or wrong, called=bool(calls))
    if kinds.startswith(RETURNED_NONE) and len(failed) < len(got):
        kinds = f"In some cases {kinds[0].lower()}{kinds[1:]}"
    if kinds == CHANGED_INPUT:  # that was seen, and not read
        return kinds, (), False
    if words := read or ("" if kinds else _unchanged(key, got)):
        return words, (), False
    sentences, whole = explanation.several()
    if kinds and not whole:
        return kinds, (), False
    if sentences:
        return _together(sentences, whole), sentences, False
    words = meaning(error) if error else _only_the_gradient(wrong)
    told = [words or conditions(key.exercise, expected, got), _weights(wrong)]
    return " ".join(part for part in told if part), (), True


def _together(sentences: tuple[str, ...], whole: bool) -> str:
    """Several mistakes in one text; `whole`: they explain everything."""
    if len(sentences) == 1:
        return f"At least this: {sentences[0]}"
    start = {2: "Two things", 3: "Three things"}[len(sentences)]
    numbered = " ".join(f"({n}) {sentence}" for n, sentence in enumerate(sentences, start=1))
    return f"{start if whole else f'At least {start.lower()}'}: {numbered}"


def _unchanged(key: AnswerKey, got: list[Any]) -> str:
    """Said of code that leaves everything as it is, where something is to be changed."""
    returned_nothing = all(value is None or isinstance(value, Raised) for value in got)
    if returned_nothing or not key.answers_as(NOTHING, got):
        return ""
    return "Nothing has changed at all: after your code everything is as it was before."


def _has_other_weights(answer: Any) -> bool:
    return isinstance(answer, Mapping) and isinstance(answer.get("weights"), Unusable)


def _weights(wrong: list[tuple[Any, Any]]) -> str:
    """Which weights there are too many or too few, in the first case that shows it."""
    found = [yours["weights"].reason for _, yours in wrong if _has_other_weights(yours)]
    return f"Its weights are not the ones due: {found[0]}." if found else ""


def _only_the_gradient(wrong: list[tuple[Any, Any]]) -> str:
    """Said of a module that computes the right numbers, from which no gradient comes back."""
    bad = {
        name
        for right, yours in wrong
        if isinstance(right, Mapping) and isinstance(yours, Mapping)
        for name in right
        if name not in yours or not same(right[name], yours[name])
    }
    if bad != {"gradient at the input"}:
        return ""
    return (
        "The numbers are right in both modes, and the gradient is not: part of the computation is "
        "cut out of the graph, as detach(), .data, numpy() and no_grad do."
    )


def _rows(name: str, probe: Probe, right: Any, yours: Any) -> list[Failure]:
    """The table rows of a failed probe: one, or one for each wrong finding of a dict."""
    label = name + probe.label if probe.label.startswith("(") else probe.label
    if not (isinstance(right, Mapping) and isinstance(yours, Mapping)):
        shown = _with_difference(right, yours)
        return [Failure(label, _wanted(right, yours), shown, grid(right, yours))]
    nothing = Unusable("nothing")
    wrong = [key for key in yours if not same(right.get(key, nothing), yours[key])]
    missing = [key for key in right if key not in yours]  # what a finding above prevented
    return [
        Failure(
            f"{label}: {key}",
            describe(right.get(key, nothing)),
            _with_difference(right.get(key, nothing), yours.get(key, nothing)),
            grid(right.get(key), yours.get(key)),
        )
        for key in wrong or missing
    ]


def _wanted(right: Any, yours: Any) -> str:
    if same(yours, INPUT_CHANGED):
        return "leaves its input as it was"
    return "no error" if isinstance(yours, Raised) else describe(right)


def _with_difference(right: Any, yours: Any) -> str:
    gap = difference(right, yours)
    return f"{describe(yours)} ({gap})" if gap else describe(yours)
