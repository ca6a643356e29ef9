"""Exercise `grouped_conv2d`: a grouped convolution out of small dense ones."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.groups import grouped_conv2d


class _WatchGroups(TorchFunctionMode):
    """Notes the largest number of groups that a convolution of torch's is called with."""

    largest = 1

    def __torch_function__(self, function, types, args=(), kwargs=None) -> Any:
        kwargs = kwargs or {}
        if function is F.conv2d:  # (input, weight, bias, stride, padding, dilation, groups)
            groups = args[6] if len(args) > 6 else kwargs.get("groups", 1)
            self.largest = max(self.largest, groups)
        return function(*args, **kwargs)


def _groups_given_to_torch(implementation: Implementation, x: Tensor, weight: Tensor) -> int:
    with _WatchGroups() as watch:
        implementation(x, weight, 2)
    return watch.largest


def _gradients(implementation: Implementation, x: Tensor, weight: Tensor) -> Any:
    """The gradients that reach the input and the weight."""
    start, kernels = x.clone().requires_grad_(), weight.clone().requires_grad_()
    output = implementation(start, kernels, 2, padding=1)
    if not isinstance(output, Tensor):
        return output
    (output * randn(*output.shape, seed=2)).sum().backward()
    return {"gradient at x": start.grad, "gradient at weight": kernels.grad}


def _run(tensor: Tensor, dim: int, i: int, groups: int) -> Tensor:
    return tensor.chunk(groups, dim)[i]


def _with(
    inputs: Callable = lambda x, i, groups: _run(x, 1, i, groups),
    kernels: Callable = lambda weight, i, groups: _run(weight, 0, i, groups),
    join: Callable = lambda outputs: torch.cat(outputs, dim=1),
    keep: tuple[str, ...] = ("stride", "padding"),
) -> Implementation:
    """The right loop over the groups, but for what is given."""

    def attempt(x, weight, groups, stride=1, padding=0):
        options = {"stride": stride, "padding": padding}
        kept = {name: options[name] for name in keep}
        return join(
            [
                F.conv2d(inputs(x, i, groups), kernels(weight, i, groups), **kept)
                for i in range(groups)
            ]
        )

    return attempt


def _split_by_size(x, weight, groups, stride=1, padding=0):
    pieces = zip(x.split(groups, 1), weight.split(groups), strict=False)
    return torch.cat([F.conv2d(*pair, stride=stride, padding=padding) for pair in pieces], dim=1)


