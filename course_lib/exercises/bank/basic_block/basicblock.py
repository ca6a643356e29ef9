"""Exercise `BasicBlock`: two 3x3 convolutions and a shortcut."""

from torch import nn

from course_lib.exercises.bank.block_probes import FAR_APART, learnable_probe, pixels
from course_lib.exercises.bank.residual_mistakes import (
    ANY_BLOCK,
    BIAS_EVERYWHERE,
    FIRST_NORM_TWICE,
    FIRST_RELU_TOO_EARLY,
    FIRST_UNIT,
    LAST_RELU,
    NEVER_ADDED,
    NO_FIRST_RELU,
    ON_THE_SHORTCUT,
    SHARED_NORM,
    with_bias,
    without_norm,
)
from course_lib.exercises.engine.exercise import Exercise, Later, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import BasicBlock, shortcut
from course_lib.models.cifar import PadShortcut

FIRST, SECOND = "3, stride=stride, padding=1", "(channels, channels, 3, padding=1"
IDENTITY = f"        identity = {ON_THE_SHORTCUT}\n"
FIRST_NORM, SECOND_NORM = (f"self.bn{n} = nn.BatchNorm2d(channels" for n in (1, 2))

EXERCISE = Exercise(
    BasicBlock,
    title="The block that ResNet-18 and ResNet-34 are made of",
    difficulty=3,
    importance=5,
    unasked=("groups", "width_per_group"),
    minutes=15,
    insight="Eight of these, a stem and a head are ResNet-18; sixteen are ResNet-34.",
    hints=(
        "Write the residual path as a list first: five layers, of which one has the stride. Then "
        "ask which tensor the shortcut starts from, and whether it is still what it was when you "
        "come to add it.",
        "u = ReLU(BN1(conv1(x)))        conv1: 3x3, stride s, padding ?, bias ?\n"
        "r = BN2(conv2(u))              conv2: 3x3, stride ?, padding ?, bias ?\n"
        "y = ReLU(r + ...)              x itself, or what downsample makes of it",
    ),
    probes=(
        learnable_probe(4, 8, downsample=Later(lambda: shortcut(4, 8, 1)), x=randn(1, 4, 5, 6)),
        Probe("BasicBlock.expansion", lambda block: block.expansion),
        paths_probe(6, 6, stride=2, downsample=pixels(2), x=randn(2, 6, 9, 11)),
        paths_probe(4, 8, downsample=PadShortcut(4, 8, 1), x=randn(2, 4, 9, 11)),
        equal_weights_probe(6, 6, x=randn(3, 6, 5, 6)),
        equal_weights_probe(6, 6, stride=3, downsample=pixels(3), x=randn(2, 6, 10, 13)),
        equal_weights_probe(
            6, 6, downsample=Later(lambda: nn.Conv2d(6, 6, 1)), x=randn(2, 6, 5, 6)
        ),
        module_probe(BasicBlock, 6, 6, x=FAR_APART * randn(3, 6, 5, 7)),
        module_probe(BasicBlock, 4, 8, 2, Later(lambda: shortcut(4, 8, 2)), x=randn(1, 4, 9, 8)),
    ),
    mistakes={
        # The addition, and where the shortcut starts
        "The shortcut is never added: what you have is two plain layers, and the block cannot "
        "pass x on unchanged.": NEVER_ADDED,
        "The forward method ends without a return, so the block's output is None.": {
            LAST_RELU: LAST_RELU.removeprefix("return ")
        },
        "You took the identity after the first ReLU: x was overwritten by then, and the shortcut "
        "starts at the block's input.": {
            IDENTITY: "",
            f"out = {FIRST_UNIT}\n": f"out = x = {FIRST_UNIT}\n{IDENTITY}",
        },
        "You took the identity after the first batch normalisation: the shortcut starts at the "
        "block's input, before any layer.": {
            IDENTITY: f"        x = self.bn1(self.conv1(x))\n{IDENTITY}",
            FIRST_UNIT: "F.relu(x)",
        },
        # The convolutions
        "Both convolutions have the stride: the residual path shrinks twice and no longer fits "
        "the shortcut.": {SECOND: "(channels, channels, 3, stride=stride, padding=1"},
        "The stride is on the second convolution: it belongs to the first, so that everything "
        "after works on the smaller map.": {
            FIRST: "3, stride=1, padding=1",
            SECOND: "(channels, channels, 3, stride=stride, padding=1",
        },
        "The stride is forgotten: neither convolution makes the map smaller.": {
            FIRST: "3, stride=1, padding=1"
        },
        "Padding is missing in both convolutions: each 3x3 kernel then takes a border of one "
        "pixel off, and the sum does not fit.": {
            FIRST: "3, stride=stride, padding=0",
            SECOND: "(channels, channels, 3, padding=0",
        },
        "Padding is missing in the first convolution: it takes a border of one pixel off, and the "
        "sum does not fit.": {FIRST: "3, stride=stride, padding=0"},
        "Padding is missing in the second convolution: it takes a border of one pixel off, and "
        "the sum does not fit.": {SECOND: "(channels, channels, 3, padding=0"},
        "The first convolution's kernel is as large as its stride: kernel_size and stride are two "
        "numbers, and this kernel is 3x3 whatever the stride.": {
            FIRST: "stride, stride=stride, padding=1"
        },
        "The first convolution's kernel is as large as its stride, without padding: the kernel is "
        "3x3 whatever the stride, and the stride only says how far it moves.": {
            FIRST: "stride, stride=stride, padding=0"
        },
        "You passed the stride where nn.Conv2d expects the kernel size, its third argument: the "
        "kernel has the wrong size and the stride is 1.": {FIRST: "stride, padding=1"},
        "The second convolution is 1x1: in a BasicBlock both are 3x3, the 1x1 ones belong to the "
        "bottleneck.": {SECOND: "(channels, channels, 1, padding=0"},
        "The second convolution expects in_channels: what it gets comes from the first, which "
        "puts out as many channels as the block does.": {
            SECOND: "(in_channels, channels, 3, padding=1"
        },
        "The first convolution runs twice, and the second never: a slip of one digit, which "
        "nothing reports where the shapes happen to agree.": {"self.conv2(": "self.conv1("},
        "The second convolution reads x: what the first one made of it is thrown away.": {
            "self.conv2(out)": "self.conv2(x)"
        },
        "The first convolution still has its bias: the batch normalisation after it subtracts the "
        "mean, and the bias with it.": with_bias(1),
        "The second convolution still has its bias: the batch normalisation after it subtracts "
        "the mean, and the bias with it.": with_bias(2),
        # Batch normalisation and the ReLU between
        "Batch normalisation is missing: one follows each of the two convolutions.": without_norm(
            1, 2
        ),
        "The first convolution has no batch normalisation after it: one follows each of the "
        "two.": without_norm(1),
        "The second convolution has no batch normalisation after it: one follows each of the "
        "two.": without_norm(2),
        "Both convolutions share one batch normalisation: each needs its own, for its own "
        "statistics, scale and shift.": SHARED_NORM,
        "The first batch normalisation expects in_channels: it comes after the convolution, and "
        "normalises that one's output.": {FIRST_NORM: "self.bn1 = nn.BatchNorm2d(in_channels"},
        "The first batch normalisation runs twice, and the second never: after the second "
        "convolution comes the second one.": FIRST_NORM_TWICE,
        "The ReLU between the two convolutions is missing: without it they are one linear "
        "map.": NO_FIRST_RELU,
        "The first ReLU comes before the batch normalisation: the order is convolution, batch "
        "normalisation, ReLU.": FIRST_RELU_TOO_EARLY,
        "The batch normalisations use the batch's statistics in evaluation mode too: an image's "
        "output then depends on the other images beside it.": {
            FIRST_NORM: f"{FIRST_NORM}, track_running_stats=False",
            SECOND_NORM: f"{SECOND_NORM}, track_running_stats=False",
        },
        "You built a pre-activation block, of the paper that came after: in this one each "
        "convolution stands first, its batch normalisation and its ReLU behind it, and a last "
        "ReLU takes the sum.": {
            FIRST_NORM: "self.bn1 = nn.BatchNorm2d(in_channels",
            FIRST_UNIT: "self.conv1(F.relu(self.bn1(x)))",
            "self.bn2(self.conv2(out))": "self.conv2(F.relu(self.bn2(out)))",
            LAST_RELU: "return out",
        },
        **ANY_BLOCK,
        BIAS_EVERYWHERE: with_bias(1, 2),
        "The expansion is the bottleneck's: this block's output has `channels` channels, one for "
        "one.": {"expansion = 1": "expansion = 4"},
    },
)
