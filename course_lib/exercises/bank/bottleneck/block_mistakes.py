"""What goes wrong in a `Bottleneck`: the reference's block, each time with one thing changed."""

from torch import nn

from course_lib.exercises.bank.block_variants import BlockMistakes, changed
from course_lib.exercises.bank.bottleneck_mistakes import ANY_BOTTLENECK, set_width
from course_lib.exercises.bank.residual_mistakes import ANY_BLOCK
from course_lib.exercises.engine.exercise import Mistake
from course_lib.models.blocks import Bottleneck

BANK = BlockMistakes()
built = BANK.built


# Where the stride goes


@built(
    "The stride is in the first 1x1 convolution: that is v1, and three quarters of the input are "
    "then never read; v1.5 has it in the 3x3."
)
def stride_in_the_first(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, stride=stride)
    block.conv2 = changed(block.conv2, stride=1)


@built(
    "The stride is in the last 1x1 convolution: it throws away three quarters of what the 3x3 has "
    "computed, which has the stride itself."
)
def stride_in_the_last(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, stride=1)
    block.conv3 = changed(block.conv3, stride=stride)


@built(
    "The 3x3 convolution's kernel is as large as its stride: kernel_size and stride are two "
    "numbers, and this kernel is 3x3 whatever the stride."
)
def kernel_size_is_the_stride(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, kernel_size=stride)


@built(
    "You passed the stride where nn.Conv2d expects the kernel size, its third argument: the kernel "
    "has the wrong size and the stride is 1."
)
def stride_passed_as_kernel_size(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, kernel_size=stride, stride=1)


# Kernels and padding


@built(
    "Both 1x1 convolutions are padded: a 1x1 kernel looks at one pixel and needs no border, and "
    "with one the map grows."
)
def both_padded(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, padding=1)
    block.conv3 = changed(block.conv3, padding=1)


@built(
    "The first 1x1 convolution is padded: a 1x1 kernel looks at one pixel and needs no border, "
    "and with one the map grows."
)
def first_padded(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, padding=1)


@built(
    "The last 1x1 convolution is padded: a 1x1 kernel looks at one pixel and needs no border, and "
    "with one the map grows."
)
def last_padded(block, in_channels, channels, stride):
    block.conv3 = changed(block.conv3, padding=1)


@built(
    "All three kernels are 3x3: the first and the last only change the number of channels, and "
    "1x1 does that for a ninth of the price."
)
def all_3x3(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, kernel_size=3, padding=1)
    block.conv3 = changed(block.conv3, kernel_size=3, padding=1)


@built(
    "All three kernels are 1x1: no output then sees its neighbours, and the 3x3 in the middle is "
    "what looks around."
)
def all_1x1(block, in_channels, channels, stride):
    block.conv2 = changed(block.conv2, kernel_size=1, padding=0)


# Channels


@built(
    "You used channels * expansion as the width of all three convolutions: the first two put out "
    "channels, and that is what makes the block cheap."
)
def wide_inside(block, in_channels, channels, stride):
    set_width(block, 4 * channels)


@built(
    "You expanded in the 3x3 convolution: it works on channels in and out, where it is cheap, and "
    "only the last 1x1 expands."
)
def expanded_in_the_3x3(block, in_channels, channels, stride):
    width = 4 * channels
    block.conv2, block.bn2 = changed(block.conv2, out_channels=width), nn.BatchNorm2d(width)
    block.conv3 = changed(block.conv3, in_channels=width)


@built(
    "You took channels to be the width that leaves the block: it is the width inside, and "
    "channels * expansion leave."
)
def channels_is_the_outer_width(block, in_channels, channels, stride):
    set_width(block, channels // 4)
    block.conv3, block.bn3 = changed(block.conv3, out_channels=channels), nn.BatchNorm2d(channels)


@built(
    "The last convolution puts out in_channels: channels * expansion go out, which is another "
    "number in the first block of a stage."
)
def puts_out_in_channels(block, in_channels, channels, stride):
    block.conv3 = changed(block.conv3, out_channels=in_channels)
    block.bn3 = nn.BatchNorm2d(in_channels)


@built(
    "The first convolution expects channels: what comes in has in_channels, which it is there to "
    "reduce."
)
def expects_channels(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, in_channels=channels)


@built(
    "The first convolution expects channels * expansion: that holds inside a stage, but the first "
    "block of a stage gets another number, in_channels."
)
def expects_expanded_channels(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, in_channels=4 * channels)


@built(
    "The third convolution was assigned to the name of the first: the first is lost, and the "
    "third does not exist."
)
def third_assigned_to_the_first(block, in_channels, channels, stride):
    block.conv1 = block.conv3
    del block.conv3


@built(
    "The 1x1 convolutions still have their bias: the batch normalisation after each subtracts the "
    "mean, and the bias with it."
)
def bias_in_the_1x1(block, in_channels, channels, stride):
    block.conv1 = changed(block.conv1, bias=True)
    block.conv3 = changed(block.conv3, bias=True)


@built(
    "The last convolution has no batch normalisation after it: one follows each of the three, "
    "before the addition too."
)
def no_last_batch_norm(block, in_channels, channels, stride):
    block.bn3 = nn.Identity()


class ExpansionOfOne(Bottleneck):
    """The attribute alone is wrong: 4 may stand in the convolution as a number."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__(in_channels, channels, stride, downsample)
        self.conv3 = changed(self.conv3, out_channels=4 * channels)
        self.bn3 = nn.BatchNorm2d(4 * channels)


MISTAKES = (
    *BANK.of(Bottleneck),
    *ANY_BOTTLENECK.of(Bottleneck),
    *ANY_BLOCK.of(Bottleneck),
    Mistake(
        "The class attribute expansion is 1, as in a BasicBlock: a bottleneck puts out 4 times its "
        "channels.",
        ExpansionOfOne,
    ),
)
