"""Give a trained network new classes: a new head, on a frozen backbone or a trained one.

The networks of `course_lib` and torchvision's ResNets all call their head `fc`.
"""

from torch import nn


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Put a new, untrained `fc` of `num_classes` outputs in the old one's place; returns `model`.

    Raises ValueError for a model whose `fc` is not a linear layer, or for less than one class.
    """
    head = getattr(model, "fc", None)
    if not isinstance(head, nn.Linear):
        raise ValueError(f"{type(model).__name__} has no linear layer fc, but {head}")
    if num_classes < 1:
        raise ValueError(f"num_classes must be at least 1, got {num_classes}")
    model.fc = nn.Linear(head.in_features, num_classes).to(head.weight)
    return model


def freeze_backbone(model: nn.Module) -> None:
    """Let training change the head `fc` alone, in place.

    This holds the parameters. Batch normalisation also has running statistics, which are no
    parameters: `model.train()` lets every batch move them, and takes the batch's own instead. In a
    loop of your own, call `train_mode(model)` in its place; `course_lib.training.fit` does.
    """
    if not isinstance(getattr(model, "fc", None), nn.Module):
        raise ValueError(f"{type(model).__name__} has no head fc: everything would be frozen")
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith("fc.")


def train_mode(model: nn.Module) -> None:
    """`model.train()`, but a batch normalisation whose weights are frozen stays in eval mode."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            parameters = list(module.parameters())
            frozen = parameters and not any(parameter.requires_grad for parameter in parameters)
            module.train(not frozen)
