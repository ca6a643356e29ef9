"""What three silent mistakes of notebook 09's file do to a training.

    python -m course_lib.experiments.planted_bugs     # three minutes on a CPU

trains small networks on the digits, right and wrong, and records their curves in data/recorded/.
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
from course_lib.experiments.planted_bugs_results import recording
from course_lib.from_memory import repaired, typed
from course_lib.from_memory.network import block_class
from course_lib.training.fit import fit

# each mistake: the blocks in each of the three stages of the network that is trained with it
MISTAKES = {"fix_basic_forward": 7, "fix_train_step": 1, "fix_initialize": 1}


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
    stages = [
        repaired.fix_stage(block, before, after, blocks, stride)
        for before, after, stride in (
            (width, width, 1),
            (width, 2 * width, 2),
            (2 * width, 4 * width, 2),
        )  # fmt: skip
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
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            model = network(mistake, wrong, settings.width)
        history = fit(
            model,
            train,
            test,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            max_lr=settings.max_lr,
            weight_decay=settings.weight_decay,
            augment=False,
            seed=seed,
        )
        yield {
            "mistake": mistake,
            "wrong": wrong,
            "seed": seed,
            "train_loss": history.train_loss,
            "test_accuracy": history.validation_accuracy,
        }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__spec__.name}", description="Train with silent mistakes; record."
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to, if not there")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # two threads on tiny networks only wait for each other
    settings, (train, test) = Settings(), (data.load("digits", split) for split in data.SPLITS)
    write(options.out or recording(), train.source, asdict(settings), run(settings, train, test))


if __name__ == "__main__":
    main()
