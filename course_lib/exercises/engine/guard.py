"""Run a learner's code so that nothing it does outlives the check."""

import io
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

PRINT_LIMIT = 2_000  # characters of the learner's printing that a report keeps


@dataclass(frozen=True)
class Setting:
    """A piece of global state that learner code may change without meaning to."""

    words: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]


SETTINGS = (
    Setting("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
    Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting("torch's default device", torch.get_default_device, torch.set_default_device),
    Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting("Python's recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Setting("the working directory", os.getcwd, os.chdir),
)
RANDOM_STATES = (
    Setting("torch's random state", torch.get_rng_state, torch.set_rng_state),
    Setting("NumPy's random state", np.random.get_state, np.random.set_state),
    Setting("Python's random state", random.getstate, random.setstate),
)


class LimitedText(io.StringIO):
    """A text buffer that keeps the first `PRINT_LIMIT` characters and counts them all."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    def write(self, text: str) -> int:
        super().write(text[: max(0, PRINT_LIMIT - self.written)])
        self.written += len(text)
        return len(text)


@dataclass
class SideEffects:
    """What guarded code printed, and which settings it changed."""

    output: LimitedText = field(default_factory=LimitedText)
    changed: set[str] = field(default_factory=set)


@contextmanager
def guarded(effects: SideEffects) -> Iterator[None]:
    """Capture printing, notice changed settings, and put all global state back at the end.

    The code inside always meets the same world: seed 0, gradients on, float32, the CPU, and one
    thread, with which tensors as small as a probe's are computed faster.
    """
    before = [(state, state.read()) for state in SETTINGS + RANDOM_STATES]
    torch.set_grad_enabled(True)
    if torch.get_default_dtype() != torch.float32:
        torch.set_default_dtype(torch.float32)
    if torch.get_default_device() != torch.device("cpu"):
        torch.set_default_device("cpu")
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
    _seed(0)
    inside = [(setting, setting.read()) for setting in SETTINGS]
    try:
        with redirect_stdout(effects.output), redirect_stderr(effects.output):
            yield
    finally:
        effects.changed |= {setting.words for setting, value in inside if setting.read() != value}
        for state, value in before:
            # Writing back the device, even the same one, would leave a mode active in torch.
            if state in RANDOM_STATES or state.read() != value:
                state.write(value)


@contextmanager
def seeded() -> Iterator[None]:
    """Seed 1 inside, whatever was drawn before; all random states are put back at the end.

    Guarded code has seed 0: new weights that it draws are not by chance those that it was given.
    """
    before = [(state, state.read()) for state in RANDOM_STATES]
    _seed(1)
    try:
        yield
    finally:
        for state, value in before:
            state.write(value)


def _seed(seed: int) -> None:
    torch.random.default_generator.manual_seed(seed)  # torch.manual_seed would touch the GPU too
    np.random.seed(seed)
    random.seed(seed)
