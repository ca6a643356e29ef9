"""Torch's random state: one of its own for a training, and the caller's left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

CPU = torch.device("cpu")


@contextmanager
def own(seed: int, device: torch.device = CPU) -> Iterator[None]:
    """A random state on the CPU and on `device` that starts from `seed`.

    Afterwards the caller's is as it was.
    """
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would touch every GPU
        if device.type == "cuda":
            torch.cuda.manual_seed(seed)
        yield


def get(device: torch.device) -> dict[str, Tensor]:
    """The state now, as `put` takes it."""
    state = {"cpu": torch.get_rng_state()}
    return {**state, "cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else state


def put(device: torch.device, state: dict[str, Tensor]) -> None:
    """Go on from a `state` that `get` returned."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:  # a training may move from a CPU to a GPU
        torch.cuda.set_rng_state(state["cuda"], device)
