"""Read and draw what `course_lib.experiments.degradation` found."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib import data
from course_lib.experiments import read
from course_lib.figures import BLUE, VERMILION

LINES = ("--", ":", "-")  # from the shallowest depth to the deepest


def recording(name: str) -> Path:
    """Where the experiment `name` is recorded."""
    return data.DATA / "recorded" / f"degradation_{name}.json"


def load(name: str) -> dict[str, Any]:
    """The recording of the experiment `name`: "data", "settings", "machine", "versions", "runs".

    Raises DataError for a file that is missing, cut off or altered.
    """
    command = f"course_lib.experiments.degradation {name}"
    return read(recording(name), command, lambda content: group(content["runs"], "train_loss"))


def group(runs: list[dict[str, Any]], what: str) -> dict[tuple[int, bool], Tensor]:
    """(depth, residual) -> `what` of all its runs, (seeds,) or for a curve (seeds, points)."""
    found: dict[tuple[int, bool], list] = {}
    for run in runs:
        found.setdefault((run["depth"], run["residual"]), []).append(run[what])
    return {network: torch.tensor(values) for network, values in found.items()}


def plot(runs: list[dict[str, Any]], unit: str = "step", per_point: int = 10) -> Figure:
    """The training loss of every network, and the final one against the depth.

    A point of a curve is the mean of `per_point` units. Lines: mean over the seeds. Bands and bars:
    one standard deviation. Dots: single seeds.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
    curves, finals = group(runs, "train_loss"), group(runs, "final_loss")
    depths = sorted({depth for depth, _ in curves})
    styles = dict(zip(reversed(depths), reversed(LINES), strict=False))
    for residual, color, marker in ((False, VERMILION, "o"), (True, BLUE, "s")):
        name = "residual" if residual else "plain"
        for depth in depths:
            curve = curves[depth, residual]
            x = per_point * torch.arange(1, curve.shape[1] + 1)
            mean, std = curve.mean(0), curve.std(0)
            look = {"color": color, "linestyle": styles[depth], "label": f"{name}, {depth} layers"}
            left.plot(x, mean, **look)
            left.fill_between(x, mean - std, mean + std, color=color, alpha=0.15, linewidth=0)
            ends = finals[depth, residual]
            right.plot([depth] * len(ends), ends, ".", color=color, alpha=0.6)
        ends = [finals[depth, residual] for depth in depths]
        means, stds = [each.mean() for each in ends], [each.std() for each in ends]
        right.errorbar(depths, means, stds, fmt=f"{marker}-", color=color, capsize=4, label=name)
    left.set(xlabel=unit, ylabel="training loss")
    right.set(xlabel="layers", ylabel="final training loss", xticks=depths)
    for axes in (left, right):
        axes.set_ylim(0, None)
        axes.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncol=6, fontsize=8)
    return figure
