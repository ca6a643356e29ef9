"""Compare what an attempt returned with what the reference returned, and describe both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

RELATIVE, ABSOLUTE = 1e-4, 1e-5  # float32 reductions in another order differ by less
NUMBERS = re.compile(r"-?\d[\d.]*(e[+-]?\d+)?(, -?\d[\d.]*)*")  # one, or a list of them


@dataclass(frozen=True)
class Raised:
    """The outcome of a call that ended in an exception."""

    kind: str
    message: str
    line: str = ""  # the learner's own line, with its number
    place: str = ""  # the function of a library that raised it, or "" for the learner's own code
    stub: bool = False  # the untouched `raise NotImplementedError`


@dataclass(frozen=True)
class Unusable:
    """A finding that stands in for a value: the engine could not go on, and says why."""

    reason: str


@dataclass(frozen=True)
class Told(Unusable):
    """A finding that says in a whole sentence what is wrong, whatever else the values are."""


INPUT_CHANGED = Unusable("changed its input in place")
NOT_COMPARABLE = Unusable("has as many weights as the reference, cut up in another way")


def same(a: Any, b: Any) -> bool:
    """Whether two outcomes are equal: exact for counts and text, close for real numbers.

    Two exceptions are the same in type, place, and message but for the numbers in it.
    """
    if isinstance(a, Raised) or isinstance(b, Raised):
        return isinstance(a, Raised) and isinstance(b, Raised) and _same_errors(a, b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return isinstance(a, Tensor) and isinstance(b, Tensor) and _same_tensors(a, b)
    if _is_integer(a) or _is_integer(b):
        return _is_integer(a) and _is_integer(b) and int(a) == int(b)
    if _is_real(a) or _is_real(b):
        return _is_real(a) and _is_real(b) and _close(torch.tensor(float(a)), float(b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return (a.shape, a.dtype.kind) == (b.shape, b.dtype.kind) and _same_arrays(a, b)
    return type(a) is type(b) and bool(a == b)


def _same_errors(a: Raised, b: Raised) -> bool:
    first, second = (NUMBERS.sub("#", error.message) for error in (a, b))
    return (a.kind, a.place, first) == (b.kind, b.place, second)


def _same_tensors(a: Tensor, b: Tensor) -> bool:
    return (
        (a.shape, a.device) == (b.shape, b.device)
        and (a.is_floating_point(), a.is_complex()) == (b.is_floating_point(), b.is_complex())
        and _close(a.detach(), b.detach())
    )


def _same_arrays(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    return bool(np.allclose(a, b, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True))


def _close(a: Tensor, b: Tensor | float) -> bool:
    b = torch.as_tensor(b, dtype=torch.float64)
    return torch.allclose(a.double(), b, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def _is_integer(value: Any) -> bool:
    return isinstance(value, (Integral, np.integer)) and not isinstance(value, bool)


def _is_real(value: Any) -> bool:
    return isinstance(value, (Real, np.floating)) and not isinstance(value, bool)


def describe(value: Any) -> str:
    """A value in the few words that fit a cell of the table."""
    if isinstance(value, Raised):
        return f"{value.kind}: {value.message}" if value.message else value.kind
    if isinstance(value, Unusable):
        return value.reason
    if isinstance(value, Tensor):
        return _describe_tensor(value.detach())
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g} (a float)" if float(value).is_integer() else f"{value:.6g}"
    if isinstance(value, (list, tuple)) and len(value) <= 8:
        inside = ", ".join(describe(item) for item in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if type(value) is dict and any(isinstance(item, Tensor) for item in value.values()):
        # not repr: that writes out up to 1,000 numbers of each, and every answer is described
        inside = ", ".join(f"{describe(key)}: {describe(item)}" for key, item in value.items())
        return _shortened(f"{{{inside}}}")
    return _shortened(repr(value))


def _describe_tensor(tensor: Tensor) -> str:
    kind = "" if tensor.dtype == torch.float32 else f"{tensor.dtype} ".removeprefix("torch.")
    shape = f"{kind}tensor of shape {tuple(tensor.shape)}"
    if tensor.is_complex():
        return shape
    if tensor.numel() <= 9:
        rounded = [float(f"{x:.4g}") for x in tensor.flatten().tolist()]
        return f"{shape}: {rounded}"
    return f"{shape}, mean {tensor.double().mean().item():.4g}"


def difference(expected: Any, got: Any) -> str:
    """How far two tensors of one shape lie apart, in words; empty for anything else."""
    both = isinstance(expected, Tensor) and isinstance(got, Tensor)
    if not both or expected.shape != got.shape or expected.numel() == 0 or got.is_complex():
        return ""
    gap = (expected.detach().double() - got.detach().double()).abs().max().item()
    return f"off by up to {gap:.3g}"


def _shortened(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
