"""Exercise `batch_norm`: batch normalisation in training mode."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import batch_norm

X = 2 * randn(4, 3, 5, 2) + torch.tensor([3.0, -1.0, 0.5]).view(3, 1, 1)
WEIGHT, BIAS = torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, -3.0, 0.5])


def _gradients(implementation: Implementation, x: Tensor, weight: Tensor, bias: Tensor) -> Any:
    """The gradient of a weighted sum of the output at x, weight and bias."""
    inputs = {"x": x, "weight": weight, "bias": bias}
    for tensor in inputs.values():
        tensor.requires_grad_()
    output = implementation(x * 1, weight, bias)  # times one: may be changed in place
    if not isinstance(output, Tensor):
        return output
    if not output.requires_grad:
        return Unusable("no gradient reaches x")
    (output * randn(*output.shape, seed=1)).sum().backward()
    return {f"gradient at {name}": tensor.grad for name, tensor in inputs.items()}


def _columns(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    return weight.view(-1, 1, 1), bias.view(-1, 1, 1)


def _with(
    axes: tuple[int, ...] = (0, 2, 3),
    correction: int = 0,
    center: Callable[[Tensor], Tensor] = lambda mean: mean,
    scale: Callable[[Tensor, float], Tensor] = lambda variance, eps: (variance + eps).sqrt(),
    affine: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda z, w, b: z * w + b,
) -> Implementation:
    """The right answer, but for what is given."""

    def attempt(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
        mean = x.mean(dim=axes, keepdim=True)
        variance = x.var(dim=axes, correction=correction, keepdim=True)
        normalized = (x - center(mean)) / scale(variance, eps)
        return affine(normalized, *_columns(weight, bias))

    return attempt


def _affine_first(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    w, b = _columns(weight, bias)
    return batch_norm(x * w + b, torch.ones_like(weight), torch.zeros_like(bias), eps)


def _in_place(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    variance = x.var(dim=(0, 2, 3), correction=0, keepdim=True)
    x -= x.mean(dim=(0, 2, 3), keepdim=True)
    w, b = _columns(weight, bias)
    return x / torch.sqrt(variance + eps) * w + b


def _along_the_width(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    plain = batch_norm(x, torch.ones_like(weight), torch.zeros_like(bias), eps)
    return plain * weight + bias


def _evaluation_mode(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    mean, variance = torch.zeros_like(weight), torch.ones_like(weight)
    return F.batch_norm(x, mean, variance, weight, bias, training=False, eps=eps)


EXERCISE = Exercise(
    name="batch_norm",
    title="Batch normalisation",
    difficulty=3,
    importance=5,
    minutes=15,
    reference=batch_norm,
    hints=(
        "A channel shares one mean and one variance. Over which of the four axes do you average, "
        "then, and which one stays? keepdim=True leaves a shape that broadcasts against x.",
        "mean, variance: of shape (1, C, 1, 1); the variance divides by the count, not by the "
        "count minus one\n"
        "normalised = (x - ...) / sqrt(... + eps)\n"
        "output = weight * normalised + bias, with weight and bias of shape (1, C, 1, 1)",
    ),
    probes=(
        call(X, WEIGHT, BIAS, label="x (4, 3, 5, 2)"),
        call(X, WEIGHT, BIAS, eps=0.5, label="the same x with eps = 0.5"),
        call(X[:1], WEIGHT, BIAS, label="a batch of one image"),
        call(1e-3 * X[:, :2], WEIGHT[:2], BIAS[:2], label="x very small"),
        call(randn(2, 4, 1, 4), randn(4), randn(4, seed=1), label="x (2, 4, 1, 4)"),
        Probe("x (4, 3, 5, 2)", _gradients, (X, WEIGHT, BIAS)),
    ),
    mistakes=(
        Mistake(
            "Your variance is the unbiased one, divided by the count minus one: batch "
            "normalisation divides by the count in training.",
            _with(correction=1),
        ),
        Mistake(
            "You took statistics for each image: those of batch normalisation go over the whole "
            "batch as well as the positions.",
            _with(axes=(2, 3)),
        ),
        Mistake(
            "You took statistics over the batch for each position: height and width belong to the "
            "average too.",
            _with(axes=(0,)),
        ),
        Mistake(
            "You mixed the channels in one mean and one variance: each channel has its own.",
            _with(axes=(0, 1, 2, 3)),
        ),
        Mistake(
            "You normalised each image over all its channels: each channel has its own "
            "statistics, over the batch and the positions.",
            _with(axes=(1, 2, 3)),
        ),
        Mistake(
            "You averaged over the channels at each position: the channel axis is the one that "
            "must stay.",
            _with(axes=(1,)),
        ),
        Mistake(
            "You added eps outside the square root: it belongs to the variance, under the root.",
            _with(scale=lambda variance, eps: variance.sqrt() + eps),
        ),
        Mistake(
            "You left out eps: a channel with hardly any variance is then blown up without bound.",
            _with(scale=lambda variance, eps: variance.sqrt()),
        ),
        Mistake(
            "You wrote 1e-5 and ignore the eps that the caller gives.",
            _with(scale=lambda variance, eps: (variance + 1e-5).sqrt()),
        ),
        Mistake(
            "You divided by the variance: the standard deviation, its square root, is what makes "
            "the variance 1.",
            _with(scale=lambda variance, eps: variance + eps),
        ),
        Mistake(
            "You forgot to subtract the mean.",
            _with(center=torch.zeros_like),
        ),
        Mistake(
            "You swapped weight and bias: the weight multiplies, the bias is added.",
            _with(affine=lambda z, w, b: z * b + w),
        ),
        Mistake(
            "You stopped after normalising: each channel is still to be multiplied by its weight "
            "and shifted by its bias.",
            _with(affine=lambda z, w, b: z),
        ),
        Mistake(
            "You forgot the weight: it multiplies the normalised channel.",
            _with(affine=lambda z, w, b: z + b),
        ),
        Mistake(
            "You forgot the bias: it is added at the end.",
            _with(affine=lambda z, w, b: z * w),
        ),
        Mistake(
            "You added the bias before you multiplied by the weight: scale first, then shift.",
            _with(affine=lambda z, w, b: (z + b) * w),
        ),
        Mistake(
            "You applied weight and bias before normalising, which takes them out again: they come "
            "last.",
            _affine_first,
        ),
        Mistake(
            "Your weight and bias run along the width of the image: give them the shape "
            "(1, C, 1, 1), so that they belong to the channels.",
            _along_the_width,
        ),
        Mistake(
            "You normalised with fixed running statistics, as in evaluation mode: in training mode "
            "the batch gives its own.",
            _evaluation_mode,
        ),
        Mistake(
            "The values are right and the gradient is not: mean and variance depend on x, so they "
            "must stay in the graph, without detach() or no_grad().",
            _with(
                center=lambda mean: mean.detach(),
                scale=lambda variance, eps: (variance + eps).sqrt().detach(),
            ),
        ),
        Mistake(
            "You cut the whole computation out of the graph with no_grad(), so nothing could be "
            "trained through it.",
            torch.no_grad()(batch_norm),
        ),
        Mistake(
            "You changed the caller's x in place (-=, sub_): compute a new tensor.",
            _in_place,
        ),
    ),
)
