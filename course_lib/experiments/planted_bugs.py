"""What three silent mistakes of notebook 10's file do to a training."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_lib import data
from course_lib.data import Images
from course_lib.experiments.recorded import Experiment, Runs
from course_lib.experiments.seeds import gathered, recipe
from course_lib.figures import BLUE, VERMILION
from course_lib.from_memory import repaired, typed
from course_lib.from_memory.network import PIECES, block_class
from course_lib.training import random_state
from course_lib.training.fit import fit

# Each mistake: the blocks in each of the three stages of the network that is trained with it.
MISTAKES = {"fix_basic_forward": 7, "fix_train_step": 1, "fix_initialize": 1}
LOOKS = {False: (BLUE, "s-", "right"), True: (VERMILION, "o--", "with the mistake")}


@dataclass(frozen=True)
class Settings:
    """Trainings with `fit` on the digits, each with the mistake and without it."""

    seeds: int = 10
    epochs: int = 8
    width: int = 8
    batch_size: int = 64
    max_lr: float = 0.05
    weight_decay: float = 1e-4


def network(mistake: str, wrong: bool, width: int = 8) -> nn.Sequential:
    """A small network of basic blocks, (N, 1, H, W) to (N, 10), with one mistake or with none."""
    source, blocks = typed if wrong else repaired, MISTAKES[mistake]
    given = {mistake: getattr(source, mistake)}
    block = block_class("basic", **given)
    sizes = ((width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2))
    stages = [
        PIECES["fix_stage"](block, before, after, blocks, stride) for before, after, stride in sizes
    ]
    stem = [nn.Conv2d(1, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10)]
    if wrong and mistake == "fix_train_step":
        head.append(nn.Softmax(dim=1))  # `fit` takes the cross entropy of what the network puts out
    model = nn.Sequential(*stem, *stages, *head)
    given.get("fix_initialize", repaired.fix_initialize)(model)
    return model


def run(settings: Settings, train: Images, test: Images) -> Iterator[dict[str, Any]]:
    """Train with each mistake and without it, with each seed; yield the curves, a point an epoch.

    A seed draws the first weights and the order of the images, alike for right and wrong. Your own
    random state stays as it is.
    """
    plan = list(itertools.product(MISTAKES, range(settings.seeds), (False, True)))
    for mistake, seed, wrong in tqdm(plan, unit=" networks"):
        with random_state.own(seed):
            model = network(mistake, wrong, settings.width)
        history = fit(model, train, test, **recipe(settings), augment=False, seed=seed)
        yield {
            "mistake": mistake,
            "wrong": wrong,
            "seed": seed,
            "train_loss": history.train_loss,
            "test_accuracy": history.validation_accuracy,
        }


def accuracies(runs: Runs) -> dict[tuple[str, bool], Tensor]:
    """(mistake, wrong?) -> test accuracy in % after each epoch, (seeds, epochs); seeds in order."""
    found = gathered(runs, ("mistake", "wrong"), "test_accuracy")
    return {which: 100 * curves for which, curves in found.items()}


def plot(runs: Runs, titles: dict[str, str]) -> Figure:
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
            axes.plot(epochs, curves.T.numpy(), style[1:], color=color, alpha=0.25, linewidth=1)
            axes.plot(epochs, curves.mean(0), style, color=color, linewidth=2.5, label=label)
        axes.set(title=title, xlabel="epoch", ylim=(0, 102))
        axes.spines[["top", "right"]].set_visible(False)
    row[0, 0].set_ylabel("test accuracy in %")
    row[0, 0].legend(frameon=False, loc="lower right")
    return figure


def start(settings: Settings) -> tuple[str, Iterator[dict[str, Any]]]:
    train, test = (data.load("digits", split) for split in data.SPLITS)
    return train.source, run(settings, train, test)


EXPERIMENTS = {"planted_bugs": Experiment(Settings(), start, accuracies, "three minutes on a CPU")}
