"""Exercise `ResNeXtBottleneck`: a bottleneck whose 3x3 convolution has groups."""

from torch import nn

from course_lib.exercises.bank.resnext.block_mistakes import MISTAKES
from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import shortcut
from course_lib.models.resnext import ResNeXtBottleneck

SKIP = nn.MaxPool2d(kernel_size=1, stride=2)  # a downsample that has no parameters


def _parameters(block: Implementation) -> int:
    built = block(6, 16, groups=2, width_per_group=16)
    return sum(parameter.numel() for parameter in built.parameters())


EXERCISE = Exercise(
    name="ResNeXtBottleneck",
    title="The block that ResNeXt is made of",
    difficulty=3,
    importance=5,
    minutes=15,
    reference=ResNeXtBottleneck,
    hints=(
        "Start from your Bottleneck. Which numbers depend on its width inside? Compute that width "
        "once, with resnext_width, and put it in their place. What leaves the block stays as it "
        "was. One convolution alone has groups.",
        "width = resnext_width(..., ..., ...)\n"
        "u = ReLU(BN1(conv1(x)))        1x1, in_channels to ...\n"
        "v = ReLU(BN2(conv2(u)))        3x3, ... to ..., stride s, groups ...\n"
        "r = BN3(conv3(v))              1x1, ... to channels * expansion\n"
        "y = ReLU(r + ...)              x itself, or what downsample makes of it",
    ),
    probes=(
        Probe("parameters of ResNeXtBottleneck(6, 16, groups=2, width_per_group=16)", _parameters),
        Probe("ResNeXtBottleneck.expansion", lambda block: block.expansion),
        paths_probe(64, 16, groups=4, width_per_group=8, x=randn(2, 64, 9, 11)),
        paths_probe(64, 16, 2, SKIP, groups=4, width_per_group=8, x=randn(2, 64, 9, 11)),
        module_probe(
            ResNeXtBottleneck, 64, 16, groups=4, width_per_group=8, x=randn(2, 64, 5, 6)
        ),
        module_probe(ResNeXtBottleneck, 12, 16, 2, Later(lambda: shortcut(12, 64, 2)), 2, 24,
                     x=randn(2, 12, 7, 8)),
        module_probe(ResNeXtBottleneck, 32, 8, x=randn(2, 32, 5, 6)),
        module_probe(
            ResNeXtBottleneck, 96, 24, groups=3, width_per_group=4, x=randn(2, 96, 4, 5)
        ),
        module_probe(ResNeXtBottleneck, 64, 16, downsample=Later(lambda: nn.Conv2d(64, 64, 1)),
                     groups=4, width_per_group=8, x=randn(2, 64, 5, 4)),
        equal_weights_probe(64, 16, groups=4, width_per_group=8, x=randn(2, 64, 5, 6)),
    ),
    mistakes=MISTAKES,
)  # fmt: skip
