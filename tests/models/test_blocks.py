"""The residual blocks: shapes, what each part does, and what is refused."""

import pytest
import torch
from torch import nn

from course_lib.models.blocks import (
    BasicBlock,
    Bottleneck,
    bottleneck_parameters,
    shortcut,
    zero_init_residual,
)
from course_lib.models.resnext import ResNeXtBottleneck, resnext_width

BLOCKS = (BasicBlock, Bottleneck, ResNeXtBottleneck)


def test_shortcut_is_the_identity_only_where_shapes_agree():
    x = torch.randn(2, 8, 7, 7)
    assert shortcut(8, 8, 1)(x) is x
    assert not list(shortcut(8, 8, 1).parameters())
    for out_channels, stride, size in ((8, 2, 4), (16, 1, 7), (16, 2, 4)):
        projection = shortcut(8, out_channels, stride)
        assert projection(x).shape == (2, out_channels, size, size)
        # the weights of a 1x1 convolution without bias, and a batch norm's weight and bias
        assert [p.shape for p in projection.parameters()] == [
            (out_channels, 8, 1, 1),
            (out_channels,),
            (out_channels,),
        ]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(("in_channels", "stride"), [(16, 1), (16, 2), (64, 1), (64, 2)])
def test_shape_and_expansion(block, in_channels, stride):
    out_channels = 16 * block.expansion
    built = block(in_channels, 16, stride, shortcut(in_channels, out_channels, stride))
    assert built(torch.randn(2, in_channels, 9, 9)).shape == (
        2,
        out_channels,
        *[9 // stride + stride - 1] * 2,
    )


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("training", [True, False])
def test_without_a_residual_the_block_is_its_shortcut(block, training):
    channels = 16 * block.expansion
    built = block(channels, 16).train(training)
    zero_init_residual(built)
    x = torch.randn(2, channels, 5, 5)
    before = x.clone()
    assert torch.equal(built(x), x.relu())
    assert torch.equal(x, before), "the block has changed its input"
    projected = block(4, 16, 2, shortcut(4, channels, 2)).train(training)
    zero_init_residual(projected)
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(projected(x), projected.downsample(x).relu())


def test_no_convolution_has_a_bias():
    for block in BLOCKS:
        convolutions = [m for m in block(16, 16).modules() if isinstance(m, nn.Conv2d)]
        assert len(convolutions) in (2, 3)
        assert all(conv.bias is None for conv in convolutions)


@pytest.mark.parametrize("block", [Bottleneck, ResNeXtBottleneck])
def test_v1_moves_the_stride_and_keeps_the_weights(block):
    strides = {}
    for v1 in (False, True):
        built = block(16, 16, 2, shortcut(16, 64, 2), v1=v1)
        strides[v1] = [conv.stride for conv in (built.conv1, built.conv2, built.conv3)]
    assert strides == {False: [(1, 1), (2, 2), (1, 1)], True: [(2, 2), (1, 1), (1, 1)]}


def test_v1_never_sees_three_quarters_of_its_input():
    x = torch.randn(1, 8, 6, 6, requires_grad=True)
    for v1, seen in ((True, 1 / 4), (False, 1.0)):
        # only the residual: a shortcut that passes nothing on
        block = Bottleneck(
            8, 8, 2, nn.Sequential(shortcut(8, 32, 2), nn.Threshold(1e9, 0.0)), v1=v1
        )
        (gradient,) = torch.autograd.grad(block.eval()(x).sum(), x)
        assert (gradient.abs().sum(1) > 0).double().mean().item() == seen


@pytest.mark.parametrize(("in_channels", "channels", "expansion"), [(64, 64, 4), (48, 10, 2)])
def test_bottleneck_parameters_are_the_convolutions_weights(in_channels, channels, expansion):
    block = type("Block", (Bottleneck,), {"expansion": expansion})(in_channels, channels)
    convolutions = (block.conv1, block.conv2, block.conv3)
    counted = sum(conv.weight.numel() for conv in convolutions)
    assert bottleneck_parameters(in_channels, channels, expansion) == counted
    assert bottleneck_parameters(256, 64) == 69_632  # one block of conv2 in ResNet-50


def test_groups_and_width_of_the_resnext_bottleneck():
    block = ResNeXtBottleneck(256, 64, groups=32, width_per_group=4)
    assert (block.conv2.groups, block.conv2.in_channels) == (32, 128)
    assert sum(m.weight.numel() for m in (block.conv1, block.conv2, block.conv3)) == 70_144
    assert ResNeXtBottleneck(1024, 256, width_per_group=128).conv2.in_channels == 512
    assert resnext_width(96, 2, 8) == 24  # cut off in each group, before multiplying


def test_same_weights_as_the_bottleneck_without_groups():
    plain, grouped = (
        Bottleneck(16, 8, 2, shortcut(16, 32, 2)),
        ResNeXtBottleneck(16, 8, 2, shortcut(16, 32, 2)),
    )
    grouped.load_state_dict(plain.state_dict())
    x = torch.randn(2, 16, 6, 6)
    assert torch.equal(plain(x), grouped(x))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BasicBlock(64, 64, groups=32), "groups=32"),
        (lambda: BasicBlock(64, 64, width_per_group=128), "width_per_group=128"),
        (lambda: Bottleneck(64, 64, groups=32), "Bottleneck has neither.*groups=32"),
        (lambda: Bottleneck(64, 64, width_per_group=4), "width_per_group=4: use ResNeXt"),
        (lambda: ResNeXtBottleneck(64, 64, groups=0), "groups=0"),
        (lambda: ResNeXtBottleneck(64, 64, groups=-2), "groups=-2"),
        (lambda: ResNeXtBottleneck(8, 8, groups=32, width_per_group=4), "width_per_group=4"),
        (lambda: ResNeXtBottleneck(64, 64, width_per_group=0), "width_per_group=0"),
    ],
)
def test_wrong_arguments_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_zero_init_touches_only_the_last_batch_norm():
    model = nn.Sequential(BasicBlock(8, 8), Bottleneck(8, 2), ResNeXtBottleneck(8, 2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    zero_init_residual(model)
    changed = {n for n, v in model.state_dict().items() if not torch.equal(v, before[n])}
    assert changed == {"0.bn2.weight", "1.bn3.weight", "2.bn3.weight"}
    assert all(model.state_dict()[name].eq(0).all() for name in changed)
