"""The formulas against the layers they describe, and the convolution against torch's."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.conv import (
    conv2d,
    conv_macs,
    conv_output_size,
    conv_parameters,
    receptive_field,
    same_padding,
)
from course_lib.models.cost import cost, count_parameters


def spans(kernel_size, dilation):
    return dilation * (kernel_size - 1) + 1


GRID = [
    (size, kernel_size, stride, padding, dilation)
    for size, kernel_size, stride, padding, dilation in itertools.product(
        range(1, 13), range(1, 6), range(1, 4), range(3), range(1, 4)
    )
    if spans(kernel_size, dilation) <= size + 2 * padding
]


def test_output_size_is_that_of_a_convolution():
    for size, kernel_size, *options in GRID:
        layer = nn.Conv1d(1, 1, kernel_size, *options)
        output = layer(torch.zeros(1, 1, size))
        ours = conv_output_size(size, kernel_size, *options)
        assert type(ours) is int
        assert ours == output.shape[-1], (size, kernel_size, options)


def test_output_size_is_that_of_a_pooling():
    for size, kernel_size, stride, padding, dilation in GRID:
        if 2 * padding <= kernel_size:  # torch pools no window that is mostly padding
            layer = nn.MaxPool1d(kernel_size, stride, padding, dilation)
            output = layer(torch.zeros(1, 1, size))
            assert conv_output_size(size, kernel_size, stride, padding, dilation) == output.shape[2]


@pytest.mark.parametrize(("size", "kernel_size", "dilation"), [(2, 3, 1), (4, 3, 2), (1, 7, 1)])
def test_a_kernel_that_does_not_fit_is_refused(size, kernel_size, dilation):
    with pytest.raises(ValueError, match=f"spans {spans(kernel_size, dilation)} cells"):
        conv_output_size(size, kernel_size, dilation=dilation)
    with pytest.raises(RuntimeError):  # as torch does
        nn.Conv1d(1, 1, kernel_size, dilation=dilation)(torch.zeros(1, 1, size))


def test_same_padding_keeps_the_size_of_a_built_layer():
    for kernel_size, dilation in itertools.product((1, 3, 5, 7), range(1, 5)):
        padding = same_padding(kernel_size, dilation)
        assert type(padding) is int
        layer = nn.Conv2d(1, 1, kernel_size, padding=padding, dilation=dilation)
        assert layer(torch.zeros(1, 1, 9, 6)).shape == (1, 1, 9, 6)
        torchs = nn.Conv2d(1, 1, kernel_size, padding="same", dilation=dilation)
        torchs.load_state_dict(layer.state_dict())
        x = torch.randn(1, 1, 9, 6)
        torch.testing.assert_close(layer(x), torchs(x))


def test_an_even_kernel_has_a_same_padding_only_with_an_even_dilation():
    with pytest.raises(ValueError, match="kernel_size=4 with dilation=1 loses 3 cells"):
        same_padding(4)
    layer = nn.Conv2d(1, 1, 4, padding=same_padding(4, dilation=2), dilation=2)
    assert layer(torch.zeros(1, 1, 9, 9)).shape == (1, 1, 9, 9)


@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 3), (5, 1)])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 0), (3, 1)])
@pytest.mark.parametrize("with_bias", [False, True])
def test_conv2d_is_torchs(kernel, stride, padding, with_bias):
    def double(*shape):
        return torch.randn(*shape, dtype=torch.float64, requires_grad=True)

    x, weight = double(2, 3, 7, 6), double(4, 3, *kernel)
    inputs = (x, weight, double(4)) if with_bias else (x, weight)
    ours = conv2d(*inputs, stride=stride, padding=padding)
    torchs = F.conv2d(*inputs, stride=stride, padding=padding)
    torch.testing.assert_close(ours, torchs)
    cotangent = torch.randn_like(torchs)
    for mine, theirs in zip(
        torch.autograd.grad(ours, inputs, cotangent),
        torch.autograd.grad(torchs, inputs, cotangent),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


LAYERS = [  # in, out, kernel, groups
    (3, 64, 7, 1), (64, 64, 3, 1), (64, 256, 1, 1), (8, 12, 3, 4), (6, 6, 5, 6), (6, 12, 3, 6),
]  # fmt: skip


@pytest.mark.parametrize(("in_channels", "out_channels", "kernel_size", "groups"), LAYERS)
@pytest.mark.parametrize("bias", [False, True])
def test_parameters_and_macs_are_those_of_a_built_layer(
    in_channels, out_channels, kernel_size, groups, bias
):
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, 2, 1, groups=groups, bias=bias)
    parameters = conv_parameters(in_channels, out_channels, kernel_size, groups, bias)
    assert type(parameters) is int and parameters == count_parameters(layer)

    measured = cost(layer, (in_channels, 17, 12))
    _, height, width = measured.layers[0].output_shape
    macs = conv_macs(in_channels, out_channels, kernel_size, height, width, groups)
    assert type(macs) is int and macs == measured.macs


@pytest.mark.parametrize(("in_channels", "out_channels"), [(6, 4), (4, 6)])
def test_groups_that_do_not_divide_are_refused(in_channels, out_channels):
    with pytest.raises(ValueError, match="groups=4 must divide"):
        conv_parameters(in_channels, out_channels, 3, groups=4)
    with pytest.raises(ValueError, match="groups=4 must divide"):
        conv_macs(in_channels, out_channels, 3, 8, 8, groups=4)


@pytest.mark.parametrize(
    "layers",
    [
        [(1, 1)],
        [(3, 1), (3, 1), (3, 1)],
        [(7, 2), (3, 2)],
        [(7, 2), (3, 2), (3, 1), (3, 1)],
        [(2, 2), (5, 1), (1, 2), (3, 1)],
        [(1, 3), (2, 1)],
    ],
)
def test_receptive_field_is_where_the_gradient_reaches(layers):
    chain = nn.Sequential(*(nn.Conv1d(1, 1, k, stride, bias=False) for k, stride in layers))
    for layer in chain:
        nn.init.ones_(layer.weight)  # so that no path cancels another
    x = torch.zeros(1, 1, 80, requires_grad=True)
    y = chain(x)
    (gradient,) = torch.autograd.grad(y[0, 0, y.shape[2] // 2], x)
    seen = gradient[0, 0].nonzero().flatten()
    assert receptive_field(layers) == seen[-1] - seen[0] + 1


def test_receptive_field_of_no_layer_is_one_cell():
    assert receptive_field([]) == 1
