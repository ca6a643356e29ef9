"""Exercise `one_cycle`: the learning rate of every step of a training."""

import math
from collections.abc import Callable

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.training.steps import one_cycle


def _observe(
    implementation: Implementation, settings: tuple, steps: tuple[int, ...]
) -> dict[str, object]:
    rates = {f"step {step}": implementation(step, *settings) for step in steps}
    return {name: float(v) if isinstance(v, int) else v for name, v in rates.items()}


def _probe(steps: tuple[int, ...], total_steps: int, max_lr: float, *warmup: float) -> Probe:
    words = f"total_steps={total_steps}, max_lr={max_lr}"
    words += "".join(f", warmup={value}" for value in warmup)
    return Probe(words, _observe, ((total_steps, max_lr, *warmup), steps))


def _falling(t: float) -> float:
    """From 1 at t = 0 along a cosine to 0 at t = 1."""
    return (1 + math.cos(math.pi * t)) / 2


def _schedule(
    rise: Callable[[float], float] = lambda t: t,
    fall: Callable[[float], float] = _falling,
    *,
    peak: Callable[[float, int], float] = lambda warmup, total: warmup * total,
    fallen: Callable[[int, float, int], float] = lambda step, peak, total: (
        (step - peak) / (total - 1 - peak)
    ),
    scale: Callable[[float], float] = lambda max_lr: max_lr,
) -> Implementation:
    """The right schedule, but for what is given."""

    def attempt(step, total_steps, max_lr, warmup=0.3):
        top = peak(warmup, total_steps)
        if step < top:
            return scale(max_lr) * rise(step / top)
        return scale(max_lr) * fall(fallen(step, top, total_steps))

    return attempt


def _rise_from_the_next_step(step, total_steps, max_lr, warmup=0.3):
    top = warmup * total_steps
    return max_lr * (step + 1) / top if step < top else one_cycle(step, total_steps, max_lr, warmup)


def _dividing_by_zero(step, total_steps, max_lr, warmup=0.3):
    if step <= warmup * total_steps:
        return max_lr * step / (warmup * total_steps)
    return one_cycle(step, total_steps, max_lr, warmup)


EXERCISE = Exercise(
    name="one_cycle",
    title="The one-cycle schedule",
    difficulty=2,
    importance=4,
    minutes=15,
    reference=one_cycle,
    hints=(
        "There are two parts, before the peak and after it. In each, first work out a number that "
        "goes from 0 at its first step to 1 at its last, then turn that into a rate.",
        "peak = warmup * total_steps\n"
        "if step < peak:\n"
        "    return max_lr * <from 0 at step 0 to 1 at the peak>\n"
        "t = <from 0 at the peak to 1 at the step total_steps - 1>\n"
        "return max_lr * (1 + math.cos(<from 0 to pi>)) / 2",
    ),
    probes=(
        _probe((0, 1, 3, 5, 7, 9), 10, 1.0),
        _probe((0, 5, 20, 30, 65, 99), 100, 0.4),
        _probe((0, 1, 2, 3, 5, 7), 8, 0.1, 0.25),
        _probe((0, 10, 25, 49), 50, 0.2, 0.5),
        _probe((0, 2, 4), 5, 2.0, 0.0),
    ),
    mistakes=(
        Mistake(
            "There is no warm-up: you fall along the cosine from the very first step.",
            _schedule(peak=lambda warmup, total: 0.0),
        ),
        Mistake(
            "Your rate does not quite reach 0: the last step is number total_steps - 1, not "
            "total_steps.",
            _schedule(fallen=lambda step, peak, total: (step - peak) / (total - peak)),
        ),
        Mistake(
            "Your rate starts above 0: step 0 has the rate 0, and the peak is reached at step "
            "warmup * total_steps, not one before it.",
            _rise_from_the_next_step,
        ),
        Mistake(
            "After the peak you go along the cosine the wrong way: the rate drops to 0 and climbs "
            "to max_lr.",
            _schedule(fall=lambda t: 1 - _falling(t)),
        ),
        Mistake(
            "After the peak you fall in a straight line: asked for is half a cosine.",
            _schedule(fall=lambda t: 1 - t),
        ),
        Mistake(
            "Your peak is twice max_lr: 1 + cos goes from 2 to 0, so halve it.",
            _schedule(fall=lambda t: 2 * _falling(t)),
        ),
        Mistake(
            "You left out the 1 in 1 + cos, so the rate becomes negative.",
            _schedule(fall=lambda t: math.cos(math.pi * t)),
        ),
        Mistake(
            "You fall along a quarter of a cosine, which ends at its steepest: take half of one, "
            "from 1 to -1, moved and scaled to go from 1 to 0.",
            _schedule(fall=lambda t: math.cos(math.pi / 2 * t)),
        ),
        Mistake(
            "You go through a whole cosine, down and up again: half of one ends at pi.",
            _schedule(fall=lambda t: _falling(2 * t)),
        ),
        Mistake(
            "Your angle is in degrees: math.cos takes radians, where half a turn is math.pi.",
            _schedule(fall=lambda t: (1 + math.cos(180 * t)) / 2),
        ),
        Mistake(
            "You measure the fall from step 0 rather than from the peak, so the rate jumps down "
            "when the warm-up ends.",
            _schedule(fallen=lambda step, peak, total: step / (total - 1)),
        ),
        Mistake(
            "You divide the fall by the steps of the whole training: it has only those after the "
            "peak, so at the last step the rate is not down at 0.",
            _schedule(fallen=lambda step, peak, total: (step - peak) / (total - 1)),
        ),
        Mistake(
            "You stay at max_lr after the warm-up: the fall is missing.",
            _schedule(fall=lambda t: 1.0),
        ),
        Mistake(
            "You warm up along a cosine: asked for is a straight line.",
            _schedule(rise=lambda t: 1 - _falling(t)),
        ),
        Mistake(
            "You took warmup for a number of steps: it is a part of them, 0.3 is three tenths of "
            "total_steps.",
            _schedule(peak=lambda warmup, total: warmup),
        ),
        Mistake(
            "You took warmup for the part of the steps that falls: it is the part that rises.",
            _schedule(peak=lambda warmup, total: (1 - warmup) * total),
        ),
        Mistake(
            "Your peak is a little early: it is at warmup * total_steps, not at warmup * "
            "(total_steps - 1).",
            _schedule(peak=lambda warmup, total: warmup * (total - 1)),
        ),
        Mistake(
            "You left out max_lr: your rate goes from 0 to 1 and back.",
            _schedule(scale=lambda max_lr: 1.0),
        ),
        Mistake(
            "You divide by zero when warmup is 0: step < peak, not step <= peak, decides whether "
            "the rate still rises.",
            _dividing_by_zero,
        ),
    ),
)
