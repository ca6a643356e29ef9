"""The pieces of a training loop, as notebook 06 builds them. See `fit`."""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def train_step(
    model: nn.Module, images: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    """One step of gradient descent on the mean cross entropy of a batch; returns that loss."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train_epoch(
    model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]], optimizer: torch.optim.Optimizer
) -> float:
    """One step on each batch of `loader`; returns the mean of the images' losses in these steps."""
    total, count = 0.0, 0
    for images, labels in loader:
        loss = train_step(model, images, labels, optimizer)  # the mean over this batch
        total += loss * len(labels)
        count += len(labels)
    return total / count


def accuracy(model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]]) -> float:
    """The fraction of all images in `loader` whose largest logit is the label's."""
    was_training = model.training
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return correct / total


def one_cycle(step: int, total_steps: int, max_lr: float, warmup: float = 0.3) -> float:
    """The learning rate of step 0, 1, ..., total_steps - 1 (Smith and Topin, arXiv 1708.07120).

    It rises in a line from 0 to `max_lr` over the first `warmup` part of the steps, then falls
    along a cosine to 0 at the last step.
    """
    if not 0 <= step < total_steps:
        raise ValueError(f"step must be 0 to {total_steps - 1}, the last one, got {step}")
    peak = warmup * total_steps
    if step < peak:
        return max_lr * step / peak
    last = total_steps - 1
    remaining = (last - step) / max(last - peak, 1)  # from 1 at the peak to 0
    return max_lr * (1 - math.cos(math.pi * remaining)) / 2


def random_crop_flip(
    images: Tensor, padding: int = 4, generator: torch.Generator | None = None
) -> Tensor:
    """Shift each image by up to `padding` pixels, black at the edges, and mirror half of them.

    Maps (N, C, H, W) to the same shape and dtype; each image draws its own shift and flip.
    """
    n, _, height, width = images.shape

    def draw(below: int) -> Tensor:  # one number for each image
        return torch.randint(below, (n, 1, 1), generator=generator, device=images.device)

    top, left, flip = draw(2 * padding + 1), draw(2 * padding + 1), draw(2)
    rows = torch.arange(height, device=images.device).view(1, -1, 1)
    columns = torch.arange(width, device=images.device).view(1, 1, -1)
    columns = torch.where(flip == 1, width - 1 - columns, columns)
    which = torch.arange(n, device=images.device).view(-1, 1, 1)
    padded = F.pad(images, (padding, padding, padding, padding))
    return padded[which, :, top + rows, left + columns].permute(0, 3, 1, 2)  # from (N, H, W, C)
