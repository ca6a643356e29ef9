"""Exercise `fix_head`: the linear layer is built for 512 channels, whatever the block."""

from dataclasses import replace

from torch import Tensor, nn

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import NotedBasicBlock, NotedBlock, around
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_head

NAME = "fix_head"
POOL, LINEAR = "nn.AdaptiveAvgPool2d(1)", "nn.Linear(512 * block.expansion, num_classes)"


class Head(nn.Module):
    """The head by itself: a feature map to logits."""

    avgpool: nn.Module  # the piece sets these
    fc: nn.Module

    def __init__(self, piece: Implementation, block: type[nn.Module], num_classes: int) -> None:
        super().__init__()
        piece(self, block, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.avgpool(x).flatten(1))


def _build(piece: Implementation) -> Implementation:
    return lambda block, num_classes: Head(piece, block, num_classes)


def _weights(piece: Implementation, block: type[nn.Module], num_classes: int) -> dict:
    head = Head(piece, block, num_classes)
    return {name: tuple(weight.shape) for name, weight in head.named_parameters()}


def _probe(block: type[nn.Module], x: Tensor) -> Probe:
    probe = around(_build, module_probe(_build(fix_head), block, 7, x=x))
    return replace(probe, label=f"a map of {' x '.join(map(str, x.shape[1:]))}, 7 classes")


EXERCISE = Exercise(
    name=NAME,
    title="ResNet-18 runs, ResNet-50 stops at the very end",
    difficulty=1,
    importance=4,
    minutes=3,
    reference=fix_head,
    hints=(
        "Print the shape of the last feature map of both networks (layer_shapes of notebook 05), "
        "and beside it the shape of fc.weight.",
        "last feature map: (N, 512 * ?, 7, 7)      BasicBlock: ? = 1      Bottleneck: ? = 4\n"
        "fc.weight:        (classes, 512 * ?)",
    ),
    probes=(
        Probe("the weights behind basic blocks", _weights, (NotedBasicBlock, 7)),
        Probe("the weights behind bottlenecks", _weights, (NotedBlock, 5)),
        _probe(NotedBasicBlock, randn(2, 512, 3, 2)),
        _probe(NotedBlock, randn(2, 2048, 2, 3)),
        _probe(NotedBlock, randn(1, 2048, 7, 7)),
    ),
    mistakes=(
        mistake(
            "You wrote 2048: now ResNet-50 runs and ResNet-18 stops. The block knows its "
            "expansion.",
            typed.fix_head,
            ("512", "2048"),
        ),
        mistake(
            "You multiplied the number of classes by the expansion: the features are four times "
            "as many, the classes are not.",
            typed.fix_head,
            ("nn.Linear(512, num_classes)", "nn.Linear(512, num_classes * block.expansion)"),
        ),
        mistake(
            "You started from 64, the width of the first stage: the head comes after the fourth, "
            "which is 512 wide.",
            fix_head,
            (LINEAR, LINEAR.replace("512", "64")),
        ),
        mistake(
            "You swapped the two sizes of the linear layer: first what comes in, then what goes "
            "out.",
            fix_head,
            (LINEAR, "nn.Linear(num_classes, 512 * block.expansion)"),
        ),
        mistake(
            "You left out the bias of the linear layer: no batch normalisation follows it, so it "
            "needs one.",
            fix_head,
            (LINEAR, LINEAR.replace("num_classes", "num_classes, bias=False")),
        ),
        mistake(
            "You fixed the number of classes to 1,000: it is an argument.",
            fix_head,
            (LINEAR, LINEAR.replace("num_classes", "1000")),
        ),
        mistake(
            "You pooled to 2 x 2 so that 512 channels give 2,048 numbers: the head takes the mean "
            "over the whole map.",
            typed.fix_head,
            (POOL, POOL.replace("1", "2 if block.expansion == 4 else 1")),
            ("512", "512 * block.expansion"),
        ),
        mistake(
            "You put a softmax into the head: it puts out logits, the loss takes care of the rest.",
            fix_head,
            (LINEAR, f"nn.Sequential({LINEAR}, nn.Softmax(dim=1))"),
        ),
        mistake(
            "You took the maximum over the map: ResNet takes the mean.",
            fix_head,
            (POOL, "nn.AdaptiveMaxPool2d(1)"),
        ),
    ),
    planted=planted(
        NAME,
        "ResNet-18 runs. In ResNet-50 the pooled feature map has 2,048 numbers an image, and fc "
        "stops: it was built for 512.",
    ),
)
