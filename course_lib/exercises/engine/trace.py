"""Note every operation on tensors while code runs, and put other results in their places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.compare import same

# they show the same numbers in another layout, look at a tensor, or draw and set its weights: no
# steps of a computation
NO_STEPS = {"view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous"}
NO_STEPS |= {"expand", "expand_as", "permute", "transpose", "clone", "to", "float", "double"}
NO_STEPS |= {"requires_grad", "chunk", "split", "unbind", "detach", "view_as", "moveaxis"}
NO_STEPS |= {"uniform", "normal", "kaiming_uniform", "kaiming_normal", "empty", "copy", "fill"}
MOST = 300  # steps that are kept: a loop over every pixel has no story to tell


@dataclass
class Step:
    """One operation: its name, what it was given, and what came of it."""

    name: str
    args: tuple
    kwargs: dict[str, Any]
    inputs: list[Tensor]  # copies, as they were before
    result: Tensor  # a copy

    @property
    def counts(self) -> bool:
        """Whether it computes something new."""
        counter = self.result.ndim == 0 and not self.result.is_floating_point()
        seen_before = any(alike(self.result, x) for x in self.inputs)
        return self.name not in NO_STEPS and not counter and not seen_before


class Trace(TorchFunctionMode):
    """The steps of whatever runs inside, with `replaced[number]` as the result of a step."""

    def __init__(self, replaced: Mapping[int, Tensor] | None = None) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.replaced = replaced or {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        # two functions have this name, and do different things
        name = "im2col" if func is F.unfold else getattr(func, "__name__", "")
        inputs = [x.detach().clone() for x in _tensors((*args, *kwargs.values()))]
        result = func(*args, **kwargs)
        if not isinstance(result, Tensor) or name.startswith("__get_") or not result.numel():
            return result
        in_place = name.startswith("__i") or (name.endswith("_") and not name.endswith("__"))
        instead = self.replaced.get(len(self.steps))
        if instead is not None:
            result = _put(instead, result, in_place)
        if len(self.steps) < MOST:
            plain = name.strip("_").removeprefix("i" if name.startswith("__i") else "")
            self.steps.append(Step(plain, args, kwargs, inputs, result.detach().clone()))
        return result


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    """The tensors among the arguments, and in lists of them."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _put(instead: Tensor, result: Tensor, in_place: bool) -> Tensor:
    """The numbers of `instead` where `result` is, still connected to the graph that it is in."""
    change = (instead.reshape(result.shape) - result).detach()
    if in_place:  # whoever holds the tensor sees the new numbers
        with torch.no_grad():
            return result.add_(change)
    return result + change


def alike(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors hold the same numbers, whatever axes of length 1 they have."""
    if a.numel() != b.numel() or a.dtype.is_floating_point != b.dtype.is_floating_point:
        return False
    first, second = ([n for n in x.shape if n != 1] for x in (a, b))
    return first == second and same(a.reshape(first), b.reshape(first))
