import functools
import json
import re
from html import unescape

import pytest
import torch
from torch import nn

from course_lib.models import blocks
from course_lib.models.cost import cost


def built(in_channels, channels, v1, stride):
    """The two blocks that the explorer compares."""
    with torch.device("meta"):
        past = blocks.shortcut(in_channels, 4 * channels, stride)
        return {
            "Bottleneck": blocks.Bottleneck(in_channels, channels, stride, past, v1=v1),
            "BasicBlock": blocks.BasicBlock(in_channels, 4 * channels, stride, past),
        }


@functools.cache
def read(stride, v1):
    """How many positions of x the first convolution of a Bottleneck reads."""
    x = torch.zeros(1, 8, 56, 56, requires_grad=True)
    blocks.Bottleneck(8, 2, stride, v1=v1).conv1(x).sum().backward()
    return x.grad.abs().sum(dim=1).count_nonzero().item()


def expected(values):
    """What the picture must say, computed by PyTorch."""
    said = {"x.channels": values["in_channels"], "x.size": 56}
    for name, block in built(**values).items():
        rows = cost(block, (values["in_channels"], 56, 56)).layers
        convs = [row for row in rows if re.fullmatch(r"conv\d", row.name)]
        said[f"{name}.weights"] = sum(row.parameters for row in convs)
        said[f"{name}.macs"] = sum(row.macs for row in convs)
        for row in convs:
            said[f"{name}.{row.name}.channels"] = row.output_shape[0]
            said[f"{name}.{row.name}.size"] = row.output_shape[1]
            if name == "Bottleneck":
                said[f"{name}.{row.name}.weights"] = row.parameters
                said[f"{name}.{row.name}.macs"] = row.macs
    for what in ("weights", "macs"):
        said[f"{what}.times"] = said[f"BasicBlock.{what}"] / said[f"Bottleneck.{what}"]
    if values["stride"] == 2:
        said["read"] = read(2, values["v1"])
        said |= {"positions": 56 * 56} if values["v1"] else {}
    return said


def test_the_picture_says_when_the_shortcut_projects(explorer):
    for values in explorer.grid():
        block = built(**values)["Bottleneck"]
        svg = explorer.picture(**values).svg
        both = svg.count("identity: nothing to compute"), svg.count("projection 1×1, stride")
        assert both == ((2, 0) if isinstance(block.downsample, nn.Identity) else (0, 2))


@pytest.mark.parametrize("v1", [False, True])
def test_the_words_say_how_many_positions_conv1_reads(explorer, v1):
    words = explorer.picture(stride=2, v1=v1).words
    assert re.search(r"conv1 reads (?:all )?([\d,]+)", words)[1] == f"{read(2, v1):,}"


def test_with_stride_1_both_versions_are_the_same(explorer):
    v15, v1 = (explorer.picture(stride=1, v1=v1) for v1 in (False, True))
    assert "the same block" in v1.words
    assert v1.svg.replace("v1: with", "v1.5: with") == v15.svg


def test_a_click_on_a_convolution_puts_the_stride_there(explorer):
    svg = explorer.picture(stride=2).svg
    sets = [json.loads(unescape(each)) for each in re.findall(r'data-set="([^"]*)"', svg)]
    assert sets == [{"v1": True}, {"v1": False}]
    assert "data-set" not in explorer.picture(stride=1).svg


def test_the_three_by_three_convolutions_are_striped(explorer):
    svg = explorer.picture().svg
    kernels = re.findall(r"conv\d (\d)×\d, stride", svg)
    fills = re.findall(r'<polygon points="[^"]*" fill="([^"]*)" ?(?:fill-opacity|stroke)', svg)
    assert [fill.startswith("url(#three") for fill in fills[:5]] == [k == "3" for k in kernels]
