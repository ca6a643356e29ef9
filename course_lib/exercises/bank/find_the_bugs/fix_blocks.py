"""Exercise `fix_blocks`: ResNet-50's last stage has a block too many."""

from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.exercises.probes.call import call
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_blocks

FIFTY = "50: [3, 4, 6, 3]"

EXERCISE = Exercise(
    fix_blocks,
    title="A ResNet-50 of 30 million parameters",
    difficulty=1,
    importance=3,
    minutes=3,
    insight=(
        "It would have trained, perhaps even better, and spoilt every comparison: 17 % more "
        "parameters under the name of ResNet-50."
    ),
    hints=(
        "The name of a network counts its layers. Count those of this one: 2, and 3 for each "
        "bottleneck. The explorer does it too.",
        "2 + 3 * (a + b + c + d) = 50      so a + b + c + d = ?\n"
        "Which stage has too many? One block of layer4 has about 4.46 million parameters.",
    ),
    probes=tuple(call(depth) for depth in (18, 34, 50, 101, 152)),
    mistakes={
        "You took the block out of the third stage: the layers are 50 then, but the table "
        "has the six blocks there.": {FIFTY: "50: [3, 4, 5, 4]"},
        "You took the block out of the second stage: the layers are 50 then, but the table "
        "has four blocks there.": {FIFTY: "50: [3, 3, 6, 4]"},
        "You took the block out of the first stage: the layers are 50 then, but the table has "
        "three blocks there.": {FIFTY: "50: [2, 4, 6, 4]"},
        "You took out one block too many: 2 + 3 * 15 is 47 layers.": {FIFTY: "50: [3, 4, 6, 2]"},
        "You gave ResNet-50 the blocks of ResNet-18: bottlenecks of [2, 2, 2, 2] make 26 layers.": {
            FIFTY: "50: [2, 2, 2, 2]"
        },
        "ResNet-50 is right now, but you changed another depth too: each row of the table "
        "counts its own layers.": {"101: [3, 4, 23, 3]": "101: [3, 4, 22, 3]"},
        "You returned the blocks of ResNet-50 for every depth.": {"}[depth]": "}[50]"},
    },
    planted=Planted(
        "The network that is called ResNet-50 has 53 layers with weights, and 30,019,624 "
        "parameters. Torchvision's has 25,557,032.",
        typed.fix_blocks,
        typed.MISTAKES["fix_blocks"],
    ),
)
