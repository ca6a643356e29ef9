"""Exercise `fix_stem`: the max pooling has no padding."""

from torch import Tensor, nn

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import around
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_stem

NAME = "fix_stem"
POOL = "nn.MaxPool2d(kernel_size=3, stride=2, padding=1)"
CONV = "kernel_size=7, stride=2, padding=3"


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
    return lambda: Stem(piece)


def _probe(height: int, width: int) -> Probe:
    probe = module_probe(_build(fix_stem), x=randn(2, 3, height, width))
    return around(_build, Probe(f"images of {height} x {width}", probe.observe, probe.arguments))


EXERCISE = Exercise(
    name=NAME,
    title="A feature map of 55 x 55",
    difficulty=2,
    importance=4,
    minutes=4,
    reference=fix_stem,
    hints=(
        "Put 224 into the formula of notebook 01, layer by layer. After which layer do you leave "
        "the table's 224, 112, 56?",
        "floor((size + 2 * padding - kernel) / stride) + 1\n"
        "conv1:    floor((224 + 6 - 7) / 2) + 1 = 112\n"
        "maxpool:  floor((112 + ? - 3) / 2) + 1 = 56",
    ),
    probes=(_probe(32, 32), _probe(37, 42), _probe(47, 33)),
    mistakes=(
        mistake(
            "You rounded up (ceil_mode): the size is right, but the windows lie one pixel further "
            "right and down than with padding at both sides.",
            typed.fix_stem,
            ("kernel_size=3, stride=2", "kernel_size=3, stride=2, ceil_mode=True"),
        ),
        mistake(
            "You made the convolution's padding larger: the last size is right, but the "
            "convolution then puts out 113 x 113.",
            typed.fix_stem,
            (CONV, CONV.replace("padding=3", "padding=4")),
        ),
        mistake(
            "You took a window of 2 x 2: the size is right, but the table says 3 x 3, whose "
            "windows overlap.",
            fix_stem,
            (POOL, "nn.MaxPool2d(kernel_size=2, stride=2)"),
        ),
        mistake(
            "You took stride 1: then the map is not halved, and the whole network works on four "
            "times as many positions.",
            fix_stem,
            (POOL, POOL.replace("stride=2", "stride=1")),
        ),
        mistake(
            "You took average pooling: the stem takes the maximum.",
            fix_stem,
            (POOL, POOL.replace("Max", "Avg")),
        ),
        mistake(
            "You padded the pooling and left a bias on in the convolution: the batch "
            "normalisation takes it out again.",
            fix_stem,
            (", bias=False", ""),
        ),
    ),
    planted=planted(
        NAME,
        "With images of 224 x 224, maxpool and layer1 put out maps of 55 x 55. The table says 56 x "
        "56.",
    ),
)
