"""Exercise `count_parameters`: how many numbers does a network learn?"""

from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Later
from course_lib.exercises.probes.call import call
from course_lib.models.cost import count_parameters


def _frozen() -> nn.Module:
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    model[0].requires_grad_(False)
    return model


def _nested() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1)))


EVERY = "for parameter in module.parameters()"

EXERCISE = Exercise(
    count_parameters,
    title="Count a network's parameters",
    difficulty=1,
    importance=4,
    minutes=5,
    insight=(
        "At four bytes each, ResNet-50's 25,557,032 parameters fill 102 MB; in notebook 05 you "
        "build a network that has exactly as many."
    ),
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
        # Parameters of its own beside a module inside, and under other names than weight and bias.
        call(Later(lambda: nn.MultiheadAttention(4, 2)), label="an attention layer"),
    ),
    mistakes={
        "You counted the tensors, not the numbers in them: a tensor of shape (2, 3) holds 6.": {
            "parameter.numel()": "1"
        },
        "You left out the frozen parameters. They do not train, but they are there: no "
        "condition on requires_grad.": {EVERY: f"{EVERY} if parameter.requires_grad"},
        "You counted buffers too, such as a batch norm's running mean: state_dict() holds "
        "parameters and buffers, parameters() only what is learned.": {
            "parameters())": "state_dict().values())"
        },
        "You did not go down to the bottom: a module inside has parameters too, and may hold "
        "modules again that have some.": {"parameters())": "parameters(recurse=False))"},
        "You counted the weights and left out the biases: every parameter counts.": {
            "parameter.numel()": "parameter.numel() * (parameter.ndim > 1)"
        },
        "You left out what is called bias: every parameter counts, whatever its name.": {
            EVERY: "for name, parameter in module.named_parameters() if 'bias' not in name"
        },
        "You returned the size of the first tensor only: is your return inside the loop?": {
            "sum(parameter.numel()": "next((parameter.numel()",
            "parameters())": "parameters()), None)",
        },
        "You added the sizes of a tensor's axes. The number of entries is their product.": {
            "parameter.numel()": "sum(parameter.shape)"
        },
        "You took the first axis of each tensor only: len(t) is not the number of entries.": {
            "parameter.numel()": "len(parameter)"
        },
        "You asked every module inside for all its parameters, so those of nested modules count "
        "again at each level: module.parameters() has gone down into them already.": {
            EVERY: "for part in module.modules() for parameter in part.parameters()"
        },
        "You went through module.children() alone: parameters may belong to the module itself, "
        "and a single layer has no children at all.": {
            EVERY: "for part in module.children() for parameter in part.parameters()"
        },
        "You counted the convolutions and linear layers only: a batch norm learns as well, and "
        "any module may hold parameters.": {
            EVERY: "for part in module.modules() if isinstance(part, nn.Conv2d | nn.Linear) "
            "for parameter in part.parameters()"
        },
        "You kept the size of the last tensor alone: each round of the loop replaces the total, "
        "where += would add to it. (=+ does not add, it sets.)": {
            "sum(parameter.numel()": "[0, *(parameter.numel()",
            "parameters())": "parameters())][-1]",
        },
        "You multiplied the sizes of the tensors with each other: within a tensor the axes "
        "multiply, but one tensor's numbers come on top of the others'.": {"sum(": "math.prod("},
        "You added up the values of the parameters: asked is how many numbers there are.": {
            "parameter.numel()": "parameter.sum().item()"
        },
        "You counted bytes: a number in single precision takes four of them.": {
            "parameter.numel()": "parameter.nbytes"
        },
    },
)
