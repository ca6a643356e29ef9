import re

import pytest
import torch

from course_lib import explorers
from course_lib.explorers.bottleneck import paths
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


def test_each_convolution_is_that_of_the_module():
    for values in explorers.Bottleneck().grid():
        for name, block in built(**values).items():
            layers = {row.name: row for row in cost(block, (values["in_channels"], 56, 56)).layers}
            for number, conv in enumerate(paths(**values)[name], 1):
                row = layers[f"conv{number}"]
                assert (conv.weights, conv.macs) == (row.parameters, row.macs), values
                assert (conv.out_channels, conv.out_size, conv.out_size) == row.output_shape


@pytest.mark.parametrize("v1", [False, True])
def test_the_description_counts_the_positions_that_conv1_reads(v1):
    shown = explorers.Bottleneck()
    description = shown.update(in_channels=64, channels=64, v1=v1, stride=2)
    x = torch.zeros(1, 64, 56, 56, requires_grad=True)
    blocks.Bottleneck(64, 64, 2, v1=v1).conv1(x).sum().backward()
    read = x.grad.abs().sum(dim=1).count_nonzero().item()
    named = re.search(r"conv1 reads (?:all )?([\d,]+)", description)[1]
    assert int(named.replace(",", "")) == read


def test_the_picture_says_when_the_shortcut_projects():
    shown = explorers.Bottleneck()
    for values in shown.grid():
        shown.update(**values)
        agrees = values["stride"] == 1 and values["in_channels"] == 4 * values["channels"]
        for text in shown.pasts.values():
            assert (text.get_text() == "identity") == agrees


def test_with_stride_1_both_versions_cost_the_same():
    shown = explorers.Bottleneck()
    both = [shown.update(in_channels=256, channels=64, v1=v1, stride=1) for v1 in (True, False)]
    assert "the same block" in both[0]
    assert both[0].replace("v1: with", "v1.5: with") == both[1]
