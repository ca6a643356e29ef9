"""Judge an attempt: put every probe to it and to the reference, then look for a known mistake."""

import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from .definition import Exercise, Implementation, Mistake, Probe
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
    if not callable(attempt):
        return Report(exercise.name, "error", error=f"{attempt!r} is not a function or a class.")
    effects = SideEffects()
    try:
        got = observe(exercise, attempt, effects)
        return judge(exercise, got, AnswerKey(exercise), **remarks(effects))
    except KeyboardInterrupt as stop:
        error = f"Interrupted{_their_line(stop)}. Your code was still running when it was stopped."
        return Report(exercise.name, "error", error=error, **remarks(effects))


@dataclass(frozen=True)
class Answer:
    """What an implementation answered to a probe, and what it left of the probe's arguments."""

    value: Any  # or Raised
    arguments: tuple = ()


def observe(exercise: Exercise, attempt: Implementation, effects: SideEffects) -> list[Answer]:
    """What `attempt` answers to each probe. A stub ends the list: the probes after it go unasked.

    This runs the attempt, and compares nothing. `judge` does that, and needs no more than these
    answers: it may do so elsewhere, where the attempt never ran.
    """
    answers: list[Answer] = []
    for probe in exercise.probes:
        answers.append(_ask(probe, attempt, effects))
        if _is_stub(answers[-1]):
            break
    return answers


class AnswerKey:
    """What the reference and each known mistake answer. Asked when first needed, and kept."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._kept: dict[tuple[int, int], Any] = {}

    def answer(self, implementation: Implementation, number: int) -> Any:
        """What one of the exercise's own implementations answers to probe `number`."""
        key = id(implementation), number  # the exercise keeps it alive, so the id stays its own
        if key not in self._kept:
            probe = self.exercise.probes[number]
            self._kept[key] = _outcome(probe, _ask(probe, implementation, SideEffects()))
        return self._kept[key]

    def is_answered_by(self, mistake: Mistake, got: list[Any]) -> bool:
        """Whether `mistake` answers every probe as `got` does."""
        answers = enumerate(got)
        return all(same(self.answer(mistake.implementation, n), yours) for n, yours in answers)


def judge(exercise: Exercise, answers: list[Answer], key: AnswerKey, **remarks: Any) -> Report:
    """The report on the answers, one for each probe, or fewer where a stub ends them."""
    if answers and _is_stub(answers[-1]):
        return Report(exercise.name, "not attempted", **remarks)
    probes = exercise.probes
    got = [_outcome(probe, answer) for probe, answer in zip(probes, answers, strict=True)]
    expected = [key.answer(exercise.reference, number) for number in range(len(probes))]
    outcomes = zip(probes, expected, got, strict=True)
    wrong = [(probe, right, yours) for probe, right, yours in outcomes if not same(right, yours)]
    if not wrong:
        return Report(exercise.name, "correct", **remarks)
    if exercise.planted and key.is_answered_by(exercise.planted, got):
        symptom = exercise.planted.sentence
        return Report(exercise.name, "not attempted", diagnosis=symptom, **remarks)
    failures = tuple(row for item in wrong for row in _rows(exercise.name, *item))[:ROWS]
    first = next((yours for _, _, yours in wrong if isinstance(yours, Raised)), None)
    error = f"{describe(first)}{first.line}" if first else ""
    sentences = (m.sentence for m in exercise.mistakes if key.is_answered_by(m, got))
    known = next(sentences, "")
    status = "error" if first and not known else "incorrect"
    diagnosis = known or _general_diagnosis(wrong)
    return Report(exercise.name, status, failures, diagnosis, error, **remarks)


def _is_stub(answer: Answer) -> bool:
    return isinstance(answer.value, Raised) and answer.value.stub


def _ask(probe: Probe, implementation: Implementation, effects: SideEffects) -> Answer:
    arguments = probe.fresh_arguments()
    with guarded(effects):
        try:
            answer = probe.observe(implementation, *arguments)
            describe(answer)  # an answer that cannot even be printed should fail here, as theirs
        except KeyboardInterrupt:
            raise  # the stop button
        except BaseException as error:  # SystemExit too must not end the learner's kernel
            return Answer(raised(error))
    return Answer(answer, arguments)


def _outcome(probe: Probe, answer: Answer) -> Any:
    """The answer's value, or `INPUT_CHANGED`."""
    if isinstance(answer.value, Raised) or _unchanged(probe.arguments, answer.arguments):
        return answer.value
    return INPUT_CHANGED


def _unchanged(before: Any, after: Any) -> bool:
    """Whether the arguments are as they were. Modules may change: training moves statistics."""
    if isinstance(before, nn.Module) or callable(before):
        return True
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return all(_unchanged(before[key], after.get(key)) for key in before)
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(map(_unchanged, before, after))
    # the second: what only its description could come back from another process
    return same(before, after) or same(Unusable(describe(before)), after)


def raised(error: BaseException) -> Raised:
    """An exception as an outcome, with the line of the learner's code that it came from."""
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


def remarks(effects: SideEffects) -> dict[str, Any]:
    """What a report says of an attempt beside its answers: its notes, and what it printed."""
    notes = [f"Your code changed {words}. It was put back." for words in sorted(effects.changed)]
    if effects.output.written > PRINT_LIMIT:
        notes.append(f"Your code printed {effects.output.written:,} characters.")
    return {"notes": tuple(notes), "printed": effects.output.getvalue()}
