"""The explorer of learning rate schedules: its rates, and its expected loss against sampling."""

import json
import re

import numpy as np
import pytest

from course_lib.training.steps import one_cycle
from tests.explorers.reading import numbers

CURVATURE, START = np.array([1.0, 0.01]), np.array([1.0, 10.0])
MOMENTUM, NOISE, DIVERGED = 0.9, 0.1, 1e6
SCHEDULES = ("cosine", "steps", "constant")


def rate(schedule, step, total, max_lr, warmup):
    if schedule == "cosine" or step < warmup * total:
        return one_cycle(step, total, max_lr, warmup)
    factors = {"constant": (1, 1, 1, 1), "steps": (1, 1, 0.1, 0.01)}[schedule]  # by the quarter
    return max_lr * factors[4 * step // total]


def rates(schedule, steps, max_lr, warmup):
    return [rate(schedule, step, steps, max_lr, warmup) for step in range(steps)]


def expected_loss(rates):
    """The mean loss before each step and after the last, until it diverges.

    By the matrix of the second moments of (w, velocity), for each direction.
    """
    moments = np.zeros((2, 2, 2))
    moments[:, 0, 0] = START**2
    losses = []
    for lr in [*rates, 0.0]:
        losses.append((CURVATURE * moments[:, 0, 0]).sum() / 2)
        if losses[-1] > DIVERGED:
            break
        update = np.array([[[1 - lr * c, -lr * MOMENTUM], [c, MOMENTUM]] for c in CURVATURE])
        pushed = np.array([-lr, 1.0])
        moments = update @ moments @ update.swapaxes(1, 2)
        moments += NOISE**2 * np.outer(pushed, pushed)
    return np.array(losses)


def expected(values):
    """What the picture must say; a schedule that diverges has no number."""
    max_lr, warmup, schedule, steps = values.values()
    chosen = rates(schedule, steps, max_lr, warmup)
    said = {"highest": max_lr, "half": chosen[steps // 2], "last": chosen[-1]}
    for name in SCHEDULES:
        losses = expected_loss(rates(name, steps, max_lr, warmup))
        if losses[-1] <= DIVERGED:
            said[name] = losses[-1]
    if warmup:
        said["peak"] = warmup * steps
    if max_lr > 3.8:
        said["limit"] = 3.8
    return said


def test_expected_loss_is_the_mean_over_many_noisy_descents():
    random = np.random.RandomState(0)
    for schedule in (rates("cosine", 40, 0.8, 0.3), rates("constant", 40, 0.3, 0.0)):
        exact = expected_loss(schedule)
        weight, velocity = np.tile(START, (20_000, 1)), np.zeros((20_000, 2))
        for step, lr in enumerate(schedule):
            sampled = (CURVATURE * weight**2).sum(1).mean() / 2
            assert sampled == pytest.approx(exact[step], rel=0.05)
            gradient = CURVATURE * weight + NOISE * random.randn(*weight.shape)
            velocity = MOMENTUM * velocity + gradient
            weight = weight - lr * velocity
        assert exact[0] == pytest.approx(1.0)


def test_it_diverges_beyond_the_limit_of_momentum(explorer):
    limit = numbers(explorer.picture(max_lr=5.0).svg)["limit"]
    assert limit == pytest.approx(2 * (1 + MOMENTUM) / CURVATURE.max())
    assert expected_loss([0.95 * limit] * 400)[-1] < 100
    assert expected_loss([1.05 * limit] * 400)[-1] > DIVERGED


def end(explorer, **values):
    name = values.get("schedule", "cosine")
    return numbers(explorer.picture(**values).svg).get(name, np.inf)


def test_what_notebook_06_lets_you_try(explorer):
    fast, slow = (
        end(explorer, steps=400, schedule="constant", max_lr=rate) for rate in (0.5, 0.05)
    )
    assert slow < fast
    at_100 = [end(explorer, schedule="constant", max_lr=rate) for rate in (0.5, 0.05)]
    assert at_100[0] < at_100[1]  # the large rate is there sooner
    assert end(explorer, steps=400, max_lr=0.5) < slow
    assert end(explorer, max_lr=5.0) == np.inf
    assert end(explorer, warmup=0.0) < end(explorer, warmup=0.3)  # the bowl needs no warm-up
    assert [f"{loss:.2g}" for loss in (fast, slow)] == ["0.027", "0.017"]  # the notes say so
    assert f"{end(explorer, steps=400):.2g}" == "0.0037"


def points(svg, line):
    way = re.search(rf'<path d="M([^"]*)"[^>]*data-line="{line}"', svg)[1]
    return np.array([[float(part) for part in point.split()] for point in way.split("L")])


@pytest.mark.parametrize("max_lr, top", [(0.02, 0.05), (0.5, 0.5), (1.0, 5.0)])
def test_the_lines_are_the_rates_and_the_losses(explorer, max_lr, top):
    svg = explorer.picture(max_lr=max_lr, warmup=0.1, schedule="steps", steps=50).svg
    for name in SCHEDULES:
        wanted = np.array(rates(name, 50, max_lr, 0.1))
        x, y = points(svg, f"{name} rates").T
        assert np.allclose(np.diff(x), 304 / 50, atol=0.02)
        assert np.allclose((326 - y) / 248 * 1.08 * top, wanted, atol=1e-4 * top)
        x, y = points(svg, f"{name} losses").T
        assert np.allclose(10 ** ((326 - y) / 248 * 5 - 3), expected_loss(wanted), rtol=1e-3)
    assert re.findall(r'stroke-width="3.5"[^>]*data-line="(\w+) rates"', svg) == ["steps"]


def dragged(explorer, x, y, **start):
    """What dragging the peak to (x, y) of the picture asks for."""
    values = json.dumps(explorer.first | start)
    held = f"{{part: 'peak', x: {x}, y: {y}, from: {{values: {values}}}}}"
    context = explorer.drawing._context
    return json.loads(context.eval(f"JSON.stringify(shown.drag({values}, {held}))"))


def test_the_peak_follows_the_pointer(explorer):
    for values in explorer.grid():
        circle = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', explorer.picture(**values).svg)
        asked = dragged(explorer, *circle.groups(), **values)
        assert asked["max_lr"] == pytest.approx(values["max_lr"], rel=1e-2)
        assert asked["warmup"] == pytest.approx(values["warmup"], abs=1e-3)


def test_beyond_the_chart_the_next_axis_begins(explorer):
    higher = [dragged(explorer, 150, y)["max_lr"] for y in (60, 46, 0, -140)]
    assert higher == sorted(higher) and higher[-1] == pytest.approx(5, rel=0.1)
    assert dragged(explorer, 150, 330)["max_lr"] == pytest.approx(0.045, abs=0.005)
