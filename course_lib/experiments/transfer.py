"""Does a trained backbone help? Frozen, fine-tuned and from scratch, on a near and a far task.

    OMP_NUM_THREADS=1 python -m course_lib.experiments.transfer   # a quarter of an hour on a CPU

trains a network on five kinds of clothes, then uses it for the other five kinds (near) and for
handwritten digits (far), with few pictures of each class, and records what it found in
data/recorded/. Both data sets are bundled.
"""

import argparse
import copy
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from course_lib import data
from course_lib.data import Images
from course_lib.experiments import write
from course_lib.experiments.transfer_results import RECORDING
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import freeze_backbone
from course_lib.training.fit import fit
from course_lib.training.steps import accuracy

WAYS = ("frozen", "fine-tuned", "from scratch")
CLOTHES = ("T-shirt/top", "Trouser", "Dress", "Sneaker", "Bag")  # the backbone is trained on these


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
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return CifarResNet(self.depth, in_channels=1, num_classes=num_classes, stem_stride=2)

    def backbone(self, seed: int) -> CifarResNet:
        """A network that tells the five `CLOTHES` apart."""
        parts = [only(data.load("fashion_mnist_10k", split), CLOTHES) for split in data.SPLITS]
        model = self.network(len(CLOTHES), seed)
        fit(model, *parts, epochs=self.backbone_epochs, seed=seed)
        return model

    def prepared(self, way: str, backbone: nn.Module, num_classes: int, seed: int) -> nn.Module:
        """The network that is going to be trained; `backbone` itself stays as it is."""
        model = self.network(num_classes, seed)
        if way == "from scratch":
            return model
        head = model.fc  # all ways start from the same head
        model = copy.deepcopy(backbone)
        model.fc = head
        if way == "frozen":
            freeze_backbone(model)
        return model


def tasks() -> dict[str, tuple[Images, Images]]:
    """The training and the test pictures of the near and of the far task, all 28x28."""
    clothes = [data.load("fashion_mnist_10k", split) for split in data.SPLITS]
    others = [name for name in clothes[0].classes if name not in CLOTHES]
    digits = [data.load("digits", split) for split in data.SPLITS]
    return {
        "five other kinds of clothes": tuple(only(part, others) for part in clothes),
        "handwritten digits": tuple(enlarged(part, clothes[0]) for part in digits),
    }


def only(images: Images, classes: Sequence[str]) -> Images:
    """The pictures of these classes, whose labels are then 0, 1, ..."""
    number = torch.full((len(images.classes),), -1)
    number[[images.classes.index(name) for name in classes]] = torch.arange(len(classes))
    labels = number[images.labels]
    kept = labels >= 0
    return replace(
        images,
        images=images.images[kept],
        labels=labels[kept],
        classes=tuple(classes),
        source=f"{images.source}, {', '.join(classes)}",
    )


def enlarged(images: Images, like: Images) -> Images:
    """The pictures at the size of `like`, to be normalised as `like`: as its network expects."""
    size = like.images.shape[-2:]
    large = F.interpolate(images.images.float(), size, mode="bilinear").round().byte()
    return replace(images, images=large, mean=like.mean, std=like.std)


def few(images: Images, per_class: int, seed: int) -> Images:
    """`per_class` pictures of each class, drawn by `seed`."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    order = order[images.labels[order].argsort(stable=True)]
    counts = images.labels.bincount(minlength=len(images.classes)).tolist()
    chosen = torch.cat([part[:per_class] for part in order.split(counts)])
    return replace(images, images=images.images[chosen], labels=images.labels[chosen])


def run(experiment: Transfer, pictures: dict[str, tuple[Images, Images]]) -> Iterator[dict]:
    """Train in each way, on each task; yield the accuracy on all test pictures after the last step.

    Your own random state stays as it is.
    """
    for seed in range(experiment.seeds):
        backbone = experiment.backbone(seed)
        settings = itertools.product(pictures, experiment.per_class, WAYS, experiment.rates)
        for task, per_class, way, rate in tqdm(list(settings), desc=f"seed {seed}"):
            train, test = pictures[task]
            train = few(train, per_class, seed)
            model = experiment.prepared(way, backbone, len(test.classes), seed)
            batch = min(experiment.batch_size, len(train))
            fit(
                model,
                train,
                few(test, 1, seed),  # fit wants some after every epoch; what counts is below
                epochs=max(1, round(experiment.steps / (len(train) // batch))),
                batch_size=batch,
                max_lr=rate,
                augment=False,
                seed=seed,
            )
            parts = torch.arange(len(test)).split(500)
            batches = [(test.normalize(test.images[part]), test.labels[part]) for part in parts]
            yield {
                "task": task,
                "per_class": per_class,
                "way": way,
                "max_lr": rate,
                "seed": seed,
                "test_accuracy": accuracy(model, batches),
            }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__spec__.name}", description="Transfer to a near and a far task; record."
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to, if not there")
    options = parser.parse_args(arguments)
    experiment, pictures = Transfer(), tasks()
    source = "; ".join(train.source for train, _ in pictures.values())
    write(options.out or RECORDING, source, asdict(experiment), run(experiment, pictures))


if __name__ == "__main__":
    main()
