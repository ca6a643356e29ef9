"""Exercise `fix_shortcut`: no batch normalisation on the projection."""

from course_lib.exercises.bank.find_the_bugs.probes import gradients_probe
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.exercises.probes.block import equal_weights_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_shortcut

CONV = "nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False)"
NORM = "nn.BatchNorm2d(out_channels)"
ONE = "stride == 1 and in_channels == out_channels"

EXERCISE = Exercise(
    fix_shortcut,
    title="Some thousand parameters too few",
    difficulty=2,
    importance=4,
    minutes=4,
    insight=(
        "Four of 53 batch normalisations were missing, and to the nearest 0.1 % the parameters "
        "were all there: count to the last digit."
    ),
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
        module_probe(fix_shortcut, 8, 4, 1, x=randn(1, 8, 3, 5)),
        equal_weights_probe(4, 8, 2, x=randn(2, 4, 5, 6)),
        gradients_probe(4, 8, 2, x=randn(2, 4, 5, 6)),
    ),
    mistakes={
        "You turned the bias on: that is one number a channel, not two, and it does not "
        "normalise.": {", bias=False": "", f"        {NORM},\n": ""},
        "The batch normalisation is there, and a bias too: it is taken out again, and only "
        "costs parameters.": {", bias=False": ""},
        "You normalise before the convolution: then what is added to the residual path still "
        "has any scale.": {
            f"{CONV},\n        {NORM}": f"nn.BatchNorm2d(in_channels),\n        {CONV}"
        },
        "You gave the batch normalisation the input's channels: it comes after the convolution.": {
            NORM: "nn.BatchNorm2d(in_channels)"
        },
        "You put a ReLU on the shortcut as well: the only ReLU after it is the block's last one.": {
            NORM: f"{NORM},\n        nn.ReLU()"
        },
        "You normalise the identity too: where the shapes agree, x passes unchanged.": {
            "nn.Identity()": NORM
        },
        "You project everywhere: where the shapes agree, x passes unchanged and costs nothing.": {
            ONE: "False"
        },
        "You project only where the channels change: at stride 2 the sizes differ all the same.": {
            ONE: "in_channels == out_channels"
        },
        "You took a 3x3 convolution: a projection is 1x1, it only mixes channels.": {
            "kernel_size=1": "kernel_size=3, padding=1"
        },
    },
    planted=Planted(
        "ResNet-50 has 7,680 parameters fewer than torchvision's, and all of them are missing in "
        "the projections. Its state dict has fewer names.",
        typed.fix_shortcut,
        typed.MISTAKES["fix_shortcut"],
    ),
)
