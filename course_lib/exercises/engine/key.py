"""What the right solution and each known mistake answer to an exercise's probes."""

from typing import Any

from course_lib.exercises.engine.ask import ask, outcome
from course_lib.exercises.engine.compare import same
from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.guard import SideEffects

REFERENCE, PLANTED = "reference", "planted"
NOTHING = "nothing"  # who takes the arguments, and leaves everything as it is
Who = str | tuple[str, ...]  # one of these, or known mistakes by their sentences


class AnswerKey:
    """The answers of an exercise's own implementations, asked when first needed, and kept."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._implementations: dict[Who, Implementation] = {}
        self._kept: dict[tuple[Who, int], Any] = {}

    def answer(self, who: Who, number: int) -> Any:
        """What `who` answers to probe `number`. Raises Clash for mistakes that exclude another."""
        if (who, number) not in self._kept:
            probe = self.exercise.probes[number]
            given = ask(probe, self.implementation(who), SideEffects())
            self._kept[who, number] = outcome(probe, given)
        return self._kept[who, number]

    def answers_as(self, who: Who, got: list[Any]) -> bool:
        """Whether `who` answers every probe as `got` does."""
        return all(same(self.answer(who, number), yours) for number, yours in enumerate(got))

    def is_right(self, number: int, implementation: Implementation) -> bool:
        """Whether it answers probe `number` as the reference does."""
        probe = self.exercise.probes[number]
        yours = outcome(probe, ask(probe, implementation, SideEffects()))
        return same(self.answer(REFERENCE, number), yours)

    def implementation(self, who: Who) -> Implementation:
        """The function or class that `who` stands for."""
        if who not in self._implementations:
            self._implementations[who] = self._make(who)
        return self._implementations[who]

    def _make(self, who: Who) -> Implementation:
        if who == PLANTED and self.exercise.planted:
            return self.exercise.planted.code
        if who == NOTHING:
            return _nothing
        return self.exercise.reference if who == REFERENCE else self.exercise.wrong(*who)


def _nothing(*arguments: Any, **options: Any) -> None:
    pass
