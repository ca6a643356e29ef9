"""Plain against residual networks of equal depth, trained alike: does depth help or hurt?

    python -m course_lib.experiments.degradation digits          # ten minutes on a CPU
    python -m course_lib.experiments.degradation cifar10_small   # five minutes on a CPU
    python -m course_lib.experiments.degradation cifar10         # for a GPU

trains the networks and records their curves in data/recorded/. CIFAR-10 is downloaded once, or
read from the folder that the environment variable COURSE_DATA names.
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tqdm.auto import tqdm

from course_lib import data
from course_lib.data import Images
from course_lib.experiments import write
from course_lib.experiments.results import recording
from course_lib.models.cifar import CifarResNet
from course_lib.training.fit import fit
from course_lib.training.steps import train_step


@dataclass(frozen=True)
class Short:
    """Some steps on the CPU at a constant learning rate, small networks, small images.

    `images` and `size`: so many of the images, reduced to size x size pixels.
    """

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

    def curves(self, model: CifarResNet, train: Images, seed: int) -> dict[str, Any]:
        """The running training loss, and at the end that on all the images.

        Both in train mode: after few steps the running statistics would still be wrong.
        """
        images, labels = train.normalize(train.images), train.labels
        optimizer = torch.optim.SGD(
            model.parameters(), self.lr, self.momentum, weight_decay=self.weight_decay
        )
        generator = torch.Generator().manual_seed(seed)
        batches = torch.randint(len(images), (self.steps, self.batch_size), generator=generator)
        losses = [train_step(model, images[some], labels[some], optimizer) for some in batches]
        with torch.no_grad():
            final = F.cross_entropy(model(images), labels).item()
        points = torch.tensor(losses).split(self.steps_per_point)
        return {"train_loss": [point.mean().item() for point in points], "final_loss": final}


@dataclass(frozen=True)
class Full:
    """Whole trainings with `fit`, on all images, on the GPU when there is one."""

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
        history = fit(
            model,
            train,
            data.load(self.data, "test"),
            epochs=self.epochs,
            batch_size=self.batch_size,
            max_lr=self.max_lr,
            weight_decay=self.weight_decay,
            seed=seed,
        )
        return {
            "train_loss": history.train_loss,
            "final_loss": history.train_loss[-1],
            "test_accuracy": history.validation_accuracy,
        }


EXPERIMENTS: dict[str, Short | Full] = {
    "digits": Short("digits", depths=(8, 20, 44), steps=1000),
    "cifar10_small": Short("cifar10", depths=(8, 20, 32), steps=250, images=2000, size=16),
    "cifar10": Full("cifar10", depths=(20, 56), epochs=30),
}


def reduced(train: Images, count: int, size: int) -> Images:
    """`count` images, evenly spread over `train`, shrunk to `size` x `size` pixels by averaging."""
    chosen = (
        torch.arange(count) * len(train) // count
    )  # not the first: a set may be sorted by class
    images = F.adaptive_avg_pool2d(train.images[chosen].float(), size).round().to(torch.uint8)
    source = f"{train.source}: {count:,} of them, reduced to {size}x{size} pixels"
    return replace(train, images=images, labels=train.labels[chosen], source=source)


def run(experiment: Short | Full, train: Images) -> Iterator[dict[str, Any]]:
    """Train a plain and a residual network of every depth with every seed; yield each one's curves.

    A seed draws the first weights and the batches, for both kinds alike. Your own random state
    stays as it is.
    """
    plan = itertools.product(experiment.depths, (False, True), range(experiment.seeds))
    for depth, residual, seed in tqdm(list(plan), unit=" networks"):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            model = CifarResNet(
                depth,
                residual=residual,
                width=experiment.width,
                in_channels=train.images.shape[1],
                num_classes=len(train.classes),
            )
        which = {"depth": depth, "residual": residual, "seed": seed}
        yield which | experiment.curves(model, train, seed)


def record(experiment: Short | Full, path: Path) -> None:
    """Run it. After each network the JSON file at `path` has the curves of all so far."""
    train = experiment.load()
    settings = {"kind": type(experiment).__name__.lower()} | asdict(experiment)
    write(path, train.source, settings, run(experiment, train))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__spec__.name}", description="Train plain and residual networks; record."
    )
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to, if not there")
    options = parser.parse_args(arguments)
    experiment = EXPERIMENTS[options.experiment]
    if isinstance(experiment, Short):
        torch.set_num_threads(1)  # two threads on tiny networks only wait for each other
    record(experiment, options.out or recording(options.experiment))


if __name__ == "__main__":
    main()
