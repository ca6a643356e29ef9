"""The plainest probe: call the implementation and take what it returns."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Implementation, Later, Probe


def call(*args: Any, label: str = "", **kwargs: Any) -> Probe:
    """The probe that calls the implementation with these arguments and takes what it returns."""

    def observe(implementation: Implementation, positional: tuple, named: dict) -> Any:
        return implementation(*positional, **named)

    return Probe(label or words(args, kwargs), observe, (args, kwargs), is_call=True)


def words(args: tuple, kwargs: dict[str, Any]) -> str:
    """A call's arguments as the learner would write them; the report puts the name before."""
    named = [f"{name}={_brief(value)}" for name, value in kwargs.items()]
    return f"({', '.join([*map(_brief, args), *named])})"


def _brief(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"tensor {tuple(value.shape)}"
    if isinstance(value, type):
        return value.__name__
    return "module" if isinstance(value, (nn.Module, Later)) else repr(value)


def randn(*shape: int, seed: int = 0) -> Tensor:
    """Normal random numbers that leave the global generator alone."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)
