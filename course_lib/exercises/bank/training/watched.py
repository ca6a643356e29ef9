"""A model that notes how a function treats it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib.exercises.probes.call import randn

Note = tuple[bool, bool]  # of one call of the model: is it in train mode, is a graph recorded?


class Watched(nn.Module):
    """Maps (N, 1, 2, 2) to logits (N, classes), one thing in train mode and another in eval mode.

    It reports to `note` how it was called; so does a copy of it.
    """

    def __init__(self, classes: int, note: Callable[[Note], None] = lambda _: None) -> None:
        super().__init__()
        self.note = note
        self.norm = nn.BatchNorm2d(1)
        self.norm.get_buffer("running_mean").fill_(2.0)
        self.norm.get_buffer("running_var").fill_(4.0)
        self.fc = nn.Linear(4, classes)
        with torch.no_grad():
            self.fc.weight.copy_(2 * randn(classes, 4, seed=1))
            self.fc.bias.copy_(randn(classes, seed=2))

    def forward(self, x: Tensor) -> Tensor:
        logits = self.fc(self.norm(x).flatten(1))
        self.note((self.norm.training, logits.requires_grad))
        return logits


def conduct(model: nn.Module, notes: list[Note]) -> dict[str, str]:
    """Findings about the calls that a model noted, and about what was left behind."""
    was_training = any(in_train_mode for in_train_mode, _ in notes)
    modes = {"train mode" if part.training else "eval mode" for part in model.modules()}
    return {
        "while it runs, the model is in": "train mode" if was_training else "eval mode",
        "a graph for gradients is recorded": "yes" if any(graph for _, graph in notes) else "no",
        "after it, the model is in": " and its layers in ".join(sorted(modes, reverse=True)),
        "after it, torch records graphs": "as before" if torch.is_grad_enabled() else "no longer",
    }
