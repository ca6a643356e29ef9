"""What goes wrong in any residual block: on its shortcut, at the addition, with a bias.

For blocks whose layers are conv1, bn1, conv2, bn2, with or without conv3 and bn3, and downsample.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.exercises.bank.block_variants import BlockMistakes, changed
from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut

Block = BasicBlock | Bottleneck
ANY_BLOCK = BlockMistakes()
forward, built = ANY_BLOCK.forward, ANY_BLOCK.built


def past(block: Block, x: Tensor) -> Tensor:
    """What the shortcut brings."""
    return x if block.downsample is None else block.downsample(x)


def residual(block: Block, x: Tensor) -> Tensor:
    """What the residual path brings."""
    return after_the_first_convolution(block, block.conv1(x))


def after_the_first_convolution(block: Block, out: Tensor) -> Tensor:
    """The rest of the residual path."""
    out = block.bn2(block.conv2(F.relu(block.bn1(out))))
    return out if isinstance(block, BasicBlock) else block.bn3(block.conv3(F.relu(out)))


# The addition


@forward(
    "You add the shortcut after the last ReLU: the sum should go through it, or negative values "
    "leave the block."
)
def added_after_the_last_relu(block, x):
    return F.relu(residual(block, x)) + past(block, x)


@forward(
    "There is a ReLU before the addition: the residual path could then only ever add, never "
    "subtract."
)
def relu_before_the_addition(block, x):
    return F.relu(F.relu(residual(block, x)) + past(block, x))


@forward("The last ReLU is missing: the sum of the two paths should go through one.")
def no_last_relu(block, x):
    return residual(block, x) + past(block, x)


@forward(
    "You put the two paths side by side with a concatenation: a residual block adds them, and the "
    "number of channels stays."
)
def concatenated(block, x):
    return F.relu(torch.cat([residual(block, x), past(block, x)], dim=1))


# Where the shortcut starts, and what is on it


@forward(
    "You took the identity after the first convolution: the shortcut starts at the block's input, "
    "before any layer."
)
def identity_after_the_first_convolution(block, x):
    x = block.conv1(x)
    return F.relu(after_the_first_convolution(block, x) + past(block, x))


@forward(
    "Something in place, such as ReLU(inplace=True) on x itself, overwrote the block's input "
    "before the shortcut could use it."
)
def relu_in_place_on_the_input(block, x):
    x.relu_()
    return F.relu(residual(block, x) + past(block, x))


@forward(
    "You added the residual path into the identity in place: without a downsample the identity is "
    "x itself, and the caller's tensor changes."
)
def added_in_place_to_the_input(block, x):
    identity = past(block, x)
    identity += residual(block, x)
    return F.relu(identity)


@forward(
    "The downsample is ignored: you keep the module but add x itself, whose shape may not fit."
)
def downsample_not_called(block, x):
    return F.relu(residual(block, x) + x)


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
    block.downsample = shortcut(in_channels, channels * block.expansion, stride)


# The rest


@built(
    "The convolutions have a bias: the batch normalisation after each subtracts the mean, and the "
    "bias with it, so it only costs parameters."
)
def bias(block, in_channels, channels, stride):
    for name, layer in list(block.named_children()):
        if name.startswith("conv"):
            setattr(block, name, changed(layer, bias=True))


@ANY_BLOCK.block(
    "The class has no attribute expansion: write it beside the methods, because others ask the "
    "class, before any block is built, how many channels its output will have."
)
def no_expansion(reference):
    class NoExpansion(nn.Module):
        """Has to be written out: a subclass would inherit the attribute."""

        def __init__(self, *arguments, **options):
            super().__init__()
            self.expansion = reference.expansion
            self.block = reference(*arguments, **options)

        def forward(self, x):
            return self.block(x)

    return NoExpansion
