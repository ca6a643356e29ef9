"""What an exercise is made of. Data only: `check` judges."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from course_lib.edits import Clash, Edit, edited
from course_lib.exercises.engine.guard import seeded

Implementation = Callable[..., Any]  # a function, or a class, that solves an exercise
Change = Edit | Implementation  # of the reference's source, or a whole other algorithm


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
    # For a comparison step by step: prepare(implementation, *arguments) returns functions that run
    # it once, by what is to be said before. Without it, `observe` itself is compared.
    prepare: Callable[..., dict[str, Callable[[], Any]]] | None = None
    is_call: bool = False  # the arguments are those of one call, (positional, named)

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
class Planted:
    """What stands in a cell that holds code to repair: what one sees of its mistake, and the edit.

    `code` is the reference with the edit.
    """

    symptom: str
    code: Implementation
    edit: Edit


@dataclass(frozen=True)
class Exercise:
    """One exercise: its text, its reference solution, and what tells right from wrong.

    `mistakes` are what learners do: for each the sentence that they should then read, and the edit
    of the reference that makes it. Where the algorithm is another one, it is written out.
    """

    reference: Implementation  # it has the exercise's name
    title: str
    difficulty: int  # 1 to 5
    importance: int  # 1 to 5
    minutes: int
    hints: tuple[str, str]  # a nudge; an equation or a skeleton
    probes: tuple[Probe, ...]
    mistakes: Mapping[str, Change]
    # Where the cell holds code to repair and no stub. An attempt that still behaves like it counts
    # as not attempted.
    planted: Planted | None = None
    insight: str = ""  # why it matters, in a line, for whoever has solved it
    unasked: tuple[str, ...] = ()  # parameters of the reference that no learner is asked for

    @property
    def name(self) -> str:
        """The name that the attempt must have."""
        return self.reference.__name__

    @property
    def changes(self) -> Mapping[str, Change]:
        """All that may be wrong at once: the known mistakes, and what was planted."""
        if self.planted is None:
            return self.mistakes
        still = f"What was planted is still there. {self.planted.symptom}"
        return {still: self.planted.edit} | dict(self.mistakes)

    def wrong(self, *sentences: str) -> Implementation:
        """The reference with these mistakes in it, or the written-out one that makes the mistake.

        Raises Clash where several cannot be made together.
        """
        changes = [self.changes[sentence] for sentence in sentences]
        if len(changes) == 1 and callable(changes[0]):
            return changes[0]
        edits = [change for change in changes if not callable(change)]
        if len(edits) < len(changes):
            raise Clash(f"{sentences} are not all edits")
        return edited(self.reference, *edits)
