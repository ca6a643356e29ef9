"""Exercise `count_parameters`: how many numbers does a network learn?"""

from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Later, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.cost import count_parameters


def _frozen() -> nn.Module:
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    model[0].requires_grad_(False)
    return model


def _nested() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1)))


EXERCISE = Exercise(
    name="count_parameters",
    title="Count a network's parameters",
    difficulty=1,
    importance=4,
    minutes=5,
    reference=count_parameters,
    hints=(
        "module.parameters() goes through every parameter tensor, also those of the modules "
        "inside. How many numbers does one tensor hold?",
        "sum(... for parameter in module.parameters())\n"
        "A tensor t holds t.numel() numbers: the product of its shape.",
    ),
    probes=(
        call(Later(lambda: nn.Linear(3, 2)), label="a linear layer from 3 to 2"),
        call(Later(lambda: nn.Conv2d(3, 8, 3)), label="a 3x3 convolution from 3 to 8 channels"),
        call(Later(_nested), label="convolutions, and a batch norm in a nested module"),
        call(Later(_frozen), label="two linear layers, the first one frozen"),
        call(nn.ReLU(), label="a ReLU, which has no parameters"),
    ),
    mistakes=(
        Mistake(
            "You counted the tensors, not the numbers in them: a tensor of shape (2, 3) holds 6.",
            lambda module: len(list(module.parameters())),
        ),
        Mistake(
            "You left out the frozen parameters. They do not train, but they are there: no "
            "condition on requires_grad.",
            lambda module: sum(p.numel() for p in module.parameters() if p.requires_grad),
        ),
        Mistake(
            "You counted buffers too, such as a batch norm's running mean: state_dict() holds "
            "parameters and buffers, parameters() only what is learned.",
            lambda module: sum(t.numel() for t in module.state_dict().values()),
        ),
        Mistake(
            "You counted the module's own parameters and left out those of the modules inside it.",
            lambda module: sum(p.numel() for p in module.parameters(recurse=False)),
        ),
        Mistake(
            "You counted the weights and left out the biases: every parameter counts.",
            lambda module: sum(p.numel() for p in module.parameters() if p.ndim > 1),
        ),
        Mistake(
            "You added the sizes of a tensor's axes. The number of entries is their product.",
            lambda module: sum(sum(p.shape) for p in module.parameters()),
        ),
        Mistake(
            "You took the first axis of each tensor only: len(t) is not the number of entries.",
            lambda module: sum(len(p) for p in module.parameters()),
        ),
    ),
)
