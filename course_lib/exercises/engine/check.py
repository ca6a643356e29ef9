"""An exercise that judges attempts."""

import time
from dataclasses import dataclass
from functools import cached_property

from course_lib.exercises.engine.ask import observe, remarks, their_line
from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.guard import SideEffects
from course_lib.exercises.engine.judge import judge, located
from course_lib.exercises.engine.key import AnswerKey
from course_lib.exercises.engine.locate import locate
from course_lib.exercises.engine.read_code import reading
from course_lib.exercises.engine.report import Report, Status


@dataclass(frozen=True)
class Check(Exercise):
    """An exercise, its answer key, and the judging of an attempt by it."""

    @cached_property
    def key(self) -> AnswerKey:
        return AnswerKey(self)

    def seconds(self, implementation: Implementation) -> float:
        """How long the implementation takes to answer all probes, once."""
        start = time.perf_counter()
        observe(self, implementation, SideEffects())
        return time.perf_counter() - start

    def grade(self, attempt: Implementation) -> Report:
        """Judge an attempt by its behaviour. Never raises, and never changes the attempt."""
        if not callable(attempt):
            words = f"{attempt!r} is not a function or a class."
            return Report(self.name, Status.ERROR, error=words)
        effects = SideEffects()
        try:
            answers, read = observe(self, attempt, effects), reading(self, attempt)
            report = judge(answers, self.key, read, **remarks(effects))
            if not report.is_open:
                return report
            return located(report, locate(self.key, attempt, bool(report.error)))
        except KeyboardInterrupt as stop:
            words = (
                f"Interrupted{their_line(stop)}. Your code was still running when it was stopped."
            )
            return Report(self.name, Status.ERROR, error=words, **remarks(effects))
