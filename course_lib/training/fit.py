"""Train a network: `fit`. The only module that knows devices and precision."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_lib.data import Images
from course_lib.models.transfer import train_mode
from course_lib.photos.image_folder import PictureFiles
from course_lib.training import checkpoint as checkpoints
from course_lib.training import random_state
from course_lib.training.checks import check_arguments, check_outputs
from course_lib.training.history import History
from course_lib.training.loading import Data, loader
from course_lib.training.steps import accuracy, one_cycle


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
    compile: bool = False,
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
    mirrors at random: turn it off for digits, which a mirror changes. `compile` is for GPUs. A
    batch normalisation whose weights are frozen stays as it is, statistics and all.
    `keep_best` ends with the weights of `history.best_epoch`, the one of the highest validation
    accuracy, in place of the last epoch's. A high score picked from many is a little too good.

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
    settings = {
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
    identity = {"model": checkpoints.describe(model), "settings": settings}
    path = Path(checkpoint) if checkpoint else None
    saved = checkpoints.find(path, resume, identity) if path else None

    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    steps = len(train) // batch_size
    # Two rates more than steps: the first and the last are zero and would teach nothing.
    rates = [one_cycle(i + 1, epochs * steps + 2, max_lr) for i in range(epochs * steps)]
    history = History(**saved["history"]) if saved else History(epochs)

    with (
        _prepared(model, place),
        random_state.own(seed, place),
        tqdm(
            total=len(rates) * batch_size,
            initial=len(history.losses) * batch_size,
            unit=" images",
            unit_scale=True,
        ) as bar,
    ):
        learn, judge = (loader(_on(place, data)) for data in (train, validation))
        [(one, _)] = _prepare(train, learn.batches([torch.tensor([0])]), place)
        check_outputs(model, train, one)
        optimizer = torch.optim.SGD(
            model.parameters(), max_lr, momentum=0.9, nesterov=True, weight_decay=weight_decay
        )
        if saved:
            model.load_state_dict(saved["weights"])
            optimizer.load_state_dict(saved["optimizer"])
            random_state.put(place, saved["random"])
        best = saved["best"] if saved else None
        network = torch.compile(model) if compile else model
        try:
            while len(history) < epochs:
                bar.set_description(f"epoch {len(history) + 1} of {epochs}")
                start, first = time.perf_counter(), len(history.losses)
                order = torch.randperm(len(train), device=place).split(batch_size)[:steps]
                batches = _prepare(train, learn.batches(order, augment), place)
                losses, right = _train_epoch(
                    network, batches, optimizer, rates, first, label_smoothing, bar
                )
                speed = steps * batch_size / (time.perf_counter() - start)
                with _autocast(place):
                    size = 512 if isinstance(validation, Images) else batch_size
                    order = torch.arange(len(validation), device=place).split(size)
                    judged = accuracy(model, _prepare(validation, judge.batches(order), place))
                now = rates[first : first + steps]
                history += History(epochs, losses, now, [right], [judged], [speed])
                if keep_best and history.best_epoch == len(history):
                    best = {name: each.clone() for name, each in model.state_dict().items()}
                if path:
                    state = identity | {
                        "weights": model.state_dict(),
                        "optimizer": optimizer.state_dict(),
                        "best": best,
                        "random": random_state.get(place),
                        "history": asdict(history),
                    }
                    checkpoints.save(path, state)
        except KeyboardInterrupt:
            bar.set_description(f"stopped after {len(history)} of {epochs} epochs")
        if best:
            model.load_state_dict(best)
            bar.set_description(f"kept epoch {history.best_epoch} of {epochs}")
    return history


def _train_epoch(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
    rates: list[float],
    first: int,
    label_smoothing: float,
    bar: tqdm,
) -> tuple[list[float], float]:
    """The losses of an epoch whose first step is number `first`, and the accuracy in passing."""
    train_mode(network)
    losses, correct, total = [], 0, 0
    for step, (images, labels) in enumerate(batches, start=first):
        optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.zero_grad()
        with _autocast(images.device):
            logits = network(images)
            loss = F.cross_entropy(logits, labels, label_smoothing=label_smoothing)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        correct += (logits.argmax(dim=1) == labels).sum()
        total += len(labels)
        # To read a number off a GPU is to wait for it: do so only when the bar is redrawn.
        if bar.update(len(labels)):
            bar.set_postfix(loss=f"{loss.item():.3f}", accuracy=f"{correct.item() / total:.1%}")
            _check_finite(losses, rates, first)
    _check_finite(losses, rates, first)
    return torch.stack(losses).tolist(), correct.item() / total


def _check_finite(losses: list[Tensor], rates: list[float], first: int) -> None:
    finite = torch.stack(losses).isfinite().tolist()
    if not all(finite):
        step = finite.index(False)
        raise FloatingPointError(
            f"the loss is {losses[step].item()} at step {first + step} of {len(rates)}, with the "
            f"learning rate at {rates[first + step]:.3g}. Try a smaller max_lr first; then look "
            "for a layer without batch normalisation, or for images that are not normalised."
        )


def _prepare(
    data: Data, batches: Iterable[tuple[Tensor, Tensor]], place: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches on `place`, the images normalised and channels last."""
    for images, labels in batches:
        images = data.normalize(images.to(place))
        yield images.contiguous(memory_format=torch.channels_last), labels.to(place)


def _on(place: torch.device, data: Data) -> Data:
    """Images as they are in memory go to `place` once; pictures in files go there by the batch."""
    if isinstance(data, PictureFiles):
        return data
    return replace(data, images=data.images.to(place), labels=data.labels.to(place))


def _autocast(place: torch.device) -> torch.autocast:
    """bfloat16 where the hardware computes with it, float32 elsewhere."""
    if place.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:  # older releases of torch cannot tell
        found = getattr(torch.cpu, "get_capabilities", dict)()
        fast = bool(found.get("avx512_bf16") or found.get("amx_bf16"))
    return torch.autocast(place.type, torch.bfloat16, enabled=fast)


@contextmanager
def _prepared(model: nn.Module, place: torch.device) -> Iterator[None]:
    """The model on `place`, channels last; afterwards where and in the mode it was."""
    home = next(model.parameters()).device
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.to(place, memory_format=torch.channels_last)
        yield
    finally:
        model.zero_grad()
        model.to(home, memory_format=torch.contiguous_format)
        for module, training in modes:
            module.training = training
