"""Exercise `fix_template`: the two numbers of "32x4d" are swapped."""

from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.exercises.probes.call import call
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_template

GROUPS, WIDTH = "int(groups)", "int(width_per_group)"

EXERCISE = Exercise(
    fix_template,
    title="All shapes fit, and there are 10 million parameters too many",
    difficulty=2,
    importance=4,
    minutes=4,
    insight=(
        "With 40 % more parameters it might even have won, and the 32 groups would have had the "
        "credit, though there were only 4."
    ),
    hints=(
        "conv2 has 128 channels in both networks. What else decides how many weights a grouped "
        "convolution has? Print conv2 of one block, yours and torchvision's.",
        "weights of conv2 = 9 * 128 * 128 / groups\n"
        "torchvision  4,608      so groups = ?\n"
        "this one    36,864      so groups = ?\n"
        'and "32x4d" is: (which number first?) x (which one second?) d',
    ),
    probes=tuple(call(name) for name in ("32x4d", "32x8d", "64x4d", "1x128d", "8x14d", "128x2d")),
    mistakes={
        "You wrote the numbers of 32x4d into the code: the other networks have others.": {
            GROUPS: "32",
            WIDTH: "4",
        },
        "You took the larger number for the groups: in 1x128d, the wide ResNet, it is the width.": {
            GROUPS: f"max({GROUPS}, {WIDTH})",
            WIDTH: f"min({GROUPS}, {WIDTH})",
        },
        "You took the smaller number for the groups: in 32x4d, the ResNeXt, it is the width.": {
            GROUPS: f"min({GROUPS}, {WIDTH})",
            WIDTH: f"max({GROUPS}, {WIDTH})",
        },
        "You gave the width of all groups together: asked for is the width of one.": {
            WIDTH: f"{GROUPS} * {WIDTH}"
        },
        "The order is right now, but the numbers are still text: the block computes with them.": {
            GROUPS: "groups",
            WIDTH: "width_per_group",
        },
        "You renamed the keys: the block's arguments are called groups and width_per_group.": {
            '"groups"': '"cardinality"',
            '"width_per_group"': '"width"',
        },
        "You returned the two numbers without their names: the stage hands them on by name.": {
            '{"groups": ': "(",
            '"width_per_group": ': "",
            "}": ")",
        },
        "You read the digits one by one: a number can have more than one.": {
            'template.removesuffix("d").split("x")': "template[0], template[-2]"
        },
    },
    planted=Planted(
        "Every shape of ResNeXt-50 32x4d is right, but it has 34,931,496 parameters. Torchvision's "
        "has 25,028,904. The convolutions that differ are the 3x3 ones.",
        typed.fix_template,
        typed.MISTAKES["fix_template"],
    ),
)
