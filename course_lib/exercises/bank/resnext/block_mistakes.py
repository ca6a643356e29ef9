"""What goes wrong in a `ResNeXtBottleneck`: the reference's block with one thing changed."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import nn

from course_lib.exercises.bank.block_variants import BlockMistakes, changed
from course_lib.exercises.bank.bottleneck_mistakes import ANY_BOTTLENECK, set_width
from course_lib.exercises.bank.residual_mistakes import ANY_BLOCK, past, residual
from course_lib.exercises.engine.exercise import Mistake
from course_lib.models.resnext import ResNeXtBottleneck

BANK = BlockMistakes()
forward, built = BANK.forward, BANK.built


# Groups and width


def wrong_width(sentence: str, width_of: Callable[[int, int, int], tuple[int, int]]) -> None:
    """A mistake in the numbers: `width_of(channels, groups, width_per_group)` gives the width
    inside and the groups of the 3x3."""

    @BANK.block(sentence)
    def make(reference: Any) -> type[nn.Module]:  # Any: a base known at runtime only
        class Block(reference):
            def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                         width_per_group=64):  # fmt: skip
                super().__init__(in_channels, channels, stride, downsample)
                set_width(self, *width_of(channels, groups, width_per_group))

        return Block


def width(channels, groups, width_per_group):
    return int(channels * width_per_group / 64) * groups


wrong_width(
    "You swapped groups and width_per_group: 32x4d is 32 groups of 4 channels, not 4 groups of 32.",
    lambda c, g, w: (width(c, w, g), w),
)
wrong_width(
    "The width is right, but the 3x3 has width_per_group groups: their number is the argument "
    "groups.",
    lambda c, g, w: (width(c, g, w), w),
)
wrong_width(
    "You ignored groups and width_per_group, or let **kwargs swallow them: that is a plain "
    "bottleneck, whatever the caller asks for.",
    lambda c, g, w: (c, 1),
)
wrong_width(
    "The 3x3 convolution does not get the groups: it is dense, and each of its outputs sees all "
    "branches.",
    lambda c, g, w: (width(c, g, w), 1),
)
wrong_width(
    "You ignored width_per_group: with the width of a plain bottleneck, the groups are as wide as "
    "happens to be left for each.",
    lambda c, g, w: (c, g),
)
wrong_width(
    "You left width_per_group at 64: each group became as wide as a whole bottleneck.",
    lambda c, g, w: (c * g, g),
)
wrong_width(
    "You cut off after multiplying by the groups: each group gets whole channels, so cut off the "
    "width of one group, and then multiply.",
    lambda c, g, w: (int(c * w / 64 * g), g),
)
wrong_width(
    "You did not scale the width with channels: width_per_group is meant for 64 of them, and "
    "later stages are wider.",
    lambda c, g, w: (g * w, g),
)
wrong_width(
    "You forgot the groups in the width: width_per_group is the width of one of them.",
    lambda c, g, w: (int(c * w / 64), g),
)
wrong_width(
    "The 3x3 has channels // groups groups: that is the size of a group, where nn.Conv2d expects "
    "their number.",
    lambda c, g, w: (width(c, g, w), c // g),
)
wrong_width(
    "The 3x3 has width // groups groups: that is the size of a group, where nn.Conv2d expects "
    "their number.",
    lambda c, g, w: (width(c, g, w), width(c, g, w) // g),
)
wrong_width(
    "The 3x3 is depthwise, with as many groups as channels: the argument groups is their number, "
    "and each has several channels.",
    lambda c, g, w: (width(c, g, w), width(c, g, w)),
)
wrong_width(
    "You applied the expansion to the width inside: it belongs to what leaves the block.",
    lambda c, g, w: (4 * width(c, g, w), g),
)


@built(
    "Both 1x1 convolutions have groups too: then nothing ever mixes the groups, because the 1x1 "
    "convolutions are where they meet."
)
def groups_in_both_1x1(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, groups=block.conv2.groups)
    block.conv3 = changed(block.conv3, groups=block.conv2.groups)


@built(
    "The first 1x1 convolution has groups too: every branch must see all of x, so only the 3x3 is "
    "grouped."
)
def groups_in_the_first(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, groups=block.conv2.groups)


@built(
    "The last 1x1 convolution has groups too: it is what sums the branches, so it must see all of "
    "them, and only the 3x3 is grouped."
)
def groups_in_the_last(block, in_channels, channels, stride):
    block.conv3 = changed(block.conv3, groups=block.conv2.groups)


@built(
    "The groups are in the first 1x1 convolution, and the 3x3 is dense: it is the other way round."
)
def groups_in_the_first_only(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, groups=block.conv2.groups)
    block.conv2 = changed(block.conv2, groups=1)


@built(
    "The last convolution puts out four times the width inside: channels * expansion leave the "
    "block, however wide it is inside."
)
def expands_the_width(block, in_channels, channels, stride):
    width = 4 * block.conv3.in_channels
    block.conv3, block.bn3 = changed(block.conv3, out_channels=width), nn.BatchNorm2d(width)


@built(
    "The convolutions work on the new width, but bn1 and bn2 still expect channels: a batch "
    "normalisation is as wide as the convolution before it."
)
def batch_norms_of_the_old_width(block, in_channels, channels, stride):
    block.bn1, block.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)


# Stride, padding, normalisation


@built(
    "The stride is in the first 1x1 convolution: that is v1, and three quarters of the input are "
    "then never read; ResNeXt has it in the 3x3."
)
def stride_in_the_first(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, stride=stride)
    block.conv2 = changed(block.conv2, stride=1)


@built(
    "The 1x1 convolutions are padded: a 1x1 kernel looks at one pixel and needs no border, and "
    "with one the map grows."
)
def padded_1x1(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, padding=1)
    block.conv3 = changed(block.conv3, padding=1)


@forward(
    "The last batch normalisation runs again, after the addition: it would change what the "
    "shortcut brings, so it stands before the addition alone."
)
def normalised_after_the_addition(block, x):
    return F.relu(block.bn3(residual(block, x) + past(block, x)))


class ExpansionOfTwo(ResNeXtBottleneck):
    expansion = 2


MISTAKES = (
    *BANK.of(ResNeXtBottleneck),
    *ANY_BOTTLENECK.of(ResNeXtBottleneck),
    *ANY_BLOCK.of(ResNeXtBottleneck),
    Mistake(
        "The expansion is 2: some ResNeXts are built so, but this block puts out 4 times its "
        "channels, as a Bottleneck does.",
        ExpansionOfTwo,
    ),
)
