"""What goes wrong in a `BasicBlock`: the reference's block, each time with one thing changed."""

import torch
import torch.nn.functional as F
from torch import nn

from ...blocks import BasicBlock, shortcut
from ..block_variants import BlockMistakes
from ..definition import Mistake

BANK = BlockMistakes(BasicBlock)
forward, built, MISTAKES = BANK.forward, BANK.built, BANK.mistakes


def conv3x3(in_channels, channels, stride=1, padding=1, bias=False):
    return nn.Conv2d(in_channels, channels, 3, stride, padding, bias=bias)


def past(block, x):
    return x if block.downsample is None else block.downsample(x)


def residual(block, x):
    return block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))


# The addition


@forward(
    "The shortcut is never added: what you have is two plain layers, and the block cannot pass x "
    "on unchanged."
)
def never_added(block, x):
    past(block, x)
    return F.relu(residual(block, x))


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


@forward("The forward method ends without a return, so the block's output is None.")
def nothing_returned(block, x):
    F.relu(residual(block, x) + past(block, x))


# Where the shortcut starts


@forward(
    "You took the identity after the first convolution: the shortcut starts at the block's input, "
    "before any layer."
)
def identity_after_the_first_convolution(block, x):
    x = block.conv1(x)
    return F.relu(block.bn2(block.conv2(F.relu(block.bn1(x)))) + past(block, x))


@forward(
    "You took the identity after the first ReLU: x was overwritten by then, and the shortcut "
    "starts at the block's input."
)
def identity_after_the_first_relu(block, x):
    x = F.relu(block.bn1(block.conv1(x)))
    return F.relu(block.bn2(block.conv2(x)) + past(block, x))


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
    block.downsample = shortcut(in_channels, channels, stride)


# The convolutions


@built(
    "Both convolutions have the stride: the residual path shrinks twice and no longer fits the "
    "shortcut."
)
def stride_on_both(block, in_channels, channels, stride):
    block.conv2 = conv3x3(channels, channels, stride)


@built(
    "The stride is on the second convolution: it belongs to the first, so that everything after "
    "works on the smaller map."
)
def stride_on_the_second(block, in_channels, channels, stride):
    block.conv1, block.conv2 = conv3x3(in_channels, channels), conv3x3(channels, channels, stride)


@built("The stride is forgotten: neither convolution makes the map smaller.")
def stride_forgotten(block, in_channels, channels, stride):
    block.conv1 = conv3x3(in_channels, channels)


@built(
    "Padding is missing in both convolutions: each 3x3 kernel then takes a border of one pixel "
    "off, and the sum does not fit."
)
def no_padding(block, in_channels, channels, stride):
    block.conv1 = conv3x3(in_channels, channels, stride, padding=0)
    block.conv2 = conv3x3(channels, channels, padding=0)


@built(
    "Padding is missing in the first convolution: it takes a border of one pixel off, and the sum "
    "does not fit."
)
def no_padding_in_the_first(block, in_channels, channels, stride):
    block.conv1 = conv3x3(in_channels, channels, stride, padding=0)


@built(
    "Padding is missing in the second convolution: it takes a border of one pixel off, and the "
    "sum does not fit."
)
def no_padding_in_the_second(block, in_channels, channels, stride):
    block.conv2 = conv3x3(channels, channels, padding=0)


@built(
    "The first convolution's kernel is as large as its stride: kernel_size and stride are two "
    "numbers, and this kernel is 3x3 whatever the stride."
)
def kernel_size_is_the_stride(block, in_channels, channels, stride):
    block.conv1 = nn.Conv2d(in_channels, channels, stride, stride, padding=1, bias=False)


@built(
    "The first convolution's kernel is as large as its stride, without padding: the kernel is 3x3 "
    "whatever the stride, and the stride only says how far it moves."
)
def kernel_size_is_the_stride_unpadded(block, in_channels, channels, stride):
    block.conv1 = nn.Conv2d(in_channels, channels, stride, stride, bias=False)


@built(
    "You passed the stride where nn.Conv2d expects the kernel size, its third argument: the "
    "kernel has the wrong size and the stride is 1."
)
def stride_passed_as_kernel_size(block, in_channels, channels, stride):
    block.conv1 = nn.Conv2d(in_channels, channels, stride, padding=1, bias=False)


@built(
    "The second convolution is 1x1: in a BasicBlock both are 3x3, the 1x1 ones belong to the "
    "bottleneck."
)
def second_is_1x1(block, in_channels, channels, stride):
    block.conv2 = nn.Conv2d(channels, channels, 1, bias=False)


