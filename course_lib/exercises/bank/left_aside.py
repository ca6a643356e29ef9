"""Probes for the functions of torch's that an exercise tells to leave aside."""

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.exercise import Implementation, Probe

Unwanted = Callable[[str, tuple, dict[str, Any]], bool]  # of a call: its name and its arguments


class _Watch(TorchFunctionMode):
    """Notes whether an unwanted function is called, by whatever way it is reached."""

    def __init__(self, unwanted: Unwanted) -> None:
        super().__init__()
        self.unwanted = unwanted
        self.seen = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        self.seen |= self.unwanted(getattr(func, "__name__", ""), args, kwargs)
        return func(*args, **kwargs)


def left_aside(what: str, *args: Any, unwanted: Unwanted) -> Probe:
    """Whether the implementation, called with `args`, calls `what` it should leave aside."""

    def observe(implementation: Implementation, *args: Any) -> Any:
        with _Watch(unwanted) as watch:
            output = implementation(*args)
        if not isinstance(output, Tensor):
            return output
        return "yes" if watch.seen else "no"

    return Probe(f"does it call {what}?", observe, args)


def named(word: str) -> Unwanted:
    """Any function with `word` in its name; a module, as nn.Conv2d, calls one too."""
    return lambda name, args, kwargs: word in name
