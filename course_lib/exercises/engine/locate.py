"""Where an attempt that no known mistake explains goes wrong. This runs the attempt again."""

import warnings
from collections.abc import Callable
from typing import Any

from course_lib.exercises.engine.ask import ask, outcome
from course_lib.exercises.engine.compare import Raised, same
from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.engine.guard import SideEffects, guarded
from course_lib.exercises.engine.key import REFERENCE, AnswerKey
from course_lib.exercises.engine.parting import Parting, Prepare
from course_lib.exercises.engine.repair import repair
from course_lib.exercises.engine.signature import unread


def locate(key: AnswerKey, attempt: Implementation, is_error: bool) -> str:
    """The place where the attempt goes wrong, in a sentence; "" where none is sure.

    `is_error`: it raised something in at least one case.
    """
    with warnings.catch_warnings():  # of variants that are none of the learner's making
        warnings.simplefilter("ignore")
        return _located(key, attempt, is_error)


def _located(key: AnswerKey, attempt: Implementation, is_error: bool) -> str:
    builds_modules = any(probe.prepare for probe in key.exercise.probes)
    ways = [_parting, repair] if builds_modules else [repair, _parting]
    if is_error and not builds_modules:  # what other cases show is not what has raised it
        ways = [repair]
    place = next((words for way in ways if (words := way(key, attempt))), "")
    return " ".join(words for words in (unread(key.exercise, attempt), place) if words)


def _parting(key: AnswerKey, attempt: Implementation) -> str:
    """The step at which the attempt and the reference part, in the first case that shows it."""
    reference = key.exercise.reference
    for probe in _wrong_probes(key, attempt)[:2]:
        for start in _ways(probe, reference):
            right, theirs = (_prepare(probe, who, start) for who in (reference, attempt))
            if words := Parting(right, theirs).words():
                return start + words
    return ""


def _wrong_probes(key: AnswerKey, attempt: Implementation) -> list[Probe]:
    """Those with a wrong answer that is no error; of modules those that make them comparable."""
    found = []
    for number, probe in enumerate(key.exercise.probes):
        yours = outcome(probe, ask(probe, attempt, SideEffects()))
        if not isinstance(yours, Raised) and not same(key.answer(REFERENCE, number), yours):
            found.append(probe)
    return [probe for probe in found if probe.prepare] or found


def _ways(probe: Probe, reference: Implementation) -> list[str]:
    """The ways in which the probe lets an implementation run, by what is said before."""
    if probe.prepare is None:
        return [""]
    with guarded(SideEffects()):
        return list(probe.prepare(reference, *probe.fresh_arguments()))


def _prepare(probe: Probe, implementation: Implementation, way: str) -> Prepare:
    def prepare() -> Callable[[], Any]:
        arguments = probe.fresh_arguments()
        if probe.prepare is None:
            return lambda: probe.observe(implementation, *arguments)
        return probe.prepare(implementation, *arguments)[way]

    return prepare
