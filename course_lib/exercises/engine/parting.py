"""Where an attempt parts from the reference: the first step whose result only one of them has.

Both run on the same input, with the same weights, and every step is noted. A fault is proven before
it is named: with the reference's result put in there, what follows is as it should be. Where
nothing can be proven, and the attempt never comes back to the reference's way, the step at which it
leaves that is still said, as what it is.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from course_lib.exercises.engine.compare import Raised, same
from course_lib.exercises.engine.guard import SideEffects, guarded
from course_lib.exercises.engine.operations import (
    described,
    differences,
    ordinal,
    settings,
)
from course_lib.exercises.engine.trace import MOST, Step, Trace, alike

# everything that comes before, and then what is compared
Prepare = Callable[[], Callable[[], Any]]
STRANGE = "another tensor"
# with these begins another way of computing the same
OTHER_WAYS = {"getitem", "stack", "cat", "softmax", "log_softmax", "exp", "log", "gather", "pow"}
LAYERS = {"conv2d", "batch_norm", "linear"}  # whose other inputs are weights
FAULTS = 3  # places that are named at most
SECONDS = 0.7  # of computing, to find them


@dataclass
class Fault:
    """A step of the attempt, and the step of the reference whose result belongs in its place."""

    step: Step
    instead: Step | None  # None: the step is one too many
    agreed: Step | None  # the last step that both have before it; None: there is none


class Parting:
    """The faults of an attempt, and whether it is proven that there are no others."""

    def __init__(self, reference: Prepare, attempt: Prepare) -> None:
        self.attempt = attempt
        right_steps, self.right = traced(reference, {})
        self.results = [step for step in right_steps if step.counts]
        self.start = right_steps[0].inputs[:1] if right_steps else []
        self.steps: list[Step] = []  # the attempt's, as they were last
        self.deadline = time.process_time() + SECONDS

    def words(self) -> str:
        """The faults, a sentence each, if it is proven that they are all; else where ways part."""
        faults: list[Fault] = []
        replaced: dict[int, Tensor] = {}
        while self.results and len(faults) <= FAULTS:
            steps, out = traced(self.attempt, replaced)
            if same(self.right, out):
                sentences = list(dict.fromkeys(map(self._sentence, faults)))
                further = [f"Further on: {s[0].lower()}{s[1:]}" for s in sentences[1:]]
                return " ".join([*sentences[:1], *further])
            if len(steps) >= MOST:
                return ""
            found = self._next(steps, replaced)
            if found is None:
                return "" if faults else self._ending(out) or self._elsewhere(steps)
            number, replaced[number], fault = found
            faults.append(fault)
        return ""

    def _next(self, steps: list[Step], replaced: dict) -> tuple[int, Tensor, Fault] | None:
        """The next step to blame, and what should have come of it."""
        self.steps = steps
        had = [self._position(step.result) for step in steps]
        for number, agreed in _news(steps, had):
            if time.process_time() > self.deadline:
                return None
            if number not in replaced:
                for numbers, fault in self._candidates(steps[number], agreed):
                    if self._mends(had, {**replaced, number: numbers}, number):
                        return number, numbers, fault
        return None

    def _candidates(self, step: Step, agreed: int) -> Iterator[tuple[Tensor, Fault]]:
        """What could belong in the place of a step's result."""
        last = self.results[agreed] if agreed >= 0 else None
        for given in step.inputs[:1]:
            if given.shape == step.result.shape and self._position(given) is not None:
                yield given, Fault(step, None, last)
        for other in self.results[agreed + 1 : agreed + 5]:
            fits = other.result.numel() == step.result.numel()
            if fits and (other.name == step.name or self._starts_right(step)):
                yield other.result, Fault(step, other, last)

    def _starts_right(self, step: Step) -> bool:
        """Whether all that goes into a step is as in the reference: then it is to blame itself."""
        known = [x for other in self.results for x in (other.result, *other.inputs)]
        return bool(step.inputs) and all(any(alike(x, y) for y in known) for x in step.inputs[:1])

    def _mends(self, had: list[int | None], replaced: dict[int, Tensor], number: int) -> bool:
        """Whether what follows is right then: the end, or the next step, which was not before."""
        if time.process_time() > self.deadline:
            return False
        after, out = traced(self.attempt, replaced)
        if same(self.right, out):
            return True
        following = [n for n, step in enumerate(after) if n > number and step.counts][:1]
        return any(
            (n >= len(had) or had[n] is None) and self._position(after[n].result) is not None
            for n in following
        )

    def _position(self, result: Tensor) -> int | None:
        """Which of the reference's results this is."""
        return next((n for n, s in enumerate(self.results) if alike(s.result, result)), None)

    def _sentence(self, fault: Fault) -> str:
        start = "Right at the start yours"
        if fault.agreed:
            start = f"Up to {self._called(fault.agreed)} both agree; then yours"
        step, other = fault.step, fault.instead
        if other is None:
            return f"{start} applies {described(step)}, which is a step too many."
        if step.name != other.name:
            return f"{start} applies {described(step)}, and that is not what is due there."
        where = self._called(other)
        ours = step.inputs[:1] if step.name in LAYERS else step.inputs  # the rest are weights
        strange = [x for x in ours if not any(alike(x, y) for y in other.inputs)]
        what = self._source(strange[0]) if strange else ""
        if told := differences(settings(step), settings(other)):
            given = f", and gives {what} to it" if what else ""
            return f"{start} sets {where} otherwise: {told}{given}."
        if what == STRANGE and not fault.agreed:
            return ""  # that would say no more than that the two differ
        if what:
            return f"{start} gives {what} to {where}, and something else is due there."
        if len(step.inputs) != len(other.inputs):
            amount = "fewer" if len(step.inputs) < len(other.inputs) else "more"
            return f"{start} has {amount} weights in {where} than are due: a scale, a bias."
        if step.name not in LAYERS:
            return f"{start} computes {where} from other things than are due."
        return f"{start} has other numbers in {where}: is it another layer, or one used twice?"

    def _source(self, value: Tensor) -> str:
        """Where a tensor of the attempt comes from."""
        position = self._position(value)
        if position is not None:
            return f"the result of {self._called(self.results[position])}"
        if any(alike(value, x) for x in self.start):
            return "the input itself"
        made = [step for step in self.steps if step.counts and alike(step.result, value)]
        return f"what comes out of {described(made[0])}" if made else STRANGE

    def _called(self, step: Step) -> str:
        same_name = [s for s in self.results if s.name == step.name]
        place = next(n for n, s in enumerate(same_name, start=1) if s is step)
        return ordinal(step, place if len(same_name) > 1 else 0)

    def _elsewhere(self, steps: list[Step]) -> str:
        """The first step on a way that never comes back to the reference's; this is not proven."""
        had = [self._position(step.result) for step in steps]
        for number, agreed in _news(steps, had):
            step = steps[number]
            if step.name in OTHER_WAYS or not self._goes_on(step, agreed):
                continue
            comes_back = any(p is not None and p > agreed for p in had[number:])
            if comes_back or agreed + 1 == len(self.results):
                return ""
            other, last = self.results[agreed + 1], self.results[agreed] if agreed >= 0 else None
            if other.name == step.name:
                return self._sentence(Fault(step, other, last))
            if last is None:
                return ""
            return (
                f"Up to {self._called(last)} both agree. What yours does next, "
                f"{described(step)}, leads elsewhere."
            )
        return ""

    def _goes_on(self, step: Step, agreed: int) -> bool:
        """Whether a step works on what both have; at the start, on what both are given."""
        if agreed < 0:
            return self._starts_right(step)
        return bool(step.inputs) and self._position(step.inputs[0]) is not None

    def _ending(self, out: Any) -> str:
        """Where the attempt ends before the reference does."""
        position = self._position(out) if isinstance(out, Tensor) else None
        if position is None or position + 1 == len(self.results):
            return ""
        last = self._called(self.results[position])
        return f"Up to {last} both agree, and there yours ends: something is still to be done."


def _news(steps: list[Step], had: list[int | None]) -> Iterator[tuple[int, int]]:
    """(number, agreed) of each step whose result the reference never has.

    `had` is where the reference has each result; `agreed`, the last such place before the step.
    """
    agreed = -1
    for number, step in enumerate(steps):
        position = had[number]
        if position is not None:
            agreed = max(agreed, position)
        elif step.counts:
            yield number, agreed


def traced(prepare: Prepare, replaced: dict[int, Tensor]) -> tuple[list[Step], Any]:
    """The steps of a run, and what it returns."""
    trace = Trace(replaced)
    with guarded(SideEffects()):
        try:
            run = prepare()
            with trace:
                out = run()
        except Exception as error:  # whatever the attempt does
            out = Raised(type(error).__name__, str(error))
    return trace.steps, out
