"""Exercise `Bottleneck`: 1x1, 3x3, 1x1 and a shortcut."""

from torch import nn

from course_lib.exercises.bank.bottleneck.block_mistakes import MISTAKES
from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import Bottleneck, shortcut

SKIP = nn.MaxPool2d(kernel_size=1, stride=2)  # a downsample that has no parameters


def _parameters(block: Implementation) -> int:
    return sum(parameter.numel() for parameter in block(6, 4).parameters())


EXERCISE = Exercise(
    name="Bottleneck",
    title="The block that ResNet-50, -101 and -152 are made of",
    difficulty=3,
    importance=5,
    minutes=15,
    reference=Bottleneck,
    hints=(
        "Start from your BasicBlock. Three convolutions instead of two: for each write down its "
        "kernel, the channels in and out, and whether it has the stride. Only one of them looks "
        "at neighbours, so only one needs padding.",
        "u = ReLU(BN1(conv1(x)))        1x1, in_channels to ...\n"
        "v = ReLU(BN2(conv2(u)))        3x3, ... to ..., stride s, padding ?\n"
        "r = BN3(conv3(v))              1x1, ... to channels * expansion\n"
        "y = ReLU(r + ...)              x itself, or what downsample makes of it",
    ),
    probes=(
        Probe("parameters of Bottleneck(6, 4)", _parameters),
        Probe("Bottleneck.expansion", lambda block: block.expansion),
        paths_probe(16, 4, x=randn(2, 16, 9, 11)),
        paths_probe(16, 4, stride=2, downsample=SKIP, x=randn(2, 16, 9, 11)),
        module_probe(Bottleneck, 16, 4, x=randn(2, 16, 5, 7)),
        module_probe(Bottleneck, 6, 4, 2, Later(lambda: shortcut(6, 16, 2)), x=randn(2, 6, 9, 8)),
        module_probe(
            Bottleneck, 16, 4, downsample=Later(lambda: nn.Conv2d(16, 16, 1)), x=randn(2, 16, 5, 6)
        ),
        module_probe(Bottleneck, 16, 4, stride=2, downsample=SKIP, x=randn(2, 16, 8, 9)),
        equal_weights_probe(16, 4, x=randn(2, 16, 5, 6)),
    ),
    mistakes=MISTAKES,
)
