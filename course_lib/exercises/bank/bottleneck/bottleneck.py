"""Exercise `Bottleneck`: 1x1, 3x3, 1x1 and a shortcut."""

from torch import nn

from course_lib.exercises.bank.block_probes import FAR_APART, learnable_probe, pixels
from course_lib.exercises.bank.bottleneck_mistakes import (
    ANY_BOTTLENECK,
    STRIDE_IN_THE_FIRST,
    padded,
    puts_out,
)
from course_lib.exercises.bank.residual_mistakes import with_bias, without_norm
from course_lib.exercises.engine.exercise import Exercise, Later, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import Bottleneck, shortcut

LAYERS = "        first, second = "  # what comes before it, all layers see
MIDDLE, LAST = "3, stride=second", "channels * self.expansion, 1"


EXERCISE = Exercise(
    Bottleneck,
    title="The block that ResNet-50, -101 and -152 are made of",
    difficulty=3,
    importance=5,
    unasked=("groups", "width_per_group", "v1"),
    minutes=15,
    insight=(
        "Sixteen of these are ResNet-50, 33 are ResNet-101, fifty are ResNet-152: from here on "
        "depth is only a matter of counting."
    ),
    hints=(
        "Start from your BasicBlock. Three convolutions instead of two: for each write down its "
        "kernel, the channels in and out, and whether it has the stride. Only one of them looks "
        "at neighbours, so only one needs padding.",
        "u = ReLU(BN1(conv1(x)))        1x1, in_channels to ...\n"
        "v = ReLU(BN2(conv2(u)))        3x3, ... to ..., stride s, padding ?\n"
        "r = BN3(conv3(v))              1x1, ... to channels * expansion\n"
        "y = ReLU(r + ...)              x itself, or what downsample makes of it",
    ),
    probes=(
        learnable_probe(6, 4, downsample=Later(lambda: shortcut(6, 16, 1)), x=randn(1, 6, 5, 6)),
        Probe("Bottleneck.expansion", lambda block: block.expansion),
        paths_probe(16, 4, stride=2, downsample=pixels(2), x=randn(2, 16, 9, 11)),
        equal_weights_probe(16, 4, x=randn(3, 16, 5, 6)),
        equal_weights_probe(16, 4, stride=3, downsample=pixels(3), x=randn(2, 16, 10, 13)),
        equal_weights_probe(
            16, 4, downsample=Later(lambda: nn.Conv2d(16, 16, 1)), x=randn(2, 16, 5, 6)
        ),
        module_probe(Bottleneck, 16, 4, x=FAR_APART * randn(3, 16, 5, 7)),
        module_probe(Bottleneck, 6, 4, 2, Later(lambda: shortcut(6, 16, 2)), x=randn(1, 6, 9, 8)),
    ),
    mistakes={
        # Where the stride goes
        "The stride is in the first 1x1 convolution: that is v1, and three quarters of the input "
        "are then never read; v1.5 has it in the 3x3.": STRIDE_IN_THE_FIRST,
        "The stride is in the last 1x1 convolution: it throws away three quarters of what the 3x3 "
        "has computed, which has the stride itself.": {
            MIDDLE: "3, stride=1",
            LAST: f"{LAST}, stride=stride",
        },
        "The 3x3 convolution's kernel is as large as its stride: kernel_size and stride are two "
        "numbers, and this kernel is 3x3 whatever the stride.": {MIDDLE: "stride, stride=second"},
        "You passed the stride where nn.Conv2d expects the kernel size, its third argument: the "
        "kernel has the wrong size and the stride is 1.": {MIDDLE: "stride"},
        # Kernels and padding
        "Both 1x1 convolutions are padded: a 1x1 kernel looks at one pixel and needs no border, "
        "and with one the map grows.": padded(1, 3),
        "The first 1x1 convolution is padded: a 1x1 kernel looks at one pixel and needs no border, "
        "and with one the map grows.": padded(1),
        "The last 1x1 convolution is padded: a 1x1 kernel looks at one pixel and needs no border, "
        "and with one the map grows.": padded(3),
        "All three kernels are 3x3: the first and the last only change the number of channels, "
        "and 1x1 does that for a ninth of the price.": {
            "1, stride=first": "3, stride=first",
            LAST: "channels * self.expansion, 3",
        }
        | padded(1, 3),
        "All three kernels are 1x1: no output then sees its neighbours, and the 3x3 in the middle "
        "is what looks around.": {MIDDLE: "1, stride=second", "padding=1": "padding=0"},
        # Channels
        "You used channels * expansion as the width of all three convolutions: the first two put "
        "out channels, and that is what makes the block cheap.": {
            LAYERS: f"        channels = channels * self.expansion\n{LAYERS}"
        }
        | puts_out("channels"),
        "You expanded in the 3x3 convolution: it works on channels in and out, where it is cheap, "
        "and only the last 1x1 expands.": {
            "channels, channels, 3": "channels, channels * self.expansion, 3",
            "self.bn2 = nn.BatchNorm2d(channels": "self.bn2 = nn.BatchNorm2d(channels * 4",
            "self.conv3 = nn.Conv2d(channels": "self.conv3 = nn.Conv2d(channels * 4",
        },
        "You took channels to be the width that leaves the block: it is the width inside, and "
        "channels * expansion leave.": {
            LAYERS: f"        outer, channels = channels, channels // self.expansion\n{LAYERS}"
        }
        | puts_out("outer"),
        "The last convolution puts out in_channels: channels * expansion go out, which is another "
        "number in the first block of a stage.": puts_out("in_channels"),
        "The first convolution expects channels: what comes in has in_channels, which it is there "
        "to reduce.": {"nn.Conv2d(in_channels": "nn.Conv2d(channels"},
        "The first convolution expects channels * expansion: that holds inside a stage, but the "
        "first block of a stage gets another number, in_channels.": {
            "nn.Conv2d(in_channels": "nn.Conv2d(channels * self.expansion"
        },
        "The third convolution was assigned to the name of the first: the first is lost, and the "
        "third does not exist.": {"self.conv3 = ": "self.conv1 = "},
        "The 1x1 convolutions still have their bias: the batch normalisation after each subtracts "
        "the mean, and the bias with it.": with_bias(1, 3),
        "The last convolution has no batch normalisation after it: one follows each of the three, "
        "before the addition too.": without_norm(3),
        **ANY_BOTTLENECK,
        "The class attribute expansion is 1, as in a BasicBlock: a bottleneck puts out 4 times "
        "its channels.": {"expansion = 4": "expansion = 1"} | puts_out("channels * 4"),
    },
)
