"""What goes wrong in a `ResNeXtBottleneck`: the reference's block with one thing changed."""

import inspect
from collections.abc import Callable

import torch.nn.functional as F
from torch import nn

from ...blocks import Bottleneck, shortcut
from ...resnext import ResNeXtBottleneck
from ..block_variants import BlockMistakes
from ..bottleneck.block_mistakes import MISTAKES as OF_A_BOTTLENECK
from ..bottleneck.block_mistakes import past, residual
from ..definition import Mistake

BANK = BlockMistakes(ResNeXtBottleneck)
built = BANK.built
MISTAKES: list[Mistake] = BANK.mistakes


def conv(in_channels, out_channels, kernel_size=1, stride=1, padding=0, groups=1, bias=False):
    return nn.Conv2d(
        in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=bias
    )


def sizes(block):
    """The width inside, and the number of groups."""
    return block.conv2.in_channels, block.conv2.groups


def build(block, in_channels, channels, stride, width, groups):
    """All layers but bn3 and the shortcut, for another width or number of groups."""
    block.conv1, block.bn1 = conv(in_channels, width), nn.BatchNorm2d(width)
    block.conv2, block.bn2 = conv(width, width, 3, stride, 1, groups), nn.BatchNorm2d(width)
    block.conv3 = conv(width, 4 * channels)


# Groups and width


def wrong_width(sentence: str, width_of: Callable[[int, int, int], tuple[int, int]]) -> None:
    """A mistake in the numbers: `width_of(channels, groups, width_per_group)` gives the width
    inside and the groups of the 3x3."""

    class Block(ResNeXtBottleneck):
        def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                     width_per_group=64):  # fmt: skip
            super().__init__(in_channels, channels, stride, downsample)
            width, parts = width_of(channels, groups, width_per_group)
            build(self, in_channels, channels, stride, width, parts)

    MISTAKES.append(Mistake(sentence, Block))


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
    inside, groups = sizes(block)
    block.conv1 = conv(in_channels, inside, groups=groups)
    block.conv3 = conv(inside, 4 * channels, groups=groups)


