"""How a function treats the model that it is given."""

from torch import nn

Note = tuple[bool, bool]  # of one call of the model: is it in train mode, is a graph recorded?


def conduct(model: nn.Module, notes: list[Note]) -> dict[str, str]:
    """Findings about the calls that a model noted, and about the mode in which it was left."""
    was_training = any(in_train_mode for in_train_mode, _ in notes)
    return {
        "while it runs, the model is in": "train mode" if was_training else "eval mode",
        "a graph for gradients is recorded": "yes" if any(graph for _, graph in notes) else "no",
        "after it, the model is in": "train mode" if model.training else "eval mode",
    }
