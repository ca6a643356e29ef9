"""An exercise that judges attempts."""

from dataclasses import dataclass
from functools import cached_property

from course_lib.exercises.engine.ask import observe, remarks, their_line
from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.guard import SideEffects
from course_lib.exercises.engine.judge import judge
from course_lib.exercises.engine.key import AnswerKey
from course_lib.exercises.engine.report import Report, Status


@dataclass(frozen=True)
class Check(Exercise):
    """An exercise, its answer key, and the judging of an attempt by it."""

    @cached_property
    def key(self) -> AnswerKey:
        return AnswerKey(self)

    def grade(self, attempt: Implementation) -> Report:
        """Judge an attempt by its behaviour. Never raises, and never changes the attempt."""
        if not callable(attempt):
            words = f"{attempt!r} is not a function or a class."
            return Report(self.name, Status.ERROR, error=words)
        effects = SideEffects()
        try:
            return judge(observe(self, attempt, effects), self.key, **remarks(effects))
        except KeyboardInterrupt as stop:
            words = (
                f"Interrupted{their_line(stop)}. Your code was still running when it was stopped."
            )
            return Report(self.name, Status.ERROR, error=words, **remarks(effects))
