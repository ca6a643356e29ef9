"""Plain against residual networks of equal depth, trained alike: does depth help or hurt?"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor
from tqdm.auto import tqdm

from course_lib import data
from course_lib.data import Images
from course_lib.experiments.recorded import Experiment, Runs
from course_lib.experiments.seeds import errorbars, gathered, recipe
from course_lib.experiments.subsets import reduced
from course_lib.figures import BLUE, VERMILION
from course_lib.models.cifar import CifarResNet
from course_lib.training import random_state
from course_lib.training.fit import fit
from course_lib.training.steps import train_step

LINES = ("--", ":", "-")  # from the shallowest depth to the deepest


@dataclass(frozen=True)
class Short:
    """Some steps on the CPU at a constant learning rate, small networks, small images.

    `images` and `size`: so many of the images, reduced to size x size pixels.
    """

    kind: str = field(default="short", init=False)
    data: str
    depths: tuple[int, ...]
    steps: int
    seeds: int = 5
    images: int | None = None
    size: int | None = None
    width: int = 8
    batch_size: int = 64
    lr: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 1e-4
    steps_per_point: int = 10  # of the curve

    def load(self) -> Images:
        train = data.load(self.data, "train")
        return reduced(train, self.images, self.size) if self.images and self.size else train

    def losses(self, model: CifarResNet, train: Images, seed: int) -> Iterator[float]:
        """Take the steps one by one: the training loss of each."""
        images, labels = train.normalize(train.images), train.labels
        optimizer = torch.optim.SGD(
            model.parameters(), self.lr, self.momentum, weight_decay=self.weight_decay
        )
        generator = torch.Generator().manual_seed(seed)
        batches = torch.randint(len(images), (self.steps, self.batch_size), generator=generator)
        for batch in batches:
            yield train_step(model, images[batch], labels[batch], optimizer)

    def final_loss(self, model: CifarResNet, train: Images) -> float:
        """The loss on all the images.

        In train mode, as the steps: after few of them the running statistics would still be wrong.
        """
        with torch.no_grad():
            return F.cross_entropy(model(train.normalize(train.images)), train.labels).item()

    def curves(self, model: CifarResNet, train: Images, seed: int) -> dict[str, Any]:
        """The running training loss, and at the end that on all the images."""
        points = torch.tensor(list(self.losses(model, train, seed))).split(self.steps_per_point)
        return {
            "train_loss": [point.mean().item() for point in points],
            "final_loss": self.final_loss(model, train),
        }


@dataclass(frozen=True)
class Full:
    """Whole trainings with `fit`, on all images, on the GPU when there is one."""

    kind: str = field(default="full", init=False)
    data: str
    depths: tuple[int, ...]
    epochs: int
    seeds: int = 3
    width: int = 16
    batch_size: int = 128
    max_lr: float = 0.1
    weight_decay: float = 1e-4

    def load(self) -> Images:
        return data.load(self.data, "train")

    def curves(self, model: CifarResNet, train: Images, seed: int) -> dict[str, Any]:
        """The training loss and the test accuracy of every epoch."""
        test = data.load(self.data, "test")
        history = fit(model, train, test, **recipe(self), seed=seed)
        return {
            "train_loss": history.train_loss,
            "final_loss": history.train_loss[-1],
            "test_accuracy": history.validation_accuracy,
        }


def network(depth: int, residual: bool, seed: int, width: int, images: Images) -> CifarResNet:
    """An untrained one for these images. Its first weights are drawn by `seed`."""
    with random_state.own(seed):
        return CifarResNet(
            depth,
            residual=residual,
            width=width,
            in_channels=images.images.shape[1],
            num_classes=len(images.classes),
        )


def run(settings: Short | Full, train: Images) -> Iterator[dict[str, Any]]:
    """Train a plain and a residual network of every depth with every seed; yield each one's curves.

    A seed draws the first weights and the batches, for both kinds alike. Your own random state
    stays as it is.
    """
    plan = itertools.product(settings.depths, (False, True), range(settings.seeds))
    for depth, residual, seed in tqdm(list(plan), unit=" networks"):
        model = network(depth, residual, seed, settings.width, train)
        which = {"depth": depth, "residual": residual, "seed": seed}
        yield which | settings.curves(model, train, seed)


def group(runs: Runs, what: str = "train_loss") -> dict[tuple[int, bool], Tensor]:
    """(depth, residual) -> `what` of all its runs, (seeds,) or for a curve (seeds, points)."""
    return gathered(runs, ("depth", "residual"), what)


def plot(runs: Runs, unit: str = "step", per_point: int = 10) -> Figure:
    """The training loss of every network, and the final one against the depth.

    A point of a curve is the mean of `per_point` units. Lines: mean over the seeds. Bands and bars:
    one standard deviation. Dots: single seeds.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
    curves, finals = group(runs), group(runs, "final_loss")
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
        ends = torch.stack([finals[depth, residual] for depth in depths], dim=1)
        errorbars(right, depths, ends, fmt=f"{marker}-", color=color, label=name)
    left.set(xlabel=unit, ylabel="training loss")
    right.set(xlabel="layers", ylabel="final training loss", xticks=depths)
    for axes in (left, right):
        axes.set_ylim(0, None)
        axes.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncol=6, fontsize=8)
    return figure


def start(settings: Short | Full) -> tuple[str, Iterator[dict[str, Any]]]:
    train = settings.load()
    return train.source, run(settings, train)


DIGITS = Short("digits", depths=(8, 20, 44), steps=1000)
CIFAR10_SMALL = Short("cifar10", depths=(8, 20, 32), steps=250, images=2000, size=16)
CIFAR10 = Full("cifar10", depths=(20, 56), epochs=30)
EXPERIMENTS = {
    "degradation_digits": Experiment(DIGITS, start, group, "ten minutes on a CPU"),
    "degradation_cifar10_small": Experiment(CIFAR10_SMALL, start, group, "five minutes on a CPU"),
    "degradation_cifar10": Experiment(
        CIFAR10, start, group, "long, and wants a GPU", one_thread=False
    ),
}
