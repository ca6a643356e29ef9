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


def by_unfolding(size, kernel_size, stride=1, padding=0, dilation=1):
    cells = torch.arange(size + 2 * padding)
    return len(cells.unfold(0, dilation * (kernel_size - 1) + 1, stride))


def by_division_with_rest(size, kernel_size, stride=1, padding=0, dilation=1):
    steps, _ = divmod(size - 1 + 2 * padding - (kernel_size - 1) * dilation, stride)
    return 1 + steps


def by_taking_steps(size, kernel_size, stride=1, padding=0, dilation=1):
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    if room < 0:
        return 0
    return 1 + by_taking_steps(size - stride, kernel_size, stride, padding, dilation)


# --- same_padding


def half_the_kernel(kernel_size, dilation=1):
    return dilation * (kernel_size // 2)


def half_the_span(kernel_size, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    return span // 2


def by_search(kernel_size, dilation=1):
    size = 50
    return next(p for p in range(size) if size + 2 * p - dilation * (kernel_size - 1) == size)


def by_what_a_layer_loses(kernel_size, dilation=1):
    output = nn.Conv1d(1, 1, kernel_size, dilation=dilation)(torch.zeros(1, 1, 99))
    return (99 - output.shape[-1]) // 2


def by_the_middle_cell(kernel_size, dilation=1):
    cells = [dilation * cell for cell in range(kernel_size)]
    return cells[len(cells) // 2]


def by_rounding(kernel_size, dilation=1):
    return round((kernel_size - 1) / 2 * dilation)


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


def by_a_window_for_each_number(x, weight, bias=None, stride=1, padding=0):
    padded = F.pad(x, (padding,) * 4)
    kh, kw = weight.shape[2:]
    tops = range(0, padded.shape[2] - kh + 1, stride)
    lefts = range(0, padded.shape[3] - kw + 1, stride)
    numbers = [
        (image[:, top : top + kh, left : left + kw] * kernel).sum()
        for image in padded
        for kernel in weight
        for top in tops
        for left in lefts
    ]
    y = torch.stack(numbers).view(len(x), len(weight), len(tops), len(lefts))
    if bias is None:
        bias = torch.zeros(len(weight))
    return y + bias.unsqueeze(1).unsqueeze(2)


def by_tensordot(x, weight, bias=None, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    windows = nn.ZeroPad2d(padding)(x).unfold(2, kh, stride).unfold(3, kw, stride)
    y = torch.tensordot(weight, windows, dims=([1, 2, 3], [1, 4, 5])).transpose(0, 1)
    if bias is None:
        return y
    return y + bias.reshape(-1, 1, 1)


def by_gathering(x, weight, bias=None, stride=1, padding=0):
    out, channels, kh, kw = weight.shape
    x = F.pad(x, (padding,) * 4)
    rows = (torch.arange(0, x.shape[2] - kh + 1, stride)[:, None] + torch.arange(kh)).flatten()
    columns = (torch.arange(0, x.shape[3] - kw + 1, stride)[:, None] + torch.arange(kw)).flatten()
    cells = x[:, :, rows][:, :, :, columns].unflatten(3, (-1, kw)).unflatten(2, (-1, kh))
    y = (cells[:, None] * weight[None, :, :, None, :, None, :]).sum(dim=(2, 4, 6))
    return y + (0 if bias is None else bias.view(out, 1, 1))


def by_a_large_matrix(x, weight, bias=None, stride=1, padding=0):
    """The convolution as one matrix: what it does to each picture with a single white pixel."""
    shape = x.shape[1:]
    pixels = torch.eye(shape.numel()).view(-1, *shape)
    y = x.flatten(1) @ by_im2col(pixels, weight, None, stride, padding).flatten(1)
    height = (shape[1] + 2 * padding - weight.shape[2]) // stride + 1
    y = y.view(len(x), len(weight), height, -1)
    return y if bias is None else y + bias[:, None, None]


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


def without_memory(in_channels, out_channels, kernel_size, groups=1, bias=False):
    layer = nn.Conv2d(
        in_channels, out_channels, kernel_size, groups=groups, bias=bias, device="meta"
    )
    return layer.weight.numel() + (0 if layer.bias is None else len(layer.bias))


def by_shape(in_channels, out_channels, kernel_size, groups=1, bias=False):
    shape = [out_channels, in_channels // groups, kernel_size, kernel_size]
    return math.prod(shape) + int(bias) * shape[0]


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


def by_convolving_ones(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    around = kernel_size - 1
    x = torch.ones(1, in_channels, out_height + around, out_width + around, dtype=torch.float64)
    weight = torch.ones(out_channels, in_channels // groups, *[kernel_size] * 2).double()
    return int(F.conv2d(x, weight, groups=groups).sum())


def channel_by_channel(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    macs = 0
    for _ in range(out_channels):
        macs += in_channels // groups * kernel_size**2
    return out_width * (out_height * macs)


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


def by_the_gradient(layers):
    chain = nn.Sequential(*(nn.Conv1d(1, 1, k, stride=s, bias=False) for k, s in layers)).double()
    for parameter in chain.parameters():
        nn.init.ones_(parameter)
    x = torch.zeros(1, 1, 400, dtype=torch.float64, requires_grad=True)
    chain(x)[0, 0, 0].backward()
    reached = x.grad.nonzero()[:, -1]
    return (reached.max() - reached.min() + 1).item()


def by_cells(layers):
    cells = {0}
    for kernel_size, stride in reversed(layers):
        cells = {cell * stride + step for cell in cells for step in range(kernel_size)}
    return max(cells) - min(cells) + 1


def by_running_products(layers):
    jumps = itertools.accumulate((stride for _, stride in layers), lambda a, b: a * b, initial=1)
    return sum((k - 1) * jump for (k, _), jump in zip(layers, jumps, strict=False)) + 1


RIGHT = {
    "conv_output_size": [
        by_counting_windows,
        by_floor,
        by_int,
        by_stepping,
        by_running,
        by_unfolding,
        by_division_with_rest,
        by_taking_steps,
    ],
    "same_padding": [
        half_the_kernel,
        half_the_span,
        by_search,
        by_what_a_layer_loses,
        by_the_middle_cell,
        by_rounding,
    ],
    "conv2d": [
        by_loops,
        by_shifts,
        by_im2col,
        by_strided_view,
        by_fourier,
        by_a_window_for_each_number,
        by_tensordot,
        by_gathering,
        by_a_large_matrix,
    ],
    "conv_parameters": [of_the_layer, group_by_group, divided_last, without_memory, by_shape],
    "conv_macs": [
        weights_times_positions,
        by_product,
        by_groups,
        by_convolving_ones,
        channel_by_channel,
    ],
    "receptive_field": [
        from_the_last_layer,
        by_sum_of_products,
        by_recursion,
        by_reduce,
        by_first_and_last_cell,
        by_the_gradient,
        by_cells,
        by_running_products,
    ],
}
