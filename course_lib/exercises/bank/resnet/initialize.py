"""Exercise `initialize`: how large the first weights are.

The weights are random, so the check looks at their statistics, rounded well outside their spread.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
from course_lib.exercises.probes.call import randn
from course_lib.models.resnet import initialize

CONVOLUTIONS = {
    "the 3x3 convolution from 16 to 128 channels": "0",
    "the nested 1x1 from 128 to 64": "2.0",
    "the nested 3x1 from 64 to 96": "2.1.1",
}
NORMS = {"the batch normalisation": "1", "the nested one": "2.1.0"}


def _model() -> nn.Module:
    """A small network, all of whose parameters hold what no initialisation would give them."""
    deep = nn.Sequential(nn.BatchNorm2d(64), nn.Conv2d(64, 96, (3, 1)), nn.PReLU())
    model = nn.Sequential(
        nn.Conv2d(16, 128, 3, bias=False),
        nn.BatchNorm2d(128),
        nn.Sequential(nn.Conv2d(128, 64, 1, bias=False), deep),
        nn.Conv2d(16, 128, 3, bias=False),
        nn.Flatten(),
        nn.Linear(64, 40),
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 + 0.1 * randn(*parameter.shape))
    return model


def _observe(implementation: Implementation, model: nn.Module) -> dict[str, str]:
    """What the weights of `model` look like afterwards, in words that no draw changes."""
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    implementation(model)
    after = {name: parameter.detach() for name, parameter in model.named_parameters()}
    found = {}
    for words, conv in CONVOLUTIONS.items():
        found[f"{words}: standard deviation"] = _spread(after[f"{conv}.weight"])
        found[f"{words}: distribution"] = _distribution(after[f"{conv}.weight"])
    for words, norm in NORMS.items():
        for name in ("weight", "bias"):
            found[f"{words}: {name}"] = _values(after[f"{norm}.{name}"])
    twins = torch.equal(after["0.weight"], after["3.weight"])
    found["two convolutions alike"] = "the same numbers" if twins else "numbers of their own"
    for words, names in (
        ("the convolution's bias", ["2.1.1.bias"]),
        ("the linear layer", ["5.weight", "5.bias"]),
        ("the PReLU", ["2.1.2.weight"]),
    ):
        unchanged = all(torch.equal(after[name], before[name]) for name in names)
        found[words] = "as it was" if unchanged else "changed"
    trainable = all(parameter.requires_grad for parameter in model.parameters())
    found["parameters"] = "learn" if trainable else "are frozen"
    found["the model is in"] = "train mode" if model.training else "eval mode"
    return found


def _alone(implementation: Implementation, model: nn.Module) -> dict[str, Callable[[], object]]:
    """The initialisation without what is measured after it."""
    return {"": lambda: implementation(model)}


def _spread(weight: Tensor) -> str:
    """The standard deviation against the right one; 8,000 weights know it to 1 %."""
    fan_out = weight[:, 0].numel()
    return f"{weight.std().item() / math.sqrt(2 / fan_out):.1f} times sqrt(2 / fan_out)"


def _distribution(weight: Tensor) -> str:
    """A normal distribution has a kurtosis of 3, a uniform one 1.8, a constant none."""
    centred = weight - weight.mean()
    variance = centred.square().mean()
    if weight.mean().abs() > 0.2 * variance.sqrt():
        return f"around {weight.mean():.1f}, not around 0"
    kurtosis = (centred**4).mean() / variance.square()
    return "normal, around 0" if kurtosis > 2.4 else "flat, around 0"


def _values(vector: Tensor) -> str:
    low, high = vector.min().item(), vector.max().item()
    return f"all {low:.3g}" if low == high else f"from {low:.2g} to {high:.2g}"


DRAW = 'nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")'
NORM = """        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
"""

EXERCISE = Exercise(
    initialize,
    title="The first weights",
    difficulty=2,
    importance=4,
    minutes=10,
    insight=(
        "A trap for later: PyTorch's fan-out ignores groups, so ResNeXt's first 3x3 gets 0.042 "
        "where your formula wants 0.236, and batch norm covers it up."
    ),
    hints=(
        "model.modules() goes through the whole tree, the blocks' insides too. Ask of each module "
        "what it is with isinstance. torch.nn.init has a function for He's normal distribution; "
        "look at its arguments, for the default is not what you want.",
        "for module in model.modules():\n"
        "    if it is a convolution:\n"
        "        weights normal, mean 0, std = sqrt(2 / fan_out),\n"
        "        fan_out = out_channels * kernel height * kernel width\n"
        "    if it is a batch normalisation: weight 1, bias 0",
    ),
    probes=(Probe("a small network", _observe, (Later(_model),), _alone),),
    mistakes={
        "You took fan-in, the default of the function: fan-out counts the outputs that each "
        "input reaches, and keeps the size of the gradient on its way back.": {"fan_out": "fan_in"},
        "You drew from a uniform distribution: the standard deviation is right, but He's "
        "initialisation here is the normal one.": {"kaiming_normal_": "kaiming_uniform_"},
        "You left out the ReLU's gain: a ReLU drops half of the signal, and the 2 in "
        "sqrt(2 / fan_out) makes up for it.": {'"relu"': '"linear"'},
        "You took Xavier's initialisation, which averages fan-in and fan-out and knows "
        "nothing of the ReLU: Kaiming's is due.": {DRAW: "nn.init.xavier_normal_(module.weight)"},
        "You gave all convolutions one fixed standard deviation: it must shrink with the "
        "number of outputs, or wide layers make the signal grow.": {
            DRAW: "nn.init.normal_(module.weight, 0.0, 0.01)"
        },
        "You used 2 / fan_out as standard deviation: it is the variance, so take its root.": {
            DRAW: "nn.init.normal_(module.weight, 0.0, 2 / module.weight[:, 0].numel())"
        },
        "You forgot the kernel size in fan_out: an input pixel reaches out_channels outputs "
        "through each of the kernel's weights, nine for a 3x3.": {
            DRAW: "nn.init.normal_(module.weight, 0.0, math.sqrt(2 / module.out_channels))"
        },
        "You squared the kernel's height for the fan-out: a kernel of 3x1 has three weights, so "
        "multiply its height by its width.": {
            DRAW: "fan_out = module.out_channels * module.kernel_size[0] ** 2\n"
            "            nn.init.normal_(module.weight, 0.0, math.sqrt(2 / fan_out))"
        },
        "You set the weight of every batch normalisation to 0, and nothing would pass: that is "
        "for the last one of a residual block, as a separate step. Here it is 1.": {
            "ones_": "zeros_"
        },
        "You set the bias of the batch normalisation to 1 as well: it shifts every channel. "
        "Weight 1, bias 0.": {"zeros_": "ones_"},
        "You took the uniform distribution of Xavier's initialisation: Kaiming's normal one is "
        "due.": {DRAW: "nn.init.xavier_uniform_(module.weight)"},
        "You drew what PyTorch draws anyway: uniform, by fan-in, and with a small gain.": {
            DRAW: "nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5))"
        },
        "You drew a standard deviation of 0.02 for each convolution, a habit of other networks: it "
        "must shrink with the number of outputs.": {
            DRAW: "nn.init.normal_(module.weight, 0.0, 0.02)"
        },
        "You left the bias of the batch normalisations as it was: it must be 0, whatever it held "
        "before.": {"            nn.init.zeros_(module.bias)\n": ""},
        "You left the weight of the batch normalisations as it was: it must be 1, whatever it held "
        "before.": {"            nn.init.ones_(module.weight)\n": ""},
        "You left out the batch normalisations: their weight must be 1 and their bias 0, "
        "whatever they held before.": {NORM: ""},
        "You initialised the linear layer too: no ReLU follows it, and its fan-out is the "
        "number of classes. It keeps what PyTorch gave it.": {
            "nn.Conv2d)": "nn.Conv2d | nn.Linear)"
        },
        "You changed the bias of a convolution as well: of convolutions the weight alone is asked "
        "for, and all else stays as it is.": {
            DRAW: f"{DRAW}\n            if module.bias is not None:\n"
            "                nn.init.zeros_(module.bias)"
        },
        "You went through the direct children only: most convolutions are inside the blocks. "
        "modules() walks the whole tree.": {"model.modules()": "model.children()"},
        "You changed the parameters of other layers too: ask each module what it is, and leave "
        "what is neither a convolution's weight nor a batch normalisation's as it was.": {
            "    for module": "    for p in model.parameters():\n"
            "        nn.init.constant_(p, 0)\n    for module"
        },
        "The model is as it was: its own weights must change, in place, and those of the modules "
        "inside it. A copy, or a new tensor under a name of yours, is not one of them.": {
            "in model": "in copy.deepcopy(model)"
        },
    },
)
