"""ResNeXt against ResNet of equal cost, trained alike: are more branches better on small images?"""

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
from course_lib.experiments.seeds import errorbars, gathered, recipe
from course_lib.experiments.subsets import reduced
from course_lib.figures import BLUE, INK, VERMILION
from course_lib.models.blocks import BlockClass
from course_lib.models.resnet import initialize, make_layer
from course_lib.models.resnext import ResNeXtBottleneck
from course_lib.training import random_state
from course_lib.training.fit import fit


@dataclass(frozen=True)
class Comparison:
    """Trainings with `fit` of `networks` of equal cost, on the GPU when there is one.

    `networks`: for each name the groups, and the width of each as given for 64 channels.
    `channels` and `blocks`: of each stage. `images` and `size`: so many of the training images, and
    all images reduced to size x size pixels.
    """

    data: str
    networks: dict[str, tuple[int, int]]
    channels: tuple[int, ...]
    blocks: int
    epochs: int
    seeds: int
    images: int | None = None
    size: int | None = None
    augment: bool = False
    batch_size: int = 64
    max_lr: float = 0.1
    weight_decay: float = 5e-4

    def load(self, split: str) -> Images:
        images = data.load(self.data, split)
        count = self.images if self.images and split == "train" else len(images)
        return reduced(images, count, self.size) if self.size else images


def small_network(
    groups: int,
    width_per_group: int,
    in_channels: int = 1,
    channels: tuple[int, ...] = (16, 32),
    blocks: int = 2,
    block: BlockClass = ResNeXtBottleneck,
) -> nn.Sequential:
    """A stem, a stage of `blocks` blocks for each of `channels`, and a head for ten classes.

    Maps images (N, in_channels, H, W) to logits (N, 10). Each stage but the first halves the size.
    """
    wide = channels[0]
    layers = [nn.Conv2d(in_channels, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide)]
    layers.append(nn.ReLU())
    for stage, narrow in enumerate(channels):
        options = {"groups": groups, "width_per_group": width_per_group}
        layers.append(make_layer(block, wide, narrow, blocks, 2 if stage else 1, **options))
        wide = narrow * block.expansion
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(wide, 10)]
    model = nn.Sequential(*layers)
    initialize(model)
    return model


def run(settings: Comparison, train: Images, test: Images) -> Iterator[dict[str, Any]]:
    """Train each network with each seed; yield each one's curves, one point an epoch.

    A seed draws the first weights and the order of the images, which is the same for all networks.
    Your own random state stays as it is.
    """
    channels = train.images.shape[1]
    plan = list(itertools.product(range(settings.seeds), settings.networks))
    for seed, name in tqdm(plan, unit=" networks"):
        with random_state.own(seed):
            groups, width = settings.networks[name]
            model = small_network(groups, width, channels, settings.channels, settings.blocks)
        history = fit(model, train, test, **recipe(settings), seed=seed)
        yield {
            "network": name,
            "seed": seed,
            "train_loss": history.train_loss,
            "test_accuracy": history.validation_accuracy,
            "final_accuracy": history.validation_accuracy[-1],
        }


def accuracies(runs: Runs) -> dict[str, Tensor]:
    """Network -> its test accuracy in % after each epoch, (seeds, epochs); seeds in order."""
    found = gathered(runs, ("network",), "test_accuracy")
    return {name: 100 * curves for (name,), curves in found.items()}


def plot(runs: Runs) -> Figure:
    """Test accuracy of the two networks over the epochs, and the difference of each seed.

    Left: mean over the seeds, bars of one standard deviation. Right: after the
    last epoch, dots for single seeds, their mean and its standard error.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    found = accuracies(runs)
    looks = ((VERMILION, "o--", -0.06), (BLUE, "s-", 0.06))  # side by side: no bar hides a bar
    for (name, curves), (color, style, shift) in zip(found.items(), looks, strict=True):
        epochs = torch.arange(1, curves.shape[1] + 1) + shift
        errorbars(left, epochs, curves, dots=False, fmt=style, color=color, label=name)
    left.set(xlabel="epoch", title="test accuracy in %: mean ± std")
    left.legend(frameon=False, loc="lower right")
    resnet, resnext = (curves[:, -1] for curves in found.values())
    difference = resnext - resnet
    error = difference.std() / len(difference) ** 0.5
    right.axhline(0, color=INK, linewidth=0.8)
    right.plot([0.1] * len(difference), difference, "o", color=INK, fillstyle="none")
    right.errorbar(0, difference.mean(), error, fmt="D", color=VERMILION, capsize=7)
    right.set(xlim=(-0.5, 0.5), xticks=[], title="difference: ◆ mean ± standard error")
    right.set_ylabel("ResNeXt minus ResNet, in points")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def start(settings: Comparison) -> tuple[str, Iterator[dict[str, Any]]]:
    train, test = settings.load("train"), settings.load("test")
    return train.source, run(settings, train, test)


FASHION = Comparison(
    "fashion_mnist_10k",
    {"ResNet, 1x16d": (1, 64), "ResNeXt, 4x6d": (4, 24)},  # 16 channels: d is a quarter
    channels=(16, 32),
    blocks=2,
    epochs=5,
    seeds=5,
    images=5000,
    size=14,
)
CIFAR10 = Comparison(  # 29 layers, as the paper's networks for CIFAR (section 5.3)
    "cifar10",
    {"ResNet, 1x64d": (1, 64), "ResNeXt, 32x4d": (32, 4)},
    channels=(64, 128, 256),
    blocks=3,
    epochs=30,
    seeds=3,
    augment=True,
    batch_size=128,
)
EXPERIMENTS = {
    "cardinality_fashion": Experiment(FASHION, start, accuracies, "five minutes on a CPU"),
    "cardinality_cifar10": Experiment(
        CIFAR10, start, accuracies, "long, and wants a GPU", one_thread=False
    ),
}
