"""Exercise `fix_basic_layers`: stride on both convolutions."""

from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_basic_layers

STRIDE, SECOND = "stride=stride, ", "3, padding=1"

EXERCISE = Exercise(
    fix_basic_layers,
    title="ResNet-18 stops in its second stage",
    difficulty=1,
    importance=4,
    minutes=4,
    insight=(
        "Only the shortcut caught this: a plain network would have run on without a word, with "
        "maps of 14, 4 and 1 where 28, 14 and 7 are due."
    ),
    hints=(
        "Send a map of 56 x 56 pixels through a block of stride 2 by hand, one layer after the "
        "other, and write down its size. Do the same on the shortcut.",
        "shortcut        56 -> 28\nafter conv1     56 -> ?\nafter conv2      ? -> ?   (must be 28)",
    ),
    probes=block_probes(fix_basic_layers),
    mistakes={
        "Now no convolution has the stride: the residual path keeps the size, and the "
        "shortcut halves it.": {STRIDE: ""},
        "You moved the stride to the second convolution: the sizes agree, but the first one "
        "then works on the large map, and that is another function.": {
            STRIDE: "",
            SECOND: "3, stride=stride, padding=1",
        },
        "You took the padding out of a convolution along with the stride: a 3x3 without "
        "padding loses a pixel at each edge.": {SECOND: "3"},
        "You made the second convolution a 1x1: the stride no longer hurts there, but the "
        "block has two 3x3 convolutions.": {SECOND: "1"},
        "You fixed the stride and left a bias on in a convolution: the batch normalisation "
        "after it takes it out again.": {f"{SECOND}, bias=False": SECOND},
        "You wrote kernel_size=stride in the second convolution: the kernel does not depend "
        "on the stride, it is 3.": {SECOND: "stride, padding=stride // 2"},
        "You wrote stride=2 into the first convolution: a block of stride 1 must keep the size of "
        "its map.": {"stride=stride": "stride=2"},
    },
    planted=Planted(
        "In a block of stride 2, the residual path puts out a map half as high and half as wide "
        "as the shortcut does: the two cannot be added.",
        typed.fix_basic_layers,
        typed.MISTAKES["fix_basic_layers"],
    ),
)
