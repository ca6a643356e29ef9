"""Exercise `residual_forward`: a chain of blocks, each with its shortcut."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.bank.residual_gradients.chains import chain
from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import residual_forward


def _linear() -> nn.Module:
    return nn.Linear(3, 3)


def _convolution() -> nn.Module:
    return nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.Tanh())


LINEAR = chain(_linear, _linear, _linear)


class _Scale(nn.Module):
    """f(x) = factor * x: a chain of these gives numbers that one can check by hand."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


def _gradient(implementation: Implementation, blocks: list[nn.Module], x: Tensor) -> Any:
    start = x.clone().requires_grad_()
    output = implementation(blocks, start * 1)  # times one: no leaf, may be changed in place
    if not isinstance(output, Tensor):
        return output
    if not output.requires_grad:
        return Unusable("no gradient reaches x")
    (output * randn(*output.shape, seed=1)).sum().backward()
    return {
        "gradient at x": start.grad,
        "gradient at the first block's weight": next(blocks[0].parameters()).grad,
    }


def _plain(blocks: list[nn.Module], x: Tensor) -> Tensor:
    return nn.Sequential(*blocks)(x)


def _always_the_first_x(blocks: list[nn.Module], x: Tensor) -> Tensor:
    signal = x
    for block in blocks:
        signal = x + block(signal)
    return signal


def _side_by_side(blocks: list[nn.Module], x: Tensor) -> Tensor:
    return x + sum(block(x) for block in blocks)


def _branches_only(blocks: list[nn.Module], x: Tensor) -> Tensor:
    return residual_forward(blocks, x) - x


def _last_one_plain(blocks: list[nn.Module], x: Tensor) -> Tensor:
    x = residual_forward(blocks[:-1], x)
    return blocks[-1](x) if blocks else x


def _twice(blocks: list[nn.Module], x: Tensor) -> Tensor:
    for block in blocks:
        x = block(x)
        x = x + block(x)
    return x


def _with(
    combine: Any = lambda x, change: x + change, order: slice = slice(None)
) -> Implementation:
    """The right loop, but for what is given."""

    def attempt(blocks: list[nn.Module], x: Tensor) -> Tensor:
        for block in blocks[order]:
            x = combine(x, block(x))
        return x

    return attempt


def _in_place(blocks: list[nn.Module], x: Tensor) -> Tensor:
    for block in blocks:
        x += block(x)
    return x


def _in_place_on_a_copy(blocks: list[nn.Module], x: Tensor) -> Tensor:
    return _in_place(blocks, x.clone())


EXERCISE = Exercise(
    name="residual_forward",
    title="A chain of residual blocks",
    difficulty=1,
    importance=5,
    minutes=5,
    reference=residual_forward,
    hints=(
        "Each block is asked for a change, and the change is added to what went into this block. "
        "Mind what += does to a tensor that somebody else still holds.",
        "for each block: the new x is the old x plus ...\n"
        "x = x + y makes a new tensor, x += y writes into the old one.",
    ),
    probes=(
        call(
            [_Scale(2.0), _Scale(3.0)],
            torch.tensor([1.0, -2.0]),
            label="f1(x) = 2x, f2(x) = 3x, at (1, -2)",
        ),
        call(LINEAR, randn(2, 3), label="three linear layers"),
        call(
            chain(_convolution, _convolution), randn(2, 4, 5, 3), label="two convolutions with tanh"
        ),
        call(chain(_linear), randn(2, 3), label="one linear layer"),
        call([], randn(2, 3), label="no blocks at all"),
        Probe("three linear layers", _gradient, (LINEAR, randn(2, 3))),
    ),
    mistakes=(
        Mistake(
            "The shortcut is never added: this is the plain chain, where each block replaces x.",
            _plain,
        ),
        Mistake(
            "You add the very first x every time: a block's shortcut carries what went into this "
            "block.",
            _always_the_first_x,
        ),
        Mistake(
            "You built one shortcut around the whole chain: every block has its own.",
            lambda blocks, x: x + _plain(blocks, x),
        ),
        Mistake(
            "You gave the first x to every block and added up the answers: a block works on what "
            "the block before it has left.",
            _side_by_side,
        ),
        Mistake(
            "You returned only what the blocks have added: the x that you started from belongs to "
            "the output.",
            _branches_only,
        ),
        Mistake(
            "Your last block has no shortcut: every block has one.",
            _last_one_plain,
        ),
        Mistake(
            "You apply each block twice, or take the shortcut after the block: what is added to "
            "the block's output is the block's input.",
            _twice,
        ),
        Mistake(
            "You subtract: the block's output is added to its input.",
            _with(lambda x, change: x - change),
        ),
        Mistake(
            "You multiply x by the block's output: a residual block adds them.",
            _with(lambda x, change: x * change),
        ),
        Mistake(
            "You take the average of x and the block's output: the sum is not divided by two.",
            _with(lambda x, change: (x + change) / 2),
        ),
        Mistake(
            "There is a ReLU after the addition: here the sum goes on as it is.",
            _with(lambda x, change: torch.relu(x + change)),
        ),
        Mistake(
            "There is a ReLU between the block and the addition, so the block could only ever add "
            "and never take away.",
            _with(lambda x, change: x + torch.relu(change)),
        ),
        Mistake(
            "You put x and the block's output side by side (cat): they are added entry by entry.",
            _with(lambda x, change: torch.cat([x, change], dim=-1)),
        ),
        Mistake(
            "You apply the blocks from the last to the first.",
            _with(order=slice(None, None, -1)),
        ),
        Mistake(
            "You stopped after the first block: is your return inside the loop?",
            _with(order=slice(1)),
        ),
        Mistake(
            "You left out the last block.",
            _with(order=slice(-1)),
        ),
        Mistake(
            "You changed the caller's x in place, with += or add_: make a new tensor.",
            _in_place,
        ),
        Mistake(
            "You add in place on a copy: the caller's x is safe now, but autograd still needs the "
            "old x for the block's own gradient, so make a new tensor each time.",
            _in_place_on_a_copy,
        ),
        Mistake(
            "The values are right, but you cut them out of the graph with no_grad() or detach(): "
            "nothing could be trained through this.",
            torch.no_grad()(residual_forward),
        ),
    ),
)
