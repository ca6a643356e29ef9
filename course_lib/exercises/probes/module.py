"""Probes for exercises that build a module: with the same weights it must be the same function."""

import copy
from typing import Any

import torch
from torch import Tensor, equal, nn  # equal by name: an attempt may patch torch.equal

from course_lib.exercises.engine.compare import INPUT_CHANGED, Unusable
from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.engine.weights import WeightsDiffer, buffers_kept, copy_weights
from course_lib.exercises.probes.call import randn, words


def module_probe(reference: Implementation, *args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """Build `implementation(*args, **kwargs)` and compare it with the reference's module on `x`.

    The findings: number of parameters, output shape, output in training mode, gradient at the
    input, and output in evaluation mode after training has moved the running statistics.
    """

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> Any:
        # A module among the arguments (a downsample) becomes the block's own: each gets a copy.
        # The reference is built first: how many random numbers an attempt draws must not matter.
        original = reference(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        randomize(original)
        return findings(implementation(*args, **kwargs), original, x)

    return Probe(words(args, kwargs), observe, (args, kwargs, x))


def randomize(model: nn.Module) -> None:
    """Random weights for vectors (biases, batch norms): at their defaults, swaps go unnoticed."""
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            if parameter.ndim < 2:
                parameter.copy_(1 + 0.3 * randn(*parameter.shape, seed=seed))


def findings(model: nn.Module, original: nn.Module, x: Tensor) -> dict[str, Any] | Unusable:
    """What `model` computes on `x` (N, ...) once it has the weights of `original`."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"expected an nn.Module, got {type(model).__name__}")
    model.train()
    found: dict[str, Any] = {"parameters": sum(p.numel() for p in model.parameters())}
    given = x.clone()
    with buffers_kept(model):
        output = model(given)
    if not equal(given, x):
        return INPUT_CHANGED
    if not isinstance(output, Tensor):
        return found | {"output": output}
    found["output shape"] = tuple(output.shape)
    try:
        copy_weights(original, model, x)
    except WeightsDiffer as error:
        return found | {"weights": Unusable(str(error))}
    found["weights"] = "of the same shapes"

    found["output in training mode"] = model(x.clone()).detach()
    found["gradient at the input"] = _input_gradient(model, x)
    model.eval()
    with torch.no_grad():
        found["output in evaluation mode"] = model(x.clone())
    return found


def _input_gradient(model: nn.Module, x: Tensor) -> Tensor | Unusable:
    start = x.clone().requires_grad_()
    output = model(start * 1)  # times one: an in-place operation on the input is no crash here
    if not output.requires_grad:
        return Unusable("no gradient reaches the input")
    (output * randn(*output.shape)).sum().backward()
    return start.grad if start.grad is not None else Unusable("no gradient reaches the input")
