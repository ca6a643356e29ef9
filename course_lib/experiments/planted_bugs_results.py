"""Read and draw what `course_lib.experiments.planted_bugs` found."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib import data
from course_lib.experiments import read
from course_lib.figures import BLUE, VERMILION

LOOKS = {False: (BLUE, "s-", "right"), True: (VERMILION, "o--", "with the mistake")}


def recording() -> Path:
    """Where the experiment is recorded."""
    return data.DATA / "recorded" / "planted_bugs.json"


def load() -> dict[str, Any]:
    """The recording: "data", "settings", "machine", "versions", "runs".

    Raises DataError for a file that is missing, cut off or altered.
    """
    command = "course_lib.experiments.planted_bugs"
    return read(recording(), command, lambda content: accuracies(content["runs"]))


def accuracies(runs: list[dict[str, Any]]) -> dict[tuple[str, bool], Tensor]:
    """(mistake, wrong?) -> test accuracy in % after each epoch, (seeds, epochs); seeds in order."""
    found: dict[tuple[str, bool], list] = {}
    for each in sorted(runs, key=lambda each: each["seed"]):
        found.setdefault((each["mistake"], each["wrong"]), []).append(each["test_accuracy"])
    return {which: 100 * torch.tensor(curves) for which, curves in found.items()}


def plot(runs: list[dict[str, Any]], titles: dict[str, str]) -> Figure:
    """Test accuracy over the epochs with and without each mistake in `titles`, side by side.

    Thick: the mean over the seeds. Thin: every seed.
    """
    found = accuracies(runs)
    figure, row = plt.subplots(
        1, len(titles), figsize=(4 * len(titles), 3.6), layout="constrained", sharey=True,
        squeeze=False,
    )  # fmt: skip
    for axes, (mistake, title) in zip(row[0], titles.items(), strict=True):
        for wrong, (color, style, label) in LOOKS.items():
            curves = found[mistake, wrong]
            epochs = torch.arange(1, curves.shape[1] + 1)
            axes.plot(epochs, curves.T, style[1:], color=color, alpha=0.25, linewidth=1)
            axes.plot(epochs, curves.mean(0), style, color=color, linewidth=2.5, label=label)
        axes.set(title=title, xlabel="epoch", ylim=(0, 102))
        axes.spines[["top", "right"]].set_visible(False)
    row[0, 0].set_ylabel("test accuracy in %")
    row[0, 0].legend(frameon=False, loc="lower right")
    return figure