EXERCISE = Exercise(
    name="grouped_conv2d",
    title="A grouped convolution out of small dense ones",
    difficulty=2,
    importance=5,
    minutes=15,
    reference=grouped_conv2d,
    hints=(
        "Group i of the output needs one run of neighbouring channels of x and one run of "
        "neighbouring kernels of weight. Which axis of each do you cut, and along which axis do "
        "you put the results together?",
        "for i in range(groups):\n"
        "    part    = channels ... to ... of x          # in / groups of them\n"
        "    kernels = kernels ... to ... of weight      # out / groups of them\n"
        "    outputs.append(F.conv2d(part, kernels, ...))\n"
        "Tensor.chunk(groups, dim=...) cuts a tensor into that many equal runs.",
    ),
    probes=(
        call(randn(2, 4, 6, 5), randn(6, 2, 3, 3, seed=1), 2),
        call(randn(1, 9, 5, 5), randn(6, 3, 3, 3, seed=1), 3),
        call(randn(2, 4, 5, 6), randn(4, 2, 3, 3, seed=1), 2, label="4 channels to 4 in 2 groups"),
        call(randn(1, 3, 5, 5), randn(4, 3, 3, 3, seed=1), 1, label="one group, an ordinary one"),
        call(randn(2, 3, 5, 5), randn(6, 1, 3, 3, seed=1), 3, label="one input channel a group"),
        call(randn(1, 4, 8, 7), randn(6, 2, 3, 3, seed=1), 2, stride=2),
        call(randn(1, 4, 5, 5), randn(6, 2, 3, 3, seed=1), 2, padding=1),
        call(randn(1, 6, 7, 7), randn(4, 3, 1, 1, seed=1), 2, stride=3, padding=2),
        Probe("gradients", _gradients, (randn(1, 4, 4, 4), randn(6, 2, 3, 3, seed=1))),
        Probe(
            "the largest groups= that a torch convolution was called with",
            _groups_given_to_torch,
            (randn(1, 4, 4, 4), randn(6, 2, 3, 3, seed=1)),
        ),
    ),
    mistakes=(
        Mistake(
            "Your code works for one group only: with more, a kernel has in / groups channels, so "
            "it must get its own group of x and not all of it.",
            lambda x, weight, groups, stride=1, padding=0: F.conv2d(
                x, weight, stride=stride, padding=padding
            ),
        ),
        Mistake(
            "The result is right, but torch did the grouping: pass no groups to its convolution, "
            "cut x and weight yourself.",
            lambda x, weight, groups, stride=1, padding=0: F.conv2d(
                x, weight, stride=stride, padding=padding, groups=groups
            ),
        ),
        Mistake(
            "You swapped the number of groups and the channels in a group: you cut x into pieces "
            "of `groups` channels, but there must be `groups` pieces.",
            _with(lambda x, i, groups: x[:, i * groups : (i + 1) * groups]),
        ),
        Mistake(
            "You split x and weight into pieces of size `groups`. It is the number of the pieces "
            "that is `groups`: the function that cuts by number is another one.",
            _split_by_size,
        ),
        Mistake(
            "You swapped the number of groups and the size of a group, in x and in weight: a group "
            "has in / groups channels and out / groups kernels.",
            _with(
                lambda x, i, groups: x[:, i * groups : (i + 1) * groups],
                lambda weight, i, groups: weight[i * groups : (i + 1) * groups],
            ),
        ),
        Mistake(
            "You gave each group `groups` kernels of weight. It has out / groups of them: swap no "
            "count of groups with a size of groups.",
            _with(kernels=lambda weight, i, groups: weight[i * groups : (i + 1) * groups]),
        ),
        Mistake(
            "You dealt the channels of x out like cards, every groups-th one to a group. A group "
            "is a run of neighbouring channels.",
            _with(lambda x, i, groups: x[:, i::groups]),
        ),
        Mistake(
            "You dealt the kernels of weight out like cards, every groups-th one to a group. A "
            "group's kernels are neighbours.",
            _with(kernels=lambda weight, i, groups: weight[i::groups]),
        ),
        Mistake(
            "You dealt out both the channels of x and the kernels of weight like cards. The "
            "members of a group are neighbours, in the input and in the output.",
            _with(lambda x, i, groups: x[:, i::groups], lambda w, i, groups: w[i::groups]),
        ),
        Mistake(
            "Every group read the first in / groups channels of x: each must read its own.",
            _with(lambda x, i, groups: _run(x, 1, 0, groups)),
        ),
        Mistake(
            "You did not cut weight: each group ran all the kernels, and the output has groups "
            "times too many channels.",
            _with(kernels=lambda weight, i, groups: weight),
        ),
        Mistake(
            "Every group used the first group's kernels: the groups do not share weights.",
            _with(kernels=lambda weight, i, groups: _run(weight, 0, 0, groups)),
        ),
        Mistake(
            "You added the groups' outputs. They stand one after the other along the channel axis, "
            "and nothing mixes them.",
            _with(join=sum),
        ),
        Mistake(
            "You joined the groups' outputs along the batch axis, which is what torch does unless "
            "told otherwise: they are channels of the same image.",
            _with(join=torch.cat),
        ),
        Mistake(
            "You put the groups' outputs on an axis of their own. They continue the channel axis: "
            "the output has four axes.",
            _with(join=lambda outputs: torch.stack(outputs, dim=1)),
        ),
        Mistake(
            "You returned a list with an output for each group: join them to one tensor, along the "
            "channel axis.",
            _with(join=list),
        ),
        Mistake(
            "You returned the first group's output only: is the return inside the loop?",
            _with(join=lambda outputs: outputs[0]),
        ),
        Mistake(
            "You returned the last group's output only: each turn of the loop replaced the one "
            "before.",
            _with(join=lambda outputs: outputs[-1]),
        ),
        Mistake(
            "You put the groups in reverse order: the first group's output comes first.",
            _with(join=lambda outputs: torch.cat(outputs[::-1], dim=1)),
        ),
        Mistake(
            "You dropped the stride: pass it on to each of the small convolutions.",
            _with(keep=("padding",)),
        ),
        Mistake(
            "You dropped the padding: pass it on to each of the small convolutions.",
            _with(keep=("stride",)),
        ),
        Mistake(
            "You dropped both the stride and the padding: pass them on to each of the small "
            "convolutions.",
            _with(keep=()),
        ),
        Mistake(
            "You cut the graph between the output and its inputs, so no gradient comes back: leave "
            "out detach() and no_grad().",
            torch.no_grad()(grouped_conv2d),
        ),
    ),
)
