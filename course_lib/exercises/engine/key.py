"""What the right solution and each known mistake answer to an exercise's probes."""

from typing import Any

from course_lib.exercises.engine.ask import ask, outcome
from course_lib.exercises.engine.compare import same
from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.guard import SideEffects

REFERENCE, PLANTED = "reference", "planted"
Who = str | int  # REFERENCE, PLANTED, or a known mistake by its index


class AnswerKey:
    """The answers of an exercise's own implementations, asked when first needed, and kept."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._kept: dict[tuple[Who, int], Any] = {}

    def answer(self, who: Who, number: int) -> Any:
        """What `who` answers to probe `number`."""
        if (who, number) not in self._kept:
            probe = self.exercise.probes[number]
            given = ask(probe, self._implementation(who), SideEffects())
            self._kept[who, number] = outcome(probe, given)
        return self._kept[who, number]

    def answers_as(self, who: Who, got: list[Any]) -> bool:
        """Whether `who` answers every probe as `got` does."""
        return all(same(self.answer(who, number), yours) for number, yours in enumerate(got))

    def _implementation(self, who: Who) -> Implementation:
        if isinstance(who, int):
            return self.exercise.mistakes[who].implementation
        if who == PLANTED and self.exercise.planted:
            return self.exercise.planted.implementation
        return self.exercise.reference
