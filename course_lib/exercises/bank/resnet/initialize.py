"""Exercise `initialize`: how large the first weights are.

The weights are random, so the check looks at their statistics, rounded well outside their spread.
"""

import copy
import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Mistake, Probe
from course_lib.exercises.probes.call import randn
from course_lib.models.resnet import initialize

WIDER = "the 3x3 convolution from 16 to 128 channels"
NARROWER = "the nested 1x1 from 128 to 64"


def _model() -> nn.Module:
    """A small network, all of whose parameters hold what no initialisation would give them."""
    model = nn.Sequential(
        nn.Conv2d(16, 128, 3, bias=False),
        nn.BatchNorm2d(128),
        nn.Sequential(nn.Conv2d(128, 64, 1, bias=False), nn.Sequential(nn.BatchNorm2d(64))),
        nn.Flatten(),
        nn.Linear(64, 40),
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 + 0.1 * randn(*parameter.shape))
    return model


def _observe(implementation: Implementation, model: nn.Module) -> dict[str, str]:
    """What the weights of `model` look like afterwards, in words that no draw changes."""
    before = [parameter.detach().clone() for parameter in model.parameters()]
    implementation(model)
    found = {}
    for words, conv in ((WIDER, "0"), (NARROWER, "2.0")):
        weight = model.get_parameter(f"{conv}.weight").detach()
        found[f"{words}: standard deviation"] = _spread(weight)
        found[f"{words}: distribution"] = _distribution(weight)
    for words, norm in (("the batch normalisation", "1"), ("the nested one", "2.1.0")):
        for name in ("weight", "bias"):
            values = model.get_parameter(f"{norm}.{name}").detach()
            found[f"{words}: {name}"] = _values(values)
    linear = model.get_submodule("4").parameters()
    unchanged = all(torch.equal(now, then) for now, then in zip(linear, before[-2:], strict=True))
    found["the linear layer"] = "as it was" if unchanged else "changed"
    trainable = all(parameter.requires_grad for parameter in model.parameters())
    found["parameters"] = "learn" if trainable else "are frozen"
    return found


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


def _each(
    conv: Callable | None = None,
    norm: tuple[float, float] | None = (1.0, 0.0),
    linear: Callable | None = None,
    modules: Callable = nn.Module.modules,
) -> Implementation:
    """The right initialisation, but for what is given."""

    def attempt(model):
        for module in modules(model):
            if isinstance(module, nn.Conv2d):
                (conv or _he)(module.weight)
            elif isinstance(module, nn.BatchNorm2d) and norm:
                nn.init.constant_(module.weight, norm[0])
                nn.init.constant_(module.bias, norm[1])
            elif isinstance(module, nn.Linear) and linear:
                linear(module)

    return attempt


def _he(
    weight: Tensor,
    mode: Literal["fan_in", "fan_out"] = "fan_out",
    nonlinearity: Literal["linear", "relu"] = "relu",
) -> None:
    nn.init.kaiming_normal_(weight, mode=mode, nonlinearity=nonlinearity)


def _outputs(weight: Tensor) -> int:
    return weight[:, 0].numel()


EXERCISE = Exercise(
    name="initialize",
    title="The first weights",
    difficulty=2,
    importance=4,
    minutes=10,
    reference=initialize,
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
    probes=(Probe("a small network", _observe, (Later(_model),)),),
    mistakes=(
        Mistake(
            "You took fan-in, the default of the function: fan-out counts the outputs that each "
            "input reaches, and keeps the size of the gradient on its way back.",
            _each(lambda weight: _he(weight, mode="fan_in")),
        ),
        Mistake(
            "You drew from a uniform distribution: the standard deviation is right, but He's "
            "initialisation here is the normal one.",
            _each(
                lambda weight: nn.init.kaiming_uniform_(weight, mode="fan_out", nonlinearity="relu")
            ),
        ),
        Mistake(
            "You left out the ReLU's gain: a ReLU drops half of the signal, and the 2 in "
            "sqrt(2 / fan_out) makes up for it.",
            _each(lambda weight: _he(weight, nonlinearity="linear")),
        ),
        Mistake(
            "You took Xavier's initialisation, which averages fan-in and fan-out and knows "
            "nothing of the ReLU: Kaiming's is due.",
            _each(nn.init.xavier_normal_),
        ),
        Mistake(
            "You gave all convolutions one fixed standard deviation: it must shrink with the "
            "number of outputs, or wide layers make the signal grow.",
            _each(lambda weight: nn.init.normal_(weight, 0.0, 0.01)),
        ),
        Mistake(
            "You used 2 / fan_out as standard deviation: it is the variance, so take its root.",
            _each(lambda weight: nn.init.normal_(weight, 0.0, 2 / _outputs(weight))),
        ),
        Mistake(
            "You forgot the kernel size in fan_out: an input pixel reaches out_channels outputs "
            "through each of the kernel's weights, nine for a 3x3.",
            _each(lambda weight: nn.init.normal_(weight, 0.0, math.sqrt(2 / len(weight)))),
        ),
        Mistake(
            "You set the weight of every batch normalisation to 0, and nothing would pass: that is "
            "for the last one of a residual block, as a separate step. Here it is 1.",
            _each(norm=(0.0, 0.0)),
        ),
        Mistake(
            "You set the bias of the batch normalisation to 1 as well: it shifts every channel. "
            "Weight 1, bias 0.",
            _each(norm=(1.0, 1.0)),
        ),
        Mistake(
            "You left out the batch normalisations: their weight must be 1 and their bias 0, "
            "whatever they held before.",
            _each(norm=None),
        ),
        Mistake(
            "You initialised the linear layer too: no ReLU follows it, and its fan-out is the "
            "number of classes. It keeps what PyTorch gave it.",
            _each(linear=lambda layer: _he(layer.weight)),
        ),
        Mistake(
            "You went through the direct children only: most convolutions are inside the blocks. "
            "modules() walks the whole tree.",
            _each(modules=nn.Module.children),
        ),
        Mistake(
            "You worked on a copy: the model that was handed in must change, in place.",
            lambda model: initialize(copy.deepcopy(model)),
        ),
    ),
)