@built(
    "The first 1x1 convolution has groups too: every branch must see all of x, so only the 3x3 is "
    "grouped."
)
def groups_in_the_first(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv1 = conv(in_channels, inside, groups=groups)


@built(
    "The last 1x1 convolution has groups too: it is what sums the branches, so it must see all of "
    "them, and only the 3x3 is grouped."
)
def groups_in_the_last(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv3 = conv(inside, 4 * channels, groups=groups)


@built(
    "The groups are in the first 1x1 convolution, and the 3x3 is dense: it is the other way round."
)
def groups_in_the_first_only(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv1 = conv(in_channels, inside, groups=groups)
    block.conv2 = conv(inside, inside, 3, stride, 1)


@built(
    "The last convolution puts out four times the width inside: channels * expansion leave the "
    "block, however wide it is inside."
)
def expands_the_width(block, in_channels, channels, stride):
    inside, _ = sizes(block)
    block.conv3, block.bn3 = conv(inside, 4 * inside), nn.BatchNorm2d(4 * inside)


@built(
    "You forgot the expansion: the last convolution has to put out channels * expansion channels, "
    "as many as the shortcut brings."
)
def expansion_forgotten(block, in_channels, channels, stride):
    inside, _ = sizes(block)
    block.conv3, block.bn3 = conv(inside, channels), nn.BatchNorm2d(channels)


@built(
    "The convolutions work on the new width, but bn1 and bn2 still expect channels: a batch "
    "normalisation is as wide as the convolution before it."
)
def batch_norms_of_the_old_width(block, in_channels, channels, stride):
    block.bn1, block.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)


class ExpansionOfTwo(ResNeXtBottleneck):
    expansion = 2


MISTAKES.append(
    Mistake(
        "The expansion is 2: some ResNeXts are built so, but this block puts out 4 times its "
        "channels, as a Bottleneck does.",
        ExpansionOfTwo,
    )
)


class NoExpansion(nn.Module):
    """Has to be written out: a subclass would inherit the attribute."""

    def __init__(self, *arguments, **options):
        super().__init__()
        self.block = ResNeXtBottleneck(*arguments, **options)

    def forward(self, x):
        return self.block(x)


MISTAKES.append(
    Mistake(
        "The class has no attribute expansion: write it beside the methods, because others ask "
        "the class, before any block is built, how many channels its output will have.",
        NoExpansion,
    )
)

# Stride, padding, bias, normalisation, shortcut


@built(
    "The stride is in the first 1x1 convolution: that is v1, and three quarters of the input are "
    "then never read; ResNeXt has it in the 3x3."
)
def stride_in_the_first(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv1 = conv(in_channels, inside, stride=stride)
    block.conv2 = conv(inside, inside, 3, 1, 1, groups)


@built(
    "The first 1x1 and the 3x3 convolution both have the stride: the residual path shrinks twice "
    "and no longer fits the shortcut."
)
def stride_twice(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, sizes(block)[0], stride=stride)


@built("The stride is forgotten: no convolution of the residual path makes the map smaller.")
def stride_forgotten(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv2 = conv(inside, inside, 3, 1, 1, groups)


@built(
    "The 3x3 convolution is not padded: its kernel takes a border of one pixel off, and the sum "
    "does not fit."
)
def not_padded(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv2 = conv(inside, inside, 3, stride, 0, groups)


@built(
    "The 1x1 convolutions are padded: a 1x1 kernel looks at one pixel and needs no border, and "
    "with one the map grows."
)
def padded_1x1(block, in_channels, channels, stride):
    inside, _ = sizes(block)
    block.conv1, block.conv3 = (
        conv(in_channels, inside, padding=1),
        conv(inside, 4 * channels, padding=1),
    )


@built(
    "The convolutions have a bias: the batch normalisation after each subtracts the mean, and the "
    "bias with it, so it only costs parameters."
)
def bias(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv1 = conv(in_channels, inside, bias=True)
    block.conv2 = conv(inside, inside, 3, stride, 1, groups, bias=True)
    block.conv3 = conv(inside, 4 * channels, bias=True)


@built(
    "The 3x3 convolution still has its bias: the batch normalisation after it subtracts the mean, "
    "and the bias with it."
)
def bias_in_the_3x3(block, in_channels, channels, stride):
    inside, groups = sizes(block)
    block.conv2 = conv(inside, inside, 3, stride, 1, groups, bias=True)


@built("Batch normalisation is missing: one follows each of the three convolutions.")
def no_batch_norm(block, in_channels, channels, stride):
    block.bn1, block.bn2, block.bn3 = nn.Identity(), nn.Identity(), nn.Identity()


@built(
    "The first two convolutions share one batch normalisation: each needs its own, for its own "
    "statistics, scale and shift."
)
def shared_batch_norm(block, in_channels, channels, stride):
    block.bn2 = block.bn1


@built(
    "The downsample is not kept: it belongs to the block, which has to call it, train it and save "
    "it."
)
def downsample_dropped(block, in_channels, channels, stride):
    block.downsample = None


@built(
    "You build a projection of your own in place of the one you are given: the caller decides, "
    "through downsample, what happens on the shortcut."
)
def own_projection(block, in_channels, channels, stride):
    block.downsample = shortcut(in_channels, 4 * channels, stride)


@BANK.forward(
    "The last batch normalisation runs again, after the addition: it would change what the "
    "shortcut brings, so it stands before the addition alone."
)
def normalised_after_the_addition(block, x):
    out = block.bn3(residual(block, x) + past(block, x))
    return F.relu(out)


# What goes wrong in the forward of a bottleneck goes wrong here too: the forward is the same.
for each in OF_A_BOTTLENECK:
    forward = vars(each.implementation).get("forward")
    if inspect.isfunction(forward) and issubclass(each.implementation, Bottleneck):
        BANK.forward(each.sentence)(forward)
