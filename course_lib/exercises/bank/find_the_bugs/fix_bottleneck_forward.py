"""Exercise `fix_bottleneck_forward`: the last ReLU comes before the addition."""

from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_bottleneck_forward

SECOND = "self.bn2(self.conv2(out))"
LAST = "self.bn3(self.conv3(out))"
SUM, END = "out + identity", "F.relu(out + identity, inplace=True)"

EXERCISE = Exercise(
    fix_bottleneck_forward,
    title="Maps that grow from block to block",
    difficulty=3,
    importance=5,
    minutes=4,
    insight=(
        "He et al. tried this very order on purpose in 2016, and it came out worse: a branch must "
        "be able to take away as well as to add."
    ),
    hints=(
        "Compare the block's output with its input: is there a single number that got smaller? "
        "What can the residual path put out, and what should it be able to?",
        "yours:  y - x >= 0 everywhere\n"
        "right:  y = ReLU(r + x), and r has both signs, so y - x has both",
    ),
    probes=block_probes(fix_bottleneck_forward),
    mistakes={
        "You added a ReLU after the sum and kept the one before it: the residual path can "
        "still only add.": {LAST: f"F.relu({LAST}, inplace=True)"},
        "You took the early ReLU out and put none after the sum: the block ends with one.": {
            END: SUM
        },
        "You put a ReLU on each path and added then: there is one ReLU, on the sum.": {
            END: "F.relu(out) + F.relu(identity)"
        },
        "You moved the early ReLU in front of the last batch normalisation: between the third "
        "convolution and the sum there is none.": {LAST: "self.bn3(F.relu(self.conv3(out)))"},
        "The ReLU is in its place now, and the shortcut is lost.": {SUM: "out"},
        "You added before the last batch normalisation: then it normalises the shortcut too.": {
            LAST: "self.bn3(self.conv3(out) + identity)",
            SUM: "out",
        },
        "You took the ReLU between the second and the third convolution out as well: that one "
        "was right.": {f"F.relu({SECOND}, inplace=True)": SECOND},
        "You added x itself: where the shapes change, the projection stands on the shortcut.": {
            SUM: "out + x"
        },
    },
    planted=Planted(
        "Shapes, parameters and MACs are right and torchvision's weights load. But in a block "
        "with an empty shortcut no output is smaller than its input, and the outputs differ from "
        "torchvision's.",
        typed.fix_bottleneck_forward,
        typed.MISTAKES["fix_bottleneck_forward"],
    ),
)
