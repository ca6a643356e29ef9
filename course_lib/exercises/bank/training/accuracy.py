"""Exercise `accuracy`: which fraction of the images does the network name right?"""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from course_lib.exercises.bank.training.watched import Note, Watched, conduct
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn
from course_lib.training.steps import accuracy

Batches = list[tuple[Tensor, Tensor]]


def _observe(
    implementation: Implementation, batches: Batches, training: bool, as_loader: bool = False
) -> dict[str, Any]:
    notes: list[Note] = []
    model = Watched(4, notes.append).train(training)
    loader = _loader(batches) if as_loader else batches
    return {"accuracy": implementation(model, loader)} | conduct(model, notes)


def _loader(batches: Batches) -> DataLoader:
    """The same batches, if all but the last one are of one size."""
    images, labels = map(torch.cat, zip(*batches, strict=True))
    return DataLoader(TensorDataset(images, labels), batch_size=len(batches[0][0]))


def _batches(*sizes: tuple[int, int]) -> Batches:
    """A batch for each (images, those of them on which the model in eval mode is wrong).

    Its smallest logit would be right for the first of these, its second largest for the others.
    """
    model, batches = Watched(4).eval(), []
    for size, wrong in sizes:
        images = 2 * randn(size, 1, 2, 2, seed=size)
        with torch.no_grad():
            order = model(images).argsort(dim=1)
        labels = order[:, -1].clone()
        labels[:wrong] = order[:wrong, -2]
        labels[: min(wrong, 1)] = order[: min(wrong, 1), 0]
        batches.append((images, labels))
    return batches


EVAL, RESTORE = "    model.eval()\n", "    model.train(was_training)\n"
NO_GRAPH, COUNT = "with torch.no_grad():", "            total += len(labels)\n"

EXERCISE = Exercise(
    accuracy,
    title="The accuracy of a network",
    difficulty=2,
    importance=5,
    minutes=10,
    insight=(
        "From ResNet-50 to ResNeXt-50 this rises by 1.5 points on ImageNet (torchvision's V1): a "
        "carelessly taken mean can hide as much, or invent it."
    ),
    hints=(
        "Count images, not batches: add up how many are right and how many there are, and divide "
        "once at the end. Look at model.training before you change the mode, and put it back.",
        "was_training = model.training\n"
        "model.<which mode?>()\n"
        "with torch.<no graph>():\n"
        "    for images, labels in loader:\n"
        "        answers = <place of the largest logit in each row>\n"
        "        correct += ...; total += ...\n"
        "model.train(<what it was>)\n"
        "return correct / total",
    ),
    probes=(
        Probe("batches of 5, 5 and 3", _observe, (_batches((5, 2), (5, 2), (3, 2)), False)),
        Probe(
            "the same, a model in train mode", _observe, (_batches((5, 2), (5, 2), (3, 2)), True)
        ),
        Probe("two batches of 4, four classes", _observe, (_batches((4, 2), (4, 2)), True)),
        Probe("one batch of 7, all right", _observe, (_batches((7, 0)), True)),
        Probe(
            "a DataLoader, whose last batch is one image",
            _observe,
            (_batches((4, 3), (4, 4), (1, 0)), False, True),
        ),
        Probe("300 images, 1 right", _observe, (_batches((199, 198), (101, 101)), True)),
    ),
    mistakes={
        "You average the accuracies of the batches: the last, smaller batch then counts as "
        "much as a full one. Count images, and divide once.": {
            ".sum()": ".double().mean()",
            "len(labels)": "1",
        },
        "You forgot model.eval(): batch normalisation uses each batch's own statistics, so the "
        "answer for an image depends on its neighbours in the batch.": {EVAL: ""},
        "You left the model in eval mode: whoever trains it after your call would train it "
        "without batch statistics. Put back the mode that it had before eval().": {RESTORE: ""},
        "You put the model into train mode at the end, whatever it was before: a model that "
        "came in eval mode must leave in eval mode.": {"(was_training)": "()"},
        "The model's own attribute training is what it was, and layers of it are still in eval "
        "mode. model.train(...) reaches them all.": {
            "model.train(was_training)": "model.training = was_training"
        },
        "You forgot torch.no_grad(): every batch records a graph that nobody uses, which costs "
        "time and memory.": {NO_GRAPH: "if True:"},
        "You switched gradients off and never on again: whoever trains after your call gets no "
        "gradients. What a with statement switches off, it switches on again.": {
            NO_GRAPH: "if torch.set_grad_enabled(False):"
        },
        "You forgot both model.eval(), without which batch normalisation uses the batch's own "
        "statistics, and torch.no_grad().": {EVAL: "", NO_GRAPH: "if True:"},
        "You forgot torch.no_grad(), and you left the model in eval mode.": {
            NO_GRAPH: "if True:",
            RESTORE: "",
        },
        "You took the largest logit down each column (dim 0), which compares images with each "
        "other: each image has its logits in a row, along dim 1.": {"dim=1": "dim=0"},
        "Your argmax has no dim: it then gives one number, the place of the largest logit of the "
        "whole batch. Each image has its logits in a row, along dim 1.": {"dim=1": ""},
        "You compared the largest logit itself with the label: what names the class is its "
        "place in the row.": {"argmax(dim=1)": "max(dim=1).values"},
        "You took the smallest logit: the answer is the class with the largest.": {
            "argmax": "argmin"
        },
        "You divided by the number of batches: divide by the number of images.": {
            "len(labels)": "1"
        },
        "You took every batch to be as large as the first: the last one may be smaller.": {
            "total = 0": "total = size = 0",
            COUNT: "            size = size or len(labels)\n            total += size\n",
        },
        "You asked the loader for its dataset: a list of batches has none. Count the images as "
        "they come.": {"correct / total": "correct / len(loader.dataset)"},
        "You took the batches by their numbers: a list has such, but a DataLoader can only be gone "
        "through from the first batch to the last.": {
            "in loader:": "in (loader[i] for i in range(len(loader))):"
        },
        "You judged the first batch only: is your return inside the loop?": {
            COUNT: f"{COUNT}            break\n"
        },
        "You judged the last batch only: the counts must go on from batch to batch.": {
            "correct +=": "correct =",
            "total +=": "total =",
        },
        "You returned how many are right: divide by how many there are.": {" / total": ""},
        "You returned the fraction that is wrong, the error.": {"return ": "return 1 - "},
        "You divided with //, which rounds down to a whole number: / gives the fraction.": {
            "correct / total": "correct // total"
        },
        "You returned per cent: asked for is a fraction, from 0 to 1.": {
            "return ": "return 100 * "
        },
        "You rounded the fraction: leave that to whoever prints it.": {
            "correct / total": "round(correct / total, 2)"
        },
        "You returned a tensor: .item() makes a number of it.": {
            "correct / total": "torch.tensor(correct / total)"
        },
    },
)
