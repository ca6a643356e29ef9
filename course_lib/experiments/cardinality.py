"""ResNeXt against ResNet of equal cost, trained alike: are more branches better on small images?

    OMP_NUM_THREADS=1 python -m course_lib.experiments.cardinality fashion   # minutes on a CPU
    python -m course_lib.experiments.cardinality cifar10                     # for a GPU

trains the networks and records their curves in data/recorded/. CIFAR-10 is downloaded once, or
read from the folder that the environment variable COURSE_DATA names.
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm.auto import tqdm

from course_lib import data
from course_lib.data import Images
from course_lib.experiments import write
from course_lib.experiments.cardinality_results import recording
from course_lib.experiments.degradation import reduced
from course_lib.models.resnet import initialize, make_layer
from course_lib.models.resnext import ResNeXtBottleneck
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


EXPERIMENTS = {
    "fashion": Comparison(
        "fashion_mnist_10k",
        {"ResNet, 1x16d": (1, 64), "ResNeXt, 4x6d": (4, 24)},  # 16 channels: d is a quarter
        channels=(16, 32),
        blocks=2,
        epochs=5,
        seeds=5,
        images=5000,
        size=14,
    ),
    "cifar10": Comparison(  # 29 layers, as the paper's networks for CIFAR (section 5.3)
        "cifar10",
        {"ResNet, 1x64d": (1, 64), "ResNeXt, 32x4d": (32, 4)},
        channels=(64, 128, 256),
        blocks=3,
        epochs=30,
        seeds=3,
        augment=True,
        batch_size=128,
    ),
}


def small_network(
    groups: int,
    width_per_group: int,
    in_channels: int = 1,
    channels: tuple[int, ...] = (16, 32),
    blocks: int = 2,
    block: type[nn.Module] = ResNeXtBottleneck,
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


def run(experiment: Comparison, train: Images, test: Images) -> Iterator[dict[str, Any]]:
    """Train each network with each seed; yield each one's curves, one point an epoch.

    A seed draws the first weights and the order of the images, which is the same for all networks.
    Your own random state stays as it is.
    """
    for seed, name in tqdm(
        list(itertools.product(range(experiment.seeds), experiment.networks)), unit=" networks"
    ):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            model = small_network(
                *experiment.networks[name],
                in_channels=train.images.shape[1],
                channels=experiment.channels,
                blocks=experiment.blocks,
            )
        history = fit(
            model,
            train,
            test,
            epochs=experiment.epochs,
            batch_size=experiment.batch_size,
            max_lr=experiment.max_lr,
            weight_decay=experiment.weight_decay,
            augment=experiment.augment,
            seed=seed,
        )
        yield {
            "network": name,
            "seed": seed,
            "train_loss": history.train_loss,
            "test_accuracy": history.validation_accuracy,
            "final_accuracy": history.validation_accuracy[-1],
        }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__spec__.name}", description="Train ResNet and ResNeXt; record."
    )
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to, if not there")
    options = parser.parse_args(arguments)
    experiment = EXPERIMENTS[options.experiment]
    train, test = experiment.load("train"), experiment.load("test")
    path = options.out or recording(options.experiment)
    write(path, train.source, asdict(experiment), run(experiment, train, test))


if __name__ == "__main__":
    main()
