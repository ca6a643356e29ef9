"""Which arguments decide whether an attempt is right, and what its wrong numbers are."""

import pytest
import torch

from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.conditions import conditions
from course_lib.exercises.engine.exercise import Exercise, Probe
from course_lib.exercises.engine.key import REFERENCE, AnswerKey
from course_lib.exercises.probes.call import call, randn


def said(exercise, attempt):
    """What `conditions` says of an attempt."""
    key, numbers = AnswerKey(exercise), range(len(exercise.probes))
    right = [key.answer(REFERENCE, number) for number in numbers]
    got = [probe.observe(attempt, *probe.fresh_arguments()) for probe in exercise.probes]
    return conditions(exercise, right, got)


def exercise(reference, *probes):
    return Exercise(reference, "E", 1, 1, 1, ("", ""), probes, {})


def seats(rows, columns, aisles=1, extra=0.5, last=True, names=None):
    """A number that depends on every argument."""
    return (rows * columns * 12 - aisles + 5 * last) / 1 + extra + (7 if names is None else 0)


SEATS = exercise(
    seats,
    call(2, 3),
    call(3, 3, 2),
    call(4, 4, 0, 1.0),
    call(5, 2, 3, 0.75, False),
    call(1, 1, 1, 1.25, False, "a"),
    call(6, 5, 2, 0.25, True, "b"),
    call(7, 2, 1, 0.5),
)


def wrong_where(condition):
    """An attempt that is wrong in no simple way where the condition holds."""

    def attempt(rows, columns, aisles=1, extra=0.5, last=True, names=None):
        right = seats(rows, columns, aisles, extra, last, names)
        strange = 1000 + 0.37 * right**1.5
        return strange if condition(rows, columns, aisles, extra, last, names) else right

    return attempt


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (lambda r, c, a, e, last, n: n is None, "wrong in all where names is None"),
        (lambda r, c, a, e, last, n: n is not None, "right in all where names is None"),
        (lambda r, c, a, e, last, n: last, "wrong in all where last is True"),
        (lambda r, c, a, e, last, n: not last, "right in all where last is True"),
        (lambda r, c, a, e, last, n: a == 1, "wrong in all where aisles is 1"),
        (lambda r, c, a, e, last, n: a != 1, "right in all where aisles is 1"),
        (lambda r, c, a, e, last, n: e == 0.5, "wrong in all where extra is 0.5"),
        (lambda r, c, a, e, last, n: r % 2, "right in all where rows is even"),
        (lambda r, c, a, e, last, n: c == r, "wrong in all where columns equals rows"),
        (lambda r, c, a, e, last, n: c != r, "right in all where columns equals rows"),
    ],
)
def test_the_arguments_that_decide(condition, words):
    assert said(SEATS, wrong_where(condition)) == (
        f"Of the calls tried yours is {words}, and in no other."
    )


def test_where_no_fact_decides_nothing_is_said():
    assert said(SEATS, wrong_where(lambda r, *_: r in (2, 5))) == ""


def test_one_wrong_case_says_nothing():
    assert said(SEATS, wrong_where(lambda r, *_: r == 7)) == ""


def test_equal_arguments_are_no_fact_of_few_cases():
    few = exercise(seats, call(2, 2), call(3, 3), call(2, 3), call(3, 4))
    assert said(few, wrong_where(lambda r, c, *_: r == c)) == ""


def scaled(x, factor=2):
    """The tensor, times the factor."""
    return x * factor


SCALED = exercise(
    scaled,
    call(randn(1, 3, 3)),
    call(randn(1, 4, 5), 3),
    call(randn(2, 4, 4), 7),
    call(randn(2, 3, 4), 5),
)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (lambda x: len(x) == 1, "wrong in all where x has a first axis of 1"),
        (lambda x: len(x) > 1, "right in all where x has a first axis of 1"),
        (
            lambda x: x.shape[-1] == x.shape[-2],
            "wrong in all where the last two axes of x are equally long",
        ),
    ],
)
def test_the_axes_that_decide(condition, words):
    def attempt(x, factor=2):
        return (x * factor).sin() if condition(x) else x * factor

    assert said(SCALED, attempt) == f"Of the calls tried yours is {words}, and in no other."


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda x, factor=2: x * factor * factor, "the right one times factor"),
        (lambda x, factor=2: x, "the right one divided by factor"),
        (lambda x, factor=2: x * factor + factor, "the right one plus factor"),
        (lambda x, factor=2: x * factor - factor, "the right one minus factor"),
        (lambda x, factor=2: x * factor * 1.5, "the right one times 1.5"),
        (lambda x, factor=2: -x * factor, "the right one times -1"),
        (lambda x, factor=2: 0 * x, "the right one times 0"),
        (lambda x, factor=2: (x * factor).flip(-2), "the right one upside down"),
        (lambda x, factor=2: (x * factor).flip(-1), "the right one mirrored from left to right"),
        (lambda x, factor=2: (x * factor)[..., 1:], "1 too short along axis 2"),
        (lambda x, factor=2: torch.cat([x, x, x]), "too long along axis 0"),
        (
            lambda x, factor=2: (x * factor)[:, 1:, :-2],
            "1 too short along axis 1 and 2 too short along axis 2",
        ),
    ],
)
def test_what_every_wrong_tensor_is(attempt, words):
    assert said(SCALED, attempt) == f"Each wrong result is {words}."


