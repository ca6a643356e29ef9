"""Exercise `merge_branches`: the weights of C branches as those of one grouped bottleneck."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import randn
from course_lib.models.groups import block_diagonal_weight
from course_lib.models.resnext import merge_branches

NAMES = ("1x1", "3x3", "last 1x1")


def _probe(branches: int, width: int, ins: int, outs: int) -> Probe:
    """What the block of the merged weights computes. Any order of the branches is right."""
    shapes = ((width, ins, 1, 1), (width, width, 3, 3), (outs, width, 1, 1))
    weights = [
        [randn(*shape, seed=10 * kind + branch) for branch in range(branches)]
        for kind, shape in enumerate(shapes)
    ]
    label = f"{branches} branches, d = {width}, {ins} in, {outs} out"
    return Probe(label, _observe, (weights, randn(2, ins, 4, 5, seed=99)))


def _observe(implementation: Implementation, weights: list[list[Tensor]], x: Tensor) -> Any:
    leaves = [[weight.clone().requires_grad_() for weight in kind] for kind in weights]
    merged = implementation(*[list(kind) for kind in leaves])
    parts = [*merged] if isinstance(merged, list | tuple) else [merged]
    if len(parts) != 3 or not all(isinstance(part, Tensor) for part in parts):
        return merged
    found: dict[str, Any] = {}
    for name, part in zip(NAMES, parts, strict=True):
        found[f"shape of the {name}"] = tuple(part.shape)
        found[f"sum of the {name}"] = part.detach().sum()
    reduce, transform, expand = parts
    try:
        output = _grouped(x, reduce, transform, expand, groups=len(leaves[0]))
    except RuntimeError:
        return found | {"output": Unusable("none: the three weights do not fit each other")}
    found["output"] = output.detach()
    if not output.requires_grad:
        return found | {"gradient": Unusable("no gradient reaches the branches")}
    (output * randn(*output.shape, seed=5)).sum().backward()
    flat = [leaf.grad for kind in leaves for leaf in kind]
    norms = [gradient.norm() for gradient in flat if gradient is not None]
    found["gradient at the branches"] = (
        norms if len(norms) == len(flat) else Unusable("it reaches some of the weights only")
    )
    return found


def _grouped(x: Tensor, reduce: Tensor, transform: Tensor, expand: Tensor, groups: int) -> Tensor:
    out = F.relu(F.conv2d(x, reduce))
    out = F.relu(F.conv2d(out, transform, padding=1, groups=groups))
    return F.conv2d(out, expand)


def _rows(weights: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(weights))


def _columns(weights: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(weights), dim=1)


def _dealt(weights: Sequence[Tensor]) -> Tensor:
    """The first row of each branch, then the second of each."""
    return torch.stack(list(weights), dim=1).flatten(0, 1)


def _dealt_columns(weights: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(weights), dim=2).flatten(1, 2)


def _mean(weights: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(weights)).mean(dim=0)


def _block_diagonal(weights: Sequence[Tensor]) -> Tensor:
    return block_diagonal_weight(_rows(weights), len(weights))


def _merge(
    reduce: Callable = _rows, transform: Callable = _rows, expand: Callable = _columns
) -> Implementation:
    """The right merger, but for what is given."""
    return lambda a, b, c: (reduce(a), transform(b), expand(c))


EXERCISE = Exercise(
    name="merge_branches",
    title="Many branches, one grouped bottleneck",
    difficulty=3,
    importance=5,
    minutes=15,
    reference=merge_branches,
    hints=(
        "Write down the three shapes that you need, and compare each with that of one branch: "
        "which axis is C times as long? Then think of the last 1x1: how do you add the branches' "
        "outputs, if a 1x1 convolution is a sum over its input channels?",
        "1x1:        (C * d, in, 1, 1)   the branches' rows, below each other: axis ...\n"
        "3x3:        (C * d, d, 3, 3)    as a grouped convolution stores it:   axis ...\n"
        "last 1x1:   (out, C * d, 1, 1)  one longer sum over channels:         axis ...",
    ),
    probes=(
        _probe(3, 2, 5, 4),
        _probe(2, 3, 3, 3),
        _probe(2, 4, 4, 4),
        _probe(4, 1, 6, 6),
        _probe(1, 3, 4, 5),
    ),
    mistakes=(
        Mistake(
            "You put the last weights below each other, along the output channels: the branches' "
            "outputs are added, so their weights belong side by side, along the input channels.",
            _merge(expand=_rows),
        ),
        Mistake(
            "You added up the last weights: each branch has inputs of its own, and its weights "
            "must stay beside the others'.",
            _merge(expand=sum),
        ),
        Mistake(
            "You averaged the last weights: the paper sums the branches' outputs, and each branch "
            "keeps weights of its own.",
            _merge(expand=_mean),
        ),
        Mistake(
            "You divided the last weights by the number of branches: the paper sums the branches, "
            "it does not average them.",
            _merge(expand=lambda weights: _columns(weights) / len(weights)),
        ),
        Mistake(
            "You added up all three kinds of weights: a sum of weights is one branch, and a "
            "nonlinear one is not the sum of the branches.",
            _merge(sum, sum, sum),
        ),
        Mistake(
            "You built the dense, block-diagonal weight of the 3x3: a grouped convolution stores "
            "the blocks alone, below each other.",
            _merge(transform=_block_diagonal),
        ),
        Mistake(
            "You put the 3x3 weights side by side, along the input channels: in a grouped "
            "convolution each output sees d channels only, and the groups follow each other along "
            "the outputs.",
            _merge(transform=_columns),
        ),
        Mistake(
            "You added up the 3x3 weights: each branch transforms its own channels with its own "
            "kernels.",
            _merge(transform=sum),
        ),
        Mistake(
            "You put the first weights side by side, along the input channels: all branches read "
            "the same x, and it is their outputs that stand beside each other.",
            _merge(reduce=_columns),
        ),
        Mistake(
            "You added up the first weights: all branches read the same x, but each makes "
            "channels of its own.",
            _merge(reduce=sum),
        ),
        Mistake(
            "You joined all three kinds along the input channels: that is right for the last 1x1 "
            "alone.",
            _merge(_columns, _columns, _columns),
        ),
        Mistake(
            "You stacked the branches on an axis of their own: a convolution's weight has four "
            "axes, and the branches continue one of them.",
            _merge(*[lambda weights: torch.stack(list(weights))] * 3),
        ),
        Mistake(
            "You dealt the first weights out like cards, one row of each branch in turn: a group "
            "of the 3x3 reads neighbouring channels, so a branch's rows stay together.",
            _merge(reduce=_dealt),
        ),
        Mistake(
            "You dealt the 3x3 weights out like cards, one row of each branch in turn: the first "
            "d rows are group 0's.",
            _merge(transform=_dealt),
        ),
        Mistake(
            "You dealt the last weights out like cards, one column of each branch in turn: "
            "branch 0 fills the first d channels.",
            _merge(expand=_dealt_columns),
        ),
        Mistake(
            "You dealt all the weights out like cards, one channel of each branch in turn: the "
            "channels of one branch are neighbours.",
            _merge(_dealt, _dealt, _dealt_columns),
        ),
        Mistake(
            "The last weights are in reverse order: a branch must keep its place in all three.",
            _merge(expand=lambda weights: _columns(list(weights)[::-1])),
        ),
        Mistake(
            "You kept the first branch only: is the return inside the loop?",
            _merge(*[lambda weights: weights[0] * 1] * 3),
        ),
        Mistake(
            "The three weights come in another order: first the 1x1, then the 3x3, last the 1x1 "
            "that expands.",
            lambda a, b, c: (_rows(a), _columns(c), _rows(b)),
        ),
        Mistake(
            "You cut the graph between the branches and the merged weights, so no gradient comes "
            "back: leave out detach(), .data and no_grad().",
            torch.no_grad()(merge_branches),
        ),
    ),
)
