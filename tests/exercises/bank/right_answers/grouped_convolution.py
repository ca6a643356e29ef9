"""Right answers to the exercises of notebook 08."""

import torch
import torch.nn.functional as F
from torch import nn


def by_slices(x, weight, groups, stride=1, padding=0):
    wide, tall = x.shape[1] // groups, weight.shape[0] // groups
    output = None
    for g in range(groups):
        part = F.conv2d(
            x[:, g * wide : (g + 1) * wide],
            weight[g * tall : (g + 1) * tall],
            None,
            stride,
            padding,
        )
        output = part if output is None else torch.cat((output, part), 1)
    return output


def by_one_dense_convolution(x, weight, groups, stride=1, padding=0):
    return F.conv2d(x, with_block_diag(weight, groups), stride=stride, padding=padding)


def by_windows(x, weight, groups, stride=1, padding=0):
    n, _, height, width = x.shape
    out, _, kernel, _ = weight.shape
    windows = F.unfold(x, kernel, stride=stride, padding=padding)
    windows = windows.view(n, groups, -1, windows.shape[-1])
    kernels = weight.reshape(groups, out // groups, -1)
    result = torch.einsum("ngip,goi->ngop", windows, kernels)
    return result.reshape(n, out, (height + 2 * padding - kernel) // stride + 1, -1)


def by_vmap(x, weight, groups, stride=1, padding=0):
    parts = x.unflatten(1, (groups, -1))
    kernels = weight.unflatten(0, (groups, -1))
    one_group = torch.vmap(
        lambda a, b: F.conv2d(a, b, stride=stride, padding=padding), in_dims=(1, 0), out_dims=1
    )
    return one_group(parts, kernels).flatten(1, 2)


def by_modules(x, weight, groups, stride=1, padding=0):
    outputs = []
    for part, kernels in zip(x.tensor_split(groups, 1), weight.tensor_split(groups), strict=True):
        layer = nn.Conv2d(part.shape[1], len(kernels), kernels.shape[-1], stride, padding)
        values = {"weight": kernels, "bias": kernels.new_zeros(len(kernels))}
        outputs.append(torch.func.functional_call(layer, values, (part,)))
    return torch.hstack(outputs)


def kernel_by_kernel(x, weight, groups, stride=1, padding=0):
    each, channels = len(weight) // groups, weight.shape[1]
    maps = []
    for o, kernel in enumerate(weight):
        first = o // each * channels
        seen = x.narrow(1, first, channels)
        maps.append(F.conv2d(seen, kernel.unsqueeze(0), stride=stride, padding=padding))
    return torch.cat(maps, 1)


def into_an_empty_map(x, weight, groups, stride=1, padding=0):
    one = F.conv2d(x[:, :1], weight[:1, :1], stride=stride, padding=padding)
    y = x.new_empty(len(x), len(weight), *one.shape[2:])
    places = torch.arange(len(weight)).chunk(groups)
    for part, place in zip(x.chunk(groups, 1), places, strict=True):
        y[:, place] = F.conv2d(part, weight[place], None, (stride, stride), (padding, padding))
    return y


def by_halves(x, weight, groups, stride=1, padding=0):
    """The first group, and then all the others."""
    if groups == 1:
        return F.conv2d(x, weight, stride=stride, padding=padding)
    channels, each = weight.shape[1], len(weight) // groups
    first = F.conv2d(x[:, :channels], weight[:each], stride=stride, padding=padding)
    others = by_halves(x[:, channels:], weight[each:], groups - 1, stride, padding)
    return torch.cat([first, others], dim=1)


def with_block_diag(weight, groups):
    _, _, height, width = weight.shape
    flat = [block.flatten(1) for block in weight.chunk(groups)]
    return torch.block_diag(*flat).unflatten(1, (-1, height, width))


def by_masking(weight, groups):
    out, channels = weight.shape[:2]
    row_group = torch.arange(out) // (out // groups)
    column_group = torch.arange(channels * groups) // channels
    mask = (row_group[:, None] == column_group).to(weight.dtype)
    return weight.repeat(1, groups, 1, 1) * mask[:, :, None, None]


def by_padding(weight, groups):
    channels, rows = weight.shape[1], []
    for g, block in enumerate(weight.chunk(groups)):
        before, after = g * channels, (groups - 1 - g) * channels
        rows.append(F.pad(block, (0, 0, 0, 0, before, after)))
    return torch.cat(rows)


def by_einsum(weight, groups):
    blocks = weight.unflatten(0, (groups, -1))
    dense = torch.einsum("goikl,gh->gohikl", blocks, torch.eye(groups))
    return dense.flatten(2, 3).flatten(0, 1)


def by_rows(weight, groups):
    each, channels = len(weight) // groups, weight.shape[1]
    rows = []
    for o, kernels in enumerate(weight):
        before = kernels.new_zeros(o // each * channels, *kernels.shape[1:])
        after = kernels.new_zeros((groups - 1) * channels - len(before), *kernels.shape[1:])
        rows.append(torch.cat([before, kernels, after]))
    return torch.stack(rows)


def by_scattering(weight, groups):
    out, channels, *kernel = weight.shape
    first = torch.arange(groups).repeat_interleave(out // groups) * channels
    index = (first[:, None] + torch.arange(channels))[:, :, None, None].expand_as(weight)
    return weight.new_zeros(out, channels * groups, *kernel).scatter(1, index, weight)


def by_what_it_does(weight, groups):
    """The grouped convolution of single pixels holds the dense kernels, turned round."""
    channels, k = weight.shape[1] * groups, weight.shape[-1]
    pixels = torch.eye(channels, dtype=weight.dtype)[:, :, None, None]
    seen = F.conv2d(pixels, weight, padding=k - 1, groups=groups)
    return seen.transpose(0, 1).flip(2, 3)


def by_index(x, groups):
    channels = x.shape[1]
    order = torch.arange(channels).view(groups, -1).T.flatten()
    return x[:, order]


def by_strides(x, groups):
    each = x.shape[1] // groups
    return torch.cat([x[:, place::each] for place in range(each)], dim=1)


def by_stack(x, groups):
    return torch.stack(x.chunk(groups, dim=1), dim=2).flatten(1, 2)


def by_loop(x, groups):
    output, each = torch.empty_like(x), x.shape[1] // groups
    for group in range(groups):
        for place in range(each):
            output[:, place * groups + group] = x[:, group * each + place]
    return output


def by_sorting(x, groups):
    place_in_group = torch.arange(x.shape[1]) % (x.shape[1] // groups)
    return x.index_select(1, place_in_group.argsort(stable=True))


def by_named_moves(x, groups):
    return x.unflatten(1, (groups, -1)).movedim(1, 2).flatten(1, 2)


def by_permutation_matrix(x, groups):
    channels = x.shape[1]
    each = channels // groups
    moves = torch.zeros(channels, channels, dtype=x.dtype)
    for old in range(channels):
        moves[old % each * groups + old // each, old] = 1
    return torch.einsum("oc,nchw->nohw", moves, x)


RIGHT = {
    "grouped_conv2d": [
        by_slices,
        by_one_dense_convolution,
        by_windows,
        by_vmap,
        by_modules,
        kernel_by_kernel,
        into_an_empty_map,
        by_halves,
    ],
    "block_diagonal_weight": [
        with_block_diag,
        by_masking,
        by_padding,
        by_einsum,
        by_rows,
        by_scattering,
        by_what_it_does,
    ],
    "channel_shuffle": [
        by_index,
        by_strides,
        by_stack,
        by_loop,
        by_sorting,
        by_named_moves,
        by_permutation_matrix,
    ],
}
