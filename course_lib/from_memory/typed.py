"""The fifteen pieces as they were typed, with one mistake in each. Notebook 10's cells hold them.

`fix_stem`, `fix_head` and `fix_..._layers` are the inside of an `__init__`, and `fix_..._forward`
are methods: each is shown without its class, with its `self`. `network.py` has the classes.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def fix_basic_layers(self: nn.Module, in_channels: int, channels: int, stride: int = 1) -> None:
    """Set conv1, bn1, conv2, bn2 of a basic block: from H x W to H/stride x W/stride."""
    self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)


def fix_stage(
    block: type[nn.Module],
    in_channels: int,
    channels: int,
    blocks: int,
    stride: int = 1,
    **options: int,
) -> nn.Sequential:
    """A stage of `blocks` blocks. Each block builds its own shortcut."""
    stage = [block(in_channels, channels, stride, **options)]
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels, **options))
    return nn.Sequential(*stage)


def fix_head(self: nn.Module, block: type[nn.Module], num_classes: int = 1000) -> None:
    """Set avgpool and fc: from the last feature map of these blocks to the logits."""
    self.avgpool = nn.AdaptiveAvgPool2d(1)
    self.fc = nn.Linear(512, num_classes)


def fix_stem(self: nn.Module) -> None:
    """Set conv1, bn1, relu and maxpool: from images (N, 3, 224, 224) to (N, 64, 56, 56)."""
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2)


def fix_shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """The way past a block: nothing where the shapes agree, else a projection."""
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
    )


def fix_blocks(depth: int) -> list[int]:
    """The number of blocks in each of the four stages."""
    return {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 6, 4],
        101: [3, 4, 23, 3],
        152: [3, 8, 36, 3],
    }[depth]


def fix_template(template: str) -> dict[str, int]:
    """The groups and their width that a name such as "32x4d" stands for."""
    width_per_group, groups = template.removesuffix("d").split("x")
    return {"groups": int(groups), "width_per_group": int(width_per_group)}


def fix_bottleneck_layers(
    self: nn.Module, in_channels: int, channels: int, stride: int = 1
) -> None:
    """Set conv1, bn1, ... conv3, bn3 of a bottleneck as torchvision has it ("v1.5")."""
    self.conv1 = nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


def fix_resnext_layers(
    self: nn.Module,
    in_channels: int,
    channels: int,
    stride: int = 1,
    cardinality: int = 1,
    base_width: int = 64,
    **options: int,
) -> None:
    """Set conv1, bn1, ... conv3, bn3 of a ResNeXt block. The stage passes groups and the width."""
    width = int(channels * base_width / 64) * cardinality
    self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(width)
    self.conv2 = nn.Conv2d(
        width, width, 3, stride=stride, padding=1, groups=cardinality, bias=False
    )
    self.bn2 = nn.BatchNorm2d(width)
    self.conv3 = nn.Conv2d(width, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


def fix_basic_forward(self: nn.Module, x: Tensor) -> Tensor:
    """What a basic block computes."""
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    assert out.shape == identity.shape, "the two paths do not meet"
    return F.relu(out, inplace=True)


def fix_bottleneck_forward(self: nn.Module, x: Tensor) -> Tensor:
    """What a bottleneck computes."""
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = F.relu(self.bn3(self.conv3(out)), inplace=True)
    return out + identity


def fix_resnext_forward(self: nn.Module, x: Tensor) -> Tensor:
    """What a ResNeXt block computes. The sum is made in place, which saves a copy."""
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    identity += out
    return F.relu(identity, inplace=True)


def fix_initialize(model: nn.Module) -> None:
    """Kaiming initialisation as ResNet has it, in place."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


def fix_train_step(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    """One step of gradient descent on the mean cross entropy of a batch; returns that loss."""
    model.train()
    optimizer.zero_grad()
    probabilities = F.softmax(model(images), dim=1)
    loss = F.cross_entropy(probabilities, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def fix_accuracy(model: nn.Module, loader: list[tuple[Tensor, Tensor]]) -> float:
    """The fraction of all images that the model names right. It leaves the model as it was."""
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total
