"""Exercise `BasicBlock`: two 3x3 convolutions and a shortcut."""

from torch import nn

from course_lib.exercises.bank.basic_block.block_mistakes import MISTAKES
from course_lib.exercises.engine.exercise import Exercise, Later, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import BasicBlock, shortcut
from course_lib.models.cifar import PadShortcut

SKIP = nn.MaxPool2d(kernel_size=1, stride=2)  # a downsample that has no parameters

EXERCISE = Exercise(
    name="BasicBlock",
    title="The block that ResNet-18 and ResNet-34 are made of",
    difficulty=3,
    importance=5,
    minutes=15,
    reference=BasicBlock,
    hints=(
        "Write the residual path as a list first: five layers, of which one has the stride. Then "
        "ask which tensor the shortcut starts from, and whether it is still what it was when you "
        "come to add it.",
        "u = ReLU(BN1(conv1(x)))        conv1: 3x3, stride s, padding ?, bias ?\n"
        "r = BN2(conv2(u))              conv2: 3x3, stride ?, padding ?, bias ?\n"
        "y = ReLU(r + ...)              x itself, or what downsample makes of it",
    ),
    probes=(
        paths_probe(6, 6, x=randn(2, 6, 9, 11)),
        paths_probe(6, 6, stride=2, downsample=SKIP, x=randn(2, 6, 9, 11)),
        paths_probe(4, 8, downsample=PadShortcut(4, 8, 1), x=randn(2, 4, 9, 11)),
        module_probe(BasicBlock, 6, 6, x=randn(2, 6, 5, 7)),
        module_probe(BasicBlock, 4, 8, 2, Later(lambda: shortcut(4, 8, 2)), x=randn(2, 4, 9, 8)),
        module_probe(
            BasicBlock, 4, 8, downsample=Later(lambda: shortcut(4, 8, 1)), x=randn(2, 4, 5, 6)
        ),
        module_probe(BasicBlock, 6, 6, stride=2, downsample=SKIP, x=randn(2, 6, 8, 9)),
        module_probe(
            BasicBlock, 6, 6, downsample=Later(lambda: nn.Conv2d(6, 6, 1)), x=randn(2, 6, 5, 6)
        ),
        equal_weights_probe(6, 6, x=randn(2, 6, 5, 6)),
        Probe("BasicBlock.expansion", lambda block: block.expansion),
    ),
    mistakes=MISTAKES,
)
