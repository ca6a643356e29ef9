"""Exercise `fix_bottleneck_forward`: the last ReLU comes before the addition."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_bottleneck_forward

NAME = "fix_bottleneck_forward"
LAST = "out = self.bn3(self.conv3(out))"
END = "return F.relu(out + identity, inplace=True)"

EXERCISE = Exercise(
    name=NAME,
    title="Maps that grow from block to block",
    difficulty=3,
    importance=5,
    minutes=4,
    reference=fix_bottleneck_forward,
    hints=(
        "Compare the block's output with its input: is there a single number that got smaller? "
        "What can the residual path put out, and what should it be able to?",
        "yours:  y - x >= 0 everywhere\n"
        "right:  y = ReLU(r + x), and r has both signs, so y - x has both",
    ),
    probes=block_probes("bottleneck", NAME),
    mistakes=(
        mistake(
            "You added a ReLU after the sum and kept the one before it: the residual path can "
            "still only add.",
            typed.fix_bottleneck_forward,
            ("return out + identity", "return F.relu(out + identity, inplace=True)"),
        ),
        mistake(
            "You took the early ReLU out and put none after the sum: the block ends with one.",
            fix_bottleneck_forward,
            (END, "return out + identity"),
        ),
        mistake(
            "You put a ReLU on each path and added then: there is one ReLU, on the sum.",
            fix_bottleneck_forward,
            (END, "return F.relu(out) + F.relu(identity)"),
        ),
        mistake(
            "You moved the early ReLU in front of the last batch normalisation: between the third "
            "convolution and the sum there is none.",
            fix_bottleneck_forward,
            (LAST, "out = self.bn3(F.relu(self.conv3(out)))"),
        ),
        mistake(
            "The ReLU is in its place now, and the shortcut is lost.",
            fix_bottleneck_forward,
            (END, "return F.relu(out, inplace=True)"),
        ),
        mistake(
            "You added before the last batch normalisation: then it normalises the shortcut too.",
            fix_bottleneck_forward,
            (LAST, "out = self.bn3(self.conv3(out) + identity)"),
            (END, "return F.relu(out, inplace=True)"),
        ),
        mistake(
            "You took the ReLU between the second and the third convolution out as well: that one "
            "was right.",
            fix_bottleneck_forward,
            (
                "out = F.relu(self.bn2(self.conv2(out)), inplace=True)",
                "out = self.bn2(self.conv2(out))",
            ),
        ),
        mistake(
            "You added x itself: where the shapes change, the projection stands on the shortcut.",
            fix_bottleneck_forward,
            (END, "return F.relu(out + x, inplace=True)"),
        ),
    ),
    planted=planted(
        NAME,
        "Shapes, parameters and MACs are right and torchvision's weights load. But in a block "
        "with an empty shortcut no output is smaller than its input, and the outputs differ from "
        "torchvision's.",
    ),
)
