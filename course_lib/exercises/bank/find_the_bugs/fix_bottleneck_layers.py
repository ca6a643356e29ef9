"""Exercise `fix_bottleneck_layers`: the stride is in the first 1x1 instead of the 3x3."""

from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_bottleneck_layers

STRIDE = "stride=stride, "
FIRST, SECOND, THIRD = "in_channels, channels, 1", "3, stride=stride, padding=1", "channels * 4, 1"

EXERCISE = Exercise(
    fix_bottleneck_layers,
    title="Every weight fits, and the MACs do not",
    difficulty=3,
    importance=4,
    minutes=5,
    insight=(
        "NVIDIA's model card puts the price of this at about 0.5 % of top-1, for 5 % more speed: "
        "too little for anybody to suspect a bug."
    ),
    hints=(
        "The parameters agree, so the kernels do. MACs are weights times output positions: in "
        "which layer of a block of stride 2 do the positions differ from torchvision's?",
        "layer2.0 of ResNet-50, stride 2, map 56 -> 28\n"
        "             this one    torchvision\n"
        "conv1 (1x1)     28           ?\n"
        "conv2 (3x3)     28          28       where is the stride?",
    ),
    probes=block_probes(fix_bottleneck_layers),
    mistakes={
        "Now two convolutions have the stride: take it out of the first one.": {
            FIRST: f"{FIRST}, stride=stride"
        },
        "You took the stride out of the first convolution and gave it to no other: the "
        "residual path keeps the size.": {STRIDE: ""},
        "You moved the stride to the last 1x1: in v1.5 the 3x3 has it, so that no computed "
        "position is thrown away.": {STRIDE: "", THIRD: f"{THIRD}, stride=stride"},
        "You swapped the two convolutions' kernels along with the stride: a bottleneck is "
        "1x1, 3x3, 1x1.": {FIRST: f"in_channels, channels, {SECOND}", SECOND: "1"},
        "You lost the padding of the 3x3 on the way: it then loses a pixel at each edge.": {
            "padding=1, ": ""
        },
        "You padded the 1x1 as well: it then puts out a frame that no pixel is under.": {
            FIRST: f"{FIRST}, padding=1"
        },
        "You wrote kernel_size=stride in the 3x3: the kernel does not depend on the stride.": {
            SECOND: "stride, stride=stride"
        },
        "You wrote stride=2 into the 3x3: a block of stride 1 must keep the size of its map.": {
            "stride=stride": "stride=2"
        },
        "You left a bias on in the 3x3: the batch normalisation after it takes it out again.": {
            "padding=1, bias=False": "padding=1"
        },
        "You assigned the last convolution to conv1: the first one is lost, and conv3 is "
        "missing.": {"self.conv3": "self.conv1"},
    },
    planted=Planted(
        "All 25,557,032 parameters are there and torchvision's weights load. But the network has "
        "3.858 G MACs where torchvision's has 4.089 G, and its outputs differ.",
        typed.fix_bottleneck_layers,
        typed.MISTAKES["fix_bottleneck_layers"],
    ),
)
