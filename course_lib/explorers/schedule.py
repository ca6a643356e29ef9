"""The learning rate over a training, and what each schedule reaches on a noisy bowl."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from course_lib.explorers.base import Choice, Explorer, Slider
from course_lib.figures import BLUE, GREEN, VERMILION
from course_lib.training.steps import one_cycle

# Half the sum of curvature * w²: one steep direction, one flat one. Both start at a loss of 1/2.
CURVATURE, START = np.array([1.0, 0.01]), np.array([1.0, 10.0])
MOMENTUM, NOISE = 0.9, 0.1  # standard deviation of what is added to each entry of the gradient
STEP_DECAY = ((0.75, 0.01), (0.5, 0.1), (0.0, 1.0))  # from this part of the steps on, that factor
LOWEST, HIGHEST = 1e-3, 1e2  # of the loss in the picture
DIVERGED = 1e6
SCHEDULES = {"cosine": (BLUE, "-"), "steps": (VERMILION, "--"), "constant": (GREEN, ":")}
WORDS = {
    "cosine": "along a cosine to 0",
    "steps": "a tenth at half time, a hundredth at three quarters",
    "constant": "constant",
}


def rate(schedule: str, step: int, total_steps: int, max_lr: float, warmup: float) -> float:
    """The learning rate of step 0, 1, ...; the warm-up is the same in all schedules."""
    if schedule == "cosine" or step < warmup * total_steps:
        return one_cycle(step, total_steps, max_lr, warmup)
    if schedule == "constant":
        return max_lr
    return max_lr * next(factor for start, factor in STEP_DECAY if step >= start * total_steps)


def expected_loss(rates: np.ndarray) -> np.ndarray:
    """The mean loss over all noise before each step and after the last; rates (schedules, steps).

    Exact, no sampling: SGD with momentum on a bowl is linear in (w, velocity), so the matrix of
    their second moments follows a recursion.
    """
    count, steps = rates.shape
    moments = np.zeros((count, 2, 2, 2))  # schedule, direction, and a matrix
    moments[:, :, 0, 0] = START**2
    losses = np.empty((count, steps + 1))
    update = np.empty((count, 2, 2, 2))
    with np.errstate(over="ignore", invalid="ignore"):  # a loss that diverges overflows at last
        for step in range(steps + 1):
            losses[:, step] = (CURVATURE * moments[:, :, 0, 0]).sum(1) / 2
            if step < steps:
                lr = rates[:, step, None]
                update[..., 0, 0], update[..., 0, 1] = 1 - lr * CURVATURE, -lr * MOMENTUM
                update[..., 1, 0], update[..., 1, 1] = CURVATURE, MOMENTUM
                pushed = np.stack([-lr, np.ones_like(lr)], axis=-1)  # by noise: w and velocity
                moments = update @ moments @ update.swapaxes(2, 3)
                moments += NOISE**2 * pushed[..., :, None] * pushed[..., None, :]
    losses[np.maximum.accumulate(losses > DIVERGED, axis=1)] = DIVERGED
    return losses


class Schedule(Explorer):
    """The chosen schedule in front of the two others, and their losses on the bowl."""

    title = "Learning rate schedules"
    controls = (
        Slider("max_lr", "highest rate", (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0), 0.5),
        Slider("warmup", "warm up", (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), 0.3),
        Choice("schedule", "after warm up", {name: name for name in SCHEDULES}, "cosine"),
        Slider("steps", "steps", (20, 50, 100, 200, 400), 100),
    )

    def set_up(self, figure: Figure) -> list[Artist]:
        self.heading = figure.text(0.5, 0.95, "", fontsize=12, ha="center", va="center")
        self.left = figure.add_axes((0.09, 0.14, 0.38, 0.72))
        self.right = figure.add_axes((0.59, 0.14, 0.38, 0.72))
        self.left.set(xlabel="step", ylabel="learning rate")
        self.right.set(xlabel="step", ylabel="expected loss on the bowl")
        self.right.set(yscale="log", ylim=(LOWEST, HIGHEST))
        self.lines = {}
        for name, (color, style) in SCHEDULES.items():
            look: dict[str, Any] = {"color": color, "linestyle": style, "label": name}
            self.lines[name] = [axes.plot([], [], **look)[0] for axes in (self.left, self.right)]
        self.result = self.right.set_title("", fontsize=10)
        legend = self.right.legend(loc="upper right", frameon=False, fontsize=9)
        for axes in (self.left, self.right):
            axes.tick_params(labelsize=9)
            axes.spines[["top", "right"]].set_visible(False)
            axes.xaxis.set_label_coords(0.5, -0.0965)  # where no tick label can move it
        self.right.patch.set_visible(False)  # it would cover what is drawn once
        return [legend, self.right.yaxis, self.left.xaxis.label, self.right.xaxis.label]

    def update(self, max_lr: float, warmup: float, schedule: str, steps: int) -> str:
        rates = np.array(
            [[rate(name, i, steps, max_lr, warmup) for i in range(steps)] for name in self.lines]
        )
        losses = expected_loss(rates)
        for (name, lines), own_rates, own_losses in zip(
            self.lines.items(), rates, losses, strict=True
        ):
            chosen = name == schedule
            for line, values in zip(lines, (own_rates, own_losses), strict=True):
                line.set_data(np.arange(len(values)), values)
                line.set(alpha=1 if chosen else 0.6, linewidth=2.8 if chosen else 1.3)
                line.set(zorder=3 if chosen else 2)
        self.left.set(xlim=(0, steps), ylim=(0, 1.08 * max_lr))
        self.right.set_xlim(0, steps)
        reached = dict(zip(self.lines, map(_loss, losses[:, -1]), strict=True))
        start = (
            f"up to {max_lr:g} at step {warmup * steps:.0f}" if warmup else f"{max_lr:g} at once"
        )
        self.heading.set_text(f"{start}, then {WORDS[schedule]}")
        self.result.set_text(f"at the end {reached[schedule]}")
        others = ", ".join(f"{name} {reached[name]}" for name in reached if name != schedule)
        return (
            f"{steps} steps, learning rate {start}, then {WORDS[schedule]}. Expected loss on the "
            f"noisy bowl at the end: {reached[schedule]}; with {others}."
        )


def _loss(value: float) -> str:
    return "infinite (it diverges)" if value == DIVERGED else f"{float(f'{value:.2g}'):g}"
