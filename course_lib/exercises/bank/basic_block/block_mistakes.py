"""What goes wrong in a `BasicBlock`: the reference's block, each time with one thing changed."""

import torch.nn.functional as F
from torch import nn

from course_lib.exercises.bank.block_variants import BlockMistakes, changed
from course_lib.exercises.bank.residual_mistakes import ANY_BLOCK, past, residual
from course_lib.exercises.engine.exercise import Mistake
from course_lib.models.blocks import BasicBlock

BANK = BlockMistakes()
forward, built = BANK.forward, BANK.built


# The addition, and where the shortcut starts


@forward(
    "The shortcut is never added: what you have is two plain layers, and the block cannot pass x "
    "on unchanged."
)
def never_added(block, x):
    past(block, x)
    return F.relu(residual(block, x))


@forward("The forward method ends without a return, so the block's output is None.")
def nothing_returned(block, x):
    F.relu(residual(block, x) + past(block, x))


@forward(
    "You took the identity after the first ReLU: x was overwritten by then, and the shortcut "
    "starts at the block's input."
)
def identity_after_the_first_relu(block, x):
    x = F.relu(block.bn1(block.conv1(x)))
    return F.relu(block.bn2(block.conv2(x)) + past(block, x))


# The convolutions


@built(
    "Both convolutions have the stride: the residual path shrinks twice and no longer fits the "
    "shortcut."
)
def stride_on_both(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, stride=stride)


@built(
    "The stride is on the second convolution: it belongs to the first, so that everything after "
    "works on the smaller map."
)
def stride_on_the_second(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, stride=1)
    block.conv2 = changed(block.conv2, stride=stride)


@built("The stride is forgotten: neither convolution makes the map smaller.")
def stride_forgotten(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, stride=1)


@built(
    "Padding is missing in both convolutions: each 3x3 kernel then takes a border of one pixel "
    "off, and the sum does not fit."
)
def no_padding(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, padding=0)
    block.conv2 = changed(block.conv2, padding=0)


@built(
    "Padding is missing in the first convolution: it takes a border of one pixel off, and the sum "
    "does not fit."
)
def no_padding_in_the_first(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, padding=0)


@built(
    "Padding is missing in the second convolution: it takes a border of one pixel off, and the "
    "sum does not fit."
)
def no_padding_in_the_second(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, padding=0)


@built(
    "The first convolution's kernel is as large as its stride: kernel_size and stride are two "
    "numbers, and this kernel is 3x3 whatever the stride."
)
def kernel_size_is_the_stride(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, kernel_size=stride)


@built(
    "The first convolution's kernel is as large as its stride, without padding: the kernel is 3x3 "
    "whatever the stride, and the stride only says how far it moves."
)
def kernel_size_is_the_stride_unpadded(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, kernel_size=stride, padding=0)


@built(
    "You passed the stride where nn.Conv2d expects the kernel size, its third argument: the "
    "kernel has the wrong size and the stride is 1."
)
def stride_passed_as_kernel_size(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, kernel_size=stride, stride=1)


@built(
    "The second convolution is 1x1: in a BasicBlock both are 3x3, the 1x1 ones belong to the "
    "bottleneck."
)
def second_is_1x1(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, kernel_size=1, padding=0)


@built(
    "The second convolution expects in_channels: what it gets comes from the first, which puts "
    "out as many channels as the block does."
)
def second_expects_in_channels(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, in_channels=in_channels)


@forward(
    "The first convolution runs twice, and the second never: a slip of one digit, which nothing "
    "reports where the shapes happen to agree."
)
def first_convolution_twice(block, x):
    out = F.relu(block.bn1(block.conv1(x)))
    return F.relu(block.bn2(block.conv1(out)) + past(block, x))


@built(
    "The first convolution still has its bias: the batch normalisation after it subtracts the "
    "mean, and the bias with it."
)
def bias_in_the_first(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, bias=True)


@built(
    "The second convolution still has its bias: the batch normalisation after it subtracts the "
    "mean, and the bias with it."
)
def bias_in_the_second(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, bias=True)


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


MISTAKES = (
    *BANK.of(BasicBlock),
    *ANY_BLOCK.of(BasicBlock),
    Mistake(
        "The expansion is the bottleneck's: this block's output has `channels` channels, one for "
        "one.",
        ExpansionOfFour,
    ),
)
