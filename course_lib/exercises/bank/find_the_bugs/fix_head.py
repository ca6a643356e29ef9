"""Exercise `fix_head`: the linear layer is built for 512 channels, whatever the block."""

from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor, nn

from course_lib.exercises.bank.find_the_bugs.probes import (
    NotedBasicBlock,
    NotedBlock,
    around,
    gradients_probe,
)
from course_lib.exercises.engine.exercise import Exercise, Implementation, Planted, Probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import built, module_probe
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_head
from course_lib.models.blocks import BlockClass

POOL = "nn.AdaptiveAvgPool2d(1)"
FEATURES = "512 * block.expansion"


class Head(nn.Module):
    """The head by itself: a feature map to logits."""

    avgpool: nn.Module  # the piece sets these
    fc: nn.Module

    def __init__(self, piece: Implementation, *args: Any, **options: int) -> None:
        super().__init__()
        piece(self, *args, **options)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.avgpool(x).flatten(1))


def _build(piece: Implementation) -> Implementation:
    return partial(Head, piece)


def _shapes(piece: Implementation, block: BlockClass, options: dict[str, int]) -> list:
    pixel = randn(2, 512 * block.expansion, 1, 1)
    head = built(_build(piece), (block,), options, pixel)
    return sorted(tuple(weight.shape) for weight in head.parameters())


def _probe(block: type[nn.Module], x: Tensor) -> Probe:
    probe = around(_build, module_probe(_build(fix_head), block, 7, x=x))
    return replace(probe, label=f"a map of {' x '.join(map(str, x.shape[1:]))}, 7 classes")


EXERCISE = Exercise(
    fix_head,
    title="ResNet-18 runs, ResNet-50 stops at the very end",
    difficulty=1,
    importance=4,
    minutes=3,
    insight=(
        "512 is right for two of the ten networks, and those are the two that one tries first: a "
        "number written out hides what it depends on."
    ),
    hints=(
        "Print the shape of the last feature map of both networks (layer_shapes of notebook 05), "
        "and beside it the shape of fc.weight.",
        "last feature map: (N, 512 * ?, 7, 7)      BasicBlock: ? = 1      Bottleneck: ? = 4\n"
        "fc.weight:        (classes, 512 * ?)",
    ),
    probes=(
        Probe("the weights behind basic blocks", _shapes, (NotedBasicBlock, {})),
        Probe("the weights behind bottlenecks", _shapes, (NotedBlock, {"num_classes": 5})),
        _probe(NotedBasicBlock, randn(2, 512, 3, 2)),
        _probe(NotedBlock, randn(2, 2048, 2, 3)),
        _probe(NotedBlock, randn(1, 2048, 7, 7)),
        around(_build, gradients_probe(NotedBlock, 5, x=randn(2, 2048, 1, 1))),
    ),
    mistakes={
        "Nothing is called self.fc when your code is through: a local name ends with the function, "
        "and the forward pass knows no other name.": {"self.fc": "fc"},
        "You wrote 2048: now ResNet-50 runs and ResNet-18 stops. The block knows its expansion.": {
            FEATURES: "2048"
        },
        "You multiplied the number of classes by the expansion: the features are four times "
        "as many, the classes are not.": {
            f"{FEATURES}, num_classes": "512, num_classes * block.expansion"
        },
        "You started from 64, the width of the first stage: the head comes after the fourth, "
        "which is 512 wide.": {"512": "64"},
        "You swapped the two sizes of the linear layer: first what comes in, then what goes out.": {
            f"{FEATURES}, num_classes": f"num_classes, {FEATURES}"
        },
        "You left out the bias of the linear layer: no batch normalisation follows it, so it "
        "needs one.": {"num_classes)": "num_classes, bias=False)"},
        "You fixed the number of classes to 1,000: it is an argument.": {"num_classes)": "1000)"},
        "You pooled to 2 x 2 so that 512 channels give 2,048 numbers: the head takes the mean "
        "over the whole map.": {POOL: "nn.AdaptiveAvgPool2d(2 if block.expansion == 4 else 1)"},
        "You fixed the window of the pooling at 7 x 7: that is the whole map for images of "
        "224 x 224 alone. The head takes the mean over any map.": {POOL: "nn.AvgPool2d(7)"},
        "You kept 7 x 7 numbers of each channel, as VGG does: ResNet's head takes their mean, and "
        "one number a channel is left.": {
            POOL: "nn.AdaptiveAvgPool2d(7)",
            FEATURES: f"{FEATURES} * 7 * 7",
        },
        "You put a softmax into the head: it puts out logits, the loss takes care of the rest.": {
            "nn.Linear(": "nn.Sequential(nn.Linear(",
            "num_classes)": "num_classes), nn.Softmax(dim=1))",
        },
        "You took the maximum over the map: ResNet takes the mean.": {
            POOL: "nn.AdaptiveMaxPool2d(1)"
        },
    },
    planted=Planted(
        "ResNet-18 runs. In ResNet-50 the pooled feature map has 2,048 numbers an image, and fc "
        "stops: it was built for 512.",
        typed.fix_head,
        typed.MISTAKES["fix_head"],
    ),
)
