"""Wrong answers as people write them."""

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.groups import block_diagonal_weight
from tests.exercises.bank.wrong_answers import wrong

# --- grouped_conv2d


@wrong("grouped_conv2d")
def into_single_precision(x, weight, groups, stride=1, padding=0):
    n, _, height, width = x.shape
    out, kernel = len(weight), weight.shape[-1]
    rows = (height + 2 * padding - kernel) // stride + 1
    columns = (width + 2 * padding - kernel) // stride + 1
    y = torch.empty(n, out, rows, columns)
    size = out // groups
    for g, part in enumerate(x.chunk(groups, 1)):
        here = slice(g * size, (g + 1) * size)
        y[:, here] = F.conv2d(part, weight[here], stride=stride, padding=padding)
    return y


@wrong("grouped_conv2d")
def by_the_general_convolution(x, weight, groups, stride=1, padding=0):
    steps, zeros = [stride, stride], [padding, padding]
    return torch.convolution(x, weight, None, steps, zeros, [1, 1], False, [0, 0], groups)


@wrong("grouped_conv2d")
def by_three_dimensions(x, weight, groups, stride=1, padding=0):
    strides, paddings = (1, stride, stride), (0, padding, padding)
    y = F.conv3d(x[:, :, None], weight[:, :, None], None, strides, paddings, groups=groups)
    return y.squeeze(2)


@wrong("grouped_conv2d", "pieces|padding|number")
def split_and_no_padding(x, weight, groups, stride=1, padding=0):
    xs = torch.split(x, groups, dim=1)
    ws = torch.split(weight, groups, dim=0)
    return torch.cat([F.conv2d(a, b, stride=stride) for a, b in zip(xs, ws, strict=False)], 1)


@wrong("grouped_conv2d", "one kernel|out / groups")
def a_kernel_a_group(x, weight, groups, stride=1, padding=0):
    c = x.shape[1] // groups
    outs = []
    for g in range(groups):
        part = x[:, g * c : (g + 1) * c]
        outs.append(F.conv2d(part, weight[g : g + 1], stride=stride, padding=padding))
    return torch.cat(outs, dim=1)


@wrong("grouped_conv2d", "batch axis|stride")
def joined_along_the_batch(x, weight, groups, stride=1, padding=0):
    outs = []
    for xi, wi in zip(torch.chunk(x, groups, 1), torch.chunk(weight, groups, 0), strict=True):
        outs += [F.conv2d(xi, wi, padding=padding)]
    return torch.cat(outs)


@wrong("grouped_conv2d", "did the grouping|torch|graph")
def torchs_layer_with_groups(x, weight, groups, stride=1, padding=0):
    conv = nn.Conv2d(
        x.shape[1], weight.shape[0], weight.shape[2], stride, padding, groups=groups, bias=False
    )
    conv.weight.data = weight
    return conv(x)


@wrong("grouped_conv2d", "swapped stride and padding|stride")
def padding_in_the_place_of_stride(x, weight, groups, stride=1, padding=0):
    pieces = []
    for xg, wg in zip(x.chunk(groups, dim=1), weight.chunk(groups, dim=0), strict=True):
        pieces.append(F.conv2d(xg, wg, None, padding, stride))
    return torch.cat(pieces, dim=1)


@wrong("grouped_conv2d", "added the groups|did not cut weight")
def sum_over_groups(x, weight, groups, stride=1, padding=0):
    total = 0
    for part in x.chunk(groups, dim=1):
        total = total + F.conv2d(part, weight, stride=stride, padding=padding)
    return total


@wrong("grouped_conv2d", "list|stride|tensor")
def list_without_stride(x, weight, groups, stride=1, padding=0):
    cin, cout = x.size(1) // groups, weight.size(0) // groups
    result = []
    for i in range(groups):
        xi = x[:, cin * i : cin * i + cin]
        wi = weight[cout * i : cout * i + cout]
        result.append(F.conv2d(xi, wi, padding=padding))
    return result


@wrong("grouped_conv2d", "second axis|along the first|channels|pieces")
def weight_cut_along_its_inputs(x, weight, groups, stride=1, padding=0):
    ws = weight.chunk(groups, dim=1)
    outs = [
        F.conv2d(part, ws[g], stride=stride, padding=padding)
        for g, part in enumerate(x.chunk(groups, dim=1))
    ]
    return torch.cat(outs, dim=1)


