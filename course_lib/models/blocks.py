"""The residual blocks of He et al. 2015 (arXiv 1512.03385), and the shortcut past them.

The parts carry the names of torchvision's, so that state dicts can be exchanged.
"""

from typing import Any, Protocol

import torch.nn.functional as F
from torch import Tensor, nn


class BlockClass(Protocol):
    """What `BasicBlock` and `Bottleneck` are, for annotations: a class of residual blocks.

    A solution has it in quotes, since it also runs in notebooks, which do not import it.
    """

    expansion: int

    def __call__(
        self, in_channels: int, channels: int, stride: int = 1, *args: Any, **options: Any
    ) -> nn.Module: ...


def shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """The way past a block: nothing at all where the shapes agree, else a projection.

    The projection maps (N, in_channels, H, W) to (N, out_channels, ceil(H/stride), ceil(W/stride)).
    """
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: ResNet-18's block (figure 5, left).

    Maps (N, in_channels, H, W) to (N, channels, ceil(H/stride), ceil(W/stride)). `downsample` is
    the module on the shortcut; leave it out where the shapes agree.

    Raises ValueError for groups or a width: `ResNet` hands them to every kind of block.
    """

    expansion = 1

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        width_per_group: int = 64,
    ) -> None:
        super().__init__()
        if (groups, width_per_group) != (1, 64):  # they pay from three convolutions on
            raise ValueError(
                f"BasicBlock has neither groups nor a width, got groups={groups} and "
                f"width_per_group={width_per_group}: use ResNeXtBottleneck"
            )
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        out += identity  # in place saves a copy; x itself must stay as it is
        return F.relu(out, inplace=True)


def bottleneck_parameters(in_channels: int, channels: int, expansion: int = 4) -> int:
    """Weights of a `Bottleneck`'s three convolutions alone: no batch norms, no projection."""
    reduce = in_channels * channels  # 1x1
    transform = 9 * channels * channels  # 3x3
    expand = channels * channels * expansion  # 1x1
    return reduce + transform + expand


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions and a shortcut: ResNet-50's block (figure 5, right).

    The first 1x1 reduces to `channels`, the last expands to four times as many, so that the 3x3
    works where it is cheap. Maps (N, in_channels, H, W) to
    (N, 4 * channels, ceil(H/stride), ceil(W/stride)). `downsample` is the module on the shortcut.

    The stride is in the 3x3, as in torchvision ("v1.5"). With `v1=True` it is in the first 1x1, as
    in the paper: cheaper, but that 1x1 then skips three quarters of its input at stride 2.

    Raises ValueError for groups or a width: `ResNet` hands them to every kind of block.
    """

    expansion = 4

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
        super().__init__()
        if (groups, width_per_group) != (1, 64):
            raise ValueError(
                f"Bottleneck has neither groups nor a width, got groups={groups} and "
                f"width_per_group={width_per_group}: use ResNeXtBottleneck"
            )
        first, second = (stride, 1) if v1 else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, channels, 1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=second, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, channels * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels * self.expansion)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = F.relu(self.bn2(self.conv2(out)), inplace=True)
        out = self.bn3(self.conv3(out))
        out += identity  # in place saves a copy; x itself must stay as it is
        return F.relu(out, inplace=True)


def zero_init_residual(model: nn.Module) -> None:
    """Set the weight of each residual block's last batch normalisation to zero, in place.

    Every block then starts as its shortcut alone (Goyal et al. 2017, arXiv 1706.02677).
    """
    for module in model.modules():
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        elif isinstance(module, Bottleneck):  # ResNeXt's is one too
            nn.init.zeros_(module.bn3.weight)
