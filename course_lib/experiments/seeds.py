"""The same training with several seeds: its recipe, the runs gathered, their mean and spread."""

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.axes import Axes
from torch import Tensor

FIT = ("epochs", "batch_size", "max_lr", "weight_decay", "augment")


def recipe(settings: object) -> dict[str, Any]:
    """Those of the `settings` that are options of `fit`, as keyword arguments."""
    return {name: getattr(settings, name) for name in FIT if hasattr(settings, name)}


def gathered(runs: list[dict[str, Any]], keys: Sequence[str], what: str) -> dict[tuple, Tensor]:
    """The values of `keys` -> `what` of all runs that have them, in the order of the seeds.

    A number a run gives (seeds,), a curve (seeds, points).
    """
    found: dict[tuple, list] = {}
    for run in sorted(runs, key=lambda run: run["seed"]):
        found.setdefault(tuple(run[key] for key in keys), []).append(run[what])
    return {which: torch.tensor(values) for which, values in found.items()}


def errorbars(
    axes: Axes, x: Sequence[float] | Tensor, values: Tensor, dots: bool = True, **look: Any
) -> None:
    """Draw `values` (seeds, points): their mean, bars of one standard deviation, a dot a seed.

    One seed alone has no bars: it says nothing of the spread.
    """
    mean = values.mean(0).numpy()  # matplotlib 3.8 wants arrays
    std = values.std(0).numpy() if len(values) > 1 else None
    axes.errorbar(x, mean, std, capsize=4, **look)
    if dots:
        axes.plot(x, values.T.numpy(), ".", color=look["color"], alpha=0.5)
