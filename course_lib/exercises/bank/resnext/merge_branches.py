"""Exercise `merge_branches`: the weights of C branches as those of one grouped bottleneck."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, equal

from course_lib.exercises.engine.compare import INPUT_CHANGED, Told, Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn
from course_lib.models.resnext import merge_branches

NAMES = ("1x1", "3x3", "last 1x1")
NOTHING = "Your code returned None where three tensors are due. Is a return statement missing?"
THREE = "Asked are three tensors: the weights of the 1x1, of the 3x3 and of the last 1x1."


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
    given = [list(kind) for kind in leaves]
    merged = implementation(*given)
    for now, then in zip(given, weights, strict=True):
        if len(now) != len(then) or not all(map(equal, now, then)):
            return INPUT_CHANGED
    parts = [*merged] if isinstance(merged, list | tuple) else [merged]
    if len(parts) != 3 or not all(isinstance(part, Tensor) for part in parts):
        return Told(NOTHING if merged is None else THREE)
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


REDUCE, TRANSFORM = "torch.cat(list(reduce_weights))", "torch.cat(list(transform_weights))"
EXPAND = "torch.cat(list(expand_weights), dim=1)"
# The first channel of each branch, then the second of each.
DEALT = "torch.stack(list({0}_weights), dim=1).flatten(0, 1)"
DEALT_COLUMNS = "torch.stack(list(expand_weights), dim=2).flatten(1, 2)"

EXERCISE = Exercise(
    merge_branches,
    title="Many branches, one grouped bottleneck",
    difficulty=3,
    importance=5,
    minutes=15,
    insight=(
        "This is why torchvision has no class for ResNeXt: with its branches merged it is a "
        "ResNet with groups=32 and width_per_group=4."
    ),
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
    mistakes={
        "You put the last weights below each other, along the output channels: the branches' "
        "outputs are added, so their weights belong side by side, along the input channels.": {
            "(expand_weights), dim=1": "(expand_weights)"
        },
        "You added up the last weights: each branch has inputs of its own, and its weights "
        "must stay beside the others'.": {EXPAND: "sum(expand_weights)"},
        "You averaged the last weights: the paper sums the branches' outputs, and each branch "
        "keeps weights of its own.": {EXPAND: "torch.stack(list(expand_weights)).mean(dim=0)"},
        "You divided the last weights by the number of branches: the paper sums the branches, "
        "it does not average them.": {EXPAND: f"{EXPAND} / len(expand_weights)"},
        "You added up all three kinds of weights: a sum of weights is one branch, and a "
        "nonlinear one is not the sum of the branches.": {
            REDUCE: "sum(reduce_weights)",
            TRANSFORM: "sum(transform_weights)",
            EXPAND: "sum(expand_weights)",
        },
        "You built the dense, block-diagonal weight of the 3x3: a grouped convolution stores "
        "the blocks alone, below each other.": {
            TRANSFORM: "torch.stack([torch.block_diag(*(w[:, :, i, j] for w in transform_weights))"
            " for i in range(3) for j in range(3)], dim=2).unflatten(2, (3, 3))"
        },
        "You put the 3x3 weights side by side, along the input channels: in a grouped "
        "convolution each output sees d channels only, and the groups follow each other along "
        "the outputs.": {"list(transform_weights)": "list(transform_weights), dim=1"},
        "You added up the 3x3 weights: each branch transforms its own channels with its own "
        "kernels.": {TRANSFORM: "sum(transform_weights)"},
        "You put the first weights side by side, along the input channels: all branches read "
        "the same x, and it is their outputs that stand beside each other.": {
            "list(reduce_weights)": "list(reduce_weights), dim=1"
        },
        "You added up the first weights: all branches read the same x, but each makes "
        "channels of its own.": {REDUCE: "sum(reduce_weights)"},
        "You joined all three kinds along the input channels: that is right for the last 1x1 "
        "alone.": {
            "list(reduce_weights)": "list(reduce_weights), dim=1",
            "list(transform_weights)": "list(transform_weights), dim=1",
        },
        "You stacked the branches on an axis of their own: a convolution's weight has four "
        "axes, and the branches continue one of them.": {
            REDUCE: "torch.stack(list(reduce_weights))",
            TRANSFORM: "torch.stack(list(transform_weights))",
            EXPAND: "torch.stack(list(expand_weights))",
        },
        "You stacked the branches on an axis of their own, the last weights on the second: "
        "a convolution's weight has four axes, and the branches continue one of them.": {
            REDUCE: "torch.stack(list(reduce_weights))",
            TRANSFORM: "torch.stack(list(transform_weights))",
            EXPAND: "torch.stack(list(expand_weights), dim=1)",
        },
        "The last weights have the right shape by a reshape or view of branches that stand below "
        "each other: it keeps the order in memory, so that rows of different branches mix.": {
            EXPAND: "torch.cat(list(expand_weights)).reshape(len(expand_weights[0]), -1, 1, 1)"
        },
        "You dealt the first weights out like cards, one row of each branch in turn: a group "
        "of the 3x3 reads neighbouring channels, so a branch's rows stay together.": {
            REDUCE: DEALT.format("reduce")
        },
        "You dealt the 3x3 weights out like cards, one row of each branch in turn: the first "
        "d rows are group 0's.": {TRANSFORM: DEALT.format("transform")},
        "You dealt the last weights out like cards, one column of each branch in turn: "
        "branch 0 fills the first d channels.": {EXPAND: DEALT_COLUMNS},
        "You dealt all the weights out like cards, one channel of each branch in turn: the "
        "channels of one branch are neighbours.": {
            REDUCE: DEALT.format("reduce"),
            TRANSFORM: DEALT.format("transform"),
            EXPAND: DEALT_COLUMNS,
        },
        "The last weights are in reverse order: a branch must keep its place in all three.": {
            "list(expand_weights)": "list(expand_weights)[::-1]"
        },
        "You kept the first branch only: is the return inside the loop?": {
            REDUCE: "reduce_weights[0]",
            TRANSFORM: "transform_weights[0]",
            EXPAND: "expand_weights[0]",
        },
        "The three weights come in another order: first the 1x1, then the 3x3, last the 1x1 "
        "that expands.": {"reduce, transform, expand\n": "reduce, expand, transform\n"},
        "The three weights come in reverse order: first the 1x1, then the 3x3, last the 1x1 that "
        "expands.": {"reduce, transform, expand\n": "expand, transform, reduce\n"},
        "The gradient does not come back to every weight of the branches: nn.Parameter(), "
        "torch.tensor(), NumPy, detach() and .data all leave the graph, if only for one of the "
        "three.": {"return reduce, transform": "return reduce.detach(), transform"},
        "You cut the graph between the branches and the merged weights, so no gradient comes "
        "back: leave out detach(), .data and no_grad().": {
            "return reduce, transform, expand": "return reduce.detach(), transform.detach(), "
            "expand.detach()"
        },
    },
)
