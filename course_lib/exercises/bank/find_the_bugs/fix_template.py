"""Exercise `fix_template`: the two numbers of "32x4d" are swapped."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.from_memory.repaired import fix_template

NAME = "fix_template"
RESULT = '{"groups": int(groups), "width_per_group": int(width_per_group)}'
SPLIT = 'groups, width_per_group = template.removesuffix("d").split("x")'

EXERCISE = Exercise(
    name=NAME,
    title="All shapes fit, and there are 10 million parameters too many",
    difficulty=2,
    importance=4,
    minutes=4,
    reference=fix_template,
    hints=(
        "conv2 has 128 channels in both networks. What else decides how many weights a grouped "
        "convolution has? Print conv2 of one block, yours and torchvision's.",
        "weights of conv2 = 9 * 128 * 128 / groups\n"
        "torchvision  4,608      so groups = ?\n"
        "this one    36,864      so groups = ?\n"
        'and "32x4d" is: (which number first?) x (which one second?) d',
    ),
    probes=tuple(call(name) for name in ("32x4d", "32x8d", "64x4d", "1x128d", "8x14d")),
    mistakes=(
        mistake(
            "You wrote the numbers of 32x4d into the code: the other networks have others.",
            fix_template,
            (RESULT, '{"groups": 32, "width_per_group": 4}'),
        ),
        mistake(
            "You took the larger number for the groups: in 1x128d, the wide ResNet, it is the "
            "width.",
            fix_template,
            (
                RESULT,
                '{"groups": max(int(groups), int(width_per_group)), "width_per_group": '
                "min(int(groups), int(width_per_group))}",
            ),
        ),
        mistake(
            "You gave the width of all groups together: asked for is the width of one.",
            fix_template,
            (RESULT, RESULT.replace("int(width_per_group)", "int(groups) * int(width_per_group)")),
        ),
        mistake(
            "The order is right now, but the numbers are still text: the block computes with them.",
            fix_template,
            (RESULT, '{"groups": groups, "width_per_group": width_per_group}'),
        ),
        mistake(
            "You renamed the keys: the block's arguments are called groups and width_per_group.",
            fix_template,
            (
                RESULT,
                RESULT.replace('"groups"', '"cardinality"').replace('"width_per_group"', '"width"'),
            ),
        ),
        mistake(
            "You returned the two numbers without their names: the stage hands them on by name.",
            fix_template,
            (RESULT, "(int(groups), int(width_per_group))"),
        ),
        mistake(
            "You read the digits one by one: a number can have more than one.",
            fix_template,
            (SPLIT, "groups, width_per_group = template[0], template[-2]"),
        ),
    ),
    planted=planted(
        NAME,
        "Every shape of ResNeXt-50 32x4d is right, but it has 34,931,496 parameters. Torchvision's "
        "has 25,028,904. The convolutions that differ are the 3x3 ones.",
    ),
)
