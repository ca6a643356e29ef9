"""Which network, built with which arguments: what a file says, so that it can be built again."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from course_lib.models import resnet
from course_lib.models.cifar import CifarResNet
from course_lib.training import checkpoint

PUBLISHED = (  # torchvision has weights for these
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "wide_resnet50_2",
    "wide_resnet101_2",
)
NETWORKS = {name: getattr(resnet, name) for name in PUBLISHED} | {"CifarResNet": CifarResNet}


@dataclass(frozen=True)
class Recipe:
    """A network of the course, by its name among `NETWORKS`, and the arguments it is built with."""

    network: str
    arguments: dict[str, Any]

    def with_classes(self, num_classes: int) -> "Recipe":
        """The recipe of the same network with a head for so many classes."""
        return Recipe(self.network, self.arguments | {"num_classes": num_classes})

    def layout(self) -> nn.Module:
        """The network without numbers, on torch's meta device: takes weights with `assign=True`.

        Raises ValueError for an unknown name, or arguments that the network does not take.
        """
        if self.network not in NETWORKS:
            names = ", ".join(NETWORKS)
            raise ValueError(f"unknown network {self.network!r}: the course has {names}")
        try:
            with torch.device("meta"):
                return NETWORKS[self.network](**self.arguments)
        except TypeError as error:
            words = f"{self.network} cannot be built from {self.arguments}: {error}"
            raise ValueError(words) from error

    def check(self, model: nn.Module) -> None:
        """Raise ValueError unless `model` is, layer by layer, what this recipe builds."""
        wanted, found = checkpoint.describe(self.layout()), checkpoint.describe(model)
        for name in wanted | found:
            if wanted.get(name) != found.get(name):
                raise ValueError(
                    f"this {type(model).__name__} is no {self.network} with {self.arguments}: "
                    f"{name or 'it'} is {found.get(name, 'missing')}, "
                    f"not {wanted.get(name, 'part of that')}"
                )
