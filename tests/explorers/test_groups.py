"""The explorer of grouped convolution over its whole grid, against the built layers."""

import itertools
import re

import pytest
import torch
from torch import nn

from course_lib import explorers
from course_lib.explorers.groups import OUTPUT
from course_lib.models.cost import cost
from course_lib.models.groups import block_diagonal_weight

SHOWN = explorers.GroupedConvolution()
GRID = list(itertools.product(*(control.values for control in SHOWN.controls)))


def values(*combination):
    names = [control.name for control in SHOWN.controls]
    return dict(zip(names, combination, strict=True))


def number(pattern, text):
    return int(re.search(pattern, text)[1].replace(",", ""))


def test_it_counts_what_the_built_layer_has_and_does():
    built = 0
    for combination in GRID:
        ins, outs, kernel, groups = combination
        if ins % groups or outs % groups:
            continue
        description = SHOWN.update(**values(*combination))
        padding = kernel // 2
        with torch.device("meta"):
            layer = nn.Conv2d(ins, outs, kernel, padding=padding, groups=groups, bias=False)
        counted = cost(layer, (ins, OUTPUT, OUTPUT))
        assert number(r"parameters: [^=]*= ([\d,]*\d)", description) == counted.parameters
        assert number(r"MACs [^=]*= ([\d,]*\d)", description) == counted.macs
        assert ("depthwise" in description) == (groups == ins)
        built += 1
    assert built > 100


def test_its_pictures_show_the_layer():
    for ins, outs, groups in [(8, 8, 2), (4, 16, 4), (12, 6, 3), (16, 12, 1), (16, 16, 16)]:
        SHOWN.update(**values(ins, outs, 3, groups))
        weight = torch.ones(outs, ins // groups, 1, 1)
        expected = block_diagonal_weight(weight, groups)[:, :, 0, 0]
        drawn = torch.zeros(outs, ins)
        for path in SHOWN.dense.blocks.get_paths():
            left, top, right, bottom = map(round, path.get_extents().extents)
            drawn[top:bottom, left:right] = 1
        assert torch.equal(drawn, expected)
        assert len(SHOWN.connections.lines.get_segments()) == expected.count_nonzero()
        stored = [path.get_extents().extents for path in SHOWN.stored.blocks.get_paths()]
        assert sum((r - x) * (b - y) for x, y, r, b in stored) == weight.numel()


def test_groups_that_do_not_divide_are_explained():
    impossible = 0
    for ins, outs, kernel, groups in GRID:
        if not (ins % groups or outs % groups):
            continue
        description = SHOWN.update(**values(ins, outs, kernel, groups))
        assert "no such convolution" in description and SHOWN.problem.get_visible()
        assert not SHOWN.dense.axes.get_visible() and not SHOWN.connections.lines.get_segments()
        with pytest.raises(ValueError, match="divisible"):
            nn.Conv2d(ins, outs, kernel, groups=groups)
        offered = re.findall(r"\d+", description.rpartition(":")[2])
        assert offered, description
        for choice in map(int, offered):
            nn.Conv2d(ins, outs, kernel, groups=choice)
        impossible += 1
    assert impossible > 100
