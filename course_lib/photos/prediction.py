"""What a trained network says about pictures: `predict` for a batch, `predict_files` for many."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.photos.decoding import PictureError
from course_lib.photos.preprocessing import Preprocessing

Prediction = list[tuple[str, float]]  # classes and their probabilities, best first


def predict(
    model: nn.Module, images: Tensor, classes: Sequence[str], k: int = 5
) -> list[list[tuple[str, float]]]:
    """For each image the `k` most probable classes with their probabilities, best first.

    `images` are a normalised batch (N, C, H, W), and `classes` name the model's outputs in order.
    You get all classes where there are fewer than `k`. The model runs in eval mode, without a
    graph, and comes back in the mode it was in, with all its parts: a training that called
    `course_lib.models.transfer.train_mode` calls it again.

    Raises ValueError for `k` below 1, or if the model has more or fewer outputs than classes.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    was_training = model.training
    model.eval()
    with torch.no_grad():
        probabilities = model(images).softmax(dim=1)
    model.train(was_training)
    if probabilities.shape[1] != len(classes):
        raise ValueError(f"{len(classes)} classes for a model of {probabilities.shape[1]} outputs")
    values, indices = probabilities.topk(min(k, len(classes)))
    return [
        [(classes[i], value) for i, value in zip(*row, strict=True)]
        for row in zip(indices.tolist(), values.tolist(), strict=True)
    ]


def batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """`items` in order, cut into pieces of `size`; the last one may be smaller.

    Raises ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    return [items[start : start + size] for start in range(0, len(items), size)]


def predict_files(
    model: nn.Module,
    files: Sequence[str | Path],
    classes: Sequence[str],
    preprocessing: Preprocessing,
    k: int = 5,
    batch_size: int = 32,
) -> Iterator[tuple[str | Path, Prediction | PictureError]]:
    """Each file with its prediction, or with the error that says why it cannot be read.

    Pictures are read and judged `batch_size` at a time, so any number of them fits into memory.
    """

    def attempt(file: str | Path) -> Tensor | PictureError:
        try:
            return preprocessing.read(file)
        except PictureError as error:
            return error

    with ThreadPoolExecutor() as pool:  # decoding lets other threads run
        for some in batches(files, batch_size):
            images = list(pool.map(attempt, some))
            readable = [image for image in images if isinstance(image, Tensor)]
            predictions: Iterator[Prediction] = iter(())
            if readable:
                normalized = preprocessing.normalize(torch.stack(readable))
                predictions = iter(predict(model, normalized, classes, k))
            for file, image in zip(some, images, strict=True):
                yield file, next(predictions) if isinstance(image, Tensor) else image
