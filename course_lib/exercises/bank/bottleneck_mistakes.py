"""What goes wrong in any bottleneck, be its 3x3 convolution grouped or not."""

import torch.nn.functional as F
from torch import nn

from course_lib.exercises.bank.block_variants import BlockMistakes, changed
from course_lib.exercises.bank.residual_mistakes import past, residual
from course_lib.models.blocks import Bottleneck

ANY_BOTTLENECK = BlockMistakes()
forward, built = ANY_BOTTLENECK.forward, ANY_BOTTLENECK.built


def first(block, x):
    return F.relu(block.bn1(block.conv1(x)))


def second(block, x):
    return F.relu(block.bn2(block.conv2(x)))


def third(block, x):
    return block.bn3(block.conv3(x))


def set_width(block: Bottleneck, width: int, groups: int = 1) -> None:
    """New layers inside the block: another width, or another number of groups in the 3x3."""
    block.conv1, block.bn1 = changed(block.conv1, out_channels=width), nn.BatchNorm2d(width)
    block.conv2 = changed(block.conv2, in_channels=width, out_channels=width, groups=groups)
    block.bn2 = nn.BatchNorm2d(width)
    block.conv3 = changed(block.conv3, in_channels=width)


# Stride, padding, channels, bias


@built(
    "The first 1x1 and the 3x3 convolution both have the stride: the residual path shrinks twice "
    "and no longer fits the shortcut."
)
def stride_twice(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, stride=stride)


@built("The stride is forgotten: no convolution of the residual path makes the map smaller.")
def stride_forgotten(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, stride=1)


@built(
    "The 3x3 convolution is not padded: its kernel takes a border of one pixel off, and the sum "
    "does not fit."
)
def not_padded(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, padding=0)


@built(
    "You forgot the expansion: the last convolution has to put out channels * expansion channels, "
    "as many as the shortcut brings."
)
def expansion_forgotten(block, in_channels, channels, stride):
    block.conv3 = changed(block.conv3, out_channels=channels)
    block.bn3 = nn.BatchNorm2d(channels)


@built(
    "The 3x3 convolution still has its bias: the batch normalisation after it subtracts the mean, "
    "and the bias with it."
)
def bias_in_the_3x3(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, bias=True)


# The shortcut


@forward(
    "The shortcut is never added: what you have is three plain layers, and the block cannot pass "
    "x on unchanged."
)
def never_added(block, x):
    past(block, x)
    return F.relu(residual(block, x))


@forward(
    "The downsample gets what the residual path has computed: it belongs on the shortcut, and "
    "gets x."
)
def downsample_on_the_residual_path(block, x):
    return F.relu(past(block, residual(block, x)) + x)


@forward("You call the downsample even where it is None: there the identity is x itself.")
def calls_none(block, x):
    return F.relu(residual(block, x) + block.downsample(x))


# ReLU and batch normalisation


@forward(
    "No ReLU stands between the convolutions: without one they are a single linear map, however "
    "many there are."
)
def no_relu_between(block, x):
    out = block.bn2(block.conv2(block.bn1(block.conv1(x))))
    return F.relu(third(block, out) + past(block, x))


@forward(
    "The ReLU after the first convolution is missing: the first 1x1 and the 3x3 are then one "
    "linear map."
)
def no_first_relu(block, x):
    out = second(block, block.bn1(block.conv1(x)))
    return F.relu(third(block, out) + past(block, x))


@forward(
    "The ReLU after the 3x3 convolution is missing: the 3x3 and the last 1x1 are then one linear "
    "map."
)
def no_second_relu(block, x):
    out = block.bn2(block.conv2(first(block, x)))
    return F.relu(third(block, out) + past(block, x))


@forward(
    "The ReLUs come before the batch normalisations: the order is convolution, batch "
    "normalisation, ReLU."
)
def relu_before_batch_norm(block, x):
    out = block.bn2(F.relu(block.conv2(block.bn1(F.relu(block.conv1(x))))))
    return F.relu(third(block, out) + past(block, x))


@built("Batch normalisation is missing: one follows each of the three convolutions.")
def no_batch_norm(block, in_channels, channels, stride):
    block.bn1, block.bn2, block.bn3 = nn.Identity(), nn.Identity(), nn.Identity()


@built(
    "The first two convolutions share one batch normalisation: each needs its own, for its own "
    "statistics, scale and shift."
)
def shared_batch_norm(block, in_channels, channels, stride):
    block.bn2 = block.bn1


@forward(
    "The first batch normalisation runs twice, and the second never: a slip of one digit, which "
    "nothing reports because both have the same number of channels."
)
def first_batch_norm_twice(block, x):
    out = F.relu(block.bn1(block.conv2(first(block, x))))
    return F.relu(third(block, out) + past(block, x))
