"""Which arguments decide whether a function is right, and how its wrong numbers differ."""

import inspect
import math
import operator
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.engine.compare import same
from course_lib.exercises.engine.exercise import Exercise

LARGEST = 1e300  # number that is compared: beyond it floats end
EQUALITY_FROM = 6  # cases: with fewer, two arguments are equal by chance
Call = dict[str, Any]  # the arguments of a probe, by name, defaults included
Case = tuple[Call, Any, Any]  # and the right answer, and the attempt's
Fact = Callable[[Call], bool]
Relation = Callable[[Call, Any], Any]  # of a call and the right answer


def calls(exercise: Exercise) -> list[Call | None]:
    """What each probe calls the exercise with; None for probes that do something else."""
    signature = inspect.signature(exercise.reference)
    found: list[Call | None] = []
    for probe in exercise.probes:
        given = probe.given() if probe.is_call else None
        if given is None:
            found.append(None)
            continue
        bound = signature.bind(*given[0], **given[1])
        bound.apply_defaults()
        found.append(dict(bound.arguments))
    return found


def conditions(exercise: Exercise, right: list[Any], got: list[Any]) -> str:
    """When the attempt is right and when not, and what its wrong numbers are; or ""."""
    known = [
        (call, expected, yours)
        for call, expected, yours in zip(calls(exercise), right, got, strict=True)
        if call is not None
    ]
    good = [call for call, expected, yours in known if same(expected, yours)]
    bad = [item for item in known if not same(item[1], item[2])]
    if len(bad) < 2:
        return ""
    # of one right case nearly everything can be said
    when = _when(exercise, good, [call for call, _, _ in bad]) if len(good) > 1 else ""
    how = _how(bad)
    return " ".join(part for part in (when, how) if part)


def _when(exercise: Exercise, good: list[Call], bad: list[Call]) -> str:
    """The fact about one argument that holds in all right cases and in no wrong one; or ""."""
    found: dict[str, str] = {}
    for name, words, holds in _facts(exercise, good + bad):
        if all(map(holds, good)) and not any(map(holds, bad)):
            text = f"Of the calls tried yours is right in all where {words}, and in no other."
        elif all(map(holds, bad)) and not any(map(holds, good)):
            text = f"Of the calls tried yours is wrong in all where {words}, and in no other."
        else:
            continue
        found.setdefault(name, text)
    return next(iter(found.values())) if len(found) == 1 else ""  # two say that it is chance


def _facts(exercise: Exercise, cases: list[Call]) -> Iterator[tuple[str, str, Fact]]:
    """(argument, words, fact): what may be asked of the arguments, the plainest first."""
    parameters = inspect.signature(exercise.reference).parameters
    for name in cases[0]:
        values = [case[name] for case in cases]
        if any(value is None for value in values):
            yield name, f"{name} is None", _is(name, None)
        elif all(isinstance(value, bool) for value in values):
            yield name, f"{name} is True", _is(name, True)
        elif all(isinstance(value, int | float) for value in values):
            for number in dict.fromkeys((parameters[name].default, 0, 1)):
                if number in values:
                    yield name, f"{name} is {number}", _is(name, number)
            if all(isinstance(value, int) for value in values):
                yield name, f"{name} is even", _on(name, lambda value: value % 2 == 0)
        elif all(isinstance(value, Tensor) and value.ndim for value in values):
            yield name, f"{name} has a first axis of 1", _on(name, lambda value: len(value) == 1)
            yield name, f"{name} has a second axis of 1", _on(name, _has_one_channel)
            yield name, f"the last two axes of {name} are equally long", _on(name, _is_square)
    if len(cases) < EQUALITY_FROM:
        return
    numbers = [n for n in cases[0] if all(type(case[n]) is int for case in cases)]
    for first, second in combinations(sorted(numbers), 2):
        yield f"{first}, {second}", f"{first} equals {second}", _agree(first, second)


def _is(name: str, value: Any) -> Fact:
    return lambda case: case[name] is value or (value is not None and case[name] == value)


def _on(name: str, holds: Callable[[Any], bool]) -> Fact:
    return lambda case: holds(case[name])


def _agree(first: str, second: str) -> Fact:
    return lambda case: case[first] == case[second]


def _has_one_channel(value: Tensor) -> bool:
    return value.shape[1:2] == (1,)


