"""Checkpoints on disk: either a whole one is there, or the one before it."""

import io
from pathlib import Path
from typing import Any

import torch
from torch import nn

from course_lib.files import replacing

_REMEDY = "delete the file to start again, or name another one."


class CheckpointError(ValueError):
    """A checkpoint that cannot be used. The message says why and what to do."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors, numbers, text, lists and dicts) to `path`, all of it or nothing."""
    with replacing(path) as draft:
        torch.save(state, draft)


def find(path: Path, resume: bool, expected: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """What `save` wrote to `path`, on the CPU, or None if there is no such file yet.

    `expected` holds the checkpoint's own "model" and "settings" as they must be. Raises
    FileExistsError for a file that is not to be resumed, and CheckpointError for one that is cut
    off or is of another model or other settings. Runs no code from the file.
    """
    if not path.exists():
        return None
    if not resume:
        raise FileExistsError(
            f"{path} holds an earlier training: resume=True goes on with it. Or delete it to start "
            "again, or name another file."
        )
    content = io.BytesIO(path.read_bytes())  # a file that may not be read raises its own error
    try:
        saved = torch.load(content, map_location="cpu", weights_only=True)
        found = {part: dict(saved[part]) for part in expected}
    except Exception as error:  # damaged bytes make torch.load raise errors of many kinds
        raise CheckpointError(f"{path} is cut off, or was not written by fit: {_REMEDY}") from error
    for part, wanted in expected.items():
        names = dict.fromkeys([*wanted, *found[part]])
        for name in names:
            there, here = (parts.get(name, "missing") for parts in (found[part], wanted))
            if there != here:
                raise CheckpointError(
                    f"{path} does not fit this training's {part}: {name or 'it'} is {there} "
                    f"there and {here} here. Go back to that, {_REMEDY}"
                )
    return saved


def describe(model: nn.Module) -> dict[str, str]:
    """The model's parts and the shapes of its weights, by name: what a checkpoint must agree on."""
    parts = {name: f"{type(m).__name__}({m.extra_repr()})" for name, m in model.named_modules()}
    return parts | {name: str(tuple(t.shape)) for name, t in model.state_dict().items()}
