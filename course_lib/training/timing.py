"""How long functions take beside each other on this machine."""

import statistics
import time
from collections.abc import Callable, Sequence

import torch


def median_times(functions: Sequence[Callable[[], object]], rounds: int = 15) -> list[float]:
    """The median seconds of each function, after one round to warm up.

    Each round calls every function once: whatever else the machine does then slows all of them,
    not one. Waits for the GPU, where there is one, before it reads the clock. Raises ValueError
    unless there is at least one round.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    wait = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    for function in functions:
        function()
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, measured in zip(functions, seconds, strict=True):
            wait()
            start = time.perf_counter()
            function()
            wait()
            measured.append(time.perf_counter() - start)
    return [statistics.median(measured) for measured in seconds]
