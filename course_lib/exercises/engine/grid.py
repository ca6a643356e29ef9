"""The part of two tensors where they first differ, as a small grid of numbers."""

from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.engine.compare import ABSOLUTE, RELATIVE
from course_lib.exercises.engine.report import Grid

SIDE = 6  # rows and columns that are shown at most


def grid(right: Any, yours: Any) -> Grid | None:
    """The part around the first difference of two tensors of one shape; None for anything else."""
    if not isinstance(right, Tensor) or not isinstance(yours, Tensor):
        return None
    if right.shape != yours.shape or not right.ndim or right.is_complex() or yours.is_complex():
        return None
    a, b = (x.detach().double() for x in (right, yours))
    apart = ~torch.isclose(b, a, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    if not apart.any():
        return None
    *before, row, column = [0, *apart.nonzero()[0].tolist()]
    index = tuple(before[1:]) if right.ndim > 1 else ()
    rows, columns = a[index].reshape(-1, a.shape[-1]).shape
    top, left = _start(row, rows), _start(column, columns)
    shown = [
        [
            [_short(x) for x in line]
            for line in x[index]
            .reshape(rows, columns)[top : top + SIDE, left : left + SIDE]
            .tolist()
        ]
        for x in (a, b)
    ]
    spans = [_span(top, rows), _span(left, columns)] if right.ndim > 1 else [_span(left, columns)]
    whole = not index and all(span == ":" for span in spans)
    part = "" if whole else f"[{', '.join([*map(str, index), *spans])}]"
    return Grid(shown[0], shown[1], (row - top, column - left), part)


def _start(place: int, length: int) -> int:
    """Where to begin so that the place is in, with what stands before it."""
    return max(0, min(place - SIDE // 2, length - SIDE))


def _span(start: int, length: int) -> str:
    return ":" if length <= SIDE else f"{start}:{min(start + SIDE, length)}"


def _short(number: float) -> str:
    return f"{number:.4g}"
