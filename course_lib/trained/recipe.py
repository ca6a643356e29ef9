"""The networks of the course by name, so that a file can say which one it holds."""

from typing import Any

import torch
from torch import nn

from course_lib.models import resnet
from course_lib.models.blocks import BasicBlock
from course_lib.models.cifar import CifarResNet
from course_lib.training import checkpoint

_RESNETS = {  # with the number of blocks in each stage
    "resnet18": [2, 2, 2, 2],
    "resnet34": [3, 4, 6, 3],
    "resnet50": [3, 4, 6, 3],
    "resnet101": [3, 4, 23, 3],
    "resnet152": [3, 8, 36, 3],
    "resnext50_32x4d": [3, 4, 6, 3],
    "resnext101_32x8d": [3, 4, 23, 3],
    "resnext101_64x4d": [3, 4, 23, 3],
    "wide_resnet50_2": [3, 4, 6, 3],
    "wide_resnet101_2": [3, 4, 23, 3],
}
NETWORKS = {name: getattr(resnet, name) for name in _RESNETS} | {"CifarResNet": CifarResNet}


def build(name: str, arguments: dict[str, Any]) -> nn.Module:
    """The network `name`, one of `NETWORKS`, untrained. Your random state stays as it is.

    Raises ValueError for an unknown name, or arguments that the network does not take.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}: the course has {', '.join(NETWORKS)}")
    try:
        with torch.random.fork_rng(devices=[]):
            return NETWORKS[name](**arguments)
    except TypeError as error:
        raise ValueError(f"{name} cannot be built from {arguments}: {error}") from error


def identify(model: nn.Module) -> tuple[str, dict[str, Any]]:
    """The name and the arguments from which `build` makes this network again, layer by layer.

    Raises ValueError for any other network.
    """
    parts = checkpoint.describe(model)
    for name, arguments in _candidates(model):
        if checkpoint.describe(build(name, arguments)) == parts:
            return name, arguments
    raise ValueError(
        f"this {type(model).__name__} is none of the course's networks with a linear head, or it "
        f"was altered: build one of {', '.join(NETWORKS)} and load your weights into it"
    )


def _candidates(model: nn.Module) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(getattr(model, "fc", None), nn.Linear):
        return []
    classes = {"num_classes": model.fc.out_features}
    if not isinstance(model, CifarResNet):
        return [(name, classes) for name, blocks in _RESNETS.items() if blocks == _blocks(model)]
    second = model.layer2[0]  # where the shape changes, so that the kind of shortcut shows
    residual = isinstance(second, BasicBlock)
    arguments = classes | {
        "depth": 6 * len(model.layer1) + 2,
        "width": model.conv1.out_channels,
        "in_channels": model.conv1.in_channels,
        "stem_stride": model.conv1.stride[0],
        "residual": residual,
        "projection": residual and isinstance(second.downsample, nn.Sequential),
        "batch_norm": isinstance(model.bn1, nn.BatchNorm2d),
    }
    return [("CifarResNet", arguments)]


def _blocks(model: nn.Module) -> list[int]:
    return [len(stage) for name, stage in model.named_children() if name.startswith("layer")]
