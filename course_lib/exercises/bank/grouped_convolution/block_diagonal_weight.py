"""Exercise `block_diagonal_weight`: the dense weight of a grouped convolution."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.groups import block_diagonal_weight


def _gradient(implementation: Implementation, weight: Tensor) -> Any:
    """The gradient at the grouped weight when the dense one is used."""
    kernels = weight.clone().requires_grad_()
    dense = implementation(kernels, 2)
    if not isinstance(dense, Tensor):
        return dense
    (dense * randn(*dense.shape, seed=2)).sum().backward()
    return kernels.grad


def _filled(
    rows: Callable = lambda i, size, groups: slice(i * size, (i + 1) * size),
    columns: Callable = lambda i, size, groups: slice(i * size, (i + 1) * size),
    block: Callable = lambda weight, i, groups: weight.chunk(groups)[i],
    empty: Callable = torch.zeros,
) -> Implementation:
    """The right loop over the blocks, but for what is given."""

    def attempt(weight, groups):
        out_channels, channels, *kernel = weight.shape
        dense = empty(out_channels, channels * groups, *kernel)
        for i in range(groups):
            row = rows(i, out_channels // groups, groups)
            dense[row, columns(i, channels, groups)] = block(weight, i, groups)
        return dense

    return attempt


def _transposed(weight: Tensor, groups: int) -> Tensor:
    """The blocks' input channels down, their output channels across; kernels as they are."""
    return block_diagonal_weight(weight, groups).transpose(0, 1)


def _rows_of_input_size(weight: Tensor, groups: int) -> Tensor:
    out_channels, channels, *kernel = weight.shape
    dense = torch.zeros(out_channels, channels * groups, *kernel)
    for i, block in enumerate(weight.chunk(groups)):
        here = slice(i * channels, (i + 1) * channels)
        dense[here, here] = block
    return dense


def _dealt_like_cards(weight: Tensor, groups: int) -> Tensor:
    out_channels, channels, *kernel = weight.shape
    dense = torch.zeros(out_channels, channels * groups, *kernel)
    for row, kernels in enumerate(weight):
        first = row % groups * channels
        dense[row, first : first + channels] = kernels
    return dense


EXERCISE = Exercise(
    name="block_diagonal_weight",
    title="The dense weight of a grouped convolution",
    difficulty=2,
    importance=4,
    minutes=15,
    reference=block_diagonal_weight,
    hints=(
        "Start from zeros of the dense shape. Which rows (output channels) and which columns "
        "(input channels) belong to group i? Mind that a group may have more rows than columns.",
        "dense = zeros of shape (out, (in / groups) * groups, k, k)\n"
        "rows of group i:     i * (out / groups) to (i + 1) * (out / groups)\n"
        "columns of group i:  i * ... to (i + 1) * ...\n"
        "block i of weight goes there",
    ),
    probes=(
        call(randn(6, 2, 3, 3), 2),
        call(randn(4, 3, 3, 3), 2),
        call(randn(6, 2, 1, 1), 3, label="as many outputs as inputs in each of 3 groups"),
        call(randn(4, 3, 1, 1), 1, label="one group: the weight is dense already"),
        call(randn(6, 1, 5, 5), 3, label="one input channel and two outputs a group"),
        call(randn(4, 1, 3, 3), 4, label="one channel a group"),
        Probe("gradient at weight", _gradient, (randn(6, 2, 2, 2),)),
    ),
    mistakes=(
        Mistake(
            "You filled the blocks off the diagonal too, with copies: an output would see all "
            "the groups. Off the diagonal everything is zero.",
            lambda weight, groups: weight.repeat(1, groups, 1, 1),
        ),
        Mistake(
            "Off the diagonal stand ones: a kernel that sees nothing is all zeros.",
            _filled(empty=torch.ones),
        ),
        Mistake(
            "You gave back the grouped weight as it came: the dense one has a column for every "
            "input channel.",
            lambda weight, groups: weight.clone(),
        ),
        Mistake(
            "Your blocks run along the other diagonal, so the first outputs see the last inputs: "
            "block i belongs in rows and columns of group i.",
            _filled(
                columns=lambda i, size, groups: slice((groups - 1 - i) * size, (groups - i) * size)
            ),
        ),
        Mistake(
            "Your blocks stand on the diagonal in reverse order: the first kernels of weight "
            "belong to the first output channels.",
            _filled(block=lambda weight, i, groups: weight.chunk(groups)[groups - 1 - i]),
        ),
        Mistake(
            "You put the first group's kernels into every block: each group has its own.",
            _filled(block=lambda weight, i, groups: weight.chunk(groups)[0]),
        ),
        Mistake(
            "You spread a group's columns over the matrix, every groups-th one. A group's input "
            "channels are neighbours.",
            _filled(columns=lambda i, size, groups: slice(i, None, groups)),
        ),
        Mistake(
            "You spread a group's rows over the matrix, every groups-th one. A group's output "
            "channels are neighbours.",
            _filled(rows=lambda i, size, groups: slice(i, None, groups)),
        ),
        Mistake(
            "You spread both rows and columns of a group over the matrix, every groups-th one. "
            "Members of a group are neighbours.",
            _filled(
                rows=lambda i, size, groups: slice(i, None, groups),
                columns=lambda i, size, groups: slice(i, None, groups),
            ),
        ),
        Mistake(
            "You dealt the rows out to the groups like cards, so that neighbouring kernels read "
            "different groups. The first out / groups kernels of weight all belong to group 0.",
            _dealt_like_cards,
        ),
        Mistake(
            "All your rows read the first group's inputs: the blocks must move to the right from "
            "group to group.",
            _filled(columns=lambda i, size, groups: slice(0, size)),
        ),
        Mistake(
            "You filled the first block and left the others empty: there is one for each group.",
            _filled(block=lambda weight, i, groups: weight.chunk(groups)[0] if i == 0 else 0.0),
        ),
        Mistake(
            "You swapped rows and columns: the first axis counts output channels, the second "
            "input channels.",
            _transposed,
        ),
        Mistake(
            "You stepped through the rows by in / groups: a group has out / groups rows.",
            _rows_of_input_size,
        ),
        Mistake(
            "You cut the graph between the dense weight and the grouped one, so no gradient comes "
            "back: leave out detach(), .data and no_grad().",
            torch.no_grad()(block_diagonal_weight),
        ),
    ),
)
