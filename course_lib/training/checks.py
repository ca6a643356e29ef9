"""What `course_lib.training.fit` refuses, before anything is changed."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.training.loading import Data


def check_arguments(
    model: nn.Module, train: Data, validation: Data, settings: dict[str, Any]
) -> None:
    """Raise ValueError for settings or data with which there is nothing to learn."""
    if not len(train) or not len(validation):
        raise ValueError(f"no images: {len(train)} to train on, {len(validation)} to validate on")
    for name in ("epochs", "batch_size", "max_lr"):
        if not settings[name] > 0:
            raise ValueError(f"{name} must be positive, got {settings[name]}")
    if train.classes != validation.classes:
        raise ValueError(
            f"the training images have the classes {train.classes}, "
            f"the validation images {validation.classes}: take two splits of one data set"
        )
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError("the model has nothing to train: every parameter is frozen")


def check_outputs(model: nn.Module, data: Data, image: Tensor) -> None:
    """Raise ValueError unless the model answers for `image`, a batch of one of `data`'s images.

    Leaves the model in eval mode.
    """
    model.eval()
    try:
        with torch.no_grad():
            outputs = tuple(model(image).shape[1:])
    except RuntimeError as error:
        raise ValueError(
            f"the model takes no image of shape {tuple(image.shape)}, which {data.name} has: "
            f"{error}"
        ) from error
    if outputs != (len(data.classes),):
        raise ValueError(
            f"the model gives outputs of shape {outputs} for an image, and {data.name} has "
            f"{len(data.classes)} classes: give the model num_classes={len(data.classes)}"
        )
