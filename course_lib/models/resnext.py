"""ResNeXt (Xie et al. 2017, arXiv 1611.05431): its block, and how wide and how cheap that is.

Reading order: the width, branches merged into groups, the width at equal cost, the block.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_lib.models.blocks import Bottleneck


def resnext_width(channels: int, groups: int, width_per_group: int) -> int:
    """Channels of the 3x3 convolution. `width_per_group` is meant for 64 channels, and scales."""
    return int(channels * width_per_group / 64) * groups


def merge_branches(
    reduce_weights: Sequence[Tensor],
    transform_weights: Sequence[Tensor],
    expand_weights: Sequence[Tensor],
) -> tuple[Tensor, Tensor, Tensor]:
    """One grouped bottleneck's weights from those of C branches (figure 3, from a to c).

    A branch has weights (d, in, 1, 1), (d, d, 3, 3) and (out, d, 1, 1), and the outputs of all are
    summed. Returns (C * d, in, 1, 1), (C * d, d, 3, 3) for C groups, and (out, C * d, 1, 1).
    Raises ValueError unless each branch has all three, in the shapes of the others.
    """
    for weights in (reduce_weights, transform_weights, expand_weights):
        shapes = {tuple(weight.shape) for weight in weights}
        if len(weights) != len(reduce_weights) or len(shapes) != 1:
            raise ValueError(
                f"got {len(reduce_weights)} branches, and among them {len(weights)} weights of "
                f"the shapes {shapes}: each branch needs one, and all of one shape"
            )
    reduce = torch.cat(list(reduce_weights))  # every branch sees all of x: rows below each other
    transform = torch.cat(list(transform_weights))  # branch i becomes group i
    expand = torch.cat(list(expand_weights), dim=1)  # a longer sum over channels adds the branches
    return reduce, transform, expand


def matched_width(
    cardinality: int, in_channels: int = 256, out_channels: int = 256, budget: int = 70_000
) -> int:
    """The width d of each branch with which a block costs most nearly `budget` parameters.

    A block of C = `cardinality` branches has C * (in * d + 9 * d * d + d * out) of them
    (section 3.1). Returns an integer from 1 up, the smaller of two that are equally near.
    Raises ValueError unless all four are at least 1.
    """
    if min(cardinality, in_channels, out_channels, budget) < 1:
        raise ValueError(
            f"cardinality={cardinality}, in_channels={in_channels}, out_channels={out_channels} "
            f"and budget={budget} must all be at least 1"
        )

    def miss(width: int) -> int:
        branch = in_channels * width + 9 * width * width + width * out_channels
        block = cardinality * branch
        return abs(block - budget)

    # no wider than the budget's root: there a single 3x3 costs about nine times the budget
    return min(range(1, math.isqrt(budget) + 1), key=miss)


class ResNeXtBottleneck(Bottleneck):
    """A bottleneck whose 3x3 convolution is `groups` separate ones (figure 3c, section 3.1).

    Only the layers are other ones: what is done with them, the forward, is the Bottleneck's.
    Maps (N, in_channels, H, W) to (N, 4 * channels, ceil(H/stride), ceil(W/stride)). `groups` is
    the paper's cardinality C and `width_per_group` its d: 32x4d is `groups=32, width_per_group=4`.
    One group twice as wide, `width_per_group=128`, is the block of a wide ResNet. `downsample` is
    the module on the shortcut. The stride is in the 3x3, or with `v1=True` in the first 1x1.

    Raises ValueError when the groups get no channel.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        width_per_group: int = 64,
        v1: bool = False,
    ) -> None:
        nn.Module.__init__(self)  # not the Bottleneck's layers: here come others in their place
        width = resnext_width(channels, groups, width_per_group)
        if groups < 1 or width < 1:
            raise ValueError(
                f"groups={groups} and width_per_group={width_per_group} leave no channels for "
                f"a block of {channels}: both must be positive, and width_per_group * channels "
                "at least 64"
            )
        first, second = (stride, 1) if v1 else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, width, 1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=second, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels * self.expansion)
        self.downsample = downsample
