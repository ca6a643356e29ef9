"""Judge an attempt: put every probe to it and to the reference, then look for a known mistake."""

import sysconfig
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from .definition import Exercise, Implementation, Probe
from .guard import PRINT_LIMIT, SideEffects, guarded
from .report import Failure, Report
from .values import INPUT_CHANGED, Raised, Unusable, describe, difference, same

ROWS = 6  # of the table that a learner sees
NOT_THEIRS = tuple(
    str(Path(folder).resolve())
    for folder in (
        Path(__file__).parents[1],
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("purelib"),
    )
)


def grade(exercise: Exercise, attempt: Implementation) -> Report:
    """Judge `attempt`; see `Exercise.grade`."""
    effects = SideEffects()
    try:
        return _judge(exercise, attempt, effects)
    except KeyboardInterrupt as stop:
        error = f"Interrupted{_their_line(stop)}. Your code was still running when it was stopped."
        return Report(exercise.name, "error", error=error, **_remarks(effects))


def _judge(exercise: Exercise, attempt: Implementation, effects: SideEffects) -> Report:
    if not callable(attempt):
        return Report(exercise.name, "error", error=f"{attempt!r} is not a function or a class.")
    got: list[Any] = []
    for probe in exercise.probes:
        got.append(_answer(probe, attempt, effects))
        if isinstance(got[-1], Raised) and got[-1].stub:
            return Report(exercise.name, "not attempted", **_remarks(effects))

    expected = [_answer(probe, exercise.reference, SideEffects()) for probe in exercise.probes]
    answers = zip(exercise.probes, expected, got, strict=True)
    wrong = [(probe, right, yours) for probe, right, yours in answers if not same(right, yours)]
    if not wrong:
        return Report(exercise.name, "correct", **_remarks(effects))
    failures = tuple(row for item in wrong for row in _rows(exercise.name, *item))[:ROWS]
    raised = next((yours for _, _, yours in wrong if isinstance(yours, Raised)), None)
    error = f"{describe(raised)}{raised.line}" if raised else ""
    known = _known_mistake(exercise, got)
    status = "error" if raised and not known else "incorrect"
    diagnosis = known or _general_diagnosis(wrong)
    return Report(exercise.name, status, failures, diagnosis, error, **_remarks(effects))


def _answer(probe: Probe, implementation: Implementation, effects: SideEffects) -> Any:
    """What the implementation answers, or `Raised`, or `INPUT_CHANGED`."""
    arguments = probe.fresh_arguments()
    with guarded(effects):
        try:
            answer = probe.observe(implementation, *arguments)
            describe(answer)  # an answer that cannot even be printed should fail here, as theirs
        except KeyboardInterrupt:
            raise  # the stop button
        except BaseException as error:  # SystemExit too must not end the learner's kernel
            return _raised(error)
    return answer if _unchanged(probe.arguments, arguments) else INPUT_CHANGED


def _unchanged(before: Any, after: Any) -> bool:
    """Whether the arguments are as they were. Modules may change: training moves statistics."""
    if isinstance(before, Mapping):
        return all(_unchanged(before[key], after.get(key)) for key in before)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_unchanged, before, after))
    return isinstance(before, nn.Module) or callable(before) or same(before, after)


def _raised(error: BaseException) -> Raised:
    theirs, last = _their_frame(error), traceback.extract_tb(error.__traceback__)[-1]
    # torch raises NotImplementedError too, for a module without forward: that is no stub.
    stub = type(error) is NotImplementedError and theirs == last
    return Raised(type(error).__name__, _message(error), _their_line(error), stub)


def _their_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame of the learner's own code."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not str(Path(frame.filename).resolve()).startswith(NOT_THEIRS):
            return frame
    return None


def _their_line(error: BaseException) -> str:
    frame = _their_frame(error)
    return f" (your line {frame.lineno}: {frame.line})" if frame else ""


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as second:  # a learner's exception class may be broken itself
        return f"(its message could not be read: {type(second).__name__})"
    return text if len(text) <= 400 else text[:399] + "…"


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


def _known_mistake(exercise: Exercise, got: list[Any]) -> str:
    """The sentence of the first mistake that answers every probe as the attempt did."""
    for mistake in exercise.mistakes:
        if all(
            same(_answer(probe, mistake.implementation, SideEffects()), yours)
            for probe, yours in zip(exercise.probes, got, strict=True)
        ):
            return mistake.sentence
    return ""


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
    except (TypeError, ValueError, RuntimeError):
        return False  # one of them is no single number


def _remarks(effects: SideEffects) -> dict[str, Any]:
    notes = [f"Your code changed {words}. It was put back." for words in sorted(effects.changed)]
    if effects.output.written > PRINT_LIMIT:
        notes.append(f"Your code printed {effects.output.written:,} characters.")
    return {"notes": tuple(notes), "printed": effects.output.getvalue()}
