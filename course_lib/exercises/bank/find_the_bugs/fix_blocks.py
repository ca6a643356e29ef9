"""Exercise `fix_blocks`: ResNet-50's last stage has a block too many."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.from_memory.repaired import fix_blocks

NAME = "fix_blocks"
FIFTY = "50: [3, 4, 6, 3]"

EXERCISE = Exercise(
    name=NAME,
    title="A ResNet-50 of 30 million parameters",
    difficulty=1,
    importance=3,
    minutes=3,
    reference=fix_blocks,
    hints=(
        "The name of a network counts its layers. Count those of this one: 2, and 3 for each "
        "bottleneck. The explorer does it too.",
        "2 + 3 * (a + b + c + d) = 50      so a + b + c + d = ?\n"
        "Which stage has too many? One block of layer4 has about 4.46 million parameters.",
    ),
    probes=tuple(call(depth) for depth in (18, 34, 50, 101, 152)),
    mistakes=(
        mistake(
            "You took the block out of the third stage: the layers are 50 then, but the table "
            "has the six blocks there.",
            fix_blocks,
            (FIFTY, "50: [3, 4, 5, 4]"),
        ),
        mistake(
            "You took the block out of the second stage: the layers are 50 then, but the table "
            "has four blocks there.",
            fix_blocks,
            (FIFTY, "50: [3, 3, 6, 4]"),
        ),
        mistake(
            "You took the block out of the first stage: the layers are 50 then, but the table has "
            "three blocks there.",
            fix_blocks,
            (FIFTY, "50: [2, 4, 6, 4]"),
        ),
        mistake(
            "You took out one block too many: 2 + 3 * 15 is 47 layers.",
            fix_blocks,
            (FIFTY, "50: [3, 4, 6, 2]"),
        ),
        mistake(
            "You gave ResNet-50 the blocks of ResNet-18: bottlenecks of [2, 2, 2, 2] make 26 "
            "layers.",
            fix_blocks,
            (FIFTY, "50: [2, 2, 2, 2]"),
        ),
        mistake(
            "ResNet-50 is right now, but you changed another depth too: each row of the table "
            "counts its own layers.",
            fix_blocks,
            ("101: [3, 4, 23, 3]", "101: [3, 4, 22, 3]"),
        ),
        mistake(
            "You returned the blocks of ResNet-50 for every depth.",
            fix_blocks,
            ("}[depth]", "}[50]"),
        ),
    ),
    planted=planted(
        NAME,
        "The network that is called ResNet-50 has 53 layers with weights, and 30,019,624 "
        "parameters. Torchvision's has 25,557,032.",
    ),
)
