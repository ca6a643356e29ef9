"""Exercise `train_epoch`: a step on each batch, and one loss for them all."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.exercises.bank.training.train_step import OPTIMIZERS
from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
from course_lib.exercises.probes.call import randn
from course_lib.training.steps import train_epoch


class CountingLoader:
    """Gives batches of these sizes, and counts how often it was gone through.

    It has a length, as a list and a DataLoader have, and no more than that.
    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self.passes = 0

    def __len__(self) -> int:
        return len(self.sizes)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a loader may be a plain list of batches, which has no {name}")

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self.passes += 1
        for number, size in enumerate(self.sizes):
            yield randn(size, 4, seed=number), torch.arange(number, number + size) % 3


def _model() -> nn.Module:
    # No bias before the batch norm: its gradient is zero but for rounding, which Adam magnifies.
    return nn.Sequential(nn.Linear(4, 6, bias=False), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))


def _observe(
    implementation: Implementation,
    model: nn.Module,
    sizes: tuple[int, ...],
    build: Callable[..., torch.optim.Optimizer],
    training: bool,
    left_over: float,
) -> dict[str, Any]:
    """One epoch. `training` is the mode before, `left_over` every gradient before."""
    model.train(training)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, left_over)
    optimizer, loader = build(model.parameters()), CountingLoader(sizes)
    seen: list[str] = []
    model.get_parameter("0.weight").register_hook(lambda _: seen.append("backward"))
    optimizer.register_step_post_hook(lambda *_: seen.append("step"))
    return {
        "loss returned": implementation(model, loader, optimizer),
        "gradients were computed": "yes" if "backward" in seen else "no",
        "optimizer.step() was called": f"{seen.count('step')} times",
        "the loader was gone through": f"{loader.passes} times",
        "weights afterwards": torch.cat([p.detach().flatten() for p in model.parameters()]),
    }


def _one_step(model: nn.Module, loader: CountingLoader, optimizer: torch.optim.Optimizer) -> float:
    """A single step on all images, whose losses it keeps until then."""
    model.train()
    optimizer.zero_grad()
    losses = [F.cross_entropy(model(x), labels, reduction="none") for x, labels in loader]
    loss = torch.cat(losses).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def _judged_afterwards(
    model: nn.Module, loader: CountingLoader, optimizer: torch.optim.Optimizer
) -> float:
    """The loss of the network that has gone through the epoch, in eval mode."""
    train_epoch(model, loader, optimizer)
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(x), labels, reduction="none") for x, labels in loader]
    return torch.cat(losses).mean().item()


def _probe(
    label: str,
    *sizes: int,
    optimizer: str = "SGD with momentum",
    training: bool = True,
    left_over: float = 0.0,
) -> Probe:
    arguments = Later(_model), sizes, OPTIMIZERS[optimizer], training, left_over
    return Probe(f"{label}, {optimizer}", _observe, arguments)


STEP, WEIGHED, COUNT = (
    "        loss = train_step(model, images, labels, optimizer)",
    "loss * len(labels)",
    "count += len(labels)",
)
FOR, HEAD = "    for images", " in loader:\n"
MODE, CLEAR = "model.train()", "optimizer.zero_grad()"
LOSS = "loss = F.cross_entropy(model(images), labels)"
BACKWARD, MOVE, NUMBER = "loss.backward()", "optimizer.step()", "loss = loss.item()"


def _step(*lines: str) -> dict[str, str]:
    """The edit that takes a step by hand."""
    return {STEP: "\n".join(f"        {line}" for line in lines)}


