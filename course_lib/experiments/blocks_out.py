"""Which blocks can a trained network do without? The shipped one, with any of them taken out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm.auto import tqdm

from course_lib import data
from course_lib.data import Images
from course_lib.experiments.recorded import Experiment, Runs
from course_lib.models.blocks import BasicBlock
from course_lib.models.cifar import CifarResNet
from course_lib.trained import shipped
from course_lib.training import random_state

BLOCKS = range(1, 10)  # of the shipped network, from the input to the output
# Every set of blocks to take out. Block b is in set number s where s has the bit 2 ** (b - 1).
SETS = [[block for block in BLOCKS if s >> (block - 1) & 1] for s in range(2 ** len(BLOCKS))]


@dataclass(frozen=True)
class Settings:
    """All test images of the shipped network, and some whose probabilities are recorded too."""

    pictures: tuple[int, ...] = (9, 24, 13, 47, 29)
    batch_size: int = 250  # half a gigabyte of maps


def residual_blocks(model: CifarResNet) -> list[BasicBlock]:
    return [block for block in model.blocks if isinstance(block, BasicBlock)]


def without(block: BasicBlock, x: Tensor) -> Tensor:
    """What comes out where a block is taken out: what its shortcut brings, and nothing added."""
    return F.relu(x if block.downsample is None else block.downsample(x))


def logits(model: CifarResNet, images: Tensor) -> Tensor:
    """(sets, N, classes): what the network answers without each set of its blocks.

    Sets that agree in the first blocks share what these compute: 2 ** n - 1 blocks run for
    2 ** n networks of n blocks, most of them in the last places.
    """

    def answers(x: Tensor, blocks: Sequence[BasicBlock]) -> Tensor:
        if not blocks:
            return model.fc(model.avgpool(x).flatten(1))[None]
        block, *rest = blocks
        ways = [answers(block(x), rest), answers(without(block, x), rest)]
        return torch.stack(ways, dim=1).flatten(0, 1)  # the first block is the lowest bit

    with torch.inference_mode():
        return answers(F.relu(model.bn1(model.conv1(images))), residual_blocks(model))


def run(settings: Settings, model: CifarResNet, test: Images) -> Iterator[dict[str, Any]]:
    """Answer all test images without each set of blocks; yield what came out, a set at a time."""
    batches = torch.arange(len(test)).split(settings.batch_size)
    parts = [logits(model, test.normalize(test.images[batch])) for batch in tqdm(batches)]
    pictures = list(settings.pictures)
    for out, found in zip(SETS, torch.cat(parts, dim=1), strict=True):
        answers = found.argmax(dim=1)
        yield {
            "out": out,
            "right": int((answers == test.labels).sum()),
            "answers": answers[pictures].tolist(),
            "per_cent": (100 * found[pictures].softmax(dim=1)).round().int().tolist(),
        }


def by_set(runs: Runs) -> Runs:
    """The runs as they are, one for each of `SETS`. Raises ValueError if some are missing."""
    if [run["out"] for run in runs] != SETS:
        raise ValueError(f"{len(runs)} runs are not one for each of {len(SETS)} sets of blocks")
    if any(len(run["answers"]) != len(run["per_cent"]) for run in runs):
        raise ValueError("not as many answers as probabilities")
    return runs


def start(settings: Settings) -> tuple[str, Iterator[dict[str, Any]]]:
    with random_state.own(0):  # building the network draws weights, which are replaced
        model, recipe = shipped.load_shipped()
    test = data.load(recipe["data"]["name"], "test")
    return test.source, run(settings, model, test)


EXPERIMENTS = {"blocks_out": Experiment(Settings(), start, by_set, "five minutes on a CPU")}
