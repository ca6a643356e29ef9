"""Exercise `fix_basic_layers`: stride on both convolutions."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_basic_layers

NAME = "fix_basic_layers"
CONV1 = "conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1"
CONV2 = "conv2 = nn.Conv2d(channels, channels, 3, padding=1"

EXERCISE = Exercise(
    name=NAME,
    title="ResNet-18 stops in its second stage",
    difficulty=1,
    importance=4,
    minutes=4,
    reference=fix_basic_layers,
    hints=(
        "Send a map of 56 x 56 pixels through a block of stride 2 by hand, one layer after the "
        "other, and write down its size. Do the same on the shortcut.",
        "shortcut        56 -> 28\nafter conv1     56 -> ?\nafter conv2      ? -> ?   (must be 28)",
    ),
    probes=block_probes("basic", NAME),
    mistakes=(
        mistake(
            "Now no convolution has the stride: the residual path keeps the size, and the "
            "shortcut halves it.",
            fix_basic_layers,
            (CONV1, CONV1.replace("stride=stride, ", "")),
        ),
        mistake(
            "You moved the stride to the second convolution: the sizes agree, but the first one "
            "then works on the large map, and that is another function.",
            fix_basic_layers,
            (CONV1, CONV1.replace("stride=stride, ", "")),
            (CONV2, CONV2.replace("padding", "stride=stride, padding")),
        ),
        mistake(
            "You took the padding out of a convolution along with the stride: a 3x3 without "
            "padding loses a pixel at each edge.",
            fix_basic_layers,
            (CONV2, CONV2.replace(", padding=1", "")),
        ),
        mistake(
            "You made the second convolution a 1x1: the stride no longer hurts there, but the "
            "block has two 3x3 convolutions.",
            fix_basic_layers,
            (CONV2 + ", bias", "conv2 = nn.Conv2d(channels, channels, 1, bias"),
        ),
        mistake(
            "You fixed the stride and left a bias on in a convolution: the batch normalisation "
            "after it takes it out again.",
            fix_basic_layers,
            (CONV2 + ", bias=False", CONV2),
        ),
        mistake(
            "You wrote kernel_size=stride in the second convolution: the kernel does not depend "
            "on the stride, it is 3.",
            typed.fix_basic_layers,
            (
                "nn.Conv2d(channels, channels, 3, stride=stride, padding=1",
                "nn.Conv2d(channels, channels, stride, padding=stride // 2",
            ),
        ),
    ),
    planted=planted(
        NAME,
        "In a block of stride 2, the residual path puts out a map half as high and half as wide "
        "as the shortcut does: the two cannot be added.",
    ),
)