def test_a_tensor_whose_rows_and_columns_are_exchanged():
    square = exercise(scaled, call(randn(3, 3)), call(randn(4, 4)))
    words = said(square, lambda x, factor=2: (x * factor).T)
    assert "rows" in words and "columns" in words


def total(n, step=1):
    """A count."""
    return n * 10 + step


TOTAL = exercise(total, call(2), call(3, 2), call(4, 3), call(7, 2))


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda n, step=1: n * 10 + step + 1, "1 too large"),
        (lambda n, step=1: n * 10 + step - 3, "3 too small"),
        (lambda n, step=1: (n * 10 + step) * 2, "the right one times 2"),
        (lambda n, step=1: n * 10 + step + n, "the right one plus n"),
        (lambda n, step=1: n * 10 + step - n, "the right one minus n"),
        (lambda n, step=1: (n * 10 + step) * n, "the right one times n"),
    ],
)
def test_what_every_wrong_number_is(attempt, words):
    assert said(TOTAL, attempt) == f"Each wrong result is {words}."


def test_both_may_be_said():
    attempt = wrong_where(lambda r, c, a, e, last, n: False)

    def late(rows, columns, aisles=1, extra=0.5, last=True, names=None):
        return attempt(rows, columns, aisles, extra, last, names) + (3 if last else 0)

    assert said(SEATS, late) == (
        "Of the calls tried yours is wrong in all where last is True, and in no other. Each wrong "
        "result is 3 too large."
    )


@pytest.mark.parametrize(
    "attempt",
    [
        lambda n, step=1: n**3 + step,
        lambda n, step=1: str(n),
        lambda n, step=1: None,
        lambda n, step=1: torch.zeros(0),
        lambda n, step=1: [n] * step,
    ],
    ids=["another formula", "texts", "None", "empty tensors", "lists"],
)
def test_of_other_answers_nothing_is_said(attempt):
    assert said(TOTAL, attempt) == ""


def test_probes_that_are_no_call_do_not_count():
    looked_at = Probe("looked at", lambda f: f(1))
    assert said(exercise(total, looked_at, looked_at), lambda n, step=1: 0) == ""


def test_what_is_said_is_said_of_calls_alone():
    """Another case, which looks at it in a way of its own, may say otherwise."""
    task = exercise(total, call(2), call(4), call(3), call(5), Probe("of 6", lambda f: f(6)))
    words = said(task, lambda n, step=1: n * 10 + step if n in (2, 4) else n**3)
    assert words == "Of the calls tried yours is right in all where n is even, and in no other."


def test_a_wrong_tensor_is_not_the_right_one_times_one():
    assert "times 1." not in said(SCALED, lambda x, factor=2: x * factor * 1.0003)


def test_a_tensor_that_is_no_number_is_no_multiple():
    assert "times nan" not in said(SCALED, lambda x, factor=2: x * float("nan"))


def test_a_number_that_no_float_can_hold_breaks_nothing():
    assert said(TOTAL, lambda n, step=1: 10**400) == ""


def test_a_check_of_huge_numbers_does_not_raise():
    task = Check(total, "T", 1, 1, 1, ("", ""), TOTAL.probes, {})
    assert task.grade(lambda n, step=1: 10**400).status == "incorrect"


def test_only_counts_are_even():
    def lengthened(x, by=0.5):
        return x + by

    task = exercise(lengthened, call(1, 0.0), call(1, 2.0), call(1, 0.3), call(2, 0.7))
    words = said(task, lambda x, by=0.5: x + by if by in (0.0, 2.0) else 1000 * by**3 + x)
    assert "even" not in words


def test_one_right_case_decides_nothing():
    def area(rows, columns):
        return rows * columns

    task = exercise(area, call(2, 3), call(3, 5), call(2, 2), call(5, 3), call(4, 7))
    assert said(task, lambda rows, columns: rows + columns) == ""


def test_small_numbers_that_are_wrong_are_not_nearly_right():
    def ordered(x):
        return x.sort().values

    task = exercise(ordered, call(torch.tensor([1000.0, 1, 2])), call(torch.tensor([3.0, 900, 4])))
    words = said(task, lambda x: torch.tensor([9.0, 8, x.max()]))
    assert "nearly the right one" not in words
