"""The architect's numbers are formulas: they must be those of the built networks."""

import re

import pytest
import torch
from torch import nn

from course_lib.explorers import ResNetArchitect
from course_lib.explorers.architect import PAPER, parts
from course_lib.models import resnet
from course_lib.models.blocks import BasicBlock, Bottleneck
from course_lib.models.cost import cost

BLOCKS = {"BasicBlock": BasicBlock, "Bottleneck": Bottleneck}


def built(layers, block, width, v1=False):
    """The network as modules, each part a direct child, on the meta device."""
    kind, options = BLOCKS[block], {"v1": v1} if block == "Bottleneck" else {}
    with torch.device("meta"):
        stages, before = [], width
        for stage, blocks in enumerate(layers):
            stages.append(
                resnet.make_layer(
                    kind, before, width * 2**stage, blocks, min(stage + 1, 2), **options
                )
            )
            before = width * 2**stage * kind.expansion
        stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width))
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000))
        return nn.Sequential(stem, nn.MaxPool2d(3, 2, 1), *stages, head)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    ("layers", "width", "size"), [((3, 1, 2, 1), 16, 32), ((1, 2, 1, 3), 96, 224)]
)
@pytest.mark.parametrize("v1", [False, True])
def test_every_part_is_that_of_the_built_network(block, layers, width, size, v1):
    v1 = v1 and block == "Bottleneck"
    expected = cost(built(layers, block, width, v1), (3, size, size), depth=1).layers
    found = parts(layers, block, width, size, v1)[1:]
    assert [(part.parameters, part.macs) for part in found] == [
        (layer.parameters, layer.macs) for layer in expected
    ]
    maps = [(part.channels, part.size, part.size) for part in found]
    assert maps[:-1] == [layer.output_shape for layer in expected[:-1]]
    assert expected[-1].output_shape == maps[-1][:1]


@pytest.mark.parametrize("depth", PAPER)
def test_a_depth_of_the_paper_is_the_course_network(depth):
    with torch.device("meta"):
        model = getattr(resnet, f"resnet{depth}")()
    total = cost(model, (3, 224, 224))
    description = ResNetArchitect().update(**ResNetArchitect(depth=depth).first)
    assert f"= {depth} layers" in description
    assert f"Computed: {total.parameters:,} parameters and {total.macs:,} MACs." in description
    macs = PAPER[depth][2]
    assert f"ResNet-{depth}: {macs}e9 multiply-adds" in description
    if PAPER[depth][0] == "Bottleneck":  # the paper's figure belongs to v1 alone
        v1 = int(re.search(r"Computed so: ([\d,]+)", description)[1].replace(",", ""))
        assert abs(v1 / 1e9 - float(macs)) < 0.06 < abs(total.macs / 1e9 - float(macs))


def test_free_sliders_count_only_when_the_depth_is_free():
    shown = ResNetArchitect(depth=50, a=1)
    assert "they count when the depth is free" in shown.update(**shown.first)
    free = shown.update(**shown.first | {"depth": "free"})
    assert "(1+4+6+3)" in free and "they count" not in free


def test_a_depth_with_the_other_block_is_explained():
    shown = ResNetArchitect(depth=50, block="BasicBlock")
    description = shown.update(**shown.first)
    assert "= 34 layers of BasicBlocks, not 50: its blocks are Bottlenecks" in description
    assert "ResNet-34: 3.6e9" in description


def test_other_networks_have_no_row_in_the_paper():
    shown = ResNetArchitect(depth="free", a=1, block="Bottleneck")
    assert "The paper has no such network." in shown.update(**shown.first)
    narrow = ResNetArchitect(width=32)
    assert "has width 64 and images of 224 pixels" in narrow.update(**narrow.first)


def test_the_papers_choice_of_block_is_told():
    shown = ResNetArchitect(depth="free", d=4)
    assert "layers of Bottlenecks, as the paper has them from 50" in shown.update(**shown.first)
    shown = ResNetArchitect(depth="free", d=3)
    assert "34 layers of BasicBlocks, as the paper has them up to" in shown.update(**shown.first)
