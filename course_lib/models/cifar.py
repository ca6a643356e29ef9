"""The small networks for small images (He et al. 2015, section 4.2), plain or residual."""

from collections import OrderedDict

import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.models.blocks import BasicBlock, shortcut
from course_lib.models.resnet import initialize


class PadShortcut(nn.Module):
    """A shortcut without parameters (option A): skip pixels, fill the new channels with zeros.

    Maps (N, in_channels, H, W) to (N, out_channels, ceil(H/stride), ceil(W/stride)).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels, self.stride = out_channels - in_channels, stride

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


def plain_block(in_channels: int, channels: int, stride: int) -> nn.Sequential:
    """The layers of a `BasicBlock`, under the same names, without the shortcut."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False),
            bn1=nn.BatchNorm2d(channels),
            relu1=nn.ReLU(inplace=True),
            conv2=nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            bn2=nn.BatchNorm2d(channels),
            relu2=nn.ReLU(inplace=True),
        )
    )


def remove_batch_norm(model: nn.Module) -> None:
    """Put an identity in the place of every batch normalisation."""
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())


class CifarResNet(nn.Module):
    """A network of `depth` = 6n + 2 layers: a 3x3 stem, three stages of n blocks, a linear head.

    Maps (N, in_channels, H, W) to logits (N, num_classes). The stages have `width`, 2 * `width` and
    4 * `width` channels; the second and the third halve the size. The paper's have width 16.

    `residual=False` gives the plain network of the same layers. The shortcuts have no parameters
    where the shape changes (option A), or with `projection=True` a 1x1 convolution (option B).
    `stem_stride=2` halves the size at the start: a quarter of the cost, for a quick training.
    `blocks` lists the 3n blocks in order. Raises ValueError for a depth that is not 6n + 2.
    """

    def __init__(
        self,
        depth: int,
        *,
        residual: bool = True,
        projection: bool = False,
        batch_norm: bool = True,
        width: int = 16,
        in_channels: int = 3,
        num_classes: int = 10,
        stem_stride: int = 1,
    ) -> None:
        super().__init__()
        n, remainder = divmod(depth - 2, 6)
        if n < 1 or remainder:
            raise ValueError(f"depth must be 6n + 2, as 8, 14, 20, 32, 44, 56 or 110; got {depth}")
        if projection and not residual:
            raise ValueError("projection=True needs shortcuts: residual=False has none")

        def block(in_channels: int, channels: int, stride: int) -> nn.Module:
            if not residual:
                return plain_block(in_channels, channels, stride)
            same_shape = stride == 1 and in_channels == channels
            kind = shortcut if projection or same_shape else PadShortcut
            return BasicBlock(in_channels, channels, stride, kind(in_channels, channels, stride))

        def stage(in_channels: int, channels: int, stride: int) -> nn.Sequential:
            rest = [block(channels, channels, 1) for _ in range(n - 1)]
            return nn.Sequential(block(in_channels, channels, stride), *rest)

        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stem_stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = stage(width, width, stride=1)
        self.layer2 = stage(width, 2 * width, stride=2)
        self.layer3 = stage(2 * width, 4 * width, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, num_classes)
        initialize(self)
        if not batch_norm:
            remove_batch_norm(self)

    @property
    def blocks(self) -> list[nn.Module]:
        return [*self.layer1, *self.layer2, *self.layer3]

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.avgpool(x).flatten(1))
