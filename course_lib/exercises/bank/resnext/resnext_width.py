"""Exercise `resnext_width`: how many channels the grouped 3x3 convolution has."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.resnext import resnext_width

ONE_GROUP = "int(channels * width_per_group / 64)"

EXERCISE = Exercise(
    resnext_width,
    title="The width inside a ResNeXt block",
    difficulty=2,
    importance=4,
    minutes=5,
    insight=(
        "For 32x4d it gives 128, 256, 512 and 1,024: twice ResNet-50's width in every stage, and "
        "half a million parameters fewer in all."
    ),
    hints=(
        "Find the width of one group first: it is width_per_group for a block of 64 channels, and "
        "in proportion for other blocks. Only whole channels exist, so cut off before you count "
        "the groups.",
        "one group:   width_per_group * (channels / ...), cut off to an integer\n"
        "all groups:  ... times that",
    ),
    probes=(
        call(64, 32, 4),
        call(512, 32, 4),
        call(64, 1, 64),
        call(96, 3, 5),
        call(80, 3, 5),
        call(256, 64, 4),
        call(32, 2, 8),
        call(62, 3, 3),
        call(32, 4, 1),
    ),
    mistakes={
        "You swapped groups and width_per_group: 32x4d is 32 groups of 4 channels, and it is "
        "the 4 that grows with channels.": {
            "* width_per_group /": "* groups /",
            "* groups\n": "* width_per_group\n",
        },
        "You cut off after multiplying by the groups: each group gets whole channels, so cut "
        "off the width of one group, and then multiply.": {"64) * groups": "64 * groups)"},
        "You rounded the width of a group to the nearest integer: it is cut off.": {
            "int(": "round("
        },
        "You rounded after multiplying by the groups: each group gets whole channels, so cut off "
        "the width of one group, and then multiply.": {
            "int(": "round(",
            "64) * groups": "64 * groups)",
        },
        "You rounded the width of a group up: it is cut off.": {"int(": "math.ceil("},
        "You left the number a float: channels are counted in whole numbers, and a group's "
        "width is cut off.": {ONE_GROUP: "channels * width_per_group / 64"},
        "You divided channels by 64 with a cut before multiplying: 96 channels then count as "
        "64, and 32 as none.": {ONE_GROUP: "channels // 64 * width_per_group"},
        "You divided width_per_group by 64 with a cut before multiplying: every width below "
        "64 becomes none.": {ONE_GROUP: "width_per_group // 64 * channels"},
        "You divided the width of all groups by 64 with a cut before multiplying by channels: "
        "below 64 it becomes none.": {
            "return int(channels * width_per_group / 64) * groups": "return channels * "
            "(width_per_group * groups // 64)"
        },
        "You left out the groups: that is the width of one of them, and the convolution holds "
        "all.": {" * groups": ""},
        "You ignored width_per_group: each group became as wide as a whole bottleneck.": {
            ONE_GROUP: "channels"
        },
        "You ignored channels: width_per_group holds for 64 of them, and later stages are wider.": {
            ONE_GROUP: "width_per_group"
        },
        "You forgot to divide by 64: width_per_group is meant for a block of 64 channels, so "
        "that block must get it unchanged.": {" / 64": ""},
        "You divided by the groups: they stand side by side, so their widths add up.": {
            " / 64) * groups": " / 64 / groups)"
        },
        "You applied the expansion: it belongs to what leaves the block, not to the width "
        "inside.": {"return": "return 4 *"},
        "You divided by 256, the width that leaves the first stage: width_per_group is meant "
        "for the 64 inside.": {"/ 64": "/ 256"},
        "You split channels evenly among the groups, whatever width_per_group says: that "
        "keeps the width of a plain bottleneck.": {ONE_GROUP: "channels // groups"},
    },
)
