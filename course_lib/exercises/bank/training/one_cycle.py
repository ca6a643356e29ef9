"""Exercise `one_cycle`: the learning rate of every step of a training."""

import torch

from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.training.steps import one_cycle


def _observe(
    implementation: Implementation,
    steps: tuple[int, ...],
    total_steps: int,
    max_lr: float,
    warmup: dict[str, float],
) -> dict[str, object]:
    found = {f"step {step}": implementation(step, total_steps, max_lr, **warmup) for step in steps}
    return {name: float(v) if isinstance(v, int) else v for name, v in found.items()}


def _probe(steps: tuple[int, ...], total_steps: int, max_lr: float, **warmup: float) -> Probe:
    words = f"total_steps={total_steps}, max_lr={max_lr}"
    words += "".join(f", {name}={value}" for name, value in warmup.items())
    return Probe(words, _observe, (steps, total_steps, max_lr, warmup))


def _by_torch(step: int, total_steps: int, max_lr: float, warmup: float = 0.3) -> float:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=max_lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=max_lr, total_steps=total_steps, pct_start=warmup
    )
    for _ in range(step):
        optimizer.step()
        schedule.step()
    return float(schedule.get_last_lr()[0])


PEAK, RISE = "peak = warmup * total_steps", "max_lr * step / peak"
REMAINING, FALL = "(last - step) / max(last - peak, 1)", "(1 - math.cos(math.pi * remaining)) / 2"

EXERCISE = Exercise(
    one_cycle,
    title="The one-cycle schedule",
    difficulty=2,
    importance=4,
    minutes=15,
    insight=(
        "Whatever the warm-up, the mean of your rates is about max_lr / 2, so this is no small "
        "rate in disguise: it is a large one that comes to rest."
    ),
    hints=(
        "There are two parts, before the peak and after it. In each, first work out a number that "
        "goes from 0 at its first step to 1 at its last, then turn that into a rate.",
        "The line from (0, 0) to (P, max_lr) has the slope max_lr / P.\n"
        "(1 + cos a) / 2 is 1 where a = 0, one half where a = pi / 2, and 0 where a = pi.\n"
        "So the angle a must grow evenly with the step. At which step is it 0, at which is it pi, "
        "and how many steps lie between them?",
    ),
    probes=(
        _probe((0, 1, 3, 5, 7, 9), 10, 1.0),
        _probe((0, 5, 20, 30, 65, 99), 100, 0.4),
        _probe((0, 1, 2, 3, 5, 7), 8, 0.1, warmup=0.25),
        _probe((0, 10, 25, 49), 50, 0.2, warmup=0.5),
        _probe((0, 2, 4), 5, 2.0, warmup=0.0),
        _probe((0, 1, 2, 3, 6, 9), 10, 3.0, warmup=0.24),
        _probe((1, 2, 3, 7, 10), 11, 1.0, warmup=0.25),
        _probe((0, 4, 8, 9), 10, 0.5, warmup=0.8),
    ),
    mistakes={
        "There is no warm-up: you fall along the cosine from the very first step.": {
            PEAK: "peak = 0"
        },
        "Your rate does not quite reach 0: the last step is number total_steps - 1, not "
        "total_steps.": {"last = total_steps - 1": "last = total_steps"},
        "Your rate starts above 0: step 0 has the rate 0, and the peak is reached at step "
        "warmup * total_steps, not one before it.": {RISE: "max_lr * (step + 1) / peak"},
        "Your rise ends one step too soon, as a linspace of so many steps does, which includes its "
        "end: max_lr is reached at the peak, where the fall begins.": {
            PEAK: "peak = int(warmup * total_steps)",
            RISE: "max_lr * step / max(peak - 1, 1)",
        },
        "After the peak you go along the cosine the wrong way: the rate drops to 0 and climbs "
        "to max_lr.": {"(1 - math": "(1 + math"},
        "Your rate starts at max_lr / 25, as torch's OneCycleLR does: asked for is a start at 0.": {
            RISE: "max_lr * (1 + 24 * step / peak) / 25"
        },
        "Your rate ends a little above 0, as torch's OneCycleLR does: asked for is an end at 0.": {
            FALL: f"(1e-4 + (1 - 1e-4) * {FALL})"
        },
        "You took torch's OneCycleLR: it starts at max_lr / 25, warms up along a cosine, and its "
        "peak is one step earlier. Write the two formulas yourself.": _by_torch,
        "After the peak you fall in a straight line: asked for is half a cosine.": {
            FALL: "remaining"
        },
        "Your peak is twice max_lr: 1 + cos goes from 2 to 0, so halve it.": {")) / 2": "))"},
        "You left out the 1 in 1 + cos, so the rate becomes negative.": {
            "(1 - math": "(-math",
            ")) / 2": "))",
        },
        "You fall along a quarter of a cosine, which ends at its steepest: take half of one, "
        "from 1 to -1, moved and scaled to go from 1 to 0.": {
            FALL: "math.sin(math.pi / 2 * remaining)"
        },
        "You left out pi: your angle goes from 0 to 1 only, and the rate hardly falls.": {
            "1 - math.cos(math.pi * remaining)": "1 + math.cos(1 - remaining)"
        },
        "Parentheses are missing around 1 + cos: half of max_lr multiplies both.": {
            f"max_lr * {FALL}": "max_lr / 2 - math.cos(math.pi * remaining)"
        },
        "You go through a whole cosine, down and up again: half of one ends at pi.": {
            "1 - math.cos(": "1 + math.cos(2 * "
        },
        "Your angle is in degrees: math.cos takes radians, where half a turn is math.pi.": {
            "1 - math.cos(math.pi * remaining)": "1 + math.cos(180 * (1 - remaining))"
        },
        "You measure the fall from step 0 rather than from the peak, so the rate jumps down "
        "when the warm-up ends.": {"max(last - peak, 1)": "last"},
        "You measure the fall from step 0, and by total_steps: it begins at the peak, and ends at "
        "step total_steps - 1.": {REMAINING: "1 - step / total_steps"},
        "You divide the fall by the steps of the whole training: it has only those after the "
        "peak, so at the last step the rate is not down at 0.": {
            REMAINING: "1 - (step - peak) / last"
        },
        "You stay at max_lr after the warm-up: the fall is missing.": {f" * {FALL}": ""},
        "You warm up along a cosine: asked for is a straight line.": {
            RISE: "max_lr * (1 - math.cos(math.pi * step / peak)) / 2"
        },
        "You took warmup for a number of steps: it is a part of them, 0.3 is three tenths of "
        "total_steps.": {PEAK: "peak = warmup"},
        "You took warmup for the part of the steps that falls: it is the part that rises.": {
            "peak = warmup": "peak = (1 - warmup)"
        },
        "Your peak is a little early: it is at warmup * total_steps, not at warmup * "
        "(total_steps - 1).": {PEAK: "peak = warmup * (total_steps - 1)"},
        "You cut the peak off to a whole step: where warmup * total_steps is 2.75, the rate still "
        "rises at step 2, and towards a peak between two steps.": {
            PEAK: "peak = int(warmup * total_steps)"
        },
        "You rounded the peak to a whole step: where warmup * total_steps is 2.75, the line rises "
        "towards a peak that lies between two steps.": {PEAK: "peak = round(warmup * total_steps)"},
        "You left out max_lr: your rate goes from 0 to 1 and back.": {
            RISE: "step / peak",
            "max_lr * (1": "(1",
        },
        "You divide by zero when warmup is 0: then no step is on the line. Compute it only where "
        "step < peak, not where step <= peak or for every step.": {"step < peak": "step <= peak"},
    },
)
