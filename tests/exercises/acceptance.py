"""Whether an answer to an exercise is accepted: without the reasons, which take longer."""

from typing import Any

from course_lib.exercises.engine.ask import ask, outcome
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.compare import same
from course_lib.exercises.engine.guard import SideEffects
from course_lib.exercises.engine.key import REFERENCE


def accepted(task: Check, attempt: Any) -> bool:
    """Whether the attempt answers every probe as the reference does; stops at the first other."""
    return all(
        same(task.key.answer(REFERENCE, number), outcome(probe, ask(probe, attempt, SideEffects())))
        for number, probe in enumerate(task.probes)
    )
