"""Read and draw what `course_lib.experiments.transfer` found."""

from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib import data
from course_lib.experiments import read
from course_lib.figures import BLUE, GREEN, VERMILION

RECORDING = data.DATA / "recorded" / "transfer.json"
LOOKS = {
    "frozen": {"color": GREEN, "linestyle": ":", "marker": "^"},
    "fine-tuned": {"color": BLUE, "linestyle": "-", "marker": "s"},
    "from scratch": {"color": VERMILION, "linestyle": "--", "marker": "o"},
}


def load() -> dict[str, Any]:
    """The recording: "data", "settings", "machine", "versions", "runs".

    Raises DataError for a file that is missing, cut off or altered.
    """
    return read(RECORDING, "course_lib.experiments.transfer", lambda c: accuracies(c["runs"]))


def accuracies(runs: list[dict[str, Any]]) -> dict[tuple[str, str, int], Tensor]:
    """(task, way, pictures per class) -> the test accuracies in %, one a seed.

    Every way is given the learning rate that suits it best there: the one of the highest mean.
    """
    found: dict[tuple[str, str, int], dict[float, list[float]]] = {}
    for each in sorted(runs, key=lambda each: each["seed"]):
        rates = found.setdefault((each["task"], each["way"], each["per_class"]), {})
        rates.setdefault(each["max_lr"], []).append(100 * each["test_accuracy"])
    return {key: torch.tensor(max(rates.values(), key=sum)) for key, rates in found.items()}


def plot(runs: list[dict[str, Any]]) -> Figure:
    """Test accuracy against pictures per class, a panel a task.

    Lines: mean over the seeds, with bars of one standard deviation. Dots: single seeds.
    """
    found = accuracies(runs)
    tasks = list(dict.fromkeys(task for task, _, _ in found))
    sizes = sorted({size for _, _, size in found})
    figure, panels = plt.subplots(1, len(tasks), figsize=(9.5, 4), layout="constrained")
    for axes, task in zip(panels, tasks, strict=True):
        for shift, (way, look) in zip((0.96, 1.0, 1.04), LOOKS.items(), strict=True):
            values = torch.stack([found[task, way, size] for size in sizes])
            places = shift * torch.tensor(sizes)  # side by side, so that bars do not hide bars
            bars = {"capsize": 4, "label": way}
            axes.errorbar(places, values.mean(1), values.std(1), **look, **bars)
            axes.plot(places, values, ".", color=look["color"], alpha=0.5)
        axes.set(xscale="log", xlabel="pictures of each class", title=f"to {task}")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("test accuracy in %")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncol=3)
    return figure
