"""What an exercise is made of."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .report import Report

Implementation = Callable[..., Any]  # a function, or a class, that solves an exercise


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation that learners write, and the sentence they should then read."""

    sentence: str
    implementation: Implementation


@dataclass(frozen=True)
class Probe:
    """One question to an implementation. Its answer is compared with the reference's.

    `observe(implementation, *arguments)` returns the answer: a number, a tensor, a list of these,
    or a dict of findings, each of which gets its own row in the table. It may build the
    implementation, train it, differentiate it. Every call gets its own copy of the arguments.
    """

    label: str
    observe: Callable[..., Any]
    arguments: tuple = ()

    def fresh_arguments(self) -> tuple:
        return copy.deepcopy(self.arguments)


def call(*args: Any, label: str = "", **kwargs: Any) -> Probe:
    """The probe that calls the implementation with these arguments and takes what it returns."""

    def observe(implementation: Implementation, positional: tuple, named: dict) -> Any:
        return implementation(*positional, **named)

    return Probe(label or words(args, kwargs), observe, (args, kwargs))


def words(args: tuple, kwargs: dict[str, Any]) -> str:
    """A call's arguments as the learner would write them; the report puts the name before."""
    named = [f"{name}={_brief(value)}" for name, value in kwargs.items()]
    return f"({', '.join([*map(_brief, args), *named])})"


def _brief(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"tensor {tuple(value.shape)}"
    if isinstance(value, type):
        return value.__name__
    return "module" if isinstance(value, nn.Module) else repr(value)


def randn(*shape: int, seed: int = 0) -> Tensor:
    """Normal random numbers that leave the global generator alone."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)


@dataclass(frozen=True)
class Exercise:
    """One exercise: its text, its reference solution, and how an attempt is judged."""

    name: str
    title: str
    difficulty: int  # 1 to 5
    importance: int  # 1 to 5
    minutes: int
    reference: Implementation
    hints: tuple[str, str]  # a nudge; an equation or a skeleton
    probes: tuple[Probe, ...]
    mistakes: tuple[Mistake, ...]
    # Where the cell holds code to repair and no stub: that code. Its sentence says what one sees
    # of the mistake in it, and an attempt that still behaves like it counts as not attempted.
    planted: Mistake | None = None

    def grade(self, attempt: Implementation) -> Report:
        """Judge an attempt by its behaviour. Never raises, and never changes the attempt."""
        from .grading import grade  # it needs this module's types

        return grade(self, attempt)
