"""Right answers to the exercises of notebook 01."""

import functools
import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

# --- conv_output_size


def by_counting_windows(size, kernel_size, stride=1, padding=0, dilation=1):
    last = dilation * (kernel_size - 1)
    return len(range(-padding, size + padding - last, stride))


def by_floor(size, kernel_size, stride=1, padding=0, dilation=1):
    return math.floor((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1)


def by_int(size, kernel_size, stride=1, padding=0, dilation=1):
    span = kernel_size + (kernel_size - 1) * (dilation - 1)
    return int((size + 2 * padding - span + stride) / stride)


def by_stepping(size, kernel_size, stride=1, padding=0, dilation=1):
    outputs, start = 0, -padding
    while start + dilation * (kernel_size - 1) < size + padding:
        outputs, start = outputs + 1, start + stride
    return outputs


def by_running(size, kernel_size, stride=1, padding=0, dilation=1):
    layer = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation)
    return layer(torch.zeros(1, 1, size)).shape[-1]


# --- same_padding


def half_the_kernel(kernel_size, dilation=1):
    return dilation * (kernel_size // 2)


def half_the_span(kernel_size, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    return span // 2


def by_search(kernel_size, dilation=1):
    size = 50
    return next(p for p in range(size) if size + 2 * p - dilation * (kernel_size - 1) == size)


# --- conv2d


def by_loops(x, weight, bias=None, stride=1, padding=0):
    n, _, height, width = x.shape
    out, _, kh, kw = weight.shape
    x = F.pad(x, [padding] * 4)
    rows = (height + 2 * padding - kh) // stride + 1
    columns = (width + 2 * padding - kw) // stride + 1
    y = x.new_zeros(n, out, rows, columns)
    for i, j in itertools.product(range(rows), range(columns)):
        window = x[:, None, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[:, :, i, j] = (window * weight).sum(dim=(2, 3, 4))
    if bias is not None:
        y += bias[:, None, None]
    return y


def by_shifts(x, weight, bias=None, stride=1, padding=0):
    kh, kw = weight.shape[-2:]
    x = nn.ZeroPad2d(padding)(x)
    rows, columns = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    y = 0 if bias is None else bias.reshape(1, -1, 1, 1)
    for i in range(kh):
        for j in range(kw):
            piece = x[:, :, i : i + rows : stride, j : j + columns : stride]
            y = y + torch.tensordot(piece, weight[:, :, i, j], dims=([1], [1])).movedim(-1, 1)
    return y


def by_im2col(x, weight, bias=None, stride=1, padding=0):
    out, _, *kernel = weight.shape
    columns = F.unfold(x, kernel, stride=stride, padding=padding)
    y = weight.flatten(1) @ columns
    if bias is not None:
        y = y + bias[:, None]
    rows = (x.shape[2] + 2 * padding - kernel[0]) // stride + 1
    return y.view(len(x), out, rows, -1)


def by_strided_view(x, weight, bias=None, stride=1, padding=0):
    n, channels, height, width = x.shape
    out, _, kh, kw = weight.shape
    padded = x.new_zeros(n, channels, height + 2 * padding, width + 2 * padding)
    padded[:, :, padding : padding + height, padding : padding + width] = x
    shape = (
        n,
        (height + 2 * padding - kh) // stride + 1,
        (width + 2 * padding - kw) // stride + 1,
        channels,
        kh,
        kw,
    )
    steps = padded.stride()
    view = padded.as_strided(
        shape, (steps[0], steps[2] * stride, steps[3] * stride, steps[1], steps[2], steps[3])
    )
    y = F.linear(view.flatten(3), weight.flatten(1), bias)
    return y.permute(0, 3, 1, 2)


def by_fourier(x, weight, bias=None, stride=1, padding=0):
    x = F.pad(x, (padding,) * 4)
    size = x.shape[-2:]
    kh, kw = weight.shape[-2:]
    spectrum = torch.fft.rfft2(x)[:, None] * torch.fft.rfft2(weight, s=size).conj()
    y = torch.fft.irfft2(spectrum.sum(2), s=size)
    y = y[:, :, : size[0] - kh + 1 : stride, : size[1] - kw + 1 : stride]
    return y if bias is None else y + bias.view(1, -1, 1, 1)


# --- conv_parameters


def of_the_layer(in_channels, out_channels, kernel_size, groups=1, bias=False):
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, groups=groups, bias=bias)
    return sum(parameter.numel() for parameter in layer.parameters())


def group_by_group(in_channels, out_channels, kernel_size, groups=1, bias=False):
    total = 0
    for _ in range(groups):
        total += in_channels // groups * (out_channels // groups) * kernel_size**2
    return total + bias * out_channels


def divided_last(in_channels, out_channels, kernel_size, groups=1, bias=False):
    per_output = kernel_size * kernel_size * in_channels // groups + (1 if bias else 0)
    return out_channels * per_output


# --- conv_macs


def weights_times_positions(
    in_channels, out_channels, kernel_size, out_height, out_width, groups=1
):
    weights = of_the_layer(in_channels, out_channels, kernel_size, groups)
    return weights * out_height * out_width


def by_product(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    factors = (in_channels, out_channels, kernel_size, kernel_size, out_height, out_width)
    return math.prod(factors) // groups


def by_groups(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    inside, outside = in_channels // groups, out_channels // groups
    return sum(
        inside * outside * kernel_size**2 for _ in range(groups) for _ in range(out_height)
    ) * (out_width)


# --- receptive_field


def from_the_last_layer(layers):
    field = 1
    for kernel_size, stride in reversed(layers):
        field = (field - 1) * stride + kernel_size
    return field


def by_sum_of_products(layers):
    strides = [stride for _, stride in layers]
    return 1 + sum((k - 1) * math.prod(strides[:depth]) for depth, (k, _) in enumerate(layers))


def by_recursion(layers):
    if not layers:
        return 1
    (kernel_size, stride), *rest = layers
    return kernel_size + (by_recursion(rest) - 1) * stride


def by_reduce(layers):
    def add(state, layer):
        field, jump = state
        return field + jump * (layer[0] - 1), jump * layer[1]

    return functools.reduce(add, layers, (1, 1))[0]


def by_first_and_last_cell(layers):
    first = last = 0
    for kernel_size, stride in layers[::-1]:
        first, last = first * stride, last * stride + kernel_size - 1
    return last - first + 1


RIGHT = {
    "conv_output_size": [by_counting_windows, by_floor, by_int, by_stepping, by_running],
    "same_padding": [half_the_kernel, half_the_span, by_search],
    "conv2d": [by_loops, by_shifts, by_im2col, by_strided_view, by_fourier],
    "conv_parameters": [of_the_layer, group_by_group, divided_last],
    "conv_macs": [weights_times_positions, by_product, by_groups],
    "receptive_field": [
        from_the_last_layer,
        by_sum_of_products,
        by_recursion,
        by_reduce,
        by_first_and_last_cell,
    ],
}
