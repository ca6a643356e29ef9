"""Exercise `fix_stem`: the max pooling has no padding."""

from dataclasses import replace
from functools import partial

from torch import Tensor, nn

from course_lib.exercises.bank.find_the_bugs.probes import around, gradients_probe
from course_lib.exercises.engine.exercise import Exercise, Implementation, Planted, Probe
from course_lib.exercises.probes.block import equal_weights_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_stem

POOL = "kernel_size=3, stride=2, padding=1"


class Stem(nn.Module):
    """The stem by itself: images to the first feature map."""

    conv1: nn.Module  # the piece sets these
    bn1: nn.Module
    relu: nn.Module
    maxpool: nn.Module

    def __init__(self, piece: Implementation) -> None:
        super().__init__()
        piece(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))


def _build(piece: Implementation) -> Implementation:
    return partial(Stem, piece)


def _probe(height: int, width: int) -> Probe:
    probe = around(_build, module_probe(_build(fix_stem), x=9 * randn(2, 3, height, width)))
    return replace(probe, label=f"images of {height} x {width}")


EXERCISE = Exercise(
    fix_stem,
    title="A feature map of 55 x 55",
    difficulty=2,
    importance=4,
    minutes=4,
    insight=(
        "Rounding hid it, for 55 becomes 28 as 56 does; left in, every pooling window lies 2 "
        "pixels of the image beside where the weights were trained."
    ),
    hints=(
        "Put 224 into the formula of notebook 01, layer by layer. After which layer do you leave "
        "the table's 224, 112, 56?",
        "floor((size + 2 * padding - kernel) / stride) + 1\n"
        "conv1:    floor((224 + 6 - 7) / 2) + 1 = 112\n"
        "maxpool:  floor((112 + ? - 3) / 2) + 1 = 56",
    ),
    probes=(
        _probe(32, 32),
        _probe(37, 42),
        _probe(47, 33),
        around(_build, equal_weights_probe(x=randn(2, 3, 30, 32))),
        around(_build, gradients_probe(x=randn(1, 3, 16, 16))),
    ),
    mistakes={
        "You rounded up (ceil_mode): the size is right, but the windows lie one pixel further "
        "right and down than with padding at both sides.": {"padding=1": "ceil_mode=True"},
        "You made the convolution's padding larger: the last size is right, but the "
        "convolution then puts out 113 x 113.": {"padding=3": "padding=4", ", padding=1": ""},
        "You took a window of 2 x 2: the size is right, but the table says 3 x 3, whose "
        "windows overlap.": {POOL: "kernel_size=2, stride=2"},
        "You took stride 1: then the map is not halved, and the whole network works on four "
        "times as many positions.": {POOL: "kernel_size=3, stride=1, padding=1"},
        "You took average pooling: the stem takes the maximum.": {"MaxPool2d": "AvgPool2d"},
        "You fixed the size of the map at 56 x 56: that fits images of 224 x 224 alone, and for "
        "them too the windows are others.": {f"MaxPool2d({POOL}": "AdaptiveMaxPool2d(56"},
        "You padded the pooling and left a bias on in the convolution: the batch "
        "normalisation takes it out again.": {", bias=False": ""},
    },
    planted=Planted(
        "With images of 224 x 224, maxpool and layer1 put out maps of 55 x 55. The table says 56 x "
        "56.",
        typed.fix_stem,
        typed.MISTAKES["fix_stem"],
    ),
)
