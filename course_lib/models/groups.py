"""Grouped convolution: channels in groups that never meet, and the shuffle that lets them meet.

Group i of the output sees group i of the input and nothing else (Krizhevsky et al. 2012, who
split AlexNet over two GPUs that way). With g groups, group i is the i-th run of channels / g
neighbouring channels.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def grouped_conv2d(
    x: Tensor, weight: Tensor, groups: int, stride: int = 1, padding: int = 0
) -> Tensor:
    """A grouped convolution made of `groups` small dense ones, their outputs one after the other.

    Maps x (N, in, H, W) with weight (out, in / groups, k, k) to (N, out, H', W'). Raises ValueError
    where the channels do not divide.
    """
    if groups < 1 or len(weight) % groups or weight.shape[1] * groups != x.shape[1]:
        raise ValueError(
            f"groups={groups} does not fit {x.shape[1]} input channels and a weight of shape "
            f"{tuple(weight.shape)}: it must divide both, and the weight be (out, in/groups, k, k)"
        )
    outputs = [
        F.conv2d(part, kernels, stride=stride, padding=padding)
        for part, kernels in zip(x.chunk(groups, dim=1), weight.chunk(groups), strict=True)
    ]
    return torch.cat(outputs, dim=1)


def block_diagonal_weight(weight: Tensor, groups: int) -> Tensor:
    """The dense weight that does the same: the groups' kernels on the diagonal, zeros elsewhere.

    Maps weight (out, in / groups, k, k) to (out, in, k, k). Raises ValueError unless `groups`
    divides out.
    """
    out_channels, channels, *kernel = weight.shape
    if groups < 1 or out_channels % groups:
        raise ValueError(f"groups={groups} must divide the {out_channels} output channels")
    dense = weight.new_zeros(out_channels, channels * groups, *kernel)
    rows = out_channels // groups
    for i, block in enumerate(weight.split(rows)):
        dense[i * rows : (i + 1) * rows, i * channels : (i + 1) * channels] = block
    return dense


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Deal the channels out anew: the first of each group, then the second of each, and so on.

    Every new group then holds channels of many old ones (Zhang et al. 2018, ShuffleNet, arXiv
    1707.01083, figure 1). The shape (N, C, H, W) stays. Raises ValueError unless `groups` divides
    C.
    """
    n, channels, height, width = x.shape
    if groups < 1 or channels % groups:
        raise ValueError(f"groups={groups} must divide the {channels} channels")
    table = x.reshape(n, groups, channels // groups, height, width)  # a row for each group
    return table.transpose(1, 2).reshape(n, channels, height, width)  # read column by column


def movement(network: Callable[[Tensor], Tensor], x: Tensor, groups: int) -> Tensor:
    """How far each output channel moves when one group of input channels is perturbed.

    `network` maps x (N, C, H, W) to (N, out, H', W'). Returns (groups, out): in row i the mean
    absolute change of each output channel when 1 is added to input group i. An exact zero means
    that the output does not see the group. Raises ValueError unless `groups` divides C.
    """
    if groups < 1 or x.shape[1] % groups:
        raise ValueError(f"groups={groups} must divide the {x.shape[1]} channels")
    with torch.no_grad():
        before = network(x)
        rows = []
        for part in torch.arange(x.shape[1]).chunk(groups):
            moved = x.clone()
            moved[:, part] += 1
            rows.append((network(moved) - before).abs().mean(dim=(0, 2, 3)))
    return torch.stack(rows)
