"""Exercise `bottleneck_parameters`: what a bottleneck's three convolutions cost."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.blocks import bottleneck_parameters

LAYERS = "    reduce = "
REDUCE, EXPAND = "in_channels * channels", "channels * channels * expansion"
TRANSFORM, SUM = "9 * channels * channels", "reduce + transform + expand"

EXERCISE = Exercise(
    bottleneck_parameters,
    title="Count the weights of a bottleneck",
    difficulty=2,
    importance=3,
    minutes=5,
    insight=(
        "With basic blocks of the same outer width ResNet-50's sixteen would hold about 340 "
        "million parameters; thanks to your three terms they hold 23.5."
    ),
    hints=(
        "Write down, for each of the three convolutions, how many channels go in and how many "
        "come out. A k x k convolution has k * k weights for each pair of them.",
        "first 1x1:   in_channels * ...\n"
        "3x3:         9 * ... * ...\n"
        "last 1x1:    ... * (... * expansion)\n"
        "The answer is their sum.",
    ),
    probes=(
        call(256, 64),
        call(64, 64),
        call(512, 256),
        call(48, 10, expansion=2),
        call(5, 3, expansion=1),
        call(7, 5, 6),
    ),
    mistakes={
        "You forgot the expansion: the last 1x1 convolution puts out channels * expansion "
        "channels.": {EXPAND: "channels * channels"},
        "You took the expansion to be 4 whatever the argument says.": {
            EXPAND: "channels * channels * 4"
        },
        "You counted the batch normalisations' scales and shifts too: asked for are the "
        "weights of the three convolutions alone.": {
            "return reduce": "return 2 * (2 * channels + channels * expansion) + reduce"
        },
        "You counted a bias for each output channel: the convolutions have none, because a "
        "batch normalisation follows each.": {
            "reduce + transform": "reduce + 2 * channels + channels * expansion + transform"
        },
        "You counted the projection on the shortcut too: asked for are the three convolutions "
        "of the residual path.": {
            "transform + expand": "transform + in_channels * channels * expansion + expand"
        },
        "You forgot the kernel: the 3x3 convolution has nine weights for each pair of "
        "channels, not one.": {"9 * ": ""},
        "You counted three weights for a 3x3 kernel: it has three rows of three.": {"9 * ": "3 * "},
        "You gave all three convolutions a 3x3 kernel: the first and the last are 1x1.": {
            "reduce = ": "reduce = 9 * ",
            "expand = ": "expand = 9 * ",
        },
        "You assumed that channels * expansion channels come in: that holds inside a stage, "
        "but the first block of a stage gets another number, in_channels.": {
            REDUCE: "channels * expansion * channels"
        },
        "You assumed that as many channels go out as come in: channels * expansion go out, "
        "whatever in_channels is.": {EXPAND: "channels * in_channels"},
        "You left the first 1x1 convolution out.": {REDUCE: "0"},
        "You left the last 1x1 convolution out.": {EXPAND: "0"},
        "You left the 3x3 convolution out.": {TRANSFORM: "0"},
        "You gave the three numbers one by one: asked for is their sum.": {
            SUM: "reduce, transform, expand"
        },
        "You multiplied the three numbers: each layer has its own weights, so they add up.": {
            SUM: "reduce * transform * expand"
        },
        "You counted nine weights for each channel of the 3x3 convolution: each output channel has "
        "nine for every input channel.": {TRANSFORM: "9 * channels"},
        "You let the last 1x1 convolution see in_channels: what reaches it has channels, because "
        "the first 1x1 has reduced them.": {EXPAND: "in_channels * channels * expansion"},
        "You expanded in the first 1x1 convolution, and not in the last: it is the other way "
        "round.": {REDUCE: f"{REDUCE} * expansion", EXPAND: "channels * channels"},
        "You let the 3x3 convolution see in_channels: it stands behind the first 1x1, which "
        "has reduced them to channels.": {"9 * channels": "9 * in_channels"},
        "You expanded in the 3x3 convolution already: it works on channels in and out, and "
        "only the last 1x1 expands.": {
            "9 * channels * channels": "9 * channels * channels * expansion",
            EXPAND: "channels * expansion * channels * expansion",
        },
        "You used channels * expansion as the width of all three convolutions: the first two "
        "put out channels, and that is what makes the block cheap.": {
            LAYERS: f"    channels = channels * expansion\n{LAYERS}",
            EXPAND: "channels * channels",
        },
        "You took channels to be the width that leaves the block: it is the width inside, and "
        "channels * expansion leave.": {
            LAYERS: f"    outer, channels = channels, channels // expansion\n{LAYERS}",
            EXPAND: "channels * outer",
        },
        "You counted a BasicBlock: a bottleneck has a 1x1, a 3x3 and a 1x1 convolution.": {
            REDUCE: "9 * in_channels * channels",
            EXPAND: "0",
        },
    },
)
