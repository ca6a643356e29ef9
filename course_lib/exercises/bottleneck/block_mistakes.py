"""What goes wrong in a `Bottleneck`: the reference's block, each time with one thing changed."""

import torch
import torch.nn.functional as F
from torch import nn

from ...blocks import Bottleneck, shortcut
from ..block_variants import BlockMistakes
from ..definition import Mistake

BANK = BlockMistakes(Bottleneck)
forward, built = BANK.forward, BANK.built


def conv(in_channels, out_channels, kernel_size=1, stride=1, padding=0, bias=False):
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=bias)


def past(block, x):
    return x if block.downsample is None else block.downsample(x)


def first(block, x):
    return F.relu(block.bn1(block.conv1(x)))


def second(block, x):
    return F.relu(block.bn2(block.conv2(x)))


def residual(block, x):
    return block.bn3(block.conv3(second(block, first(block, x))))


# Where the stride goes


@built(
    "The stride is in the first 1x1 convolution: that is v1, and three quarters of the input are "
    "then never read; v1.5 has it in the 3x3."
)
def stride_in_the_first(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, 1, stride)
    block.conv2 = conv(channels, channels, 3, 1, 1)


@built(
    "The stride is in the last 1x1 convolution: it throws away three quarters of what the 3x3 has "
    "computed, which has the stride itself."
)
def stride_in_the_last(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, 3, 1, 1)
    block.conv3 = conv(channels, 4 * channels, 1, stride)


@built(
    "The first 1x1 and the 3x3 convolution both have the stride: the residual path shrinks twice "
    "and no longer fits the shortcut."
)
def stride_twice(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, 1, stride)


@built("The stride is forgotten: no convolution of the residual path makes the map smaller.")
def stride_forgotten(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, 3, 1, 1)


@built(
    "The 3x3 convolution's kernel is as large as its stride: kernel_size and stride are two "
    "numbers, and this kernel is 3x3 whatever the stride."
)
def kernel_size_is_the_stride(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, stride, stride, 1)


@built(
    "You passed the stride where nn.Conv2d expects the kernel size, its third argument: the kernel "
    "has the wrong size and the stride is 1."
)
def stride_passed_as_kernel_size(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, stride, 1, 1)


# Kernels and padding


@built(
    "Both 1x1 convolutions are padded: a 1x1 kernel looks at one pixel and needs no border, and "
    "with one the map grows."
)
def both_padded(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, padding=1)
    block.conv3 = conv(channels, 4 * channels, padding=1)


@built(
    "The first 1x1 convolution is padded: a 1x1 kernel looks at one pixel and needs no border, "
    "and with one the map grows."
)
def first_padded(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, padding=1)


@built(
    "The last 1x1 convolution is padded: a 1x1 kernel looks at one pixel and needs no border, and "
    "with one the map grows."
)
def last_padded(block, in_channels, channels, stride):
    block.conv3 = conv(channels, 4 * channels, padding=1)


@built(
    "The 3x3 convolution is not padded: its kernel takes a border of one pixel off, and the sum "
    "does not fit."
)
def not_padded(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, 3, stride)


@built(
    "All three kernels are 3x3: the first and the last only change the number of channels, and "
    "1x1 does that for a ninth of the price."
)
def all_3x3(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, 3, padding=1)
    block.conv3 = conv(channels, 4 * channels, 3, padding=1)


@built(
    "All three kernels are 1x1: no output then sees its neighbours, and the 3x3 in the middle is "
    "what looks around."
)
def all_1x1(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, 1, stride)


# Channels


@built(
    "You forgot the expansion: the last convolution has to put out channels * expansion channels, "
    "as many as the shortcut brings."
)
def expansion_forgotten(block, in_channels, channels, stride):
    block.conv3, block.bn3 = conv(channels, channels), nn.BatchNorm2d(channels)


@built(
    "You used channels * expansion as the width of all three convolutions: the first two put out "
    "channels, and that is what makes the block cheap."
)
def wide_inside(block, in_channels, channels, stride):
    width = 4 * channels
    block.conv1, block.bn1 = conv(in_channels, width), nn.BatchNorm2d(width)
    block.conv2, block.bn2 = conv(width, width, 3, stride, 1), nn.BatchNorm2d(width)
    block.conv3 = conv(width, width)


@built(
    "You expanded in the 3x3 convolution: it works on channels in and out, where it is cheap, and "
    "only the last 1x1 expands."
)
def expanded_in_the_3x3(block, in_channels, channels, stride):
    width = 4 * channels
    block.conv2, block.bn2 = conv(channels, width, 3, stride, 1), nn.BatchNorm2d(width)
    block.conv3 = conv(width, width)


@built(
    "You took channels to be the width that leaves the block: it is the width inside, and "
    "channels * expansion leave."
)
def channels_is_the_outer_width(block, in_channels, channels, stride):
    width = channels // 4
    block.conv1, block.bn1 = conv(in_channels, width), nn.BatchNorm2d(width)
    block.conv2, block.bn2 = conv(width, width, 3, stride, 1), nn.BatchNorm2d(width)
    block.conv3, block.bn3 = conv(width, channels), nn.BatchNorm2d(channels)


@built(
    "The last convolution puts out in_channels: channels * expansion go out, which is another "
    "number in the first block of a stage."
)
def puts_out_in_channels(block, in_channels, channels, stride):
    block.conv3, block.bn3 = conv(channels, in_channels), nn.BatchNorm2d(in_channels)


