"""Exercise `fix_bottleneck_layers`: the stride is in the first 1x1 instead of the 3x3."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_bottleneck_layers

NAME = "fix_bottleneck_layers"
CONV1 = "nn.Conv2d(in_channels, channels, 1, bias=False)"
CONV2 = "nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)"
CONV3 = "nn.Conv2d(channels, channels * 4, 1, bias=False)"

EXERCISE = Exercise(
    name=NAME,
    title="Every weight fits, and the MACs do not",
    difficulty=3,
    importance=4,
    minutes=5,
    reference=fix_bottleneck_layers,
    hints=(
        "The parameters agree, so the kernels do. MACs are weights times output positions: in "
        "which layer of a block of stride 2 do the positions differ from torchvision's?",
        "layer2.0 of ResNet-50, stride 2, map 56 -> 28\n"
        "             this one    torchvision\n"
        "conv1 (1x1)     28           ?\n"
        "conv2 (3x3)     28          28       where is the stride?",
    ),
    probes=block_probes("bottleneck", NAME),
    mistakes=(
        mistake(
            "Now two convolutions have the stride: take it out of the first one.",
            fix_bottleneck_layers,
            (CONV1, CONV1.replace("bias", "stride=stride, bias")),
        ),
        mistake(
            "You took the stride out of the first convolution and gave it to no other: the "
            "residual path keeps the size.",
            fix_bottleneck_layers,
            (CONV2, CONV2.replace("stride=stride, ", "")),
        ),
        mistake(
            "You moved the stride to the last 1x1: in v1.5 the 3x3 has it, so that no computed "
            "position is thrown away.",
            fix_bottleneck_layers,
            (CONV2, CONV2.replace("stride=stride, ", "")),
            (CONV3, CONV3.replace("bias", "stride=stride, bias")),
        ),
        mistake(
            "You swapped the two convolutions' kernels along with the stride: a bottleneck is "
            "1x1, 3x3, 1x1.",
            typed.fix_bottleneck_layers,
            (
                "in_channels, channels, 1, stride=stride, bias",
                "in_channels, channels, 3, stride=stride, padding=1, bias",
            ),
            ("channels, channels, 3, padding=1", "channels, channels, 1"),
        ),
        mistake(
            "You lost the padding of the 3x3 on the way: it then loses a pixel at each edge.",
            fix_bottleneck_layers,
            (CONV2, CONV2.replace("padding=1, ", "")),
        ),
        mistake(
            "You padded the 1x1 as well: it then puts out a frame that no pixel is under.",
            fix_bottleneck_layers,
            (CONV1, CONV1.replace("bias", "padding=1, bias")),
        ),
        mistake(
            "You wrote kernel_size=stride in the 3x3: the kernel does not depend on the stride.",
            fix_bottleneck_layers,
            (CONV2, "nn.Conv2d(channels, channels, stride, stride=stride, bias=False)"),
        ),
        mistake(
            "You assigned the last convolution to conv1: the first one is lost, and conv3 is "
            "missing.",
            fix_bottleneck_layers,
            ("self.conv3", "self.conv1"),
        ),
    ),
    planted=planted(
        NAME,
        "All 25,557,032 parameters are there and torchvision's weights load. But the network has "
        "3.858 G MACs where torchvision's has 4.089 G, and its outputs differ.",
    ),
)
