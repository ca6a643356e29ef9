"""Put an exercise's questions to an implementation, and keep what it answers.

This runs the attempt, and compares nothing. `judge` does that, and needs no more than the answers:
it may do so elsewhere, where the attempt never ran.
"""

import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from course_lib.exercises.engine.compare import INPUT_CHANGED, Raised, Unusable, describe, same
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.engine.guard import PRINT_LIMIT, SideEffects, guarded

COURSE = str(Path(__file__).resolve().parents[2])
LIBRARIES = tuple(str(Path(sysconfig.get_path(key)).resolve()) for key in ("stdlib", "purelib"))


@dataclass(frozen=True)
class Answer:
    """What an implementation answered to a probe, and what it left of the probe's arguments."""

    value: Any  # or Raised
    arguments: tuple = ()

    @property
    def is_stub(self) -> bool:
        return isinstance(self.value, Raised) and self.value.stub


def observe(exercise: Exercise, attempt: Implementation, effects: SideEffects) -> list[Answer]:
    """What `attempt` answers to each probe. A stub ends the list: what follows goes unasked."""
    answers: list[Answer] = []
    for probe in exercise.probes:
        answers.append(ask(probe, attempt, effects))
        if answers[-1].is_stub:
            break
    return answers


def ask(probe: Probe, implementation: Implementation, effects: SideEffects) -> Answer:
    """What the implementation answers to one probe, whatever it does; see `guarded`."""
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


def outcome(probe: Probe, answer: Answer) -> Any:
    """The answer's value, or `INPUT_CHANGED`."""
    if isinstance(answer.value, Raised) or _unchanged(probe.given(), answer.arguments):
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
    place = last.name if _is_in(last, LIBRARIES) else ""
    return Raised(type(error).__name__, _message(error), their_line(error), place, stub)


def _their_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame of the learner's own code."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not _is_in(frame, (COURSE, *LIBRARIES)):
            return frame
    return None


def _is_in(frame: traceback.FrameSummary, folders: tuple[str, ...]) -> bool:
    return str(Path(frame.filename).resolve()).startswith(folders)


def their_line(error: BaseException) -> str:
    """The line of the learner's code that an exception came from, in brackets, or ""."""
    frame = _their_frame(error)
    return f" (your line {frame.lineno}: {frame.line})" if frame else ""


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as second:  # a learner's exception class may be broken itself
        return f"(its message could not be read: {type(second).__name__})"
    return text if len(text) <= 400 else text[:399] + "…"


def remarks(effects: SideEffects) -> dict[str, Any]:
    """What a report says of an attempt beside its answers: its notes, and what it printed."""
    notes = [f"Your code changed {words}. It was put back." for words in sorted(effects.changed)]
    if effects.output.written > PRINT_LIMIT:
        notes.append(f"Your code printed {effects.output.written:,} characters.")
    return {"notes": tuple(notes), "printed": effects.output.getvalue()}