@built(
    "The first convolution expects channels: what comes in has in_channels, which it is there to "
    "reduce."
)
def expects_channels(block, in_channels, channels, stride):
    block.conv1 = conv(channels, channels)


@built(
    "The first convolution expects channels * expansion: that holds inside a stage, but the first "
    "block of a stage gets another number, in_channels."
)
def expects_expanded_channels(block, in_channels, channels, stride):
    block.conv1 = conv(4 * channels, channels)


@built(
    "The third convolution was assigned to the name of the first: the first is lost, and the "
    "third does not exist."
)
def third_assigned_to_the_first(block, in_channels, channels, stride):
    block.conv1 = block.conv3
    del block.conv3


@built(
    "The convolutions have a bias: the batch normalisation after each subtracts the mean, and the "
    "bias with it, so it only costs parameters."
)
def bias(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, bias=True)
    block.conv3 = conv(channels, 4 * channels, bias=True)
    block.conv2 = conv(channels, channels, 3, stride, 1, bias=True)


@built(
    "The 1x1 convolutions still have their bias: the batch normalisation after each subtracts the "
    "mean, and the bias with it."
)
def bias_in_the_1x1(block, in_channels, channels, stride):
    block.conv1 = conv(in_channels, channels, bias=True)
    block.conv3 = conv(channels, 4 * channels, bias=True)


@built(
    "The 3x3 convolution still has its bias: the batch normalisation after it subtracts the mean, "
    "and the bias with it."
)
def bias_in_the_3x3(block, in_channels, channels, stride):
    block.conv2 = conv(channels, channels, 3, stride, 1, bias=True)


# The addition


@forward(
    "The shortcut is never added: what you have is three plain layers, and the block cannot pass "
    "x on unchanged."
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
    "There is a ReLU before the addition: the residual path could then only ever add, "
    "never subtract."
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


@forward(
    "You took the identity after the first convolution: the shortcut starts at the block's input, "
    "before any layer."
)
def identity_after_the_first_convolution(block, x):
    x = block.conv1(x)
    out = block.bn3(block.conv3(second(block, F.relu(block.bn1(x)))))
    return F.relu(out + past(block, x))


@forward(
    "The downsample gets what the residual path has computed: it belongs on the shortcut, and "
    "gets x."
)
def downsample_on_the_residual_path(block, x):
    return F.relu(past(block, residual(block, x)) + x)


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


@forward("You call the downsample even where it is None: there the identity is x itself.")
def calls_none(block, x):
    return F.relu(residual(block, x) + block.downsample(x))


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
    block.downsample = shortcut(in_channels, 4 * channels, stride)


# ReLU and batch normalisation


@forward(
    "No ReLU stands between the convolutions: without one they are a single linear map, however "
    "many there are."
)
def no_relu_between(block, x):
    out = block.bn2(block.conv2(block.bn1(block.conv1(x))))
    return F.relu(block.bn3(block.conv3(out)) + past(block, x))


@forward(
    "The ReLU after the first convolution is missing: the first 1x1 and the 3x3 are then one "
    "linear map."
)
def no_first_relu(block, x):
    out = second(block, block.bn1(block.conv1(x)))
    return F.relu(block.bn3(block.conv3(out)) + past(block, x))


@forward(
    "The ReLU after the 3x3 convolution is missing: the 3x3 and the last 1x1 are then one linear "
    "map."
)
def no_second_relu(block, x):
    out = block.bn2(block.conv2(first(block, x)))
    return F.relu(block.bn3(block.conv3(out)) + past(block, x))


@forward(
    "The ReLUs come before the batch normalisations: the order is convolution, batch "
    "normalisation, ReLU."
)
def relu_before_batch_norm(block, x):
    out = block.bn2(F.relu(block.conv2(block.bn1(F.relu(block.conv1(x))))))
    return F.relu(block.bn3(block.conv3(out)) + past(block, x))


@built("Batch normalisation is missing: one follows each of the three convolutions.")
def no_batch_norm(block, in_channels, channels, stride):
    block.bn1, block.bn2, block.bn3 = nn.Identity(), nn.Identity(), nn.Identity()


@built(
    "The last convolution has no batch normalisation after it: one follows each of the three, "
    "before the addition too."
)
def no_last_batch_norm(block, in_channels, channels, stride):
    block.bn3 = nn.Identity()


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
    return F.relu(block.bn3(block.conv3(out)) + past(block, x))


class ExpansionOfOne(Bottleneck):
    """The attribute alone is wrong: 4 may stand in the convolution as a number."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__(in_channels, channels, stride, downsample)
        self.conv3, self.bn3 = conv(channels, 4 * channels), nn.BatchNorm2d(4 * channels)


class NoExpansion(nn.Module):
    """Has to be written out: a subclass would inherit the attribute."""

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.expansion = 4
        self.block = Bottleneck(in_channels, channels, stride, downsample)

    def forward(self, x):
        return self.block(x)


MISTAKES = (
    *BANK.mistakes,
    Mistake(
        "The class attribute expansion is 1, as in a BasicBlock: a bottleneck puts out 4 times its "
        "channels.",
        ExpansionOfOne,
    ),
    Mistake(
        "The class has no attribute expansion: write it beside the methods, because others ask "
        "the class, before any block is built, how many channels its output will have.",
        NoExpansion,
    ),
)
