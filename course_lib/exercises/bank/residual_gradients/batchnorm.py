"""Exercise `BatchNorm`: batch normalisation as a layer, with running statistics."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.bank.left_aside import left_aside, named
from course_lib.exercises.engine.compare import INPUT_CHANGED, Told, Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn, words
from course_lib.models.gradients import BatchNorm

WEIGHT, BIAS = torch.tensor([0.5, 2.0, -1.0, 1.5]), torch.tensor([1.0, -3.0, 0.5, 2.0])
CENTERS, SCALES = torch.tensor([3.0, -1.0, 0.5, 0.0]), torch.tensor([2.0, 0.5, 3.0, 1.0])


def _images(*shape: int, seed: int = 0) -> Tensor:
    """Images whose channels have means and variances of their own."""
    centers, scales = (values[: shape[1]].view(-1, 1, 1) for values in (CENTERS, SCALES))
    return centers + scales * randn(*shape, seed=seed)


def _roles(layer: nn.Module, channels: int) -> dict[str, nn.Parameter]:
    """Weight and bias, whatever they are called.

    One more of the bias is one more everywhere; one more of the weight adds the normalised x.
    """
    x = randn(2, channels, 2, 3)
    centred = x - x.mean(dim=(0, 2, 3), keepdim=True)
    layer.eval()
    found: dict[str, nn.Parameter] = {}
    with torch.no_grad():
        for parameter in layer.parameters():
            before = layer(x)
            if not isinstance(before, Tensor):
                raise TypeError(f"forward returned {type(before).__name__}, not a tensor")
            parameter.add_(1)
            change = layer(x) - before
            parameter.sub_(1)
            if torch.allclose(change, torch.ones(()), atol=1e-4):
                found.setdefault("bias", parameter)
            elif (change * centred).mean() > 0.1:
                found.setdefault("weight", parameter)
    return found


def _built(implementation: Implementation, args: tuple, kwargs: dict) -> tuple[Any, dict, dict]:
    """A new layer, its weight and bias with known numbers in them, and how they started."""
    layer = implementation(*args, **kwargs)
    if not isinstance(layer, nn.Module):
        raise TypeError(f"expected an nn.Module, got {type(layer).__name__}")
    roles = _roles(layer, args[0])
    start = {name: _in_words(roles.get(name)) for name in ("weight", "bias")}
    with torch.no_grad():
        for name, numbers in (("weight", WEIGHT), ("bias", BIAS)):
            if name in roles:
                roles[name].copy_(numbers[: args[0]].view_as(roles[name]))
    return layer, roles, start


def _in_words(parameter: nn.Parameter | None) -> str:
    if parameter is None:
        return "there is no such parameter"
    lowest, highest = parameter.min().item(), parameter.max().item()
    return f"{lowest:g} in each channel" if lowest == highest else "random numbers"


def _start(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> dict[str, Any]:
    layer, _, start = _built(implementation, args, kwargs)
    return {
        "numbers in each parameter": [p.numel() for p in layer.parameters()] or Told(NO_PARAMETERS),
        "the weight at the start": start["weight"],
        "the bias at the start": start["bias"],
        "output in evaluation mode, before any training": layer.eval()(x),
    }


def _in_turns(
    implementation: Implementation, args: tuple, kwargs: dict, batches: list[Tensor], x: Tensor
) -> Any:
    """What comes out of each batch in training mode, and of x in evaluation mode after it."""
    layer, _, _ = _built(implementation, args, kwargs)
    found = {}
    with torch.no_grad():
        for number, batch in enumerate(batches, start=1):
            given = batch.clone()
            found[f"batch {number}, in training mode"] = layer.train()(given)
            if not torch.equal(given, batch):
                return INPUT_CHANGED
            found[f"x in evaluation mode, after batch {number}"] = layer.eval()(x.clone())
        found["the first image of x alone"] = layer(x[:1])
    return found


def _gradients(
    implementation: Implementation, args: tuple, kwargs: dict, batch: Tensor, x: Tensor
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mode, training, images in (("training", True, batch), ("evaluation", False, x)):
        layer, roles, _ = _built(implementation, args, kwargs)
        with torch.no_grad():
            layer.train()(batch)
        layer.train(training)
        start = images.clone().requires_grad_()
        output = layer(start * 1)  # times one: may be changed in place
        if not (isinstance(output, Tensor) and output.requires_grad):
            return found | {f"gradients in {mode} mode": Unusable("none comes back")}
        (output * randn(*output.shape, seed=1)).sum().backward()
        for name, tensor in {"x": start, **roles}.items():
            found[f"gradient at {name} in {mode} mode"] = _flat(tensor.grad)
    return found


def _flat(gradient: Tensor | None) -> Any:
    return Unusable("none comes back") if gradient is None else gradient.flatten()


def _what_stays(
    implementation: Implementation, args: tuple, kwargs: dict, batch: Tensor, x: Tensor
) -> dict[str, Any]:
    """What a batch leaves behind in the layer, and what an evaluation does."""
    layer, _, _ = _built(implementation, args, kwargs)
    layer.requires_grad_(False)
    _ = layer.train()(batch.clone().requires_grad_() * 1)
    before = copy.deepcopy(layer.state_dict())
    held = layer.eval()(x).requires_grad
    after = layer.state_dict()
    loaded, _, _ = _built(implementation, args, kwargs)
    loaded.load_state_dict(layer.state_dict())
    return {
        "after a batch, its graph is": "kept" if held else "let go",
        "evaluation leaves the state dict": (
            "as it was"
            if all(torch.equal(before[name], after[name]) for name in after)
            else "changed"
        ),
        "x in a new layer, with the trained one's state dict": loaded.eval()(x).detach(),
    }


TORCHS = left_aside("torch's batch normalisation", 3, unwanted=named("batch_norm"))


def _torchs(implementation: Implementation, channels: int) -> Any:
    def in_both_modes(channels: int) -> Tensor:
        layer, _, _ = _built(implementation, (channels,), {})
        layer.train()(_images(2, channels, 2, 2))
        return layer.eval()(_images(1, channels, 2, 2))

    return TORCHS.observe(in_both_modes, channels)


def _probe(observe: Any, *given: Any, label: str = "", args: tuple = (3,), **kwargs: Any) -> Probe:
    return Probe(words(args, kwargs) + label, observe, (args, kwargs, *given))


BATCHES = [_images(4, 3, 5, 2), _images(1, 3, 2, 3, seed=1), _images(3, 3, 1, 4, seed=2)]
X = _images(2, 3, 3, 4, seed=3)

NO_PARAMETERS = (
    "Your layer has no parameters: weight and bias are learned, a number each for every "
    "channel, and only an nn.Parameter is found by an optimiser."
)

# pieces of the reference that the mistakes change
TRAINED = "batch_norm(x, self.weight, self.bias, self.eps)"
MOVE = "            self._move_running(x.detach())"
DEVIATION, ROOT = "        deviation = ", "torch.sqrt(self.running_var + self.eps)"
AFFINE = "self.weight.view(-1, 1, 1) * normalized + self.bias.view(-1, 1, 1)"
MEAN, VARIANCE = "x.mean(dim=(0, 2, 3))", "x.var(dim=(0, 2, 3))"
BIASED = "x.var(dim=(0, 2, 3), correction=0)"
REGISTER = 'self.register_buffer("running_{}", torch.{}(channels))'
KEPT = "(1 - self.momentum) * self.running_{}"


def _by_hand(mean: str = MEAN, variance: str = BIASED, deviation: str = "") -> str:
    """What normalises a batch, written out; mean and variance (C,) or one for all channels."""
    deviation = deviation or f"torch.sqrt({variance} + self.eps)"
    weight, bias = "self.weight.view(-1, 1, 1)", "self.bias.view(-1, 1, 1)"
    return f"{weight} * (x - ({mean}).view(-1, 1, 1)) / ({deviation}).view(-1, 1, 1) + {bias}"


def _of_both(change: Callable[[str], tuple[str, str]]) -> dict[str, str]:
    """The same edit for the running mean and the running variance."""
    return dict(map(change, ("mean", "var")))


EXERCISE = Exercise(
    BatchNorm,
    title="Batch normalisation as a layer",
    difficulty=3,
    importance=5,
    minutes=15,
    insight=(
        "ResNet-50 has 53 of these, one behind each convolution, with 0.2 % of its parameters; "
        "forget eval() once, and all 53 move while you judge."
    ),
    hints=(
        "Your batch_norm does the whole work of training mode. What is new is what the layer "
        "remembers: where do tensors go that belong to a module and are not learned? And which "
        "attribute of a module says in which mode it is?",
        "in __init__: two parameters (ones, zeros), two buffers: mean 0, variance 1\n"
        "in forward, if the layer is in training mode:\n"
        "    output = ...with the batch's statistics\n"
        "    running = (1 - momentum) * running + momentum * ...    # outside the graph\n"
        "otherwise:\n"
        "    output = weight * (x - ...) / sqrt(... + eps) + bias   # nothing moves",
    ),
    probes=(
        _probe(_start, X, label=", new"),
        _probe(_in_turns, BATCHES, X),
        _probe(_what_stays, BATCHES[0], X),
        _probe(_in_turns, BATCHES[:2], X, args=(3, 0.5, 0.3)),
        _probe(
            _in_turns,
            [1e-3 * _images(2, 4, 3, 3)],
            _images(1, 4, 2, 5, seed=1),
            args=(4,),
            momentum=0.75,
        ),
        _probe(_gradients, BATCHES[0], X),
        Probe(TORCHS.label, _torchs, TORCHS.arguments),
    ),
    mistakes={
        "Your running variance takes in the biased variance of each batch: as in torch, it is the "
        "unbiased one, divided by the count minus one.": {VARIANCE: BIASED},
        "In training mode you divide by the root of the unbiased variance: that one is for the "
        "running statistics alone, and a batch is normalised with the biased one.": {
            TRAINED: _by_hand(variance=VARIANCE)
        },
        "You normalise with the running statistics in training mode too: there a batch is "
        "normalised with its own, and only evaluation uses the running ones.": {
            TRAINED: _by_hand("self.running_mean", "self.running_var")
        },
        "In evaluation mode you still use the statistics of the batch: an image's answer then "
        "depends on its neighbours, and the running statistics are kept for nothing.": {
            "self.running_mean.view": f"{MEAN}.view",
            "self.running_var + self.eps": f"{BIASED} + self.eps",
        },
        "Your layer never leaves training mode: it must ask in which mode it is, for in evaluation "
        "it uses the running statistics and moves nothing.": {"if self.training": "if True"},
        "You tell the modes apart by whether gradients are recorded. These are two things: one may "
        "train a part of a network and evaluate another. self.training says which mode it is.": {
            "self.training:": "torch.is_grad_enabled():"
        },
        "Your momentum is the wrong way round: here, as in torch, it is the part that the new "
        "value has, and the old one has the rest.": _of_both(
            lambda name: (
                f"{KEPT.format(name)} + self.momentum",
                f"self.momentum * self.running_{name} + (1 - self.momentum)",
            )
        ),
        "You add the new value without making room for it: the old one shrinks to (1 - momentum) "
        "of itself, or the running statistics grow and grow.": _of_both(
            lambda name: (KEPT.format(name), f"self.running_{name}")
        ),
        "You overwrite the running statistics with those of the last batch: they are to move "
        "towards it by a part only, and so average over many batches.": _of_both(
            lambda name: (f"{KEPT.format(name)} + self.momentum *", "")
        ),
        "Your running statistics never move: after any training, evaluation would still use mean 0 "
        "and variance 1.": {MOVE: "            pass"},
        "Your running variance never moves, only the running mean does.": {
            KEPT.format("var"): "self.running_var #"
        },
        "You move the running statistics in evaluation mode too, before you use them: to judge an "
        "image must not change the layer.": {DEVIATION: f"{MOVE[4:]}\n{DEVIATION}"},
        "You move the running statistics in evaluation mode too: to judge an image must not change "
        "the layer, or the next answer depends on it.": {
            "        return self.weight": f"{MOVE[4:]}\n        return self.weight"
        },
        "Your running variance takes in the standard deviation, its root: what is kept is the "
        "variance.": {"x.var": "x.std"},
        "The running statistics are missing from the state dict, so a saved network would forget "
        "them: plain attributes are not saved and do not move to the GPU. They must be buffers.": {
            REGISTER.format("mean", "zeros"): "self.running_mean = torch.zeros(channels)",
            REGISTER.format("var", "ones"): "self.running_var = torch.ones(channels)",
        },
        "Your running statistics are parameters: an optimiser would find them and take steps on "
        "them, weight decay included. They are measured, not learned, so they must be buffers.": {
            REGISTER.format(
                "mean", "zeros"
            ): "self.running_mean = nn.Parameter(torch.zeros(channels), False)",
            REGISTER.format(
                "var", "ones"
            ): "self.running_var = nn.Parameter(torch.ones(channels), False)",
            "self.running_mean = (1": "self.running_mean.data = (1",
            "self.running_var = (1": "self.running_var.data = (1",
        },
        "Your running statistics keep the graph of every batch that they have seen: the memory "
        "fills up. Take them out of the graph before you average.": {"x.detach()": "x"},
        "Your running variance starts at 0: before any training the layer would divide by the root "
        "of eps and blow everything up. It starts at 1.": {
            REGISTER.format("var", "ones"): REGISTER.format("var", "zeros")
        },
        "Your weight starts at 0, and the layer puts out nothing but its bias: it starts at 1.": {
            "nn.Parameter(torch.ones": "nn.Parameter(torch.zeros"
        },
        "Your weight starts with random numbers: it starts at 1, so that a new layer does nothing "
        "but normalise.": {"nn.Parameter(torch.ones": "nn.Parameter(torch.randn"},
        "You added eps outside the square root: it belongs to the variance, under the root.": {
            TRAINED: _by_hand(deviation=f"torch.sqrt({BIASED}) + self.eps"),
            ROOT: "torch.sqrt(self.running_var) + self.eps",
        },
        "You left out eps in evaluation mode: it is added to the running variance too.": {
            "self.running_var + self.eps": "self.running_var"
        },
        "You wrote 1e-5 and ignore the eps that the caller gives.": {"= eps": "= 1e-5"},
        "You wrote 0.1 and ignore the momentum that the caller gives.": {", momentum\n": ", 0.1\n"},
        "In evaluation mode you divide by the running variance: its square root, the standard "
        "deviation, is what to divide by.": {"torch.sqrt(": "("},
        "In evaluation mode you forgot weight and bias: they apply in both modes.": {
            AFFINE: "normalized"
        },
        "You mixed the channels in one mean and one variance: each channel has its own.": {
            TRAINED: _by_hand("x.mean()", "x.var(correction=0)"),
            MEAN: "x.mean()",
            VARIANCE: "x.var()",
        },
        "In training mode you normalised each image by itself: the statistics go over the whole "
        "batch as well as the positions.": {
            TRAINED: "torch.stack([" + TRAINED.replace("x", "image[None]") + "[0] for image in x])"
        },
        "The result is right, but torch's batch normalisation computed it: leave nn.BatchNorm2d "
        "and F.batch_norm aside here.": {
            TRAINED: "F.batch_norm(x, None, None, self.weight, self.bias, True, eps=self.eps)"
        },
        NO_PARAMETERS: {
            "nn.Parameter(torch.ones(channels))": "torch.ones(channels)",
            "nn.Parameter(torch.zeros(channels))": "torch.zeros(channels)",
        },
        "In training mode you move the running statistics and normalise with what they are then: a "
        "batch is normalised with its own alone, and the running ones are for evaluation.": {
            TRAINED: "self._move_running(x.detach()) or ("
            + _by_hand("self.running_mean", "self.running_var")
            + ")",
            MOVE: "            pass",
        },
        "You made the variance unbiased with the number of images: what counts is how many numbers "
        "a channel has, over the batch and all positions.": {
            VARIANCE: f"{BIASED} * len(x) / (len(x) - 1)"
        },
        "These are the ways of another book: momentum is the part that the old value keeps, the "
        "variance is biased, the moving averages are plain attributes, and what tells the modes "
        "apart is whether gradients are recorded. Here all four are as in torch.": {
            VARIANCE: BIASED,
            "self.training:": "torch.is_grad_enabled():",
            "x.detach()": "x",
            REGISTER.format("mean", "zeros"): "self.running_mean = torch.zeros(channels)",
            REGISTER.format("var", "ones"): "self.running_var = torch.ones(channels)",
            **_of_both(
                lambda name: (
                    f"{KEPT.format(name)} + self.momentum",
                    f"self.momentum * self.running_{name} + (1 - self.momentum)",
                )
            ),
        },
    },
)
