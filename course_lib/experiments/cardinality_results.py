"""Read and draw what `course_lib.experiments.cardinality` found."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib import data
from course_lib.experiments import read
from course_lib.figures import BLACK, BLUE, GREY, VERMILION


def recording(name: str) -> Path:
    """Where the experiment `name` is recorded."""
    return data.DATA / "recorded" / f"cardinality_{name}.json"


def load(name: str) -> dict[str, Any]:
    """The recording of the experiment `name`: "data", "settings", "machine", "versions", "runs".

    Raises DataError for a file that is missing, cut off or altered.
    """
    command = f"course_lib.experiments.cardinality {name}"
    return read(recording(name), command, lambda content: accuracies(content["runs"]))


def accuracies(runs: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Network -> its test accuracy in % after each epoch, (seeds, epochs); seeds in order."""
    found: dict[str, list] = {}
    for each in sorted(runs, key=lambda each: each["seed"]):
        found.setdefault(each["network"], []).append(each["test_accuracy"])
    return {name: 100 * torch.tensor(curves) for name, curves in found.items()}


def plot(runs: list[dict[str, Any]]) -> Figure:
    """Test accuracy of the two networks over the epochs, and the difference of each seed.

    Left: mean over the seeds, bars of one standard deviation. Right: after the
    last epoch, dots for single seeds, their mean and its standard error.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    found = accuracies(runs)
    for (name, curves), color, style in zip(
        found.items(), (VERMILION, BLUE), ("o--", "s-"), strict=True
    ):
        epochs = torch.arange(1, curves.shape[1] + 1) + (0.06 if color == BLUE else -0.06)
        bars = {"color": color, "capsize": 4, "label": name}
        left.errorbar(epochs, curves.mean(0), curves.std(0), fmt=style, **bars)
    left.set(xlabel="epoch", title="test accuracy in %: mean ± std")
    left.legend(frameon=False, loc="lower right")
    resnet, resnext = (curves[:, -1] for curves in found.values())
    difference = resnext - resnet
    error = difference.std() / len(difference) ** 0.5
    right.axhline(0, color=BLACK, linewidth=0.8)
    right.plot([0.1] * len(difference), difference, "o", color=GREY, fillstyle="none")
    right.errorbar(0, difference.mean(), error, fmt="D", color=VERMILION, capsize=7)
    right.set(xlim=(-0.5, 0.5), xticks=[], title="difference: ◆ mean ± standard error")
    right.set_ylabel("ResNeXt minus ResNet, in points")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
