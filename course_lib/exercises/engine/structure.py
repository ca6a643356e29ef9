"""What the kinds of an attempt's answers say, before their values are looked at."""

from collections.abc import Iterator, Mapping
from inspect import isawaitable, isgenerator, isroutine
from typing import Any

import numpy as np
from torch import Tensor, nn

from course_lib.exercises.engine.compare import (
    INPUT_CHANGED,
    Raised,
    Told,
    Unusable,
    same,
)

SEARCHED = 20  # items of a list among which the right answer is looked for
CHANGED_INPUT = (
    "Your code changed its input in place. The caller still needs it: work on a copy, or write "
    "x = x + y instead of x += y."
)
RETURNED_NONE = "Your code returned None"
Pair = tuple[Any, Any]  # the right answer, and the attempt's
KINDS: tuple[tuple[Any, str, str], ...] = (  # of these types, one, several
    ((bool, np.bool_), "a bool", "bools"),
    ((int, np.integer), "an int", "ints"),
    ((float, np.floating), "a float", "floats"),
    (str, "a text", "texts"),
    (Tensor, "a tensor", "tensors"),
    (np.ndarray, "a NumPy array", "NumPy arrays"),
    (type, "a class", "classes"),
    (nn.Module, "a module", "modules"),
    (Mapping, "a dict", "dicts"),
    (list, "a list", "lists"),
    (tuple, "a tuple", "tuples"),
)


def structure(wrong: list[Pair], called: bool = True) -> str:
    """What is wrong with the kind of the wrong answers, in a sentence; or "".

    `called`: they are what calls returned; else a list may be that of several calls.
    """
    told = [value for _, yours in wrong for value in _values(yours) if isinstance(value, Told)]
    if told:
        return told[0].reason
    if any(same(yours, INPUT_CHANGED) for _, yours in wrong):
        return CHANGED_INPUT
    pairs = [pair for item in wrong for pair in _inside(*item)]
    pairs = [(right, yours) for right, yours in pairs if _kinds(right, yours)]
    if not called:
        pairs = [_of_one_call(*pair) for pair in pairs]
    found = [kinds for pair in pairs if (kinds := _kinds(*pair))]
    asked = " or ".join(dict.fromkeys(kind for kind, _ in found))
    got = {got for _, got in found}
    return _sentence(asked, got.pop(), pairs) if len(got) == 1 else ""


def _of_one_call(right: Any, yours: Any) -> Pair:
    both = isinstance(right, list) and isinstance(yours, list) and right and yours
    return (right[0], yours[0]) if both else (right, yours)


def _sentence(asked: str, got: str, pairs: list[Pair]) -> str:
    if got == "None":
        return f"{RETURNED_NONE} where {asked} is due. Is a return statement missing?"
    start = f"Asked is {asked}, and yours is {got}"
    if got == "a function":
        return f"{start}: is a call missing its parentheses, ()?"
    places = [_place_of(right, yours) for right, yours in pairs]
    if places[0] is not None and len(set(places)) == 1:
        one_of_many = f"item number {places[0] + 1} in it is what was asked"
        only = "its only item is what was asked"
        words = only if len(pairs[0][1]) == 1 else one_of_many
        return f"{start}: {words}. Return that alone."
    if all(_same_number(right, yours) for right, yours in pairs):
        return f"{start}: the number is right, but its type is not."
    return f"{start}."


def _values(yours: Any) -> list[Any]:
    return list(yours.values()) if isinstance(yours, Mapping) else [yours]


def _inside(right: Any, yours: Any) -> Iterator[Pair]:
    """The pair itself, or that of each wrong finding that both have."""
    if isinstance(right, Mapping) and isinstance(yours, Mapping):
        both = [key for key in right if key in yours]
        yield from ((right[key], yours[key]) for key in both if not same(right[key], yours[key]))
    else:
        yield right, yours


def _kinds(right: Any, yours: Any) -> tuple[str, str] | None:
    """The two kinds in words where they differ; None where they do not, or say nothing."""
    if isinstance(right, Raised | Unusable) or isinstance(yours, Raised | Unusable):
        return None
    if isinstance(right, list | tuple) and isinstance(yours, list | tuple):
        if not right or not yours or kind(right[0]) == kind(yours[0]):
            return None
        if any(isinstance(item, Raised | Unusable) for item in (*right, *yours)):
            return None
        if yours[0] is None:
            return kind(right[0]), "None"
        return f"{kind(right)} of {kinds(right[0])}", f"one of {kinds(yours[0])}"
    asked, got = kind(right), kind(yours)
    return None if asked == got else (asked, got)


def kind(value: Any) -> str:
    """What sort of thing a value is, with its article."""
    for types, one, _ in KINDS:
        if isinstance(value, types):
            return one
    if value is None:
        return "None"
    if isawaitable(value):
        return "a coroutine"
    if isgenerator(value):
        return "a generator"
    return "a function" if isroutine(value) else f"an object of type {type(value).__name__}"


def kinds(value: Any) -> str:
    """What sort of things several like this one are."""
    return next((many for types, _, many in KINDS if isinstance(value, types)), kind(value))


def _place_of(right: Any, yours: Any) -> int | None:
    """Where in `yours`, a list or tuple, the right answer stands."""
    items = yours[:SEARCHED] if isinstance(yours, list | tuple) else []
    return next((index for index, item in enumerate(items) if same(right, item)), None)


def _same_number(right: Any, yours: Any) -> bool:
    """An integer given as a float or as a tensor, say."""
    try:
        return float(right) == float(yours)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False  # one of them is no single number
