import re

import pytest
import torch
from torch import nn

from course_lib.models.cost import cost
from course_lib.models.groups import block_diagonal_weight


def expected(values):
    """What the picture must say, computed by PyTorch."""
    ins, outs, groups, kernel, output = values.values()
    if ins % groups or outs % groups:
        said = {}
        for side, channels in (("in", ins), ("out", outs)):
            if channels % groups:
                each, left = divmod(channels, groups)
                said |= {f"{side} each": each, f"{side} left": left}
        return said

    layer, dense = (
        nn.Conv2d(ins, outs, kernel, padding=kernel // 2, groups=count, bias=False)
        for count in (groups, 1)
    )
    means = block_diagonal_weight(torch.ones_like(layer.weight), groups)
    sees = means[output, :, 0, 0].nonzero().flatten().tolist()
    counted = cost(layer, (ins, 32, 32))
    said = {"parameters": counted.parameters, "macs": counted.macs}
    said |= {"dense": dense.weight.numel(), "pairs": dense.weight[:, :, 0, 0].numel()}
    said |= {"connections": means[:, :, 0, 0].count_nonzero().item(), "first input": sees[0]}
    if len(sees) > 1:
        said["last input"] = sees[-1]
    if groups > 1:
        said["seen"] = layer.weight.shape[1]
    for name, weight in (("stored", layer.weight), ("dense", means)):
        shape = dict(zip(("out", "in", "kernel"), weight.shape, strict=False))
        said |= {f"{name} {axis}": size for axis, size in shape.items()}
    return said


def test_the_blocks_are_those_of_the_weight(explorer):
    """The filled boxes from the dense weight's left edge on, as cells."""
    for ins, outs, groups in [(8, 8, 2), (4, 16, 4), (12, 6, 3), (16, 12, 1), (16, 16, 16)]:
        svg = explorer.picture(in_channels=ins, out_channels=outs, groups=groups).svg
        drawn = torch.zeros(outs, ins)
        for way in re.findall(r'd="([^"]*)"[^>]*fill-opacity="0.35"[^>]*stroke-width="1.5"', svg):
            for corner in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", way):
                x, y, width, height = map(float, corner)
                left, right = (round((at - 566) / 224 * ins) for at in (x, x + width))
                top, bottom = (round((at - 104) / 288 * outs) for at in (y, y + height))
                if left >= 0:
                    drawn[top:bottom, left:right] = 1
        weight = torch.ones(outs, ins // groups, 1, 1)
        assert torch.equal(drawn, block_diagonal_weight(weight, groups)[:, :, 0, 0])


def test_groups_that_do_not_divide_are_explained(explorer):
    for values in explorer.grid():
        ins, outs, groups = (values[name] for name in ("in_channels", "out_channels", "groups"))
        svg, words = explorer.picture(**values)
        impossible = bool(ins % groups or outs % groups)
        assert ("no such convolution" in words) == impossible
        assert ("depthwise" in words) == (not impossible and groups == ins)
        if impossible:
            with pytest.raises(ValueError, match="divisible"):
                nn.Conv2d(ins, outs, 3, groups=groups)
            offered = [int(each) for each in re.findall(r"\d+", words.rpartition(":")[2])]
            assert offered == [g for g in range(1, 17) if ins % g == outs % g == 0]
            assert all(f"{{&quot;groups&quot;:{g}}}" in svg for g in offered)
