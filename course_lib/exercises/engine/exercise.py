"""What an exercise is made of. Data only: `check` judges."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib.exercises.engine.guard import seeded

Implementation = Callable[..., Any]  # a function, or a class, that solves an exercise


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation that learners write, and the sentence they should then read."""

    sentence: str
    implementation: Implementation


@dataclass(frozen=True)
class Later:
    """An argument that is built when a probe is asked, under a seed: a module with random weights.

    A probe may hold it where it takes an argument, or inside a list, a tuple or a dict of these.
    """

    build: Callable[[], Any]


@dataclass(frozen=True)
class Probe:
    """One question to an implementation. Its answer is compared with the reference's.

    `observe(implementation, *arguments)` returns the answer: a number, a tensor, a list of these,
    or a dict of findings, each of which gets its own row in the table. It may build the
    implementation, train it, differentiate it. Every call gets its own copy of the arguments.
    """

    label: str
    observe: Callable[..., Any]
    arguments: tuple = ()

    def given(self) -> tuple:
        """The arguments, the same each time: to look at, not to change."""
        with seeded():
            return _built(self.arguments)

    def fresh_arguments(self) -> tuple:
        """The arguments, the same each time and shared with nobody."""
        return copy.deepcopy(self.given())


def _built(value: Any) -> Any:
    if isinstance(value, Later):
        return value.build()
    if type(value) in (tuple, list):
        return type(value)(map(_built, value))
    return {key: _built(item) for key, item in value.items()} if type(value) is dict else value


@dataclass(frozen=True)
class Exercise:
    """One exercise: its text, its reference solution, and what tells right from wrong."""

    name: str
    title: str
    difficulty: int  # 1 to 5
    importance: int  # 1 to 5
    minutes: int
    reference: Implementation
    hints: tuple[str, str]  # a nudge; an equation or a skeleton
    probes: tuple[Probe, ...]
    mistakes: tuple[Mistake, ...]
    # Where the cell holds code to repair and no stub: that code. Its sentence says what one sees
    # of the mistake in it, and an attempt that still behaves like it counts as not attempted.
    planted: Mistake | None = None
