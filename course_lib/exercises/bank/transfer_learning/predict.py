"""Exercise `predict`: the most probable classes of each image, with their names."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.conduct import Note, conduct
from course_lib.photos.prediction import predict

CLOTHES = ("trouser", "bag", "sandal", "coat", "dress", "shirt", "boot")


class Watched(nn.Module):
    """Maps (N, 1, H, W) to logits, one thing in train mode and another in eval mode.

    It reports to `note` how it was called; so does a copy of it.
    """

    def __init__(self, classes: int, note: Callable[[Note], None]) -> None:
        super().__init__()
        self.note = note
        self.norm = nn.BatchNorm2d(1)
        self.norm.get_buffer("running_mean").fill_(0.5)
        self.fc = nn.Linear(4, classes)
        with torch.no_grad():
            self.fc.weight.copy_(2 * randn(classes, 4, seed=1))
            self.fc.bias.copy_(randn(classes, seed=2))

    def forward(self, x: Tensor) -> Tensor:
        logits = self.fc(self.norm(x).flatten(1))
        self.note((self.training, logits.requires_grad))
        return logits


def _observe(
    implementation: Implementation,
    classes: Sequence[str],
    images: Tensor,
    training: bool,
    k: dict[str, int],
) -> dict[str, Any]:
    notes: list[Note] = []
    model = Watched(len(classes), notes.append).train(training)
    found = {"predictions": implementation(model, images, classes, **k)}
    return found | conduct(model, notes)


def _probe(label: str, classes: Sequence[str], n: int, training: bool = True, **k: int) -> Probe:
    return Probe(label, _observe, (tuple(classes), randn(n, 1, 2, 2, seed=n), training, k))


def _softmax(logits: Tensor) -> Tensor:
    return logits.softmax(dim=1)


def _pairs(row: Tensor, classes: Sequence[str], k: int) -> list[tuple[str, float]]:
    values, indices = row.topk(min(k, len(classes)))
    return [(classes[i], v) for v, i in zip(values.tolist(), indices.tolist(), strict=True)]


def _predicting(
    scores: Callable[[Tensor], Tensor] = _softmax,
    pairs: Callable[[Tensor, Sequence[str], int], Any] = _pairs,
    *,
    evaluate: bool = True,
    graph: bool = False,
    restore: Callable[[nn.Module, bool], Any] = nn.Module.train,
    result: Callable[[list], Any] = lambda rows: rows,
) -> Implementation:
    """The right prediction, but for what is given. `restore(model, was it in train mode?)`."""

    def attempt(model, images, classes, k=5):
        was_training = model.training
        if evaluate:
            model.eval()
        with nullcontext() if graph else torch.no_grad():
            table = scores(model(images))
        restore(model, was_training)
        return result([pairs(row, classes, k) for row in table])

    return attempt


def _left_alone(model: nn.Module, was_training: bool) -> None:
    pass


def _ascending(row, classes, k):
    return _pairs(row, classes, k)[::-1]


def _worst(row, classes, k):
    values, indices = row.topk(min(k, len(classes)), largest=False)
    return [(classes[i], v) for v, i in zip(values.tolist(), indices.tolist(), strict=True)]


def _in_order_of_classes(row, classes, k):
    return list(zip(classes, row.tolist(), strict=True))[:k]


def _numbers(row, classes, k):
    values, indices = row.topk(min(k, len(classes)))
    return list(zip(indices.tolist(), values.tolist(), strict=True))


def _exchanged(row, classes, k):
    return [(value, name) for name, value in _pairs(row, classes, k)]


def _names_only(row, classes, k):
    return [name for name, _ in _pairs(row, classes, k)]


def _sorted_names(row, classes, k):
    return _pairs(row, sorted(classes), k)


def _tensors(row, classes, k):
    return [(name, torch.tensor(value)) for name, value in _pairs(row, classes, k)]


def _among_themselves(row, classes, k):
    values, indices = row.topk(min(k, len(classes)))
    shares = values.softmax(dim=0).tolist()
    return [(classes[i], v) for v, i in zip(shares, indices.tolist(), strict=True)]


def _more_than_there_are(row, classes, k):
    values, indices = row.topk(k)
    return [(classes[i], v) for v, i in zip(values.tolist(), indices.tolist(), strict=True)]


def _per_cent(row, classes, k):
    return [(name, 100 * value) for name, value in _pairs(row, classes, k)]


def _rounded(row, classes, k):
    return [(name, round(value, 2)) for name, value in _pairs(row, classes, k)]


EXERCISE = Exercise(
    name="predict",
    title="Name the most probable classes",
    difficulty=3,
    importance=5,
    minutes=12,
    reference=predict,
    hints=(
        "Four things: eval mode and back, no graph, a softmax over the classes of each image, and "
        "the k largest with their places. tensor.topk gives both, largest first; a place is the "
        "number of a class.",
        "was_training = model.training\n"
        "model.<which mode?>()\n"
        "with torch.<no graph>():\n"
        "    probabilities = model(images).softmax(dim=...)\n"
        "model.train(<what it was>)\n"
        "values, indices = probabilities.topk(<k, but not more than there are>)\n"
        "for each image: [(classes[i], value), ...]   # .tolist() makes Python's numbers",
    ),
    probes=(
        _probe("3 images, 7 classes, k=3, a model in train mode", CLOTHES, 3, k=3),
        _probe("4 images, 7 classes, k left out, a model in eval mode", CLOTHES, 4, training=False),
        _probe("2 images, 3 classes, k=5", CLOTHES[:3], 2, k=5),
        _probe("1 image, 7 classes, k=1, in eval mode", CLOTHES, 1, training=False, k=1),
    ),
    mistakes=(
        Mistake(
            "These are logits: scores that may be negative and do not sum to 1. A softmax makes "
            "probabilities of them.",
            _predicting(lambda logits: logits),
        ),
        Mistake(
            "You took a sigmoid, which looks at each class by itself: here exactly one class is "
            "right, and the probabilities of an image sum to 1.",
            _predicting(torch.sigmoid),
        ),
        Mistake(
            "You took the softmax over the batch (dim 0): then each class is shared out among the "
            "images. The classes of an image lie along dim 1.",
            _predicting(lambda logits: logits.softmax(dim=0)),
        ),
        Mistake(
            "You took the softmax twice: probabilities that go through it again come out nearly "
            "equal.",
            _predicting(lambda logits: logits.softmax(dim=1).softmax(dim=1)),
        ),
        Mistake(
            "These are logarithms of probabilities: take the softmax itself.",
            _predicting(lambda logits: logits.log_softmax(dim=1)),
        ),
        Mistake(
            "You took the softmax over the k best only: the other classes are probable too, if "
            "less so.",
            _predicting(lambda logits: logits, _among_themselves),
        ),
        Mistake(
            "You forgot model.eval(): batch normalisation then uses the batch's own statistics, "
            "and what is said of an image depends on its neighbours.",
            _predicting(evaluate=False, restore=_left_alone),
        ),
        Mistake(
            "You left the model in eval mode: whoever trains on would train without batch "
            "statistics. Put back the mode that you found.",
            _predicting(restore=_left_alone),
        ),
        Mistake(
            "You put the model into train mode at the end, whatever it was before: one that came "
            "in eval mode must leave in eval mode.",
            _predicting(restore=lambda model, was_training: model.train()),
        ),
        Mistake(
            "You forgot torch.no_grad(): each batch records a graph that nobody uses, and over a "
            "large folder that costs time and memory.",
            _predicting(graph=True),
        ),
        Mistake(
            "You forgot two things: model.eval(), without which batch normalisation uses the "
            "batch's own statistics, and torch.no_grad().",
            _predicting(evaluate=False, restore=_left_alone, graph=True),
        ),
        Mistake(
            "You forgot torch.no_grad(), and you left the model in eval mode.",
            _predicting(graph=True, restore=_left_alone),
        ),
        Mistake(
            "Your k best come in ascending order: the best one comes first.",
            _predicting(pairs=_ascending),
        ),
        Mistake(
            "You took the smallest probabilities: asked for are the largest.",
            _predicting(pairs=_worst),
        ),
        Mistake(
            "You took the first k classes in the order of their numbers: asked for are the most "
            "probable.",
            _predicting(pairs=_in_order_of_classes),
        ),
        Mistake(
            "You returned the classes' numbers: classes[i] is the name of class i.",
            _predicting(pairs=_numbers),
        ),
        Mistake(
            "You sorted the names: output i of the model belongs to the name at place i, as the "
            "names are given.",
            _predicting(pairs=_sorted_names),
        ),
        Mistake(
            "You exchanged the two parts of the pair: first the class, then its probability.",
            _predicting(pairs=_exchanged),
        ),
        Mistake(
            "You returned the names alone: each goes with its probability.",
            _predicting(pairs=_names_only),
        ),
        Mistake(
            "Your probabilities are tensors: .item() or .tolist() makes Python's numbers of them.",
            _predicting(pairs=_tensors),
        ),
        Mistake(
            "With three classes and k=5 your topk asks for more than there are: then all three are "
            "the answer.",
            _predicting(pairs=_more_than_there_are),
        ),
        Mistake(
            "You give five classes whatever k says.",
            _predicting(pairs=lambda row, classes, k: _pairs(row, classes, 5)),
        ),
        Mistake(
            "You give the best class alone whatever k says: argmax finds one, topk finds k.",
            _predicting(pairs=lambda row, classes, k: _pairs(row, classes, 1)),
        ),
        Mistake(
            "You give all classes whatever k says.",
            _predicting(pairs=lambda row, classes, k: _pairs(row, classes, len(classes))),
        ),
        Mistake(
            "You answered for the first image only: a list for each image of the batch is asked "
            "for.",
            _predicting(result=lambda rows: rows[:1]),
        ),
        Mistake(
            "You returned the pairs of the first image without the list around it: a list for each "
            "image of the batch is asked for, for one image too.",
            _predicting(result=lambda rows: rows[0]),
        ),
        Mistake(
            "You joined the pairs of all images into one list: nobody can tell which image a pair "
            "belongs to.",
            _predicting(result=lambda rows: [pair for row in rows for pair in row]),
        ),
        Mistake(
            "You returned a dict for each image: asked for is a list of pairs, whose order is "
            "part of the answer.",
            _predicting(pairs=lambda row, classes, k: dict(_pairs(row, classes, k))),
        ),
        Mistake(
            "You returned per cent: asked for is a probability, from 0 to 1.",
            _predicting(pairs=_per_cent),
        ),
        Mistake(
            "You rounded the probabilities: leave that to whoever prints them.",
            _predicting(pairs=_rounded),
        ),
    ),
)
