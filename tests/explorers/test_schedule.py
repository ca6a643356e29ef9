"""The explorer of learning rate schedules: its rates, and its expected loss against sampling."""

import re

import numpy as np
import pytest

from course_lib import explorers
from course_lib.explorers.schedule import (
    CURVATURE,
    MOMENTUM,
    NOISE,
    SCHEDULES,
    START,
    expected_loss,
    rate,
)
from course_lib.training.steps import one_cycle


def test_rates():
    for step in range(100):
        cosine, steps, constant = (
            rate(name, step, 100, 0.5, 0.2) for name in ("cosine", "steps", "constant")
        )
        assert cosine == one_cycle(step, 100, 0.5, 0.2)
        if step < 20:
            assert steps == constant == cosine  # the warm-up is the same
        else:
            factor = 1 if step < 50 else 0.1 if step < 75 else 0.01
            assert constant == 0.5 and steps == pytest.approx(0.5 * factor)


def test_expected_loss_is_the_mean_over_many_noisy_descents():
    rates = np.array([[one_cycle(step, 40, 0.8) for step in range(40)], [0.3] * 40])
    exact = expected_loss(rates)
    random = np.random.RandomState(0)
    for schedule, expected in zip(rates, exact, strict=True):
        weight, velocity = np.tile(START, (20_000, 1)), np.zeros((20_000, 2))
        for step, lr in enumerate(schedule):
            sampled = (CURVATURE * weight**2).sum(1).mean() / 2
            assert sampled == pytest.approx(expected[step], rel=0.05)
            gradient = CURVATURE * weight + NOISE * random.randn(*weight.shape)
            velocity = MOMENTUM * velocity + gradient
            weight = weight - lr * velocity
    assert exact[:, 0] == pytest.approx(1.0)


def test_it_diverges_beyond_the_limit_of_momentum():
    limit = 2 * (1 + MOMENTUM) / CURVATURE.max()
    assert limit == pytest.approx(3.8)  # notebook 06 says so
    losses = expected_loss(np.array([[0.95 * limit] * 400, [1.05 * limit] * 400]))
    assert losses[0, -1] < 100 and losses[1, -1] == 1e6
    assert np.isfinite(losses).all()


def end(**values):
    description = explorers.Schedule().update(**explorers.Schedule().first | values)
    found = re.search(r"at the end: (\S+?)[; ]", description)[1]
    return np.inf if found == "infinite" else float(found)


def test_what_notebook_06_lets_you_try():
    fast, slow = (end(steps=400, schedule="constant", max_lr=rate) for rate in (0.5, 0.05))
    assert slow < fast
    at_100 = [end(steps=100, schedule="constant", max_lr=rate) for rate in (0.5, 0.05)]
    assert at_100[0] < at_100[1]  # the large rate is there sooner
    assert end(steps=400, max_lr=0.5) < slow
    assert end(max_lr=5.0) == np.inf
    assert end(warmup=0.0) < end(warmup=0.3)  # the bowl needs no warm-up


def test_the_lines_are_the_rates():
    shown = explorers.Schedule()
    shown.update(max_lr=0.2, warmup=0.1, schedule="steps", steps=50)
    for name in SCHEDULES:
        drawn = shown.lines[name][0].get_ydata()
        assert list(drawn) == [rate(name, step, 50, 0.2, 0.1) for step in range(50)]
    widths = {name: lines[0].get_linewidth() for name, lines in shown.lines.items()}
    assert max(widths, key=widths.get) == "steps"