EXERCISE = Exercise(
    train_epoch,
    title="One epoch of training",
    difficulty=2,
    importance=4,
    minutes=10,
    insight=(
        "Twenty rounds of this loop, with a schedule, augmentation and smoothed labels, made the "
        "trained network that comes with the course."
    ),
    hints=(
        "train_step does the work of a batch and returns its mean loss. From that mean, how do you "
        "get the sum of the losses of its images? Add these sums up, and divide once at the end.",
        "total, count = 0, 0\n"
        "for images, labels in loader:\n"
        "    loss = <one step on this batch>\n"
        "    total += <the sum of this batch's losses>\n"
        "    count += <how many images?>\n"
        "return total / count",
    ),
    probes=(
        _probe("batches of 5, 5 and 3 images", 5, 5, 3),
        _probe(
            "batches of 4, 2 and 6 images, the model in eval mode before", 4, 2, 6, training=False
        ),
        _probe("old gradients left on the weights, one batch", 5, optimizer="Adam", left_over=3.0),
    ),
    mistakes={
        "You average the losses of the batches: an image in the last, smaller batch then counts "
        "more than the others. Count images, and divide once.": {
            WEIGHED: "loss",
            COUNT: "count += 1",
        },
        "You add up the batches' losses and divide by the number of images: each of these losses "
        "is a mean already, so it stands for one image only where it should stand for all of its "
        "batch.": {WEIGHED: "loss"},
        "You add up the losses of the images and divide by the number of batches: divide by the "
        "number of images.": {COUNT: "count += 1"},
        "You returned the loss of the last batch: asked for is the mean over all images of the "
        "epoch.": {"total / count": "loss"},
        "You returned the sum of the losses: it grows with the data set, so divide it by the "
        "number of images.": {" / count": ""},
        "You returned a list of losses: asked for is one number, their mean over the images.": {
            "0.0, 0": "[], 0",
            f"total += {WEIGHED}": "total += [loss]",
            " / count": "",
        },
        "You returned the mean as a tensor: asked for is a float. If it still carries the graphs "
        "of all steps, the memory fills up as well.": {
            "total / count": "torch.tensor(total / count)"
        },
        "You did everything but return the loss.": {"return ": ""},
        "You stopped after the first batch: is your return inside the loop?": {
            "    return": "        return"
        },
        "You left out the last batch: every batch gets its step.": {
            "in loader": "in list(loader)[:-1]"
        },
        "You left out the batches that are smaller than the first: their images belong to the "
        "epoch too.": {
            FOR: f"    size = 0\n{FOR}",
            HEAD: f"{HEAD}        size = size or len(labels)\n"
            "        if len(labels) < size:\n            continue\n",
        },
        "You went to the loader a second time, to count or to look: that loads images once more. "
        "One pass is enough, and in it you can count.": {FOR: f"    next(iter(loader))\n{FOR}"},
        "You went to the loader a second time, to judge the network after the epoch: asked for are "
        "the losses that its steps went down on, and one pass gives them.": _judged_afterwards,
        "You asked the loader for its dataset: a list of batches has none. Count the images as "
        "they come.": {"total / count": "total / len(loader.dataset)"},
        "You divide by the number of the last batch. Numbers begin at 0, and batches are of "
        "unequal size: count the images.": {
            WEIGHED: "loss",
            "0.0, 0": "0.0, -1",
            COUNT: "count += 1",
        },
        "You did not put the model into train mode: after an evaluation its batch normalisation "
        "would go on using the running statistics.": _step(CLEAR, LOSS, BACKWARD, MOVE, NUMBER),
        "You put the model into eval mode: there batch normalisation uses its running statistics "
        "and never updates them. An epoch of training needs train mode.": _step(
            "model.eval()", CLEAR, LOSS, BACKWARD, MOVE, NUMBER
        ),
        "You never clear the gradients: backward() adds to what is in .grad, so each step still "
        "follows the batches before it.": _step(MODE, LOSS, BACKWARD, MOVE, NUMBER),
        "You clear the gradients once, before the loop: from the second batch on each step still "
        "follows the batches before it.": {
            FOR: f"    {CLEAR}\n{FOR}",
            **_step(MODE, LOSS, BACKWARD, MOVE, NUMBER),
        },
        "You take a single step, after the last batch: an epoch takes one for each batch.": {
            FOR: f"    {CLEAR}\n{FOR}",
            **_step(MODE, LOSS, BACKWARD, NUMBER),
            "    return": f"    {MOVE}\n    return",
        },
        "You go back through the losses of all batches at once, and take a single step: an epoch "
        "takes one for each batch.": _one_step,
        "You sum the losses of a batch's images before backward(): the gradient then grows with "
        "the batch, and with it the step. Take their mean, and multiply only what you add up.": {
            **_step(
                MODE,
                CLEAR,
                LOSS.replace(", labels)", ", labels, reduction='sum')"),
                BACKWARD,
                MOVE,
                NUMBER,
            ),
            WEIGHED: "loss",
        },
        "You compute the loss and learn nothing from it: no step is taken.": _step(
            MODE, LOSS, NUMBER
        ),
        "You compute the gradients but never call step(), so no weight moves.": _step(
            MODE, CLEAR, LOSS, BACKWARD, NUMBER
        ),
        "You compute each loss anew after its step: asked for is the loss that the step went down "
        "on, before the weights moved.": _step(MODE, CLEAR, LOSS, BACKWARD, MOVE, LOSS, NUMBER),
        "You apply a softmax before the cross entropy, which has one inside: the second one "
        "flattens the gradients, and training crawls.": _step(
            MODE, CLEAR, LOSS.replace("(images)", "(images).softmax(dim=1)"), BACKWARD, MOVE, NUMBER
        ),
        "You take two steps on each batch: in an epoch every batch has one.": {
            STEP: f"{STEP}\n{STEP}"
        },
    },
)
