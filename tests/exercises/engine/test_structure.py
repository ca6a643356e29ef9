"""What the kinds of an attempt's answers say, before their values are looked at."""

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import exercises
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.compare import INPUT_CHANGED, Raised, Told, Unusable
from course_lib.exercises.engine.exercise import Probe
from course_lib.exercises.engine.structure import structure
from course_lib.exercises.probes.call import call, randn

X = randn(2, 3)


async def coroutine():
    """Is called, and never awaited."""


def waiting():
    """A coroutine that is closed before Python warns that nobody waited for it."""
    found = coroutine()
    found.close()
    return found


@pytest.mark.parametrize(
    ("right", "yours", "sentence"),
    [
        (3, None, "Your code returned None where an int is due. Is a return statement missing?"),
        (X, None, "Your code returned None where a tensor is due. Is a return statement missing?"),
        (
            [1, 2],
            [None, None],
            "Your code returned None where an int is due. Is a return statement missing?",
        ),
        (
            4,
            len,
            "Asked is an int, and yours is a function: is a call missing its parentheses, ()?",
        ),
        (
            4,
            4.0,
            "Asked is an int, and yours is a float: the number is right, but its type is not.",
        ),
        (
            4,
            torch.tensor(4),
            "Asked is an int, and yours is a tensor: the number is right, but its type is not.",
        ),
        (4, 5.0, "Asked is an int, and yours is a float."),
        (4, "4", "Asked is an int, and yours is a text: the number is right, but its type is not."),
        (2.5, np.array([2.5, 3.5]), "Asked is a float, and yours is a NumPy array."),
        (X, X.numpy(), "Asked is a tensor, and yours is a NumPy array."),
        (X, nn.ReLU(), "Asked is a tensor, and yours is a module."),
        (X, nn.ReLU, "Asked is a tensor, and yours is a class."),
        (X, {"out": X}, "Asked is a tensor, and yours is a dict."),
        (X, [1.0], "Asked is a tensor, and yours is a list."),
        (X, (x for x in X), "Asked is a tensor, and yours is a generator."),
        (X, waiting(), "Asked is a tensor, and yours is a coroutine."),
        (X, {1, 2}, "Asked is a tensor, and yours is an object of type set."),
        (
            True,
            1,
            "Asked is a bool, and yours is an int: the number is right, but its type is not.",
        ),
        (
            X,
            (X,),
            "Asked is a tensor, and yours is a tuple: its only item is what was asked. Return that "
            "alone.",
        ),
        (
            X,
            [0, X],
            "Asked is a tensor, and yours is a list: item number 2 in it is what was asked. Return "
            "that alone.",
        ),
        ([1, 2], [1.0, 2.0], "Asked is a list of ints, and yours is one of floats."),
        (
            [X, X],
            [X.numpy(), X.numpy()],
            "Asked is a list of tensors, and yours is one of NumPy arrays.",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) and len(value) > 9 else type(value).__name__,
)
def test_answers_of_another_kind(right, yours, sentence):
    assert structure([(right, yours)]) == sentence


@pytest.mark.parametrize(
    ("right", "yours"),
    [
        (3, 4),
        (3, np.int64(4)),
        (2.5, np.float64(3.5)),
        (X, X + 1),
        ([1, 2], (2, 1)),
        ([1, 2], []),
        ((1, 2), torch.Size([2, 1])),
        (nn.ReLU(), nn.Identity()),
        (3, Raised("ValueError", "")),
        (3, Unusable("nothing")),
        ({"a": 1}, {"a": 2}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_answers_of_the_right_kind_nothing_is_said(right, yours):
    assert structure([(right, yours)]) == ""


def test_several_kinds_that_are_due_are_named_each_once():
    pairs = [(X, None), (3, None), (X, None)]
    assert structure(pairs).startswith("Your code returned None where a tensor or an int is due.")


def test_answers_of_several_wrong_kinds_are_not_judged_by_kind():
    assert structure([(X, None), (X, 3)]) == ""


def test_the_item_that_was_asked_has_to_be_the_same_in_every_case():
    assert structure([(1, (1, 2)), (4, (3, 4))]) == "Asked is an int, and yours is a tuple."


def test_the_number_has_to_be_right_in_every_case():
    assert structure([(4, 4.0), (5, 6.0)]) == "Asked is an int, and yours is a float."


def test_findings_are_looked_at_one_by_one():
    right, yours = {"count": 3, "output": X}, {"count": 3, "output": (X, X)}
    assert structure([(right, yours)]) == (
        "Asked is a tensor, and yours is a tuple: item number 1 in it is what was asked. Return "
        "that alone."
    )


def test_what_a_probe_tells_comes_first():
    told = Told("The layers are in a plain list.")
    assert structure([(X, None), ({"a": 1}, {"a": 1, "layers": told})]) == told.reason


def test_a_changed_input_is_told():
    assert structure([(X, None), (X, INPUT_CHANGED)]) == (
        "Your code changed its input in place. The caller still needs it: work on a copy, or write "
        "x = x + y instead of x += y."
    )


def double(x):
    """Twice x."""
    return x * 2


TASK = Check(double, "D", 1, 1, 1, ("", ""), (call(randn(3)), call(randn(2, 2))), {})


def endless(x):
    """A generator that never ends."""
    while True:
        yield x


@pytest.mark.parametrize(
    ("attempt", "kind"),
    [(endless, "a generator"), (lambda x: lambda: x, "a function"), (lambda x: (x,), "a tuple")],
)
def test_the_kind_is_the_diagnosis(attempt, kind):
    report = TASK.grade(attempt)
    assert report.diagnosis.startswith(f"Asked is a tensor, and yours is {kind}")
    assert (report.mistakes, report.is_open) == ((), False)


class Unequal:
    """An object that cannot be compared."""

    def __eq__(self, other):
        raise RuntimeError("no")


def test_an_object_that_cannot_be_compared_is_named():
    assert TASK.grade(lambda x: Unequal()).diagnosis == (
        "Asked is a tensor, and yours is an object of type Unequal."
    )


def test_a_known_mistake_comes_before_the_kind():
    pair = "You returned a pair: asked for is one int, which both ends get."
    report = exercises.get("same_padding").grade(
        lambda kernel_size, dilation=1: (dilation * (kernel_size - 1) // 2,) * 2
    )
    assert report.diagnosis == pair


def test_only_what_is_called_as_asked_says_which_kind_is_due():
    text = Probe("its shape", lambda f: str(f(randn(4)).shape) if f(randn(4)) is not None else None)
    task = Check(double, "D", 1, 1, 1, ("", ""), (*TASK.probes, text), {})
    assert task.grade(lambda x: None).diagnosis.startswith(
        "Your code returned None where a tensor is due."
    )


def test_a_finding_that_stands_in_for_a_value_has_no_kind():
    assert "Unusable" not in structure([([[1], [2]], [Unusable("a tensor"), Unusable("a tensor")])])


def test_a_truth_of_numpys_is_no_bool_in_other_words_than_bool():
    assert structure([(True, np.bool_(False))]) != (
        "Asked is a bool, and yours is an object of type bool."
    )


def test_a_tuple_of_which_the_items_are_of_another_kind_is_no_list():
    assert "list" not in structure([((1, 2), (1.0, 2.0))])


def test_a_probe_that_calls_twice_asks_for_no_list():
    def observe(implementation, x):
        return [implementation(x), implementation(2 * x)]

    task = Check(double, "D", 1, 1, 1, ("", ""), (Probe("two calls", observe, (1.5,)),), {})
    assert "list" not in task.grade(lambda x: (x, x)).diagnosis
