"""What holds for all sizes: the formulas and functions against torch's layers, on drawn examples.

Layers that only have to say a shape or a number run on torch's "meta" device, without data.
"""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
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
from course_lib.models.groups import block_diagonal_weight, channel_shuffle, grouped_conv2d
from course_lib.models.resnext import ResNeXtBottleneck, matched_width, resnext_width

sizes = st.integers(1, 40)
kernels = st.integers(1, 7)
strides = st.integers(1, 4)
paddings = st.integers(0, 4)
dilations = st.integers(1, 3)
numbers_of_groups = st.integers(1, 6)
small = st.integers(1, 12)
seeds = st.integers(0, 2**32)
chains = st.lists(st.tuples(kernels, strides), max_size=5)  # (kernel_size, stride) of each layer
whole_axes = st.tuples(sizes, kernels, strides, paddings, dilations)


def double(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def output_of(layer, height, width):
    """The size of the map that a layer makes of one channel, None where not one window fits."""
    try:
        size = tuple(layer(torch.empty(1, 1, height, width, device="meta")).shape[2:])
    except RuntimeError:
        return None
    return size if min(size) > 0 else None  # torch 2.6 raises nothing on the meta device


def sizes_of(*axes):
    """The same by the formula, along each axis."""
    try:
        return tuple(conv_output_size(*axis) for axis in axes)
    except ValueError:
        return None


@given(whole_axes, whole_axes)
def test_a_convolutions_output_size_along_each_axis(rows, columns):
    (height, *vertical), (width, *horizontal) = rows, columns
    options = zip(vertical, horizontal, strict=True)  # kernel, stride, padding, dilation
    layer = nn.Conv2d(1, 1, *options, bias=False, device="meta")
    assert output_of(layer, height, width) == sizes_of(rows, columns)


@given(whole_axes, whole_axes)
def test_a_poolings_output_size_along_each_axis(rows, columns):
    # torch pools no window that is mostly padding
    rows, columns = ((n, k, s, min(p, k // 2), d) for n, k, s, p, d in (rows, columns))
    (height, *vertical), (width, *horizontal) = rows, columns
    layer = nn.MaxPool2d(*zip(vertical, horizontal, strict=True))
    assert output_of(layer, height, width) == sizes_of(rows, columns)


@given(sizes, sizes, st.integers(0, 6).map(lambda half: 2 * half + 1), dilations)
def test_same_padding_of_an_odd_kernel_keeps_every_size(height, width, kernel_size, dilation):
    padding = same_padding(kernel_size, dilation)
    layer = nn.Conv2d(1, 1, kernel_size, padding=padding, dilation=dilation, device="meta")
    assert output_of(layer, height, width) == (height, width)


@given(sizes, st.integers(1, 14), dilations)
def test_same_padding_is_refused_exactly_where_none_keeps_the_size(size, kernel_size, dilation):
    span = dilation * (kernel_size - 1)
    kept = [
        padding
        for padding in range(span + 1)
        if sizes_of((size, kernel_size, 1, padding, dilation)) == (size,)
    ]
    if kept:
        assert [same_padding(kernel_size, dilation)] == kept
    else:
        with pytest.raises(ValueError, match=f"loses {span} cells"):
            same_padding(kernel_size, dilation)


@given(st.integers(1, 9), st.integers(1, 9), kernels, numbers_of_groups, st.booleans())
def test_parameters_are_those_of_a_layer(ins, outs, kernel_size, groups, bias):
    ins, outs = ins * groups, outs * groups
    layer = nn.Conv2d(ins, outs, kernel_size, groups=groups, bias=bias, device="meta")
    assert conv_parameters(ins, outs, kernel_size, groups, bias) == count_parameters(layer)


@given(st.integers(1, 9), st.integers(1, 9), kernels, numbers_of_groups, whole_axes)
def test_macs_are_one_for_each_weight_and_place(ins, outs, kernel_size, groups, axis):
    size, _, stride, padding, dilation = axis
    found = sizes_of((size, kernel_size, stride, padding, dilation))
    assume(found)
    (side,) = found
    ins, outs = ins * groups, outs * groups
    macs = conv_macs(ins, outs, kernel_size, side, side, groups)
    assert macs == conv_parameters(ins, outs, kernel_size, groups) * side * side
    assert macs * groups == conv_macs(ins, outs, kernel_size, side, side)  # groups divide the cost
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    layer = nn.Conv2d(ins, outs, kernel_size, **options, device="meta")
    assert macs == cost(layer, (ins, size, size)).macs


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 6))
def test_groups_are_refused_exactly_where_torch_refuses_them(ins, outs, groups):
    if ins % groups or outs % groups:
        with pytest.raises(ValueError, match=f"groups={groups}"):
            conv_parameters(ins, outs, 3, groups)
        with pytest.raises(ValueError, match=f"groups={groups}"):
            conv_macs(ins, outs, 3, 8, 8, groups)
        with pytest.raises(ValueError, match="must be divisible by groups"):
            nn.Conv2d(ins, outs, 3, groups=groups, device="meta")
    else:
        assert conv_parameters(ins, outs, 3, groups) * groups == conv_parameters(ins, outs, 3)


@given(st.tuples(kernels, kernels), st.tuples(small, small), strides, paddings, seeds)
def test_conv2d_is_torchs(kernel, image, stride, padding, seed):
    assume(all(k <= size + 2 * padding for k, size in zip(kernel, image, strict=True)))
    torch.manual_seed(seed)
    x, weight, bias = double(2, 3, *image), double(4, 3, *kernel), double(4)
    ours = conv2d(x, weight, bias, stride, padding)
    torch.testing.assert_close(ours, F.conv2d(x, weight, bias, stride, padding))


@given(chains, chains)
def test_receptive_fields_of_chains_one_after_the_other(first, second):
    """The second sees its field in cells of the first's output, each a jump from the next."""
    jump = math.prod(stride for _, stride in first)
    steps = receptive_field(second) - 1
    assert receptive_field(first + second) == receptive_field(first) + jump * steps


@given(chains)
def test_the_receptive_field_is_the_smallest_input_with_an_output(chain):
    def output(size):
        for kernel_size, stride in chain:
            size = conv_output_size(size, kernel_size, stride)
        return size

    field = receptive_field(chain)
    assert output(field) == 1
    if field > 1:
        with pytest.raises(ValueError, match="does not fit"):
            output(field - 1)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), min_size=1, max_size=4))
