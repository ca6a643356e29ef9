"""How large the gradients of each layer are before any training, plain against residual."""

from functools import cache, cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import data
from course_lib.explorers.explorer import Choice, Explorer, Slider
from course_lib.models.cifar import CifarResNet
from course_lib.models.resnet import initialize
from course_lib.training.threads import one_thread

DEPTHS = (8, 20, 44)
IMAGES, SEEDS = 16, 3


@cache
def weight_gradients(
    depth: int, residual: bool, batch_norm: bool, change: str = "none"
) -> np.ndarray:
    """(SEEDS, depth - 1): the L2 norm of dLoss/dW of each 3x3 convolution, the stem first.

    Measured here and now, at initialisation: small networks of width 8, a batch of `IMAGES`
    digits of 8x8 pixels, cross entropy. One row for each random initialisation.

    One thing can be changed: with "padding" the maps are continued on the other side, not by
    zeros; with "width" the networks are twice as wide; with "weights" the convolutions keep
    PyTorch's own first weights in place of He's.
    """
    digits = data.load("digits", "train")
    images, labels = digits.normalize(digits.images[:IMAGES]), digits.labels[:IMAGES]
    width = 16 if change == "width" else 8
    norms = []
    with one_thread(), torch.random.fork_rng(devices=[]), torch.enable_grad():
        model = CifarResNet(
            depth, residual=residual, batch_norm=batch_norm, width=width, in_channels=1
        )
        convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
        if change == "padding":
            for convolution in convolutions:
                convolution.padding_mode = "circular"
        for seed in range(SEEDS):
            torch.default_generator.manual_seed(seed)
            for module in model.modules():  # as in a network built anew
                if isinstance(module, nn.Conv2d | nn.Linear):
                    module.reset_parameters()
            if change != "weights":
                initialize(model)
            loss = F.cross_entropy(model(images), labels)
            gradients = torch.autograd.grad(loss, [each.weight for each in convolutions])
            # in double precision, as the square of 1e-22 is nothing in single precision
            norms.append([each.norm(dtype=torch.float64).item() for each in gradients])
    return np.array(norms)


class Gradients(Explorer):
    """The chosen network's gradients, layer by layer, in front of the other three of its depth."""

    title = "Gradients at initialisation"
    controls = (
        Slider("depth", "depth", DEPTHS, 44),
        Choice("residual", "network", {"plain": False, "residual": True}, False),
        Choice("batch_norm", "batch norm", {"on": True, "off": False}, True),
        Choice(
            "change",
            "one change",
            {
                "none": "none",
                "circular padding": "padding",
                "width 16": "width",
                "PyTorch's weights": "weights",
            },
            "none",
        ),
    )

    @cached_property
    def computed(self) -> dict[str, list[list[float]]]:
        """The gradients' logarithms to base 10, by network: a row for each initialisation."""
        networks = [tuple(values.values()) for values in self.grid()]
        return {
            f"{depth} {residual:d} {batch_norm:d} {change}": np.log10(
                weight_gradients(depth, residual, batch_norm, change)
            )
            .round(2)
            .tolist()
            for depth, residual, batch_norm, change in networks
        }
