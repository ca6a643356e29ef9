import re
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.explorers.cardinality import BLOCK, CARDINALITIES, NETWORK
from course_lib.models.cost import cost
from course_lib.models.resnet import ResNet, make_layer
from course_lib.models.resnext import ResNeXtBottleneck, matched_width, resnext_width
from tests.explorers.reading import numbers

PAPER = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}  # cardinality: width
LAYERS = (3, 4, 6, 3)


def network(channels, options):
    """ResNeXt-50, or one that is as much wider or narrower as `channels` are than 256."""
    if channels == 256:
        return ResNet(ResNeXtBottleneck, LAYERS, **options)
    ins = channels // 4
    parts = [nn.Conv2d(3, ins, 7, 2, 3, bias=False), nn.BatchNorm2d(ins), nn.MaxPool2d(3, 2, 1)]
    for stage, blocks in enumerate(LAYERS):
        inner, stride = channels // 4 * 2**stage, 2 if stage else 1
        parts.append(make_layer(ResNeXtBottleneck, ins, inner, blocks, stride, **options))
        ins = 4 * inner
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ins, 1000))


def built(channels, scope, cardinality, width):
    """Parameters and MACs of a block's convolutions, or of a network, as built and run."""
    options = {"groups": cardinality, "width_per_group": 256 * width / channels}
    with torch.device("meta"):
        if scope == NETWORK:
            total = cost(network(channels, options), (3, 224, 224))
            return np.array([total.parameters, total.macs])
        block = ResNeXtBottleneck(channels, channels // 4, **options)
    total = cost(block, (channels, 56, 56))
    weights = sum(row.parameters for row in total.layers if row.kind == "Conv2d")
    return np.array([weights, total.macs])


@cache
def shares(channels, scope):
    """What a network costs in any case, for each channel inside, and for each weight of a 3x3.

    Found from three that are built: a network for each of the many combinations takes minutes.
    """
    first, wider, more = (built(channels, scope, *pair) for pair in ((1, 1), (1, 2), (2, 1)))
    square = (wider - more) // 2
    inside = more - first - square
    return first - inside - square, inside, square


def counted(channels, scope, cardinality, width):
    always, inside, square = shares(channels, scope)
    parameters, macs = always + cardinality * width * inside + cardinality * width**2 * square
    return int(parameters), int(macs)


@pytest.mark.parametrize(("cardinality", "width"), [*PAPER.items(), (64, 3), (2, 128)])
def test_what_is_expected_is_what_built_networks_have(cardinality, width):
    for channels, scope in ((256, NETWORK), (64, NETWORK), (1024, BLOCK)):
        right = tuple(built(channels, scope, cardinality, width))
        assert counted(channels, scope, cardinality, width) == right


def nearest(channels, scope, cardinality):
    """The width that costs most nearly what one branch does, and what it costs."""
    budget, _ = counted(channels, scope, 1, channels // 4)
    found = {d: counted(channels, scope, cardinality, d)[0] for d in range(1, channels // 4 + 1)}
    best = min(found, key=lambda width: abs(found[width] - budget))
    return best, found[best]


def expected(values):
    """What the picture must say, computed by PyTorch."""
    cardinality, width, channels, scope = values.values()
    budget = counted(channels, scope, 1, channels // 4)
    counts = counted(channels, scope, cardinality, width)
    best, cheapest = nearest(channels, scope, cardinality)
    said = {"best": best, "nearest": cheapest, "nearest by budget": cheapest / budget[0]}
    for name, count, limit in zip(("parameters", "MACs"), counts, budget, strict=True):
        said |= {name: count, f"budget {name}": limit, f"{name} by budget": count / limit}
    inside = resnext_width(channels // 4, cardinality, 256 * width / channels)
    return said | {"channels": channels, "inside": inside}


@pytest.mark.parametrize("scope", (BLOCK, NETWORK))
def test_the_papers_widths_are_the_nearest(explorer, scope):
    for cardinality, width in PAPER.items():
        svg, words = explorer.picture(cardinality=cardinality, width=width, scope=scope)
        assert numbers(svg)["best"] == width
        assert f"the paper's {cardinality}×{width}d" in words


def test_the_nearest_width_of_a_block_is_the_exercises(explorer):
    for channels in (64, 128, 256, 512, 1024):
        budget = 17 * channels**2 // 16
        for cardinality in CARDINALITIES:
            said = numbers(explorer.picture(cardinality=cardinality, channels=channels).svg)
            assert said["budget parameters"] == budget
            assert said["best"] == matched_width(cardinality, channels, channels, budget)


def test_the_words_name_what_is_special(explorer):
    for values in explorer.grid():
        words = explorer.picture(**values).words
        cardinality, width, channels, _ = values.values()
        paper = channels == 256 and PAPER.get(cardinality) == width
        assert ("the paper's" in words) == paper
        assert ("no bottleneck" in words) == (cardinality * width > channels)


@pytest.mark.parametrize(("cardinality", "width"), [(1, 64), (4, 24), (32, 4), (64, 16)])
def test_a_bar_is_as_high_as_it_has_channels(explorer, cardinality, width):
    svg = explorer.picture(cardinality=cardinality, width=width).svg
    bars = next(way for way in re.findall(r'd="([^"]*)" fill="currentColor"', svg))
    *branches, x, y = (float(height) for height in re.findall(r"h10v([\d.]+)", bars))
    assert x == y and len(branches) == 2 * cardinality
    assert branches == pytest.approx([x * width / 256] * len(branches), abs=0.02)


def test_a_learners_block_is_built_as_it_is_drawn(explorer):
    for values in explorer.grid():
        cardinality, width, channels, _ = values.values()
        with torch.device("meta"):
            block = explorer.trial(values).build(ResNeXtBottleneck)
        assert block.conv1.weight.shape == (cardinality * width, channels, 1, 1)
        assert block.conv2.weight.shape == (cardinality * width, width, 3, 3)
        assert block.conv3.weight.shape == (channels, cardinality * width, 1, 1)
        assert block.downsample is None
