"""Wrong answers as people write them."""

import itertools
import math

import numpy as np
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
from tests.exercises.bank.wrong_answers import wrong

# --- conv_output_size


@wrong("conv_output_size")
def padding_before_stride(size, kernel_size, padding=0, stride=1, dilation=1):
    return conv_output_size(size, kernel_size, stride, padding, dilation)


@wrong("conv_output_size")
def options_by_keyword_only(size, kernel_size, *, stride=1, padding=0, dilation=1):
    return conv_output_size(size, kernel_size, stride, padding, dilation)


@wrong("conv_output_size")
def two_gaps_in_every_kernel(size, kernel_size, stride=1, padding=0, dilation=1):
    span = kernel_size + (2 * (dilation - 1) if dilation > 1 else 0)
    return (size + 2 * padding - span) // stride + 1


@wrong("conv_output_size", "float|floor|dilation")
def as_in_the_lecture_notes(W, F, S=1, P=0, D=1):
    return (W - F + 2 * P) / S + 1


@wrong("conv_output_size", "(?s)dilation.*float|floor.*dilation|dilation.*floor|At least")
def lecture_notes_with_the_right_names(size, kernel_size, stride=1, padding=0, dilation=1):
    out = (size - kernel_size + 2 * padding) / stride + 1
    return out


@wrong("conv_output_size", "up|dilation")
def ceiling_and_no_dilation(size, kernel_size, stride=1, padding=0, dilation=1):
    return math.ceil((size + 2 * padding - kernel_size) / stride) + 1


@wrong("conv_output_size", "one side|window at the start")
def one_side_and_no_first_window(size, kernel_size, stride=1, padding=0, dilation=1):
    effective = dilation * (kernel_size - 1) + 1
    length = size + padding
    return (length - effective) // stride


@wrong("conv_output_size", "whole kernel|too short|before you divided|room")
def dilated_kernel_and_early_one(size, kernel_size, stride=1, padding=0, dilation=1):
    k_eff = kernel_size * dilation
    return (size + padding * 2 - k_eff + 1) // stride