def _is_square(value: Tensor) -> bool:
    return value.shape[-1:] == value.shape[-2:-1]


def _how(bad: list[Case]) -> str:
    """What every wrong number is, measured by the right one."""
    if sizes := _sizes(bad):
        return sizes
    if all(_nearly(right, yours) for _, right, yours in bad):
        return "Each wrong result is nearly the right one: is something rounded or approximated?"
    for words, apply in _relations(bad):
        try:
            if all(same(apply(call, right), yours) for call, right, yours in bad):
                return f"Each wrong result is {words}."
        except (TypeError, ZeroDivisionError, RuntimeError, ValueError):
            continue
    return ""


def _sizes(bad: list[Case]) -> str:
    """By how much every wrong tensor is too long or too short, where that is always the same."""
    shapes = [
        (right.shape, yours.shape)
        for _, right, yours in bad
        if isinstance(right, Tensor) and isinstance(yours, Tensor)
    ]
    if len(shapes) < len(bad) or any(len(a) != len(b) for a, b in shapes):
        return ""
    gaps = [tuple(b - a for a, b in zip(*pair, strict=True)) for pair in shapes]
    told = []
    if len({len(gap) for gap in gaps}) > 1:  # some have more axes than others
        return ""
    for axis, each in enumerate(zip(*gaps, strict=True)):
        sides = {"long" if gap > 0 else "short" if gap < 0 else "" for gap in each}
        if len(sides) == 1 and sides != {""}:
            amount = f"{abs(each[0])} " if len(set(each)) == 1 else ""
            told.append(f"{amount}too {sides.pop()} along axis {axis}")
    return f"Each wrong result is {' and '.join(told)}." if told else ""


def _nearly(right: Any, yours: Any) -> bool:
    """Whether floats are off by less than a percent."""
    both = [torch.as_tensor(x) for x in (right, yours) if isinstance(x, float | Tensor)]
    if len(both) < 2 or both[0].shape != both[1].shape:
        return False
    a, b = (x.detach().double() for x in both)
    return bool(a.numel() and ((a - b).abs() <= 0.01 * a.abs() + 1e-3).all())


def _relations(bad: list[Case]) -> Iterator[tuple[str, Relation]]:
    """What the wrong results may be, measured by the right ones."""
    call, right, yours = bad[0]
    if not all(isinstance(value, int | float | Tensor) for _, *pair in bad for value in pair):
        return
    for name, value in call.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"the right one times {name}", _by(operator.mul, name)
            yield f"the right one divided by {name}", _by(_divided, name)
            yield f"the right one plus {name}", _by(operator.add, name)
            yield f"the right one minus {name}", _by(operator.sub, name)
    if isinstance(right, int | float) and isinstance(yours, int | float):
        if max(abs(yours), abs(right)) > LARGEST:
            return
        gap = yours - right
        side = "large" if gap > 0 else "small"
        yield f"{abs(gap):.6g} too {side}", _alone(lambda r: r + gap)
        if right:
            factor = yours / right
            factor = int(factor) if float(factor).is_integer() else factor
            yield f"the right one times {factor:.6g}", _alone(lambda r: r * factor)
    if isinstance(right, Tensor) and isinstance(yours, Tensor) and right.shape == yours.shape:
        scale = (yours.double().norm() / right.double().norm()).item() if right.numel() else 0.0
        if math.isfinite(scale) and f"{scale:.3g}" != "1":
            yield f"the right one times {scale:.4g}", _alone(lambda r: r * scale)
        if math.isfinite(scale):
            yield f"the right one times {-scale:.4g}", _alone(lambda r: r * -scale)
        if right.ndim > 1:
            yield "the right one, rows as columns", _alone(lambda r: r.transpose(-1, -2))
            yield "the right one upside down", _alone(lambda r: r.flip(-2))
            yield "the right one mirrored from left to right", _alone(lambda r: r.flip(-1))


def _by(compute: Callable[[Any, Any], Any], name: str) -> Relation:
    return lambda call, right: compute(right, call[name])


def _alone(compute: Callable[[Any], Any]) -> Relation:
    return lambda _, right: compute(right)


def _divided(right: Any, by: Any) -> Any:
    return right // by if isinstance(right, int) and right % by == 0 else right / by
