"""Blocks with weights that are always the same, for the probes."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Later
from course_lib.exercises.probes.call import randn


class Scale(nn.Module):
    """f(x) = factor * x: a chain of these gives numbers that one can check by hand."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


def chain(*builders: Callable[[], nn.Module]) -> Later:
    """A list of blocks, each parameter filled with its own random numbers."""
    return Later(lambda: [*_filled(builders)])


def single(builder: Callable[[], nn.Module]) -> Later:
    """One such block by itself."""
    return Later(lambda: _filled([builder])[0])


def _filled(builders: Iterable[Callable[[], nn.Module]]) -> nn.ModuleList:
    blocks = nn.ModuleList(build() for build in builders)
    with torch.no_grad():
        for seed, parameter in enumerate(blocks.parameters()):
            parameter.copy_(0.5 * randn(*parameter.shape, seed=seed))
    return blocks