@wrong("grouped_conv2d", "first group's kernels|reverse")
def shared_kernels_backwards(x, weight, groups, stride=1, padding=0):
    first = weight[: len(weight) // groups]
    outs = [F.conv2d(part, first, None, stride, padding) for part in x.chunk(groups, 1)]
    return torch.cat(outs[::-1], 1)


@wrong("grouped_conv2d", "[Rr]eturn|nothing")
def groups_not_returned(x, weight, groups, stride=1, padding=0):
    outs = []
    for part, kernels in zip(x.chunk(groups, 1), weight.chunk(groups), strict=True):
        outs.append(F.conv2d(part, kernels, stride=stride, padding=padding))
    torch.cat(outs, 1)


# --- block_diagonal_weight


@wrong("block_diagonal_weight")
def zeros_of_the_default_precision(weight, groups):
    out, channels, k, _ = weight.shape
    dense = torch.zeros(out, channels * groups, k, k)
    for o in range(out):
        g = o // (out // groups)
        dense[o, g * channels : (g + 1) * channels] = weight[o]
    return dense


@wrong("block_diagonal_weight")
def always_in_double(weight, groups):
    return block_diagonal_weight(weight.double(), groups)


@wrong("block_diagonal_weight")
def another_name_for_groups(weight, g):
    return block_diagonal_weight(weight, g)


@wrong("block_diagonal_weight", "like cards|single precision")
def row_modulo_groups(weight, groups):
    out, cin, kh, kw = weight.shape
    W = torch.zeros(out, cin * groups, kh, kw)
    for o in range(out):
        g = o % groups
        W[o, g * cin : (g + 1) * cin] = weight[o]
    return W


@wrong("block_diagonal_weight", "matri|dimension|axes|2 or fewer")
def block_diag_of_kernels(weight, groups):
    return torch.block_diag(*weight.chunk(groups))


@wrong("block_diagonal_weight", "copies|off the diagonal|single precision")
def every_row_repeated(weight, groups):
    dense = torch.zeros(len(weight), weight.shape[1] * groups, *weight.shape[2:])
    for g in range(groups):
        dense[:, g * weight.shape[1] : (g + 1) * weight.shape[1]] = weight
    return dense


@wrong("block_diagonal_weight", "other diagonal|graph")
def other_diagonal_of_data(weight, groups):
    o, i, k, _ = weight.shape
    full = weight.new_zeros(o, i * groups, k, k)
    step = o // groups
    for g in range(groups):
        rows = slice(g * step, (g + 1) * step)
        start = (groups - 1 - g) * i
        full[rows, start : start + i] = weight.data[rows]
    return full


@wrong("block_diagonal_weight", "first group's inputs|reverse")
def first_columns_in_reverse(weight, groups):
    dense = torch.zeros_like(weight.repeat(1, groups, 1, 1))
    n = weight.size(0) // groups
    for g, block in enumerate(reversed(weight.split(n))):
        dense[g * n : (g + 1) * n, : weight.size(1)] = block
    return dense


@wrong("block_diagonal_weight", "in / groups|out / groups|rows|shape|size")
def square_blocks(weight, groups):
    out, n, kh, kw = weight.shape
    dense = weight.new_zeros(out, n * groups, kh, kw)
    for g in range(groups):
        dense[g * n : (g + 1) * n, g * n : (g + 1) * n] = weight[g * n : (g + 1) * n]
    return dense


@wrong("block_diagonal_weight", "column|shape|input|groups")
def zeros_like_the_grouped_one(weight, groups):
    dense = torch.zeros_like(weight)
    rows, columns = weight.shape[0] // groups, weight.shape[1] // groups
    for g in range(groups):
        r, c = slice(g * rows, (g + 1) * rows), slice(g * columns, (g + 1) * columns)
        dense[r, c] = weight[r, c]
    return dense


@wrong("block_diagonal_weight", "first block|inside|loop")
def return_in_the_loop(weight, groups):
    out, cin, kh, kw = weight.shape
    dense = weight.new_zeros(out, cin * groups, kh, kw)
    for i, w in enumerate(weight.chunk(groups)):
        dense[i * len(w) : (i + 1) * len(w), i * cin : (i + 1) * cin] = w
        return dense


@wrong("block_diagonal_weight", "diagonal|channel|zero")
def mask_of_single_channels(weight, groups):
    out, cin = weight.shape[:2]
    mask = torch.eye(out, cin * groups, dtype=weight.dtype)
    return weight.repeat(1, groups, 1, 1) * mask[:, :, None, None]


@wrong("block_diagonal_weight", "swapped rows and columns|shape|graph|single")
def inputs_first(weight, groups):
    out, cin, kh, kw = weight.shape
    dense = torch.zeros(cin * groups, out, kh, kw)
    r = out // groups
    for i in range(groups):
        block = weight[i * r : (i + 1) * r].detach()
        dense[i * cin : (i + 1) * cin, i * r : (i + 1) * r] = block.transpose(0, 1)
    return dense


# --- channel_shuffle


@wrong("channel_shuffle")
def torchs_module(x, groups):
    return nn.ChannelShuffle(groups)(x)


@wrong("channel_shuffle")
def torchs_native_function(x, groups):
    return torch.native_channel_shuffle(x, groups)


@wrong("channel_shuffle")
def single_images_squeezed(x, groups):
    order = torch.arange(x.shape[1]).view(groups, -1).T.flatten()
    return x.squeeze()[:, order]


@wrong("channel_shuffle", r"view\(\)|contiguous|reshape")
def view_after_the_swap(x, groups):
    n, c, h, w = x.size()
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).view(n, c, h, w)


