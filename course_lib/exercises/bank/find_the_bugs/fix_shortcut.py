"""Exercise `fix_shortcut`: no batch normalisation on the projection."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory.repaired import fix_shortcut

NAME = "fix_shortcut"
CONV = "nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False)"
NORM = "nn.BatchNorm2d(out_channels)"
ONE = "stride == 1 and in_channels == out_channels"

EXERCISE = Exercise(
    name=NAME,
    title="Some thousand parameters too few",
    difficulty=2,
    importance=4,
    minutes=4,
    reference=fix_shortcut,
    hints=(
        "Count per module, not in all: which module has fewer parameters than torchvision's? The "
        "difference is twice its number of output channels.",
        "a projection from 64 to 256 channels\n"
        "yours        64 * 256           = 16,384\n"
        "torchvision  64 * 256 + 2 * 256 = 16,896      what has two numbers a channel?",
    ),
    probes=(
        module_probe(fix_shortcut, 4, 4, 1, x=randn(2, 4, 5, 6)),
        module_probe(fix_shortcut, 4, 8, 1, x=randn(2, 4, 5, 6)),
        module_probe(fix_shortcut, 4, 8, 2, x=randn(2, 4, 7, 6)),
        module_probe(fix_shortcut, 6, 6, 2, x=randn(2, 6, 6, 5)),
    ),
    mistakes=(
        mistake(
            "You turned the bias on: that is one number a channel, not two, and it does not "
            "normalise.",
            fix_shortcut,
            (", bias=False", ""),
            (f"        {NORM},\n", ""),
        ),
        mistake(
            "The batch normalisation is there, and a bias too: it is taken out again, and only "
            "costs parameters.",
            fix_shortcut,
            (", bias=False", ""),
        ),
        mistake(
            "You normalise before the convolution: then what is added to the residual path still "
            "has any scale.",
            fix_shortcut,
            (f"{CONV},\n        {NORM}", f"nn.BatchNorm2d(in_channels),\n        {CONV}"),
        ),
        mistake(
            "You gave the batch normalisation the input's channels: it comes after the "
            "convolution.",
            fix_shortcut,
            (NORM, "nn.BatchNorm2d(in_channels)"),
        ),
        mistake(
            "You put a ReLU on the shortcut as well: the only ReLU after it is the block's last "
            "one.",
            fix_shortcut,
            (NORM, f"{NORM},\n        nn.ReLU()"),
        ),
        mistake(
            "You normalise the identity too: where the shapes agree, x passes unchanged.",
            fix_shortcut,
            ("nn.Identity()", NORM),
        ),
        mistake(
            "You project everywhere: where the shapes agree, x passes unchanged and costs nothing.",
            fix_shortcut,
            (ONE, "False"),
        ),
        mistake(
            "You project only where the channels change: at stride 2 the sizes differ all the "
            "same.",
            fix_shortcut,
            (ONE, "in_channels == out_channels"),
        ),
        mistake(
            "You took a 3x3 convolution: a projection is 1x1, it only mixes channels.",
            fix_shortcut,
            ("kernel_size=1", "kernel_size=3, padding=1"),
        ),
    ),
    planted=planted(
        NAME,
        "ResNet-50 has 7,680 parameters fewer than torchvision's, and all of them are missing in "
        "the projections. Its state dict has fewer names.",
    ),
)
