"""Exercise `ResNeXtBottleneck`: a bottleneck whose 3x3 convolution has groups."""

from torch import nn

from course_lib.exercises.bank.block_probes import FAR_APART, learnable_probe, pixels
from course_lib.exercises.bank.bottleneck_mistakes import (
    ANY_BOTTLENECK,
    STRIDE_IN_THE_FIRST,
    padded,
    puts_out,
)
from course_lib.exercises.engine.exercise import Exercise, Later, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import shortcut
from course_lib.models.resnext import ResNeXtBottleneck

WIDTH = "resnext_width(channels, groups, width_per_group)"
UNCHECKED = {"groups < 1 or width < 1": "groups < 1"}
DENSE = {"groups=groups": "groups=1"}
GROUPS_IN_THE_FIRST = {"1, stride=first": "1, groups=groups, stride=first"}
GROUPS_IN_THE_LAST = {"self.expansion, 1": "self.expansion, 1, groups=groups"}

EXERCISE = Exercise(
    ResNeXtBottleneck,
    title="The block that ResNeXt is made of",
    difficulty=3,
    importance=5,
    unasked=("v1",),
    minutes=15,
    insight=(
        "Sixteen of these are ResNeXt-50; the clock pays for their accuracy: at similar FLOPs the "
        "paper has 0.95 s a batch for ResNeXt-101, 0.70 for ResNet-101."
    ),
    hints=(
        "Start from your Bottleneck. Which numbers depend on its width inside? Compute that width "
        "once, with resnext_width, and put it in their place. What leaves the block stays as it "
        "was. One convolution alone has groups.",
        "width = resnext_width(..., ..., ...)\n"
        "u = ReLU(BN1(conv1(x)))        1x1, in_channels to ...\n"
        "v = ReLU(BN2(conv2(u)))        3x3, ... to ..., stride s, groups ...\n"
        "r = BN3(conv3(v))              1x1, ... to channels * expansion\n"
        "y = ReLU(r + ...)              x itself, or what downsample makes of it",
    ),
    probes=(
        learnable_probe(
            6, 64, downsample=Later(lambda: shortcut(6, 256, 1)), groups=2, x=randn(1, 6, 4, 5)
        ),
        Probe("ResNeXtBottleneck.expansion", lambda block: block.expansion),
        paths_probe(64, 16, 2, pixels(2), groups=4, width_per_group=8, x=randn(2, 64, 9, 11)),
        equal_weights_probe(32, 8, width_per_group=128, x=randn(3, 32, 5, 6)),
        equal_weights_probe(
            48, 12, 3, pixels(3), groups=3, width_per_group=8, x=randn(2, 48, 10, 13)
        ),
        equal_weights_probe(
            64,
            16,
            downsample=Later(lambda: nn.Conv2d(64, 64, 1)),
            groups=4,
            width_per_group=8,
            x=randn(2, 64, 5, 4),
        ),
        module_probe(
            ResNeXtBottleneck, 64, 16, groups=4, width_per_group=8, x=FAR_APART * randn(3, 64, 5, 6)
        ),
        module_probe(
            ResNeXtBottleneck,
            12,
            16,
            2,
            Later(lambda: shortcut(12, 64, 2)),
            2,
            24,
            x=randn(1, 12, 7, 8),
        ),
    ),
    mistakes={
        # Groups and width
        "You swapped groups and width_per_group: 32x4d is 32 groups of 4 channels, not 4 groups "
        "of 32.": {
            WIDTH: "resnext_width(channels, width_per_group, groups)",
            " or width < 1": "",
            "groups=groups": "groups=width_per_group",
        },
        "The width is right, but the 3x3 has width_per_group groups: their number is the argument "
        "groups.": {"groups=groups": "groups=width_per_group"},
        "You ignored groups and width_per_group, or let **kwargs swallow them: that is a plain "
        "bottleneck, whatever the caller asks for.": {WIDTH: "channels"} | DENSE,
        "The 3x3 convolution does not get the groups: it is dense, and each of its outputs sees "
        "all branches.": DENSE,
        "You ignored width_per_group: with the width of a plain bottleneck, the groups are as "
        "wide as happens to be left for each.": {WIDTH: "channels"},
        "You left width_per_group at 64: each group became as wide as a whole bottleneck.": {
            WIDTH: "resnext_width(channels, groups, 64)"
        },
        "You cut off after multiplying by the groups: each group gets whole channels, so cut off "
        "the width of one group, and then multiply.": {
            WIDTH: "int(channels * width_per_group / 64 * groups)"
        },
        "The width is a float: channels are counted in whole numbers, and the width of one group "
        "is cut off before it is multiplied.": {WIDTH: "channels * width_per_group / 64 * groups"},
        "You divided width_per_group by 64 with a cut before multiplying: every width below 64 "
        "becomes none.": {WIDTH: "channels * (width_per_group // 64) * groups"} | UNCHECKED,
        "You divided channels by 64 with a cut before multiplying: fewer than 64 channels then "
        "count as none.": {WIDTH: "channels // 64 * width_per_group * groups"} | UNCHECKED,
        "You did not scale the width with channels: width_per_group is meant for 64 of them, and "
        "later stages are wider.": {WIDTH: "groups * width_per_group"},
        "You forgot the groups in the width: width_per_group is the width of one of them.": {
            WIDTH: "resnext_width(channels, 1, width_per_group)"
        },
        "The 3x3 has channels // groups groups: that is the size of a group, where nn.Conv2d "
        "expects their number.": {"groups=groups": "groups=channels // groups"},
        "The 3x3 has width // groups groups: that is the size of a group, where nn.Conv2d expects "
        "their number.": {"groups=groups": "groups=width // groups"},
        "The 3x3 is depthwise, with as many groups as channels: the argument groups is their "
        "number, and each has several channels.": {"groups=groups": "groups=width"},
        "You applied the expansion to the width inside: it belongs to what leaves the block.": {
            WIDTH: f"self.expansion * {WIDTH}"
        },
        "Both 1x1 convolutions have groups too: then nothing ever mixes the groups, because the "
        "1x1 convolutions are where they meet.": GROUPS_IN_THE_FIRST | GROUPS_IN_THE_LAST,
        "The first 1x1 convolution has groups too: every branch must see all of x, so only the "
        "3x3 is grouped.": GROUPS_IN_THE_FIRST,
        "The last 1x1 convolution has groups too: it is what sums the branches, so it must see "
        "all of them, and only the 3x3 is grouped.": GROUPS_IN_THE_LAST,
        "The groups are in the first 1x1 convolution, and the 3x3 is dense: it is the other way "
        "round.": GROUPS_IN_THE_FIRST | DENSE,
        "The last convolution puts out four times the width inside: channels * expansion leave "
        "the block, however wide it is inside.": puts_out("width * self.expansion"),
        "The convolutions work on the new width, but bn1 and bn2 still expect channels: a batch "
        "normalisation is as wide as the convolution before it.": {
            "self.bn1 = nn.BatchNorm2d(width": "self.bn1 = nn.BatchNorm2d(channels",
            "self.bn2 = nn.BatchNorm2d(width": "self.bn2 = nn.BatchNorm2d(channels",
        },
        # Stride, padding, normalisation
        "The stride is in the first 1x1 convolution: that is v1, and three quarters of the input "
        "are then never read; ResNeXt has it in the 3x3.": STRIDE_IN_THE_FIRST,
        "The 1x1 convolutions are padded: a 1x1 kernel looks at one pixel and needs no border, "
        "and with one the map grows.": padded(1, 3),
        "The last batch normalisation runs again, after the addition: it would change what the "
        "shortcut brings, so it stands before the addition alone.": {
            "out += identity": "out = self.bn3(out + identity)"
        },
        **ANY_BOTTLENECK,
        "The expansion is 2: some ResNeXts are built so, but this block puts out 4 times its "
        "channels, as a Bottleneck does.": {"expansion = 4": "expansion = 2"},
    },
)