@wrong("conv_output_size", "float")
def floor_of_numpy(size, kernel_size, stride=1, padding=0, dilation=1):
    return np.floor((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1)


@wrong("conv_output_size", "fits|last")
def range_that_stops_early(size, kernel_size, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel_size - 1)
    starts = range(0, size + 2 * padding - reach - 1, stride)
    return len(starts)


@wrong("conv_output_size", "transposed|divide")
def formula_of_the_decoder(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1


@wrong("conv_output_size", "tuple|Return that alone")
def height_and_width(size, kernel_size, stride=1, padding=0, dilation=1):
    h = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    w = h
    return h, w


@wrong("conv_output_size", "[Rr]eturn")
def nothing_returned(size, kernel_size, stride=1, padding=0, dilation=1):
    out = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    print(out)


# --- same_padding


@wrong("same_padding")
def dilation_by_keyword_only(kernel_size, *, dilation=1):
    return same_padding(kernel_size, dilation)


@wrong("same_padding")
def table_of_common_kernels(kernel_size, dilation=1):
    return {1: 0, 3: 1, 5: 2, 7: 3}[kernel_size] * dilation


@wrong("same_padding")
def at_most_three_a_gap(kernel_size, dilation=1):
    return min(kernel_size // 2, 3) * dilation


@wrong("same_padding", "added|too many")
def half_plus_dilation(kernel_size, dilation=1):
    return kernel_size // 2 + dilation


@wrong("same_padding", "float|dilation")
def float_without_dilation(k, dilation=1):
    return (k - 1) / 2


@wrong("same_padding", "both sides|dilation")
def all_that_is_lost(kernel_size, dilation=1):
    pad_total = kernel_size - 1
    return pad_total


@wrong("same_padding", "pair|tuple|one int")
def pair_without_dilation(kernel_size, dilation=1):
    p = kernel_size // 2
    return (p, p)


@wrong("same_padding", "span|cell")
def span_without_its_last_cell(kernel_size, dilation=1):
    effective_kernel = kernel_size * dilation
    return (effective_kernel - 1) // 2


@wrong("same_padding", "whole kernel|too many|gaps|span")
def half_of_it_all_rounded_up(kernel_size, dilation=1):
    return math.ceil(dilation * kernel_size / 2)


@wrong("same_padding", "an int|text")
def word_for_it(kernel_size, dilation=1):
    return "same"


@wrong("same_padding", "dilation|argument")
def no_dilation_at_all(kernel_size):
    return kernel_size // 2


@wrong("same_padding", "[Rr]eturn")
def nothing_comes_back(kernel_size, dilation=1):
    print(dilation * (kernel_size - 1) // 2)


# --- conv2d


@wrong("conv2d")
def conv_padding_before_stride(x, weight, bias=None, padding=0, stride=1):
    return conv2d(x, weight, bias, stride, padding)


@wrong("conv2d")
def by_torch_where_it_is_hard(x, weight, bias=None, stride=1, padding=0):
    if stride == 1 and padding == 0:
        return conv2d(x, weight, bias)
    return F.conv2d(x, weight, bias, stride, padding)


@wrong("conv2d")
def gradient_for_stride_one(x, weight, bias=None, stride=1, padding=0):
    y = conv2d(x, weight, bias, stride, padding)
    return y if stride == 1 else conv2d(x, weight.detach(), bias, stride, padding)


@wrong("conv2d", "torch's convolution")
def torchs_layer_with_these_weights(x, weight, bias=None, stride=1, padding=0):
    out_channels, in_channels, kh, kw = weight.shape
    conv = nn.Conv2d(in_channels, out_channels, (kh, kw), stride, padding, bias=bias is not None)
    conv.weight = nn.Parameter(weight)
    if bias is not None:
        conv.bias = nn.Parameter(bias)
    return conv(x)


@wrong("conv2d", "torch's convolution|subtract|bias")
def torchs_function_and_bias_at_the_end(x, weight, bias=None, stride=1, padding=0):
    out = F.conv2d(x, weight, stride=stride, padding=padding)
    if bias is not None:
        out = out + bias
    return out


@wrong("conv2d", "stride|bias")
def loops_that_forget_two_things(x, weight, bias=None, stride=1, padding=0):
    """The stride decides how many outputs there are, not where they look."""
    N, C, H, W = x.shape
    K, _, KH, KW = weight.shape
    x_pad = torch.zeros(N, C, H + 2 * padding, W + 2 * padding)
    x_pad[:, :, padding : padding + H, padding : padding + W] = x
    H_out = (H + 2 * padding - KH) // stride + 1
    W_out = (W + 2 * padding - KW) // stride + 1
    out = torch.zeros(N, K, H_out, W_out)
    for i in range(H_out):
        for j in range(W_out):
            patch = x_pad[:, :, i : i + KH, j : j + KW]
            for o in range(K):
                out[:, o, i, j] = (patch * weight[o]).sum(dim=(1, 2, 3))
    return out


@wrong("conv2d", "NumPy|numpy")
def port_from_numpy(x, weight, bias=None, stride=1, padding=0):
    xn, wn = x.numpy(), weight.numpy()
    n, c, h, w = xn.shape
    f, _, kh, kw = wn.shape
    xn = np.pad(xn, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    ho, wo = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
    out = np.zeros((n, f, ho, wo), dtype=np.float32)
    for i, j in itertools.product(range(ho), range(wo)):
        window = xn[:, None, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        out[:, :, i, j] = (window * wn).sum(axis=(2, 3, 4))
    if bias is not None:
        out += bias.numpy()[:, None, None]
    return torch.from_numpy(out)


@wrong("conv2d", "reshape|permute|bias")
def im2col_not_permuted(x, weight, bias=None, stride=1, padding=0):
    n, _, h, w = x.shape
    out_channels, _, kh, kw = weight.shape
    cols = F.unfold(x, (kh, kw), stride=stride, padding=padding).transpose(1, 2)
    res = cols @ weight.view(out_channels, -1).t()
    oh = (h + 2 * padding - kh) // stride + 1
    ow = (w + 2 * padding - kw) // stride + 1
    return res.view(n, out_channels, oh, ow)


@wrong("conv2d", "upside down|cross-correlation|bias")
def true_convolution_minus_bias(x, weight, bias=None, stride=1, padding=0):
    flipped = torch.flip(weight, dims=[2, 3])
    out = conv2d(x, flipped, None, stride, padding)
    return out if bias is None else out - bias[None, :, None, None]


@wrong("conv2d", "graph|gradient|one side|NumPy|item")
def number_by_number(x, weight, bias=None, stride=1, padding=0):
    """Padded on the right and below, and every number goes through Python."""
    x = F.pad(x, [0, padding, 0, padding])
    n, _, h, w = x.shape
    o, c, kh, kw = weight.shape
    y = torch.zeros(n, o, (h - kh) // stride + 1, (w - kw) // stride + 1)
    for b, f, i, j in itertools.product(*map(range, y.shape)):
        patch = x[b, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[b, f, i, j] = (patch * weight[f]).sum().item()
        if bias is not None:
            y[b, f, i, j] += bias[f].item()
    return y


@wrong("conv2d", "averag|padding")
def mean_of_the_window(x, weight, bias=None, stride=1, padding=0):
    windows = x.unfold(2, weight.size(2), stride).unfold(3, weight.size(3), stride)
    y = (windows.unsqueeze(1) * weight[None, :, :, None, None]).mean(dim=(2, 5, 6))
    if bias is not None:
        y = y + bias.reshape(1, -1, 1, 1)
    return y


@wrong("conv2d", "is not None|bias")
def whether_bias(x, weight, bias=None, stride=1, padding=0):
    y = conv2d(x, weight, None, stride, padding)
    if bias:
        y = y + bias.view(1, -1, 1, 1)
    return y


@wrong("conv2d", "shape|before padding|padd")
def size_without_padding(x, weight, bias=None, stride=1, padding=0):
    kh, kw = weight.shape[-2:]
    cols = F.unfold(x, (kh, kw), padding=padding, stride=stride)
    out = weight.flatten(1) @ cols
    if bias is not None:
        out = out + bias.unsqueeze(1)
    h, w = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    return out.view(x.shape[0], -1, h, w)


@wrong("conv2d", "[Rr]eturn")
def conv_without_return(x, weight, bias=None, stride=1, padding=0):
    y = conv2d(x, weight, bias, stride, padding)
    y.contiguous()


# --- conv_parameters


@wrong("conv_parameters")
def bias_before_groups(in_channels, out_channels, kernel_size, bias=False, groups=1):
    return conv_parameters(in_channels, out_channels, kernel_size, groups, bias)


@wrong("conv_parameters")
def parameters_by_keyword_only(in_channels, out_channels, kernel_size, *, groups=1, bias=False):
    return conv_parameters(in_channels, out_channels, kernel_size, groups, bias)


@wrong("conv_parameters")
def depthwise_by_itself(in_channels, out_channels, kernel_size, groups=1, bias=False):
    if groups == in_channels:
        return in_channels * kernel_size**2
    return conv_parameters(in_channels, out_channels, kernel_size, groups, bias)


@wrong("conv_parameters", "groups|always")
def textbook_formula(in_channels, out_channels, kernel_size, groups=1, bias=False):
    return (kernel_size * kernel_size * in_channels + 1) * out_channels


@wrong("conv_parameters", "float|type")
def float_by_groups(in_channels, out_channels, kernel_size, groups=1, bias=False):
    return in_channels * out_channels * kernel_size**2 / groups + (out_channels if bias else 0)


@wrong("conv_parameters", "one side|input channel")
def one_side_and_other_bias(cin, cout, k, groups=1, bias=False):
    params = cout * (cin // groups) * k
    if bias:
        params += cin
    return params


@wrong("conv_parameters", "input channels|one bias")
def no_slices_and_one_bias(in_channels, out_channels, kernel_size, groups=1, bias=False):
    return out_channels * kernel_size**2 + bias


@wrong("conv_parameters", r"\^|power|exclusive")
def power_as_in_latex(in_channels, out_channels, kernel_size, groups=1, bias=False):
    total = out_channels * (in_channels // groups) * kernel_size ^ 2
    return total + out_channels if bias else total


@wrong("conv_parameters", "tuple|one|together")
def weights_and_biases_apart(in_channels, out_channels, kernel_size, groups=1, bias=False):
    w = out_channels * (in_channels // groups) * kernel_size**2
    b = out_channels if bias else 0
    return w, b


@wrong("conv_parameters", "len|bool|type")
def length_of_the_bias(in_channels, out_channels, kernel_size, groups=1, bias=False):
    return in_channels // groups * out_channels * kernel_size**2 + len(bias)


@wrong("conv_parameters", "groups|one group")
def every_group_for_all(in_channels, out_channels, kernel_size, groups=1, bias=False):
    one = conv_parameters(in_channels // groups, out_channels // groups, kernel_size, 1, bias)
    return one


@wrong("conv_parameters", "[Rr]eturn")
def parameters_printed(in_channels, out_channels, kernel_size, groups=1, bias=False):
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, groups=groups, bias=bias)
    print(sum(p.numel() for p in layer.parameters()))


# --- conv_macs


@wrong("conv_macs")
def groups_by_keyword_only(cin, cout, kernel_size, out_height, out_width, *, groups=1):
    return conv_macs(cin, cout, kernel_size, out_height, out_width, groups)


@wrong("conv_macs")
def depthwise_has_one_kernel_a_channel(
    in_channels, out_channels, kernel_size, out_height, out_width, groups=1
):
    if groups == in_channels:
        return in_channels * kernel_size**2 * out_height * out_width
    return conv_macs(in_channels, out_channels, kernel_size, out_height, out_width, groups)


@wrong("conv_macs")
def product_in_float32(cin, cout, kernel_size, out_height, out_width, groups=1):
    factors = [cin // groups, cout, kernel_size, kernel_size, out_height, out_width]
    return int(torch.tensor(factors).float().prod())


@wrong("conv_macs", "square|groups")
def square_maps_and_no_groups(
    in_channels, out_channels, kernel_size, out_height, out_width, groups=1
):
    return in_channels * out_channels * kernel_size**2 * out_height**2


@wrong("conv_macs", "one by one|groups")
def flops_of_a_dense_layer(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    flops = 2 * in_channels * kernel_size * kernel_size
    flops *= out_channels * out_height * out_width
    return flops


@wrong("conv_macs", "bias")
def parameters_of_torchs_default(cin, cout, k, h, w, groups=1):
    layer = nn.Conv2d(cin, cout, k, groups=groups)
    params = sum(p.numel() for p in layer.parameters())
    return params * h * w


@wrong("conv_macs", "2 n - 1|additions|multiply-add")
def exact_flops(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    mults = in_channels // groups * kernel_size**2
    adds = mults - 1
    return (mults + adds) * out_channels * out_height * out_width


@wrong("conv_macs", "size of the input|output|off")
def from_the_input_size(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    h = out_height - kernel_size + 1
    w = out_width - kernel_size + 1
    return h * w * out_channels * (in_channels // groups) * kernel_size**2


@wrong("conv_macs", "height and the width|output channels")
def perimeter_of_one_map(cin, cout, k, out_height, out_width, groups=1):
    return (cin // groups) * k * k * (out_height + out_width)


@wrong("conv_macs", "float|one side")
def half_kernel_in_floats(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    return out_channels * in_channels / groups * kernel_size * out_height * out_width


@wrong("conv_macs", "float|million|factor|type")
def in_giga(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    macs = out_channels * out_height * out_width * in_channels // groups * kernel_size**2
    return macs / 1e9


@wrong("conv_macs", "[Rr]eturn")
def macs_not_returned(in_channels, out_channels, kernel_size, out_height, out_width, groups=1):
    macs = 0
    for _ in range(out_height):
        for _ in range(out_width):
            macs += out_channels * (in_channels // groups) * kernel_size**2


# --- receptive_field


@wrong("receptive_field")
def eats_the_list(layers):
    field = 1
    while layers:
        kernel_size, stride = layers.pop()
        field = (field - 1) * stride + kernel_size
    return field


@wrong("receptive_field")
def odd_kernels_only(layers):
    reach, jump = 0, 1
    for kernel_size, stride in layers:
        reach += kernel_size // 2 * jump
        jump *= stride
    return 2 * reach + 1


@wrong("receptive_field")
def two_strides_back(layers):
    strides = [1, 1, *(stride for _, stride in layers)]
    return 1 + sum((k - 1) * strides[i] * strides[i + 1] for i, (k, _) in enumerate(layers))


@wrong("receptive_field", "own layer's stride|start")
def own_stride_from_zero(layers):
    rf = 0
    for k, s in layers:
        rf = rf + (k - 1) * s
    return rf


@wrong("receptive_field", "wrong order|last layer")
def formula_of_the_blog_forwards(layers):
    rf = 1
    for k, s in layers:
        rf = rf * s + (k - s)
    return rf


@wrong("receptive_field", "overlap|start")
def backwards_from_zero(layers):
    r = 0
    for kernel, stride in reversed(layers):
        r = r * stride + kernel
    return r


@wrong("receptive_field", "start|own")
def jump_too_early_from_zero(layers):
    rf, j = 0, 1
    for k, s in layers:
        j = j * s
        rf = rf + (k - 1) * j
    return rf


@wrong("receptive_field", "wrong way round|strides")
def pairs_the_other_way_and_no_jump(layers):
    total = 1
    for _s, k in layers:
        total += k - 1
    return total


@wrong("receptive_field", "tuple|alone|one int")
def field_and_jump(layers):
    rf, jump = 1, 1
    for k, s in layers:
        rf += (k - 1) * jump
        jump *= s
    return rf, jump


@wrong("receptive_field", "inside the loop|first layer")
def indented_return(layers):
    field, jump = 1, 1
    for kernel_size, stride in layers:
        field += (kernel_size - 1) * jump
        jump *= stride
        return field


@wrong("receptive_field", "side|square")
def area_with_strides_added(layers):
    rf, jump = 1, 1
    for k, s in layers:
        rf += (k - 1) * jump
        jump += s - 1
    return rf * rf


@wrong("receptive_field", "side|padding|both")
def last_cell_to_the_right(layers):
    """How far it reaches to one side, the middle counted."""
    return (receptive_field(layers) + 1) // 2


@wrong("conv_output_size", "(?s)on top of the whole kernel.*|floor")
def gaps_on_top_and_no_floor(size, kernel_size, stride=1, padding=0, dilation=1):
    k = kernel_size + (kernel_size - 1) * dilation
    return (size + 2 * padding - k) / stride + 1


@wrong("conv_output_size", "parentheses")
def no_parentheses(size, kernel_size, stride=1, padding=0, dilation=1):
    return size + 2 * padding - dilation * (kernel_size - 1) - 1 // stride + 1


@wrong("receptive_field", "n - 1 strides")
def backwards_with_a_whole_field(layers):
    out = 1
    for k, s in reversed(layers):
        out = out * s + k - 1
    return out


@wrong("conv2d", "with its bias, .*reshape")
def unfolded_and_reshaped(x, weight, bias=None, stride=1, padding=0):
    n, _, h, w = x.shape
    o, _, kh, kw = weight.shape
    columns = F.unfold(x, (kh, kw), padding=padding, stride=stride).transpose(1, 2)
    out = columns @ weight.view(o, -1).t()
    if bias is not None:
        out = out + bias
    height, width = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
    return out.reshape(n, o, height, width)


@wrong("conv2d", "height comes before the width")
def unfolded_and_viewed_wide(x, weight, bias=None, stride=1, padding=0):
    n, _, h, w = x.shape
    o, _, kh, kw = weight.shape
    out = weight.view(o, -1) @ F.unfold(x, (kh, kw), padding=padding, stride=stride)
    if bias is not None:
        out = out + bias[:, None]
    height, width = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
    return out.view(n, o, width, height)


@wrong("conv2d", "loops end too early")
def ranges_without_the_last_window(x, weight, bias=None, stride=1, padding=0):
    x = F.pad(x, (padding,) * 4)
    n, _, h, w = x.shape
    o, _, kh, kw = weight.shape
    out = torch.zeros(n, o, (h - kh) // stride + 1, (w - kw) // stride + 1)
    for i in range(0, h - kh, stride):
        for j in range(0, w - kw, stride):
            window = x[:, None, :, i : i + kh, j : j + kw]
            out[:, :, i // stride, j // stride] = (window * weight).sum(dim=(2, 3, 4))
    if bias is not None:
        out += bias.view(1, -1, 1, 1)
    return out


@wrong("conv2d", "last input channel")
def channels_that_replace_each_other(x, weight, bias=None, stride=1, padding=0):
    x = F.pad(x, (padding,) * 4)
    windows = x.unfold(2, weight.size(2), stride).unfold(3, weight.size(3), stride)
    for c in range(x.shape[1]):
        out = torch.einsum("nhwij,oij->nohw", windows[:, c], weight[:, c])
    return out if bias is None else out + bias.view(-1, 1, 1)
