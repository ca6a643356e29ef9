"""Train a network: `fit`."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from torch import nn

from course_lib.training import checkpoint as checkpoints
from course_lib.training import random_state
from course_lib.training.checks import check_arguments
from course_lib.training.epochs import Training
from course_lib.training.history import History
from course_lib.training.loading import Data
from course_lib.training.progress import Progress


def fit(
    model: nn.Module,
    train: Data,
    validation: Data,
    *,
    epochs: int,
    batch_size: int = 128,
    max_lr: float = 0.1,
    weight_decay: float = 5e-4,
    label_smoothing: float = 0.0,
    augment: bool = True,
    keep_best: bool = False,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    device: str | None = None,
) -> History:
    """Train `model` in place and return its curves; look at them with `history.plot()`.

    The images are in memory, as `data.load` returns them, or in files: for those see
    `course_lib.photos.image_folder`. Worker processes then read and augment them.

    SGD with Nesterov momentum 0.9 and a one-cycle learning rate that peaks at `max_lr`. Each epoch
    takes the images in a new order and leaves out the last, incomplete batch. `augment` crops and
    mirrors at random: turn it off for digits, which a mirror changes. A batch normalisation whose
    weights are frozen stays as it is, statistics and all. `keep_best` ends with the weights of
    `history.best_epoch`, the one of the highest validation accuracy, in place of the last epoch's.
    A high score picked from many is a little too good.

    Runs on the GPU when there is one (`device="cpu"` keeps it off), in bfloat16 where the hardware
    computes with it, and leaves the model on the device and in the mode it came with. The same
    `seed` trains the same way, whatever your own random state, which stays as it is.

    `checkpoint` names a file that is written after every epoch. The stop button ends the training
    and returns the epochs so far; `resume=True` goes on from the file, if there is one. On the CPU
    the weights are then exactly those of a training without the break.

    Raises, before anything is changed: ValueError for arguments that make no sense,
    CheckpointError (a ValueError) for a file that is cut off or of another training, and
    FileExistsError for one that `resume=False` would overwrite. Raises FloatingPointError when the
    loss is not finite; the weights are then useless, the checkpoint is the last good epoch's.
    """
    batch_size = min(batch_size, len(train))
    settings: dict[str, Any] = {
        "data": train.source,
        "validation data": validation.source,
        "trained parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "epochs": epochs,
        "batch_size": batch_size,
        "max_lr": max_lr,
        "weight_decay": weight_decay,
        "label_smoothing": label_smoothing,
        "augment": augment,
        "keep_best": keep_best,
        "seed": seed,
    }
    check_arguments(model, train, validation, settings)
    identity: dict[str, dict[str, Any]] = {
        "model": checkpoints.describe(model),
        "settings": settings,
    }
    path = Path(checkpoint) if checkpoint else None
    saved = checkpoints.find(path, resume, identity) if path else None

    chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    with _prepared(model, chosen), random_state.own(seed, chosen):
        training = Training(model, train, validation, settings, chosen)
        if saved:
            training.restore(saved)
        with (
            Progress(epochs, len(training.history)) as progress,
            suppress(KeyboardInterrupt),  # the stop button: what was reached is returned
        ):
            while len(training.history) < epochs:
                training.epoch(progress)
                if path:
                    checkpoints.save(path, identity | training.state())
        if training.best:
            model.load_state_dict(training.best)
    return training.history


@contextmanager
def _prepared(model: nn.Module, device: torch.device) -> Iterator[None]:
    """The model on `device`, channels last; afterwards where and in the mode it was."""
    home = next(model.parameters()).device
    modes = [(module, module.training) for module in model.modules()]
    try:
        _to(model, device, torch.channels_last)
        yield
    finally:
        model.zero_grad()
        _to(model, home, torch.contiguous_format)
        for module, training in modes:
            module.training = training


def _to(model: nn.Module, device: torch.device, layout: torch.memory_format) -> None:
    model.to(device, memory_format=layout)  # type: ignore[call-overload]  # its hints lack this one
