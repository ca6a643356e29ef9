"""Probes for residual blocks. They tell apart what `module_probe` cannot: blocks whose two paths
do not meet, and blocks that have other parameters than the reference."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.engine.weights import role_shape
from course_lib.exercises.probes.call import randn, words
from course_lib.exercises.probes.module import built


class LayerLog(TorchFunctionMode):
    """Notes every convolution and batch normalisation that runs, whoever asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        if func is torch.conv2d:
            named = dict(zip(("input", "weight", "bias", "stride"), args, strict=False))
            named |= kwargs or {}
            sizes = [f"{t.shape[-2]}x{t.shape[-1]}" for t in (named["input"], output)]
            kernel = "x".join(map(str, named["weight"].shape[2:]))
            stride = named.get("stride", 1)
            stride = stride if isinstance(stride, int) else stride[0]
            self.steps.append(f"{kernel} of stride {stride}: {sizes[0]} to {sizes[1]}")
        elif func is F.batch_norm:
            self.steps.append("batch norm")
        return output


def paths_probe(*args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """Whether the block runs on `x` at all; if not, the layers that ran before the error.

    Give it a `downsample` without such layers, so that the log is the residual path's alone.
    """

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> dict:
        model = implementation(*args, **kwargs)
        with LayerLog() as log:
            try:
                model(x)
            except RuntimeError as error:
                if type(error) is not RuntimeError:  # a stub's NotImplementedError is one as well
                    raise
                return {"the two paths meet": Unusable(f"no: {', '.join(log.steps)}")}
        return {"the two paths meet": True}

    return Probe(words(args, kwargs), observe, (args, kwargs, x), is_call=True)


def equal_weights_probe(*args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """Outputs on `x`, where all parameters of one shape hold the same numbers.

    No parameter needs a partner in the reference then: one more or one less still has an output.
    """

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> dict:
        model = built(implementation, args, kwargs, x)
        fill_by_shape(model)
        with torch.no_grad():
            trained = model.train()(x)
            evaluated = model.eval()(x)
        return {"output in training mode": trained, "output in evaluation mode": evaluated}

    return Probe(
        f"{words(args, kwargs)} with equal weights", observe, (args, kwargs, x), is_call=True
    )


def fill_by_shape(model: nn.Module) -> None:
    """Set each parameter to numbers that depend on its shape alone."""
    with torch.no_grad():
        for parameter in model.parameters():
            numbers = randn(*parameter.shape)
            if len(role_shape(parameter)) < 2:
                parameter.copy_(1 + 0.3 * numbers)
            else:
                parameter.copy_(numbers / parameter[0].numel() ** 0.5)
