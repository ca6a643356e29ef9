"""Does a trained backbone help? Frozen, fine-tuned and from scratch, on a near and a far task.

A network is trained on five kinds of clothes, then used for the other five kinds (near) and for
handwritten digits (far), with few pictures of each class. Both data sets are bundled.
"""

import copy
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
from course_lib.experiments.seeds import errorbars, gathered
from course_lib.experiments.subsets import enlarged, few, only
from course_lib.figures import BLUE, GREEN, VERMILION
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import freeze_backbone
from course_lib.training import random_state
from course_lib.training.fit import fit
from course_lib.training.steps import accuracy

CLOTHES = ("T-shirt/top", "Trouser", "Dress", "Sneaker", "Bag")  # the backbone is trained on these
LOOKS: dict[str, dict[str, Any]] = {
    "frozen": {"color": GREEN, "linestyle": ":", "marker": "^"},
    "fine-tuned": {"color": BLUE, "linestyle": "-", "marker": "s"},
    "from scratch": {"color": VERMILION, "linestyle": "--", "marker": "o"},
}
WAYS = tuple(LOOKS)
Tasks = dict[str, tuple[Images, Images]]


@dataclass(frozen=True)
class Transfer:
    """Trainings of `steps` steps on `per_class` pictures of each class, with each of `rates`.

    The networks halve the pictures at the start, which makes them four times as fast. Each seed has
    a backbone of its own, its own choice of pictures, and its own first weights.
    """

    per_class: tuple[int, ...] = (5, 20, 80)
    rates: tuple[float, ...] = (0.02, 0.1)
    steps: int = 80
    batch_size: int = 25
    seeds: int = 5
    backbone_epochs: int = 6
    depth: int = 20

    def network(self, num_classes: int, seed: int) -> CifarResNet:
        """A network with first weights drawn by `seed`."""
        with random_state.own(seed):
            return CifarResNet(self.depth, in_channels=1, num_classes=num_classes, stem_stride=2)

    def backbone(self, seed: int) -> CifarResNet:
        """A network that tells the five `CLOTHES` apart."""
        parts = [only(data.load("fashion_mnist_10k", split), CLOTHES) for split in data.SPLITS]
        model = self.network(len(CLOTHES), seed)
        fit(model, *parts, epochs=self.backbone_epochs, seed=seed)
        return model

    def prepared(self, way: str, backbone: nn.Module, num_classes: int, seed: int) -> nn.Module:
        """The network that is going to be trained; `backbone` itself stays as it is."""
        fresh = self.network(num_classes, seed)
        if way == "from scratch":
            return fresh
        model = copy.deepcopy(backbone)
        model.fc = fresh.fc  # all ways start from the same head
        if way == "frozen":
            freeze_backbone(model)
        return model


def tasks() -> Tasks:
    """The training and the test pictures of the near and of the far task, all 28x28."""
    train, test = (data.load("fashion_mnist_10k", split) for split in data.SPLITS)
    others = [name for name in train.classes if name not in CLOTHES]
    train_digits, test_digits = (data.load("digits", split) for split in data.SPLITS)
    return {
        "five other kinds of clothes": (only(train, others), only(test, others)),
        "handwritten digits": (enlarged(train_digits, train), enlarged(test_digits, train)),
    }


def run(settings: Transfer, pictures: Tasks) -> Iterator[dict[str, Any]]:
    """Train in each way, on each task; yield the accuracy on all test pictures after the last step.

    Your own random state stays as it is.
    """
    for seed in range(settings.seeds):
        backbone = settings.backbone(seed)
        plan = list(itertools.product(pictures, settings.per_class, WAYS, settings.rates))
        for task, per_class, way, rate in tqdm(plan, desc=f"seed {seed}"):
            train, test = pictures[task]
            train = few(train, per_class, seed)
            model = settings.prepared(way, backbone, len(test.classes), seed)
            batch = min(settings.batch_size, len(train))
            epochs = max(1, round(settings.steps / (len(train) // batch)))
            recipe = {"epochs": epochs, "batch_size": batch, "max_lr": rate, "augment": False}
            # fit wants some pictures to judge by after every epoch; what counts is below
            fit(model, train, few(test, 1, seed), **recipe, seed=seed)
            parts = torch.arange(len(test)).split(500)
            batches = [(test.normalize(test.images[part]), test.labels[part]) for part in parts]
            which = {"task": task, "per_class": per_class, "way": way, "max_lr": rate, "seed": seed}
            yield which | {"test_accuracy": accuracy(model, batches)}


def accuracies(runs: Runs) -> dict[tuple[str, str, int], Tensor]:
    """(task, way, pictures per class) -> the test accuracies in %, one a seed.

    Every way is given the learning rate that suits it best there: the one of the highest mean.
    """
    found: dict[tuple[str, str, int], list[Tensor]] = {}
    keys = ("task", "way", "per_class", "max_lr")
    for (*which, _), values in gathered(runs, keys, "test_accuracy").items():
        found.setdefault(tuple(which), []).append(100 * values)
    return {which: max(rates, key=Tensor.mean) for which, rates in found.items()}


def plot(runs: Runs) -> Figure:
    """Test accuracy against pictures per class, a panel a task.

    Lines: mean over the seeds, with bars of one standard deviation. Dots: single seeds.
    """
    found = accuracies(runs)
    names = list(dict.fromkeys(task for task, _, _ in found))
    sizes = sorted({size for _, _, size in found})
    figure, panels = plt.subplots(1, len(names), figsize=(9.5, 4), layout="constrained")
    for axes, task in zip(panels, names, strict=True):
        # side by side, so that bars do not hide bars
        for shift, (way, look) in zip((0.96, 1.0, 1.04), LOOKS.items(), strict=True):
            values = torch.stack([found[task, way, size] for size in sizes], dim=1)
            errorbars(axes, shift * torch.tensor(sizes), values, **look, label=way)
        axes.set(xscale="log", xlabel="pictures of each class", title=f"to {task}")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("test accuracy in %")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncol=3)
    return figure


def start(settings: Transfer) -> tuple[str, Iterator[dict[str, Any]]]:
    pictures = tasks()
    return "; ".join(train.source for train, _ in pictures.values()), run(settings, pictures)


EXPERIMENTS = {
    "transfer": Experiment(Transfer(), start, accuracies, "a quarter of an hour on a CPU")
}
