"""Exercise `grouped_conv2d`: a grouped convolution out of small dense ones."""

from typing import Any

from course_lib.exercises.bank.gradients import gradients
from course_lib.exercises.bank.grouped_convolution.precision import in_double
from course_lib.exercises.bank.left_aside import left_aside
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call, randn
from course_lib.models.groups import grouped_conv2d


def _grouped(name: str, args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether a call is a convolution of torch's with more than one group."""
    place = 8 if name == "convolution" else 6  # where groups stands among the arguments
    groups = kwargs.get("groups", args[place] if len(args) > place else 1)
    return "conv" in name and groups > 1


OF_X, OF_WEIGHT = "x.chunk(groups, dim=1)", "weight.chunk(groups)"
JOIN = "torch.cat(outputs, dim=1)"
CALL = "F.conv2d(part, kernels, stride=stride, padding=padding)"
LAYER = "nn.Conv2d(part.shape[1], len(kernels), kernels.shape[-1], stride, padding, bias=False)"
WITH_BIAS = LAYER.replace("False", "True")


def _slices(tensor: str, piece: str) -> str:
    return f"[{tensor}[{piece}] for i in range(groups)]"


EXERCISE = Exercise(
    grouped_conv2d,
    title="A grouped convolution out of small dense ones",
    difficulty=2,
    importance=5,
    minutes=15,
    insight=(
        "Stop at 32 groups and your loop is the convolution of ResNeXt, 2017; go on until each "
        "channel is a group, and it is that of ConvNeXt, 2022."
    ),
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
        gradients(
            randn(1, 4, 4, 4), randn(6, 2, 3, 3, seed=1), 2, at="x weight", stride=2, padding=1
        ),
        in_double(randn(1, 4, 4, 4), randn(6, 2, 3, 3, seed=1), 2),
        left_aside(
            "torch's convolution with groups",
            randn(1, 4, 4, 4),
            randn(6, 2, 3, 3, seed=1),
            2,
            unwanted=_grouped,
        ),
    ),
    mistakes={
        "Your code works for one group only: with more, a kernel and the piece of x that it is "
        "laid on do not have as many channels. Cut x along its channels, weight along its "
        "kernels.": {
            OF_X: "[x]",
            OF_WEIGHT: "[weight]",
        },
        "The result is right, but torch did the grouping: pass no groups to its convolution, "
        "cut x and weight yourself.": {
            OF_X: "[x]",
            OF_WEIGHT: "[weight]",
            "padding=padding)": "padding=padding, groups=groups)",
        },
        "You swapped the number of groups and the channels in a group: you cut x into pieces "
        "of `groups` channels, but there must be `groups` pieces.": {
            OF_X: _slices("x", ":, i * groups : (i + 1) * groups")
        },
        "You split x and weight into pieces of size `groups`. It is the number of the pieces "
        "that is `groups`: the function that cuts by number is another one.": {
            OF_X: "x.split(groups, dim=1)",
            f"{OF_WEIGHT}, strict=True": "weight.split(groups), strict=False",
        },
        "You swapped the number of groups and the size of a group, in x and in weight: a group "
        "has in / groups channels and out / groups kernels.": {
            OF_X: _slices("x", ":, i * groups : (i + 1) * groups"),
            OF_WEIGHT: _slices("weight", "i * groups : (i + 1) * groups"),
        },
        "You gave each group `groups` kernels of weight. It has out / groups of them: swap no "
        "count of groups with a size of groups.": {
            OF_WEIGHT: _slices("weight", "i * groups : (i + 1) * groups")
        },
        "You dealt the channels of x out like cards, every groups-th one to a group. A group "
        "is a run of neighbouring channels.": {OF_X: _slices("x", ":, i::groups")},
        "You dealt the kernels of weight out like cards, every groups-th one to a group. A "
        "group's kernels are neighbours.": {OF_WEIGHT: _slices("weight", "i::groups")},
        "You dealt out both the channels of x and the kernels of weight like cards. The "
        "members of a group are neighbours, in the input and in the output.": {
            OF_X: _slices("x", ":, i::groups"),
            OF_WEIGHT: _slices("weight", "i::groups"),
        },
        "You stepped through the kernels of weight by in / groups, as through the channels of x: a "
        "group has out / groups of them.": {
            OF_WEIGHT: _slices("weight", "i * weight.shape[1] : (i + 1) * weight.shape[1]")
        },
        "You repeated the kernels until they reach over all channels of x: every output then sees "
        "every group.": {OF_X: "[x]", OF_WEIGHT: "[weight.repeat(1, groups, 1, 1)]"},
        "You built layers, and they start with random weights: the numbers in weight are never "
        "used. F.conv2d takes the kernels that you give it.": {CALL: f"{LAYER}(part)"},
        "You built layers, and they start with random weights and biases: the numbers in weight "
        "are never used. F.conv2d takes the kernels that you give it.": {
            CALL: f"{WITH_BIAS}(part)"
        },
        "You put your kernels into layers, and each adds a random bias of its own: a layer has one "
        "unless built with bias=False. The gradient stays with the layers, too: F.conv2d takes the "
        "kernels as they are.": {
            CALL: (
                "(lambda layer: setattr(layer.weight, 'data', kernels) or layer(part))"
                f"({WITH_BIAS})"
            )
        },
        "You gave each group one kernel of weight: a group has out / groups of them.": {
            OF_WEIGHT: "weight[:groups].split(1)"
        },
        "You cut weight along its second axis. Its kernels, one for each output channel, stand "
        "along the first.": {OF_WEIGHT: "weight.chunk(groups, dim=1)"},
        "Every group read the first in / groups channels of x: each must read its own.": {
            OF_X: f"{OF_X}[:1] * groups"
        },
        "You did not cut weight: each group ran all the kernels, and the output has groups "
        "times too many channels.": {OF_WEIGHT: "[weight] * groups"},
        "Every group used the first group's kernels: the groups do not share weights.": {
            OF_WEIGHT: f"{OF_WEIGHT}[:1] * groups"
        },
        "You added the groups' outputs. They stand one after the other along the channel axis, "
        "and nothing mixes them.": {JOIN: "sum(outputs)"},
        "You joined the groups' outputs along the batch axis, which is what torch does unless "
        "told otherwise: they are channels of the same image.": {JOIN: "torch.cat(outputs)"},
        "You put the groups' outputs on an axis of their own. They continue the channel axis: "
        "the output has four axes.": {JOIN: "torch.stack(outputs, dim=1)"},
        "You returned a list with an output for each group: join them to one tensor, along the "
        "channel axis.": {JOIN: "outputs"},
        "You returned the first group's output only: is the return inside the loop?": {
            JOIN: "outputs[0]"
        },
        "You returned the last group's output only: each turn of the loop replaced the one "
        "before.": {JOIN: "outputs[-1]"},
        "You put the groups in reverse order: the first group's output comes first.": {
            "(outputs": "(outputs[::-1]"
        },
        "You dropped the stride: pass it on to each of the small convolutions.": {
            ", stride=stride": ""
        },
        "You dropped the padding: pass it on to each of the small convolutions.": {
            ", padding=padding": ""
        },
        "You dropped both the stride and the padding: pass them on to each of the small "
        "convolutions.": {", stride=stride, padding=padding": ""},
        "You swapped stride and padding on their way to the small convolutions: F.conv2d takes "
        "the stride first.": {"stride=stride, padding=padding": "stride=padding, padding=stride"},
        "You cut the graph between the output and its inputs, so no gradient comes back: leave "
        "out detach() and no_grad().": {JOIN: f"{JOIN}.detach()"},
        "You took weight out of the graph, so no gradient reaches it and nothing could be "
        "trained: use it as it is, without .data, detach() or nn.Parameter.": {
            "part, kernels,": "part, kernels.detach(),"
        },
        "Your output is in single precision, whatever comes in: torch.zeros and torch.empty make "
        "float32. Join the outputs, or start from x.new_zeros.": {JOIN: f"{JOIN}.float()"},
    },
)
