"""Probes for exercises that build a module: with the same weights it must be the same function."""

import copy
from typing import Any

import torch
from torch import Tensor, equal, nn  # equal by name: an attempt may patch torch.equal

from course_lib.exercises.engine.compare import INPUT_CHANGED, NOT_COMPARABLE, Told, Unusable
from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.engine.weights import (
    WeightsDiffer,
    buffers_kept,
    copy_weights,
    copy_what_fits,
    leaves_of,
)
from course_lib.exercises.probes.call import randn, words


def module_probe(reference: Implementation, *args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """Build `implementation(*args, **kwargs)` and compare it with the reference's module on `x`.

    The findings: number of parameters, output shape, output in training mode, gradient at the
    input, and output in evaluation mode after training has moved the running statistics.
    """

    def original(args: tuple, kwargs: dict) -> nn.Module:
        # A module among the arguments (a downsample) becomes the block's own: each gets a copy.
        # The reference is built first: how many random numbers an attempt draws must not matter.
        right = reference(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        randomize(right)
        return right

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> Any:
        right = original(args, kwargs)
        return findings(built(implementation, args, kwargs, x), right, x)

    def prepare(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> Any:
        right = original(args, kwargs)
        model = built(implementation, args, kwargs, x)
        try:
            copy_weights(right, model, x)
        except WeightsDiffer:
            copy_what_fits(right, model, x)

        def evaluated() -> Tensor:
            return model.eval()(x.clone())

        return {"": lambda: model.train()(x.clone()), "In evaluation mode: ": evaluated}

    return Probe(words(args, kwargs), observe, (args, kwargs, x), prepare, is_call=True)


def built(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> nn.Module:
    """The module that the implementation makes. Lazy layers see `x` once, and have weights then."""
    model = implementation(*args, **kwargs)
    if not isinstance(model, nn.Module):
        raise TypeError(f"expected an nn.Module, got {type(model).__name__}")
    if any(isinstance(p, nn.parameter.UninitializedParameter) for p in model.parameters()):
        with torch.no_grad():
            model.eval()(x.clone())
    return model.train()


def randomize(model: nn.Module) -> None:
    """Random weights for vectors (biases, batch norms): at their defaults, swaps go unnoticed."""
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            if parameter.ndim < 2:
                parameter.copy_(1 + 0.3 * randn(*parameter.shape, seed=seed))


def findings(model: nn.Module, original: nn.Module, x: Tensor) -> dict[str, Any] | Unusable:
    """What `model` computes on `x` (N, ...) once it has the weights of `original`."""
    found: dict[str, Any] = {"parameters": sum(p.numel() for p in model.parameters())}
    given = x.clone()
    with buffers_kept(model):
        output = model(given)
    if not equal(given, x):
        return INPUT_CHANGED
    if unseen := unseen_layers(model, output):
        found["layers"] = Told(unseen)
    if not isinstance(output, Tensor):
        return found | {"output in training mode": output}
    found["output shape"] = tuple(output.shape)
    try:
        copy_weights(original, model, x)
    except WeightsDiffer as error:
        same_shape = tuple(output.shape) == tuple(original(x).shape)
        recut = error.recut and same_shape
        return found | {"weights": NOT_COMPARABLE if recut else Unusable(str(error))}
    found["weights"] = "of the same shapes"

    found["output in training mode"] = model(x.clone()).detach()
    found["gradient at the input"] = _input_gradient(model, x)
    model.eval()
    with torch.no_grad():
        found["output in evaluation mode"] = model(x.clone())
    return found


def unseen_layers(model: nn.Module, output: Any) -> str:
    """Why layers that `model` uses are not among its parameters, in a sentence; or ""."""
    for part in model.modules():
        for name, value in vars(part).items():
            items = value.values() if isinstance(value, dict) else value
            plain = isinstance(value, list | tuple | dict) and not name.startswith("_")
            if plain and any(isinstance(item, nn.Module) for item in items):
                return (
                    f"The layers in self.{name} are in a plain {type(value).__name__}, which the "
                    "module does not look into: their parameters are not among its own, nothing "
                    "trains, moves or saves them. nn.ModuleList and nn.Sequential are looked into."
                )
    known = set(model.parameters())
    if isinstance(output, Tensor) and any(
        isinstance(leaf, nn.Parameter) and leaf not in known for leaf in leaves_of(output)
    ):
        return (
            "A layer is made anew in forward, or in a place that the module does not know: its "
            "weights are other random numbers at each call, and nothing trains or saves them. "
            "Layers are made once, in __init__, and set on self."
        )
    return ""


def _input_gradient(model: nn.Module, x: Tensor) -> Tensor | Unusable:
    start = x.clone().requires_grad_()
    output = model(start * 1)  # times one: an in-place operation on the input is no crash here
    if not output.requires_grad:
        return Unusable("no gradient reaches the input")
    weighed = (output * randn(*output.shape)).sum()
    gradient = torch.autograd.grad(weighed, start, allow_unused=True)[0]
    return gradient if gradient is not None else Unusable("no gradient reaches the input")
