"""Train the network that ships with the course, and write it, its recipe and what it can do.

    python data/scripts/train_checkpoint.py [FOLDER]

Takes a quarter of an hour or less on two CPU cores. On another machine or with another release of
PyTorch the weights come out a little different, and so does the accuracy.
"""

import hashlib
import json
import sys
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save

from course_lib import data
from course_lib.experiments.recorded import machine, versions
from course_lib.models.cifar import CifarResNet
from course_lib.trained.shipped import NAME
from course_lib.training.fit import fit
from course_lib.training.steps import accuracy

NETWORK = {"depth": 20, "width": 16, "in_channels": 1, "num_classes": 10}
TRAINING = {
    "epochs": 20,
    "batch_size": 128,
    "max_lr": 0.1,
    "weight_decay": 5e-4,
    "label_smoothing": 0.1,
    "augment": True,
    "seed": 0,
}


def batches(images: data.Images, size: int = 500):
    for some, labels in zip(images.images.split(size), images.labels.split(size), strict=True):
        yield images.normalize(some), labels


def main(folder: Path) -> None:
    train, test = (data.load("fashion_mnist_10k", split) for split in data.SPLITS)
    torch.manual_seed(TRAINING["seed"])
    model = CifarResNet(**NETWORK)
    # The test images are looked at after each epoch, but nothing is chosen by them.
    history = fit(model, train, test, **TRAINING)
    content = save(model.state_dict())
    recipe = {
        "weights": {
            "file": f"{NAME}.safetensors",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
        "network": NETWORK,
        "training": TRAINING,
        "data": {
            "name": train.name,
            "train": train.source,
            "test": test.source,
            "classes": train.classes,
            "mean": train.mean,
            "std": train.std,
        },
        "measured": {  # in float32 and in eval mode
            "test_accuracy": accuracy(model, batches(test)),
            "train_accuracy": accuracy(model, batches(train)),
        },
        "curves": {
            "train_loss": [round(value, 4) for value in history.train_loss],
            "train_accuracy": [round(value, 4) for value in history.train_accuracy],
            "validation_accuracy": [round(value, 4) for value in history.validation_accuracy],
        },
        "machine": machine(),
        "versions": versions() | {"safetensors": safetensors.__version__},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.safetensors").write_bytes(content)
    (folder / f"{NAME}.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")
    print(f"test accuracy {recipe['measured']['test_accuracy']:.2%}, {len(content):,} bytes")


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "checkpoints"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
