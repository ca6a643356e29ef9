"""Convolution arithmetic: sizes, costs and receptive fields, and a convolution by hand.

Sizes go along one axis; height and width each follow the same formulas. The pictures behind them
are in Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning (arXiv
1603.07285).
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def conv_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Output length of a convolution, or of a pooling, along one axis.

    `padding` cells are added at both ends. Raises ValueError where not one window fits.
    """
    span = dilation * (kernel_size - 1) + 1  # cells from the first that a window sees to its last
    room = size + 2 * padding - span  # cells by which the first window can move
    if room < 0:
        raise ValueError(
            f"a kernel that spans {span} cells does not fit into {size} + 2 * {padding} cells: "
            "pad more, or take a smaller kernel"
        )
    return room // stride + 1


def same_padding(kernel_size: int, dilation: int = 1) -> int:
    """The padding at each end with which a convolution of stride 1 keeps the size.

    Raises ValueError where the two ends would need different paddings.
    """
    lost = dilation * (kernel_size - 1)  # cells by which the output is shorter without padding
    if lost % 2:
        raise ValueError(
            f"kernel_size={kernel_size} with dilation={dilation} loses {lost} cells, which two "
            "equal ends cannot make up for: take an odd kernel_size"
        )
    return lost // 2


def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Cross-correlation, as nn.Conv2d computes it, without torch's own convolutions.

    Maps x (N, in, H, W) with weight (out, in, kh, kw) and bias (out,) to (N, out, H', W').
    """
    kernel_height, kernel_width = weight.shape[2:]
    padded = F.pad(x, (padding, padding, padding, padding))  # left, right, top, bottom
    windows = padded.unfold(2, kernel_height, stride).unfold(3, kernel_width, stride)
    # windows: (N, in, H', W', kh, kw); each is multiplied by the kernel and summed
    y = torch.einsum("nchwij,ocij->nohw", windows, weight)
    return y if bias is None else y + bias.view(-1, 1, 1)


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: int, groups: int = 1, bias: bool = False
) -> int:
    """The number of parameters of nn.Conv2d with a square kernel.

    Raises ValueError unless `groups` divides both numbers of channels.
    """
    if in_channels % groups or out_channels % groups:
        raise ValueError(f"groups={groups} must divide {in_channels} and {out_channels} channels")
    weights = out_channels * (in_channels // groups) * kernel_size * kernel_size
    return weights + out_channels if bias else weights


def conv_macs(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    out_height: int,
    out_width: int,
    groups: int = 1,
) -> int:
    """The multiply-adds of a convolution for one image: each output number sums up one window.

    A bias is not counted. Raises ValueError unless `groups` divides both numbers of channels.
    """
    if in_channels % groups or out_channels % groups:
        raise ValueError(f"groups={groups} must divide {in_channels} and {out_channels} channels")
    outputs = out_channels * out_height * out_width
    window = (in_channels // groups) * kernel_size * kernel_size
    return outputs * window


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Side length, on the input, of what one output of the last layer sees.

    `layers` are (kernel_size, stride) of convolutions and poolings, in order from the input.
    """
    field, jump = 1, 1  # jump: steps on the input between two neighbours of the current map
    for kernel_size, stride in layers:
        field += (kernel_size - 1) * jump
        jump *= stride
    return field