@wrong("channel_shuffle", "two axes|swapped the groups")
def swapped_and_not_flattened(x, groups):
    b, c, h, w = x.shape
    x = x.reshape(b, c // groups, groups, h, w)
    return x.permute(0, 2, 1, 3, 4)


@wrong("channel_shuffle", "random|each group")
def permuted_at_random(x, groups):
    idx = torch.randperm(x.size(1))
    return x[:, idx, :, :]


@wrong("channel_shuffle", "swapped the groups|each group")
def every_groups_th_channel(x, groups):
    return torch.cat([x[:, i::groups] for i in range(groups)], dim=1)


@wrong("channel_shuffle", "reverse order|whole groups")
def groups_turned_round(x, groups):
    parts = list(torch.chunk(x, groups, dim=1))
    parts.reverse()
    return torch.cat(parts, dim=1)


@wrong("channel_shuffle", "rows of the image|no place|two axes")
def axes_of_the_image(x, groups):
    n, c, h, w = x.shape
    x = x.view(n, groups, c // groups, h, w)
    return torch.transpose(x, 2, 3).contiguous().view(n, c, h, w)


@wrong("channel_shuffle", "tensor|NumPy|numpy")
def shuffled_in_numpy(x, groups):
    a = x.numpy()
    n, c, h, w = a.shape
    return a.reshape(n, groups, c // groups, h, w).swapaxes(1, 2).reshape(n, c, h, w)


@wrong("channel_shuffle", "groups|two")
def two_halves_interleaved(x, groups):
    first, second = x.chunk(2, dim=1)
    return torch.stack([first, second], dim=2).flatten(1, 2)


@wrong("channel_shuffle", "[Rr]eturn|where it was|nothing")
def shuffled_and_dropped(x, groups):
    n, c, h, w = x.shape
    x = x.reshape(n, groups, c // groups, h, w)
    x.transpose(1, 2).reshape(n, c, h, w)


@wrong("channel_shuffle", "where it was|moves nothing|swap")
def swap_not_kept(x, groups):
    n, c, h, w = x.shape
    y = x.reshape(n, groups, c // groups, h, w)
    y.transpose(1, 2)
    return y.reshape(n, c, h, w)


@wrong("grouped_conv2d", "random weights: ")
def layers_of_their_own(x, weight, groups, stride=1, padding=0):
    ci, co = x.size(1) // groups, weight.size(0) // groups
    outs = []
    for g in range(groups):
        conv = nn.Conv2d(ci, co, weight.shape[-1], stride=stride, padding=padding, bias=False)
        outs.append(conv(x[:, g * ci : (g + 1) * ci]))
    return torch.cat(outs, dim=1)


@wrong("grouped_conv2d", "random bias")
def layers_with_a_bias(x, weight, groups, stride=1, padding=0):
    ci, co = x.size(1) // groups, weight.size(0) // groups
    outs = []
    for g in range(groups):
        conv = nn.Conv2d(ci, co, weight.shape[-1], stride=stride, padding=padding)
        conv.weight.data = weight[g * co : (g + 1) * co]
        outs.append(conv(x[:, g * ci : (g + 1) * ci]))
    return torch.cat(outs, dim=1)


@wrong("grouped_conv2d", "stepped through the kernels")
def one_size_for_both(x, weight, groups, stride=1, padding=0):
    c = x.shape[1] // groups
    outs = [
        F.conv2d(x[:, i : i + c], weight[i : i + c], stride=stride, padding=padding)
        for i in range(0, groups * c, c)
    ]
    return torch.cat(outs, dim=1)


@wrong("grouped_conv2d", "repeated the kernels")
def repeated_to_dense(x, weight, groups, stride=1, padding=0):
    return F.conv2d(x, weight.repeat(1, groups, 1, 1), stride=stride, padding=padding)


@wrong("grouped_conv2d", "do not have as many channels")
def kernels_cut_across(x, weight, groups, stride=1, padding=0):
    c = x.shape[1] // groups
    outs = [
        F.conv2d(x[:, i : i + c], weight[:, i : i + c], stride=stride, padding=padding)
        for i in range(0, groups * c, c)
    ]
    return torch.cat(outs, dim=1)


@wrong("block_diagonal_weight", "o // groups")
def divided_by_the_number_of_groups(weight, groups):
    out_channels, channels, height, width = weight.shape
    dense = weight.new_zeros(out_channels, channels * groups, height, width)
    for o in range(out_channels):
        start = o // groups * channels
        dense[o, start : start + channels] = weight[o]
    return dense


@wrong("channel_shuffle", "cut the batch")
def chunks_of_the_batch(x, groups):
    return torch.stack(x.chunk(groups), dim=2).flatten(1, 2)