@built(
    "The second convolution expects in_channels: what it gets comes from the first, which puts "
    "out as many channels as the block does."
)
def second_expects_in_channels(block, in_channels, channels, stride):
    block.conv2 = conv3x3(in_channels, channels)


@forward(
    "The first convolution runs twice, and the second never: a slip of one digit, which nothing "
    "reports where the shapes happen to agree."
)
def first_convolution_twice(block, x):
    out = F.relu(block.bn1(block.conv1(x)))
    return F.relu(block.bn2(block.conv1(out)) + past(block, x))


@built(
    "The convolutions have a bias: the batch normalisation after each subtracts the mean, and the "
    "bias with it, so it only costs parameters."
)
def bias(block, in_channels, channels, stride):
    block.conv1 = conv3x3(in_channels, channels, stride, bias=True)
    block.conv2 = conv3x3(channels, channels, bias=True)


@built(
    "The first convolution still has its bias: the batch normalisation after it subtracts the "
    "mean, and the bias with it."
)
def bias_in_the_first(block, in_channels, channels, stride):
    block.conv1 = conv3x3(in_channels, channels, stride, bias=True)


@built(
    "The second convolution still has its bias: the batch normalisation after it subtracts the "
    "mean, and the bias with it."
)
def bias_in_the_second(block, in_channels, channels, stride):
    block.conv2 = conv3x3(channels, channels, bias=True)


# Batch normalisation and the ReLU between


@built("Batch normalisation is missing: one follows each of the two convolutions.")
def no_batch_norm(block, in_channels, channels, stride):
    block.bn1, block.bn2 = nn.Identity(), nn.Identity()


@built("The first convolution has no batch normalisation after it: one follows each of the two.")
def no_first_batch_norm(block, in_channels, channels, stride):
    block.bn1 = nn.Identity()


@built("The second convolution has no batch normalisation after it: one follows each of the two.")
def no_second_batch_norm(block, in_channels, channels, stride):
    block.bn2 = nn.Identity()


@built(
    "Both convolutions share one batch normalisation: each needs its own, for its own statistics, "
    "scale and shift."
)
def shared_batch_norm(block, in_channels, channels, stride):
    block.bn2 = block.bn1


@built(
    "The first batch normalisation expects in_channels: it comes after the convolution, and "
    "normalises that one's output."
)
def first_batch_norm_expects_in_channels(block, in_channels, channels, stride):
    block.bn1 = nn.BatchNorm2d(in_channels)


@forward(
    "The first batch normalisation runs twice, and the second never: after the second convolution "
    "comes the second one."
)
def first_batch_norm_twice(block, x):
    out = block.bn1(block.conv2(F.relu(block.bn1(block.conv1(x)))))
    return F.relu(out + past(block, x))


@forward("The ReLU between the two convolutions is missing: without it they are one linear map.")
def no_relu_between(block, x):
    return F.relu(block.bn2(block.conv2(block.bn1(block.conv1(x)))) + past(block, x))


@forward(
    "The first ReLU comes before the batch normalisation: the order is convolution, batch "
    "normalisation, ReLU."
)
def relu_before_batch_norm(block, x):
    out = block.bn1(F.relu(block.conv1(x)))
    return F.relu(block.bn2(block.conv2(out)) + past(block, x))


@built(
    "The batch normalisations use the batch's statistics in evaluation mode too: an image's "
    "output then depends on the other images beside it."
)
def no_running_statistics(block, in_channels, channels, stride):
    block.bn1 = nn.BatchNorm2d(channels, track_running_stats=False)
    block.bn2 = nn.BatchNorm2d(channels, track_running_stats=False)


class ExpansionOfFour(BasicBlock):
    expansion = 4


class NoExpansion(nn.Module):
    """Has to be written out: a subclass would inherit the attribute."""

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.expansion = 1
        self.block = BasicBlock(in_channels, channels, stride, downsample)

    def forward(self, x):
        return self.block(x)


MISTAKES.append(
    Mistake(
        "The expansion is the bottleneck's: this block's output has `channels` channels, one for "
        "one.",
        ExpansionOfFour,
    )
)
MISTAKES.append(
    Mistake(
        "The class has no attribute expansion: write it beside the methods, because others ask "
        "the class, before any block is built, how many channels its output will have.",
        NoExpansion,
    )
)
