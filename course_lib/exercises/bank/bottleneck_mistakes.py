"""What goes wrong in any bottleneck, be its 3x3 convolution grouped or not.

The edits fit `Bottleneck` and `ResNeXtBottleneck` alike.
"""

from course_lib.edits import Edit
from course_lib.exercises.bank.residual_mistakes import (
    ANY_BLOCK,
    BIAS_EVERYWHERE,
    FIRST_NORM_TWICE,
    FIRST_RELU_TOO_EARLY,
    NEVER_ADDED,
    NO_FIRST_RELU,
    ON_THE_SHORTCUT,
    SHARED_NORM,
    with_bias,
    without_norm,
)

SECOND_UNIT = "F.relu(self.bn2(self.conv2(out)), inplace=True)"
NO_SECOND_RELU = {SECOND_UNIT: "self.bn2(self.conv2(out))"}
LAST_NORM = "self.bn3 = nn.BatchNorm2d(channels * self.expansion)"
STRIDE_IN_THE_FIRST = {" if v1 else (1, stride)": ""}


def padded(*numbers: int) -> dict[str, str]:
    """These 1x1 convolutions have a padding."""
    return {f")\n        self.bn{n}": f", padding=1)\n        self.bn{n}" for n in numbers}


def puts_out(channels: str) -> dict[str, str]:
    """The last convolution, and the batch normalisation after it, have other channels."""
    return {
        ", channels * self.expansion, 1": f", {channels}, 1",
        LAST_NORM: f"self.bn3 = nn.BatchNorm2d({channels})",
    }


ANY_BOTTLENECK: dict[str, Edit] = {
    # Stride, padding, channels, bias
    "The first 1x1 and the 3x3 convolution both have the stride: the residual path shrinks twice "
    "and no longer fits the shortcut.": {"stride=first": "stride=stride"},
    "The stride is forgotten: no convolution of the residual path makes the map smaller.": {
        "stride=second": "stride=1"
    },
    "All three convolutions have the stride: the residual path shrinks three times and no longer "
    "fits the shortcut.": {
        "stride=first": "stride=stride",
        "self.expansion, 1": "self.expansion, 1, stride=stride",
    },
    "The 3x3 convolution takes a border of one pixel off, and the sum does not fit: its padding "
    "has to make up for that.": {"padding=1": "padding=0"},
    "You forgot the expansion: the last convolution has to put out channels * expansion channels, "
    "as many as the shortcut brings.": puts_out("channels"),
    "The last batch normalisation expects channels: it stands behind the convolution that "
    "expands, and is as wide as that one's output.": {
        LAST_NORM: "self.bn3 = nn.BatchNorm2d(channels)"
    },
    "The 3x3 convolution still has its bias: the batch normalisation after it subtracts the mean, "
    "and the bias with it.": with_bias(2),
    # The shortcut
    "The shortcut is never added: what you have is three plain layers, and the block cannot pass "
    "x on unchanged.": NEVER_ADDED,
    "The downsample gets what the residual path has computed: it belongs on the shortcut, and "
    "gets x.": {
        ON_THE_SHORTCUT: "x",
        "out += identity": "out = (out if self.downsample is None else self.downsample(out)) + x",
    },
    "You hand what the residual path has computed to the downsample: it belongs on the shortcut, "
    "and gets x.": {
        ON_THE_SHORTCUT: "x",
        "out += identity": "out += x if self.downsample is None else self.downsample(out)",
    },
    "You call the downsample even where it is None: there the identity is x itself.": {
        ON_THE_SHORTCUT: "self.downsample(x)"
    },
    # ReLU and batch normalisation
    "No ReLU stands between the convolutions: without one they are a single linear map, however "
    "many there are.": NO_FIRST_RELU | NO_SECOND_RELU,
    "The ReLU after the first convolution is missing: the first 1x1 and the 3x3 are then one "
    "linear map.": NO_FIRST_RELU,
    "The ReLU after the 3x3 convolution is missing: the 3x3 and the last 1x1 are then one linear "
    "map.": NO_SECOND_RELU,
    "The ReLUs come before the batch normalisations: the order is convolution, batch "
    "normalisation, ReLU.": FIRST_RELU_TOO_EARLY
    | {SECOND_UNIT: "self.bn2(F.relu(self.conv2(out)))"},
    "Batch normalisation is missing: one follows each of the three convolutions.": without_norm(
        1, 2, 3
    ),
    "The first two convolutions share one batch normalisation: each needs its own, for its own "
    "statistics, scale and shift.": SHARED_NORM,
    "The first batch normalisation runs twice, and the second never: a slip of one digit, which "
    "nothing reports because both have the same number of channels.": FIRST_NORM_TWICE,
    **ANY_BLOCK,
    "Nothing is called expansion, neither in the class nor on self: write it beside the methods, "
    "where others can ask the class for it as well.": {"    expansion = ": "    _expansion = "},
    BIAS_EVERYWHERE: with_bias(1, 2, 3),
}
