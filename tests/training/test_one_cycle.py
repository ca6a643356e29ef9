"""The learning rate of a whole training, for all numbers of steps and all warm-ups."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.training.steps import one_cycle

totals = st.integers(1, 100)
highest = st.floats(1e-6, 100)
warmups = st.floats(0, 1)


def rates(total, max_lr, warmup):
    return [one_cycle(step, total, max_lr, warmup) for step in range(total)]


@given(totals, highest, warmups)
def test_it_stays_between_zero_and_the_highest_rate(total, max_lr, warmup):
    assert all(0 <= rate <= max_lr for rate in rates(total, max_lr, warmup))


@given(totals, highest, warmups)
def test_it_rises_up_to_the_peak_and_falls_from_there(total, max_lr, warmup):
    found = rates(total, max_lr, warmup)
    first = math.ceil(warmup * total)  # the first step that is not warm-up
    assert found[:first] == sorted(found[:first])
    assert found[first:] == sorted(found[first:], reverse=True)
    if first > 0:
        assert found[0] == 0
    if first < total:
        assert found[-1] == 0


@given(totals, highest, warmups)
def test_it_never_jumps(total, max_lr, warmup):
    """From one step to the next no more than the rise or the steepest part of the fall."""
    found = rates(total, max_lr, warmup)
    peak = warmup * total
    rise = max_lr / peak if peak else 0
    fall = max_lr * math.pi / 2 / max(total - 1 - peak, 1)  # the slope in the middle of the cosine
    for before, after in zip(found, found[1:], strict=False):
        assert abs(after - before) <= max(rise, fall) * (1 + 1e-9)


@given(totals, highest, warmups, st.floats(0.1, 10))
def test_it_is_proportional_to_the_highest_rate(total, max_lr, warmup, factor):
    scaled = rates(total, factor * max_lr, warmup)
    assert scaled == pytest.approx([factor * rate for rate in rates(total, max_lr, warmup)])


@given(st.integers(2, 40), st.integers(2, 9), st.floats(0.1, 0.9))
def test_a_finer_schedule_has_the_same_shape(steps, finer, warmup):
    """The warm-up is a part of the training, not a number of steps."""
    coarse = rates(steps, 1.0, warmup)
    fine = rates(steps * finer, 1.0, warmup)
    for step, rate in enumerate(coarse):
        if step < warmup * steps:
            assert fine[step * finer] == pytest.approx(rate)
