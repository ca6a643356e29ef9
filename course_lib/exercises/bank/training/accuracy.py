"""Exercise `accuracy`: which fraction of the images does the network name right?"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.conduct import Note, conduct
from course_lib.training.steps import accuracy

Loader = list[tuple[Tensor, Tensor]]


class Watched(nn.Module):
    """Maps (N, 4) to logits (N, 4), one thing in train mode and another in eval mode.

    It reports to `note` how it was called; so does a copy of it.
    """

    def __init__(self, note: Callable[[Note], None]) -> None:
        super().__init__()
        self.note = note
        self.norm = nn.BatchNorm1d(4)
        self.norm.get_buffer("running_mean").copy_(torch.tensor([1.0, -1.0, 0.5, 0.0]))
        self.weight = nn.Parameter(torch.eye(4) + 0.1)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.norm(x) @ self.weight
        self.note((self.training, logits.requires_grad))
        return logits


def _observe(implementation: Implementation, loader: Loader, training: bool) -> dict[str, Any]:
    notes: list[Note] = []
    model = Watched(notes.append).train(training)
    found = {"accuracy": implementation(model, loader)}
    return found | conduct(model, notes)


def _loader(*sizes: int, wrong: int) -> Loader:
    """Batches of these sizes. In eval mode the model is wrong on the first `wrong` of each.

    Its smallest logit would be right for the first of them, its second largest for the others.
    """
    batches = []
    for size in sizes:
        images = 2 * randn(size, 4, seed=size)
        with torch.no_grad():
            order = Watched(lambda _: None).eval()(images).argsort(dim=1)
        labels = order[:, -1].clone()
        labels[:wrong] = order[:wrong, -2]
        labels[: min(wrong, 1)] = order[: min(wrong, 1), 0]
        batches.append((images, labels))
    return batches


def _counted(
    right: Callable[[Tensor, Tensor], Any] = lambda logits, labels: (
        (logits.argmax(dim=1) == labels).sum().item()
    ),
    *,
    result: Callable[[list, list[int]], Any] = lambda right, sizes: sum(right) / sum(sizes),
    evaluate: bool = True,
    graph: bool = False,
    restore: Callable[[nn.Module, bool], Any] = nn.Module.train,
    choose: Callable[[Loader], Loader] = lambda loader: loader,
) -> Implementation:
    """The right measurement, but for what is given. `restore(model, was it in train mode?)`."""

    def attempt(model, loader):
        was_training = model.training
        if evaluate:
            model.eval()
        counts, sizes = [], []
        with nullcontext() if graph else torch.no_grad():
            for images, labels in choose(loader):
                counts.append(right(model(images), labels))
                sizes.append(len(labels))
        restore(model, was_training)
        return result(counts, sizes)

    return attempt


def _left_alone(model: nn.Module, was_training: bool) -> None:
    pass


def _mean_of_batches(right: list, sizes: list[int]) -> float:
    return sum(r / n for r, n in zip(right, sizes, strict=True)) / len(sizes)


EXERCISE = Exercise(
    name="accuracy",
    title="The accuracy of a network",
    difficulty=2,
    importance=5,
    minutes=10,
    reference=accuracy,
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
        Probe("batches of 5, 5 and 3", _observe, (_loader(5, 5, 3, wrong=2), False)),
        Probe("the same, a model in train mode", _observe, (_loader(5, 5, 3, wrong=2), True)),
        Probe("two batches of 4, four classes", _observe, (_loader(4, 4, wrong=2), True)),
        Probe("one batch of 7, all right", _observe, (_loader(7, wrong=0), True)),
    ),
    mistakes=(
        Mistake(
            "You average the accuracies of the batches: the last, smaller batch then counts as "
            "much as a full one. Count images, and divide once.",
            _counted(result=_mean_of_batches),
        ),
        Mistake(
            "You forgot model.eval(): batch normalisation uses each batch's own statistics, so the "
            "answer for an image depends on its neighbours in the batch.",
            _counted(evaluate=False, restore=_left_alone),
        ),
        Mistake(
            "You left the model in eval mode: whoever trains it after your call would train it "
            "without batch statistics. Put back the mode that you found.",
            _counted(restore=_left_alone),
        ),
        Mistake(
            "You put the model into train mode at the end, whatever it was before: a model that "
            "came in eval mode must leave in eval mode.",
            _counted(restore=lambda model, was_training: model.train()),
        ),
        Mistake(
            "You forgot torch.no_grad(): every batch records a graph that nobody uses, which costs "
            "time and memory.",
            _counted(graph=True),
        ),
        Mistake(
            "You forgot two things: model.eval(), without which batch normalisation uses the "
            "batch's own statistics, and torch.no_grad().",
            _counted(evaluate=False, restore=_left_alone, graph=True),
        ),
        Mistake(
            "You forgot torch.no_grad(), and you left the model in eval mode.",
            _counted(graph=True, restore=_left_alone),
        ),
        Mistake(
            "You took the largest logit down each column (dim 0), which compares images with each "
            "other: each image has its logits in a row, along dim 1.",
            _counted(lambda logits, labels: (logits.argmax(dim=0) == labels).sum().item()),
        ),
        Mistake(
            "You compared the largest logit itself with the label: what names the class is its "
            "place in the row.",
            _counted(lambda logits, labels: (logits.max(dim=1).values == labels).sum().item()),
        ),
        Mistake(
            "You took the smallest logit: the answer is the class with the largest.",
            _counted(lambda logits, labels: (logits.argmin(dim=1) == labels).sum().item()),
        ),
        Mistake(
            "You divided by the number of batches: divide by the number of images.",
            _counted(result=lambda right, sizes: sum(right) / len(sizes)),
        ),
        Mistake(
            "You took every batch to be as large as the first: the last one may be smaller.",
            _counted(result=lambda right, sizes: sum(right) / (len(sizes) * sizes[0])),
        ),
        Mistake(
            "You judged the first batch only: is your return inside the loop?",
            _counted(choose=lambda loader: loader[:1]),
        ),
        Mistake(
            "You judged the last batch only: the counts must go on from batch to batch.",
            _counted(choose=lambda loader: loader[-1:]),
        ),
        Mistake(
            "You returned how many are right: divide by how many there are.",
            _counted(result=lambda right, sizes: sum(right)),
        ),
        Mistake(
            "You returned the fraction that is wrong, the error.",
            _counted(result=lambda right, sizes: 1 - sum(right) / sum(sizes)),
        ),
        Mistake(
            "You returned per cent: asked for is a fraction, from 0 to 1.",
            _counted(result=lambda right, sizes: 100 * sum(right) / sum(sizes)),
        ),
        Mistake(
            "You returned a tensor: .item() makes a number of it.",
            _counted(result=lambda right, sizes: torch.tensor(sum(right) / sum(sizes))),
        ),
    ),
)
