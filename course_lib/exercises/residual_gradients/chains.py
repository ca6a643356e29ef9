"""Blocks with weights that are always the same, for the probes."""

import torch
from torch import nn

from ..definition import randn


def set_weights(blocks: list[nn.Module]) -> list[nn.Module]:
    """The blocks, each parameter filled with its own random numbers."""
    with torch.no_grad():
        for seed, parameter in enumerate(nn.ModuleList(blocks).parameters()):
            parameter.copy_(0.5 * randn(*parameter.shape, seed=seed))
    return blocks
