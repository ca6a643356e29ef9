"""ResNet for ImageNet (He et al. 2015, table 1), with the ResNeXt and wide variants.

Reading order: a stage of blocks, the network, and the ten networks that people use.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_lib.models.blocks import BasicBlock, BlockClass, Bottleneck, shortcut
from course_lib.models.resnext import ResNeXtBottleneck


def make_layer(
    block: "BlockClass",
    in_channels: int,
    channels: int,
    blocks: int,
    stride: int = 1,
    **options: int,
) -> nn.Sequential:
    """A stage: `blocks` blocks in a row, of which only the first may change the shape.

    Maps (N, in_channels, H, W) to
    (N, channels * block.expansion, ceil(H/stride), ceil(W/stride)). Each block is given `options`.
    """
    if blocks < 1:
        raise ValueError(f"a stage needs at least one block, got {blocks}")
    out_channels = channels * block.expansion
    way_past = shortcut(in_channels, out_channels, stride)
    first = block(in_channels, channels, stride, way_past, **options)
    rest = [block(out_channels, channels, **options) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)


def initialize(model: nn.Module) -> None:
    """He initialisation, in place: convolutions Kaiming normal, fan-out (arXiv 1502.01852)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


class ResNet(nn.Module):
    """Stem, four stages of `layers` blocks each, and a head.

    Maps images (N, 3, H, W) to logits (N, num_classes), or without the top to the last feature
    map (N, 512 * block.expansion, H/32, W/32). `options` go to every block: `groups` and
    `width_per_group` to a `ResNeXtBottleneck`, `v1` to any bottleneck.

    Raises ValueError unless `layers` are four positive integers.
    """

    def __init__(
        self,
        block: "BlockClass",
        layers: Sequence[int],
        num_classes: int = 1000,
        include_top: bool = True,
        **options: int,
    ) -> None:
        super().__init__()
        if len(layers) != 4 or not all(isinstance(n, int) and n > 0 for n in layers):
            raise ValueError(f"layers must be 4 positive integers, as [3, 4, 6, 3]; got {layers}")
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

        wide = block.expansion
        self.layer1 = make_layer(block, 64, 64, layers[0], **options)
        self.layer2 = make_layer(block, 64 * wide, 128, layers[1], stride=2, **options)
        self.layer3 = make_layer(block, 128 * wide, 256, layers[2], stride=2, **options)
        self.layer4 = make_layer(block, 256 * wide, 512, layers[3], stride=2, **options)

        self.include_top = include_top
        if include_top:
            self.avgpool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(512 * wide, num_classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1)) if self.include_top else x


def layer_shapes(model: nn.Module, x: Tensor) -> dict[str, tuple[int, ...]]:
    """The output shape of each direct child of `model`, by name, in order of execution."""
    shapes = {}
    twin = copy.deepcopy(model).eval()  # the model keeps its mode, statistics and hooks
    for name, child in twin.named_children():
        child.register_forward_hook(
            lambda module, inputs, output, name=name: shapes.update({name: tuple(output.shape)})
        )
    with torch.no_grad():
        twin(x)
    return shapes


def resnet18(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """18 layers: eight basic blocks."""
    return ResNet(BasicBlock, [2, 2, 2, 2], num_classes, include_top)


def resnet34(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """34 layers: sixteen basic blocks."""
    return ResNet(BasicBlock, [3, 4, 6, 3], num_classes, include_top)


def resnet50(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """50 layers: sixteen bottlenecks."""
    return ResNet(Bottleneck, [3, 4, 6, 3], num_classes, include_top)


def resnet101(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """101 layers: thirty-three bottlenecks."""
    return ResNet(Bottleneck, [3, 4, 23, 3], num_classes, include_top)


def resnet152(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """152 layers: fifty bottlenecks."""
    return ResNet(Bottleneck, [3, 8, 36, 3], num_classes, include_top)


def resnext50_32x4d(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """32 groups, each of width 4 in the first stage (Xie et al. 2017, table 1)."""
    options = {"groups": 32, "width_per_group": 4}
    return ResNet(ResNeXtBottleneck, [3, 4, 6, 3], num_classes, include_top, **options)


def resnext101_32x8d(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """32 groups, each of width 8 in the first stage."""
    options = {"groups": 32, "width_per_group": 8}
    return ResNet(ResNeXtBottleneck, [3, 4, 23, 3], num_classes, include_top, **options)


def resnext101_64x4d(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """64 groups, each of width 4 in the first stage."""
    options = {"groups": 64, "width_per_group": 4}
    return ResNet(ResNeXtBottleneck, [3, 4, 23, 3], num_classes, include_top, **options)


def wide_resnet50_2(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """3x3 convolutions twice as wide (Zagoruyko and Komodakis 2016, arXiv 1605.07146)."""
    return ResNet(ResNeXtBottleneck, [3, 4, 6, 3], num_classes, include_top, width_per_group=128)


def wide_resnet101_2(num_classes: int = 1000, include_top: bool = True) -> ResNet:
    """ResNet-101 with 3x3 convolutions twice as wide."""
    return ResNet(ResNeXtBottleneck, [3, 4, 23, 3], num_classes, include_top, width_per_group=128)
