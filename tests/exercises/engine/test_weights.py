"""Weights find their partner by shape and place in the graph, whatever a module calls them."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.exercises.engine.weights import WeightsDiffer, buffers_kept, copy_weights
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import randomize
from course_lib.models.blocks import BasicBlock, shortcut

X = randn(2, 6, 7, 8)


class Scrambled(nn.Module):
    """A BasicBlock of stride 2, 6 to 12 channels, registered backwards, with bare parameters."""

    def __init__(self):
        super().__init__()
        self.z = nn.Parameter(torch.zeros(1, 12, 1, 1))  # the last norm's bias
        self.y = nn.Parameter(torch.zeros(1, 12, 1, 1))  # and its weight
        self.a = shortcut(6, 12, 2)
        self.last = nn.Parameter(torch.zeros(12, 12, 3, 3))
        self.norm = nn.BatchNorm2d(12)
        self.first = nn.Conv2d(6, 12, 3, 2, 1, bias=False)

    def forward(self, x):
        way = self.a(x)
        out = F.conv2d(F.relu(self.norm(self.first(x))), self.last, padding=1)
        mean, variance = out.mean((0, 2, 3), True), out.var((0, 2, 3), False, keepdim=True)
        return F.relu(way + (out - mean) / torch.sqrt(variance + 1e-5) * self.y + self.z)


def test_names_order_and_spare_axes_do_not_matter():
    block = BasicBlock(6, 12, 2, shortcut(6, 12, 2))
    randomize(block)
    other = Scrambled()
    copy_weights(block, other, X)
    torch.testing.assert_close(other(X), block(X))


def test_the_modules_keep_their_buffers():
    block, other = BasicBlock(6, 6), BasicBlock(6, 6)
    before = {name: buffer.clone() for name, buffer in block.named_buffers()}
    copy_weights(block, other, X)
    for module in (block, other):
        for name, buffer in module.named_buffers():
            assert torch.equal(buffer, before[name]), name


def test_buffers_kept_also_when_the_module_puts_new_tensors_there():
    class Replaces(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("seen", torch.zeros(()))

        def forward(self, x):
            self.seen = self.seen + 1
            return x

    module = Replaces()
    with buffers_kept(module):
        module(X)
        assert module.seen == 1
    assert module.seen == 0


def test_missing_and_spare_parameters_are_named():
    with_bias = nn.Conv2d(6, 6, 3)
    with pytest.raises(WeightsDiffer, match=r"1 too many of shape \(6,\)"):
        copy_weights(nn.Conv2d(6, 6, 3, bias=False), with_bias, X)
    with pytest.raises(WeightsDiffer, match=r"1 missing of shape \(6,\)"):
        copy_weights(with_bias, nn.Conv2d(6, 6, 3, bias=False), X)


def test_unused_parameters_come_last():
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.unused = nn.Conv2d(6, 6, 3, padding=1, bias=False)
            self.used = nn.Conv2d(6, 6, 3, padding=1, bias=False)

        def forward(self, x):
            return self.used(x)

    pair = nn.Sequential(*(nn.Conv2d(6, 6, 3, padding=1, bias=False) for _ in range(2)))
    spare = Spare()
    copy_weights(pair, spare, X)
    torch.testing.assert_close(spare.used.weight, pair[0].weight)
