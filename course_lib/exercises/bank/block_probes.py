"""What the probes of the blocks share."""

from typing import Any

from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.probes.call import words
from course_lib.exercises.probes.module import built

FAR_APART = 30  # times the input: some activations are then above 6, where a ReLU6 would cut


def pixels(stride: int) -> nn.Module:
    """A downsample without parameters, which skips pixels."""
    return nn.MaxPool2d(kernel_size=1, stride=stride)


def learnable_probe(*args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """How many parameters the block has to learn. It need not run on `x`, unless it is lazy."""

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> int:
        block = built(implementation, args, kwargs, x)
        return sum(p.numel() for p in block.parameters() if p.requires_grad)

    label = f"{words(args, kwargs)}: learnable parameters"
    return Probe(label, observe, (args, kwargs, x), is_call=True)
