"""The explorer of cardinality against the built blocks and networks."""

import itertools
import re

import numpy as np
import pytest
import torch

from course_lib import explorers
from course_lib.explorers import cardinality as module
from course_lib.explorers.cardinality import (
    BLOCK,
    CARDINALITIES,
    NETWORK,
    PAPER,
    WIDTHS,
    cost,
    equal_cost,
    nearest,
)
from course_lib.models import resnet
from course_lib.models.cost import cost as counted
from course_lib.models.resnext import ResNeXtBottleneck

CHANNELS = (64, 128, 256, 512, 1024)


@pytest.mark.parametrize("channels", CHANNELS)
def test_a_block_costs_what_its_convolutions_do(channels):
    for cardinality, width in itertools.product(CARDINALITIES, WIDTHS):
        with torch.device("meta"):
            block = ResNeXtBottleneck(
                channels, channels // 4, groups=cardinality, width_per_group=256 * width / channels
            )
        total = counted(block, (channels, 56, 56))
        weights = sum(row.parameters for row in total.layers if row.kind == "Conv2d")
        assert cost(channels, cardinality, width, BLOCK) == (weights, total.macs)


@pytest.mark.parametrize(("cardinality", "width"), [*PAPER.items(), (2, 128), (64, 3)])
def test_the_network_is_resnext_50(cardinality, width):
    with torch.device("meta"):
        options = {"groups": cardinality, "width_per_group": width}
        model = resnet.ResNet(ResNeXtBottleneck, [3, 4, 6, 3], **options)
    total = counted(model, (3, 224, 224))
    assert cost(256, cardinality, width, NETWORK) == (total.parameters, total.macs)


def test_the_papers_widths_are_the_nearest():
    for cardinality, width in PAPER.items():
        assert nearest(256, cardinality, BLOCK) == width
        assert nearest(256, cardinality, NETWORK) == width


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("scope", (BLOCK, NETWORK))
def test_the_nearest_width_has_no_nearer_neighbour(channels, scope):
    budget = cost(channels, 1, channels // 4, scope)[0]
    line = equal_cost(channels, scope)
    assert line[0] == pytest.approx(channels // 4)
    for cardinality, exact in zip(CARDINALITIES, line, strict=True):
        best = nearest(channels, cardinality, scope)
        assert abs(best - max(exact, 1)) < 1
        miss = abs(cost(channels, cardinality, best, scope)[0] - budget)
        for other in {max(1, best - 1), best + 1} - {best}:
            assert miss < abs(cost(channels, cardinality, other, scope)[0] - budget)


def test_the_description_and_the_picture_show_what_was_counted():
    shown = explorers.Cardinality()
    for values in shown.grid():
        description = shown.update(**values)
        cardinality, width, channels, scope = values.values()
        parameters, macs = cost(channels, cardinality, width, scope)
        assert f"{parameters:,} parameters and {macs:,} MACs" in description
        best = int(re.search(r"at equal cost for [^:]*: (\d+)", description)[1])
        assert best == nearest(channels, cardinality, scope)
        on_paper = channels == 256 and PAPER.get(cardinality) == width
        assert ("the paper's" in description) == on_paper
        assert ("no bottleneck" in description) == (cardinality * width > channels)
        assert len(shown.plane.paper.get_xdata()) == (5 if channels == 256 else 0)
        assert len(shown.paths.middles.get_paths()) == cardinality
        place = [np.log2(cardinality), np.log2(width)]
        assert np.allclose(np.ravel(shown.plane.here.get_data()), place)


def test_a_bar_has_the_height_of_its_channels():
    shown = explorers.Cardinality()
    for cardinality, width in [(1, 64), (4, 24), (32, 4), (64, 16)]:
        shown.update(cardinality=cardinality, width=width, channels=256, scope=module.BLOCK)
        heights = [path.get_extents().height for path in shown.paths.bars.get_paths()]
        branch, outside = heights[0], heights[-1]
        assert branch / outside == pytest.approx(width / 256)
        assert heights[: 2 * cardinality] == pytest.approx([branch] * 2 * cardinality)