def test_the_receptive_field_is_where_the_gradient_reaches(chain):
    field = receptive_field(chain)
    jump = math.prod(stride for _, stride in chain)
    x = torch.zeros(1, 1, field + 2 * jump, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel_size, stride in chain:
        weight = torch.ones(1, 1, kernel_size, dtype=torch.float64)  # no path cancels another
        y = F.conv1d(y, weight, stride=stride)
    assert y.shape[2] == 3
    (gradient,) = torch.autograd.grad(y[0, 0, 1], x)  # the middle one of three
    seen = gradient[0, 0].nonzero().flatten().tolist()
    assert (seen[0], seen[-1]) == (jump, jump + field - 1)


@given(st.integers(1, 16).map(lambda n: 16 * n), st.integers(1, 32), st.integers(1, 64))
def test_resnext_width_is_that_of_the_grouped_convolution(channels, groups, width_per_group):
    width = resnext_width(channels, groups, width_per_group)
    each, left = divmod(width, groups)
    assert left == 0  # all groups are equally wide
    assert 64 * each <= channels * width_per_group < 64 * (each + 1)
    assert resnext_width(64, groups, width_per_group) == groups * width_per_group
    if each:
        with torch.device("meta"):
            block = ResNeXtBottleneck(64, channels, groups=groups, width_per_group=width_per_group)
        assert (block.conv2.in_channels, block.conv2.groups) == (width, groups)
    else:
        with pytest.raises(ValueError, match=f"width_per_group={width_per_group}"):
            ResNeXtBottleneck(64, channels, groups=groups, width_per_group=width_per_group)


@given(st.integers(1, 64), st.integers(1, 600), st.integers(1, 600), st.integers(1, 10**6))
def test_matched_width_is_the_nearest_of_all_integers(cardinality, ins, outs, budget):
    def miss(width):
        return abs(cardinality * (ins * width + 9 * width * width + width * outs) - budget)

    most = math.isqrt(budget) + 1  # 9 * most**2 is more than twice the budget: none is nearer
    found = matched_width(cardinality, ins, outs, budget)
    assert found == min(range(1, most + 1), key=miss)  # of two the smaller


@st.composite
def grouped(draw):
    """x, the weight of a grouped convolution, its groups, stride and padding."""
    n = draw(numbers_of_groups)
    ins, outs = n * draw(st.integers(1, 3)), n * draw(st.integers(1, 3))
    kernel = draw(st.integers(1, 4))
    padding = draw(st.integers(0, 2))
    smallest = max(1, kernel - 2 * padding)
    height, width = (draw(st.integers(smallest, smallest + 5)) for _ in range(2))
    torch.manual_seed(draw(seeds))
    x, weight = double(2, ins, height, width), double(outs, ins // n, kernel, kernel)
    return x, weight, n, draw(st.integers(1, 3)), padding


@given(grouped())
def test_grouped_conv2d_is_torchs(case):
    x, weight, groups, stride, padding = case
    torchs = F.conv2d(x, weight, stride=stride, padding=padding, groups=groups)
    torch.testing.assert_close(grouped_conv2d(x, weight, groups, stride, padding), torchs)


@given(grouped())
def test_block_diagonal_weight_is_the_dense_equivalent(case):
    x, weight, groups, stride, padding = case
    dense = block_diagonal_weight(weight, groups)
    torch.testing.assert_close(
        F.conv2d(x, dense, stride=stride, padding=padding),
        F.conv2d(x, weight, stride=stride, padding=padding, groups=groups),
    )
    table = dense.unflatten(1, (groups, -1)).unflatten(0, (groups, -1))  # a block for each pair
    for i in range(groups):
        for j in range(groups):
            block = table[i, :, j]
            expected = weight.chunk(groups)[i] if i == j else torch.zeros_like(block)
            assert torch.equal(block, expected)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 3), st.integers(1, 3))
def test_channel_shuffle_is_a_permutation_that_another_undoes(groups, each, height, width):
    channels = groups * each
    x = torch.arange(2 * channels * height * width).view(2, channels, height, width)
    shuffled = channel_shuffle(x, groups)
    assert shuffled.shape == x.shape
    order = [k * each + i for i in range(each) for k in range(groups)]
    assert sorted(order) == list(range(channels))
    assert torch.equal(shuffled, x[:, order])
    assert torch.equal(channel_shuffle(shuffled, each), x)
