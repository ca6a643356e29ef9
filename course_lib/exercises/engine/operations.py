"""Operations on tensors in words: what a step is called, and how it is set."""

from typing import Any

from torch import Tensor

from course_lib.exercises.engine.trace import Step

NAMES = {
    "conv2d": "convolution",
    "batch_norm": "batch normalisation",
    "instance_norm": "instance normalisation",
    "layer_norm": "layer normalisation",
    "group_norm": "group normalisation",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "linear": "linear layer",
    "max_pool2d": "max pooling",
    "avg_pool2d": "average pooling",
    "adaptive_avg_pool2d": "average over the whole map",
    "adaptive_max_pool2d": "maximum over the whole map",
    "cross_entropy": "cross entropy",
    "nll_loss": "negative log-likelihood",
    "binary_cross_entropy_with_logits": "binary cross entropy",
    "mse_loss": "mean squared error",
    "add": "addition",
    "radd": "addition",
    "sub": "subtraction",
    "rsub": "subtraction",
    "mul": "multiplication",
    "rmul": "multiplication",
    "div": "division",
    "truediv": "division",
    "matmul": "matrix product",
    "cat": "concatenation",
    "sqrt": "square root",
    "var": "variance",
    "std": "standard deviation",
    "pad": "padding",
    "getitem": "slice",
    "im2col": "unfold",
    "dropout": "dropout",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "log_softmax": "log softmax",
    "mean": "mean",
    "sum": "sum",
    "max": "maximum",
    "maximum": "maximum of two",
    "argmax": "argmax",
    "backward": "backward pass",
}
OPERAND = "other"  # of a sum or product, where torch has no better name for it
SHORT = {"_max_pool2d": "max_pool2d", "boolean_dispatch": "max_pool2d"}
BARE = {"ReLU", "leaky ReLU", "GELU", "SiLU", "dropout", "padding", "cross entropy"}
ORDINALS = ("", "first ", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ")
# the arguments after the tensors of operations whose settings are worth naming
ARGUMENTS = {
    "conv2d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "max_pool2d": ("input", "kernel_size", "stride", "padding"),
    "batch_norm": (
        *("input", "running_mean", "running_var", "weight", "bias"),
        *("training", "momentum", "eps"),
    ),
    "dropout": ("input", "p", "training"),
    "leaky_relu": ("input", "negative_slope"),
    "softmax": ("input", "dim"),
    "mean": ("input", "dim", "keepdim"),
    "sum": ("input", "dim", "keepdim"),
    "var": ("input", "dim"),
    "cat": ("tensors", "dim"),
    "cross_entropy": ("input", "target"),
    "pad": ("input", "pad", "mode"),
} | {name: ("input", OPERAND) for name in ("add", "sub", "mul", "div", "truediv", "pow")}
UNTOLD = {"inplace", "keepdim", "return_indices", "_stacklevel"}
PER_AXIS = {"stride", "padding", "dilation"}


def name_of(step: Step) -> str:
    """What the operation is called, without an article."""
    short = SHORT.get(step.name, step.name)
    return NAMES.get(short, short)


def ordinal(step: Step, place: int) -> str:
    """The operation with its article and its place among those of its name; 0 for the only one."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10 if place // 10 % 10 != 1 else 0, "th")
    number = ORDINALS[place] if place < len(ORDINALS) else f"{place}{ending} "
    return f"the {number}{name_of(step)}"


def settings(step: Step) -> dict[str, Any]:
    """The arguments that are no tensors, by name where they have one."""
    short = SHORT.get(step.name, step.name)
    names = ARGUMENTS.get(short, ())
    found: dict[str, Any] = {}
    for number, value in enumerate(step.args):
        name = names[number] if number < len(names) else f"argument {number + 1}"
        found[name] = value
    found |= step.kwargs
    if short == "conv2d" and isinstance(found.get("weight"), Tensor):
        found["kernel"] = tuple(found["weight"].shape[2:])
    return {
        name: _pair(value) if short == "conv2d" and name in PER_AXIS else _fixed(value)
        for name, value in found.items()
        if name not in UNTOLD and _is_plain(value)
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return isinstance(value, int | float | str)


def _pair(value: Any) -> Any:
    """A convolution's settings for one axis hold for both."""
    is_one = isinstance(value, int) and not isinstance(value, bool)
    return (value, value) if is_one else _fixed(value)


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def differences(given: dict[str, Any], due: dict[str, Any]) -> str:
    """Which settings are not the ones due, in words that do not tell those; or ""."""
    told = [_told(name, value) for name, value in given.items() if value != due.get(name, value)]
    lacking = [f"it says nothing on {name}" for name in due if name not in given]
    return ", ".join(told or lacking)


def _told(name: str, value: Any) -> str:
    if (name, value) == ("training", False):
        return "it is in evaluation mode"
    return f"with {value}" if name == OPERAND else f"{name} is {value}"


def described(step: Step) -> str:
    """The operation, and how it is set."""
    told = [
        str(value) if name.startswith(("argument", OPERAND)) else f"{name}={value}"
        for name, value in settings(step).items()
    ]
    kind = name_of(step)
    if kind not in NAMES.values():
        words = f"`{kind}`"
    elif kind in BARE:
        words = kind
    else:
        words = f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
    return f"{words} ({', '.join(told)})" if told else words
