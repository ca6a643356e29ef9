"""Exercise `resnext_width`: how many channels the grouped 3x3 convolution has."""

import math

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.resnext import resnext_width

EXERCISE = Exercise(
    name="resnext_width",
    title="The width inside a ResNeXt block",
    difficulty=2,
    importance=4,
    minutes=5,
    reference=resnext_width,
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
        call(96, 3, 1),
    ),
    mistakes=(
        Mistake(
            "You swapped groups and width_per_group: 32x4d is 32 groups of 4 channels, and it is "
            "the 4 that grows with channels.",
            lambda channels, groups, width: int(channels * groups / 64) * width,
        ),
        Mistake(
            "You cut off after multiplying by the groups: each group gets whole channels, so cut "
            "off the width of one group, and then multiply.",
            lambda channels, groups, width: int(channels * width / 64 * groups),
        ),
        Mistake(
            "You rounded the width of a group to the nearest integer: it is cut off.",
            lambda channels, groups, width: round(channels * width / 64) * groups,
        ),
        Mistake(
            "You rounded the width of a group up: it is cut off.",
            lambda channels, groups, width: math.ceil(channels * width / 64) * groups,
        ),
        Mistake(
            "You left the number a float: channels are counted in whole numbers, and a group's "
            "width is cut off.",
            lambda channels, groups, width: channels * width / 64 * groups,
        ),
        Mistake(
            "You divided channels by 64 with a cut before multiplying: 96 channels then count as "
            "64, and 32 as none.",
            lambda channels, groups, width: channels // 64 * width * groups,
        ),
        Mistake(
            "You divided width_per_group by 64 with a cut before multiplying: every width below "
            "64 becomes none.",
            lambda channels, groups, width: width // 64 * channels * groups,
        ),
        Mistake(
            "You left out the groups: that is the width of one of them, and the convolution holds "
            "all.",
            lambda channels, groups, width: int(channels * width / 64),
        ),
        Mistake(
            "You ignored width_per_group: each group became as wide as a whole bottleneck.",
            lambda channels, groups, width: channels * groups,
        ),
        Mistake(
            "You ignored channels: width_per_group holds for 64 of them, and later stages are "
            "wider.",
            lambda channels, groups, width: width * groups,
        ),
        Mistake(
            "You forgot to divide by 64: width_per_group is meant for a block of 64 channels, so "
            "that block must get it unchanged.",
            lambda channels, groups, width: channels * width * groups,
        ),
        Mistake(
            "You divided by the groups: they stand side by side, so their widths add up.",
            lambda channels, groups, width: int(channels * width / 64 / groups),
        ),
        Mistake(
            "You applied the expansion: it belongs to what leaves the block, not to the width "
            "inside.",
            lambda channels, groups, width: int(channels * width / 64) * groups * 4,
        ),
        Mistake(
            "You divided by 256, the width that leaves the first stage: width_per_group is meant "
            "for the 64 inside.",
            lambda channels, groups, width: int(channels * width / 256) * groups,
        ),
        Mistake(
            "You split channels evenly among the groups, whatever width_per_group says: that "
            "keeps the width of a plain bottleneck.",
            lambda channels, groups, width: channels // groups * groups,
        ),
    ),
)
