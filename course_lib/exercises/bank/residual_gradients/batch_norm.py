"""Exercise `batch_norm`: batch normalisation in training mode."""

import torch

from course_lib.exercises.bank.gradients import gradients
from course_lib.exercises.bank.left_aside import left_aside, named
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import batch_norm

X = 2 * randn(4, 3, 5, 2) + torch.tensor([3.0, -1.0, 0.5]).view(3, 1, 1)
WEIGHT, BIAS = torch.tensor([0.5, 2.0, -1.0]), torch.tensor([1.0, -3.0, 0.5])

FIRST = "    mean = x"
MEAN, VARIANCE = "x.mean(dim=(0, 2, 3)", "x.var(dim=(0, 2, 3)"
# An edit that puts in `0 + eps` leaves the sum in its place for those that change it.
NORMALIZED = "(x - mean) / torch.sqrt(variance + eps)"
WEIGHT_TIMES, PLUS_BIAS = "weight.view(1, -1, 1, 1) * ", " + bias.view(1, -1, 1, 1)"
RETURN = f"return {WEIGHT_TIMES}normalized{PLUS_BIAS}"


def _axes(axes: str) -> dict[str, str]:
    """The edit that takes both statistics over other axes."""
    return {MEAN: f"x.mean(dim={axes}", VARIANCE: f"x.var(dim={axes}"}


EXERCISE = Exercise(
    batch_norm,
    title="Batch normalisation",
    difficulty=3,
    importance=5,
    minutes=15,
    insight=(
        "The mean that you subtract takes any bias of the layer before along with it: that is why "
        "no convolution of a ResNet has one."
    ),
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
        call(X[:, :1, :1, :1], WEIGHT[:1], BIAS[:1], label="one channel of one pixel"),
        call(X[:1, :, :2], WEIGHT, BIAS, label="a batch of one image"),
        call(1e-3 * X[:, :2], WEIGHT[:2], BIAS[:2], label="x very small"),
        call(randn(2, 4, 1, 4), randn(4), randn(4, seed=1), label="x (2, 4, 1, 4)"),
        gradients(X, WEIGHT, BIAS, at="x weight bias", label="x (4, 3, 5, 2)"),
        left_aside("torch's batch normalisation", X, WEIGHT, BIAS, unwanted=named("batch_norm")),
    ),
    mistakes={
        "Your variance is the unbiased one, divided by the count minus one: batch "
        "normalisation divides by the count in training.": {"correction=0": "correction=1"},
        "You took statistics for each image: those of batch normalisation go over the whole "
        "batch as well as the positions.": _axes("(2, 3)"),
        "You took statistics over the batch for each position: height and width belong to the "
        "average too.": _axes("(0,)"),
        "You mixed the channels in one mean and one variance: each channel has its own.": _axes(
            "(0, 1, 2, 3)"
        ),
        "You normalised each image over all its channels: each channel has its own "
        "statistics, over the batch and the positions.": _axes("(1, 2, 3)"),
        "You averaged over the channels at each position: the channel axis is the one that "
        "must stay.": _axes("(1,)"),
        "You took the last axis for the channels: torch has them second, (N, C, H, W).": _axes(
            "(0, 1, 2)"
        ),
        "You left the width out of the average: statistics go over the batch, the height and the "
        "width.": _axes("(0, 2)"),
        "You made rows of C numbers with reshape, where the channels are not the last axis: each "
        "row then mixes what lies side by side in the image. Move the axis first, with permute.": {
            FIRST: f"    shape = x.shape\n    x = x.reshape(-1, shape[1], 1, 1)\n{FIRST}",
            RETURN: f"return ({RETURN[7:]}).reshape(shape)",
        },
        "You made C rows with reshape, where the channels are not the first axis: each row then "
        "mixes channels as well as images. Move the axis first, with permute.": {
            FIRST: f"    shape = x.shape\n    x = x.reshape(1, shape[1], -1, 1)\n{FIRST}",
            RETURN: f"return ({RETURN[7:]}).reshape(shape)",
        },
        "You brought the channels back to their place with reshape, which keeps the order of the "
        "numbers: permute moves an axis.": {
            RETURN: f"return ({RETURN[7:]}).permute(0, 2, 3, 1).reshape(x.shape)"
        },
        "You left the channels on the last axis: the output has the shape of x, (N, C, H, W).": {
            RETURN: f"return ({RETURN[7:]}).permute(0, 2, 3, 1)"
        },
        "You swapped mean and variance: torch.var_mean and torch.std_mean give the mean second.": {
            "x - mean": "x - variance",
            "variance + eps": "mean + eps",
        },
        "You divided the mean alone: / binds tighter than -, so x - mean needs parentheses.": {
            "(x - mean) / torch": "x - mean / torch"
        },
        "You added eps outside the square root: it belongs to the variance, under the root.": {
            "torch.sqrt(variance + eps)": "(torch.sqrt(variance) + eps)"
        },
        "You left out eps: a channel with hardly any variance is then blown up without bound.": {
            "variance + eps": "variance"
        },
        "You wrote 1e-5 and ignore the eps that the caller gives.": {"+ eps": "+ 1e-5"},
        "You divided by the variance: the standard deviation, its square root, is what makes "
        "the variance 1.": {"torch.sqrt(": "("},
        "You forgot to subtract the mean.": {"x - mean": "x"},
        "You swapped weight and bias: the weight multiplies, the bias is added.": {
            "return weight": "return bias",
            "+ bias": "+ weight",
        },
        "You stopped after normalising: each channel is still to be multiplied by its weight "
        "and shifted by its bias.": {WEIGHT_TIMES: "", PLUS_BIAS: ""},
        "You forgot the weight: it multiplies the normalised channel.": {WEIGHT_TIMES: ""},
        "You forgot the bias: it is added at the end.": {PLUS_BIAS: ""},
        "You added the bias before you multiplied by the weight: scale first, then shift.": {
            f"* normalized{PLUS_BIAS}": f"* (normalized{PLUS_BIAS})"
        },
        "You applied weight and bias before normalising, which takes them out again: they come "
        "last.": {
            FIRST: f"    x = {WEIGHT_TIMES}x{PLUS_BIAS}\n{FIRST}",
            WEIGHT_TIMES: "",
            PLUS_BIAS: "",
        },
        "Your weight and bias run along the width of the image: give them the shape "
        "(1, C, 1, 1), so that they belong to the channels.": {
            WEIGHT_TIMES: "weight * ",
            PLUS_BIAS: " + bias",
        },
        "You normalised with fixed running statistics, as in evaluation mode: in training mode "
        "the batch gives its own.": {
            NORMALIZED: (
                "F.batch_norm(x, torch.zeros(len(bias)), torch.ones(len(bias)), eps=0 + eps)"
            )
        },
        "The result is right, but torch's own batch normalisation computed it: that is what you "
        "are rebuilding here, so build it from means and roots.": {
            NORMALIZED: "F.batch_norm(x, None, None, training=True, eps=0 + eps)"
        },
        "The values are right and the gradient is not: mean and variance depend on x, so they "
        "must stay in the graph, without detach(), .item() or no_grad().": {
            "x - mean": "x - mean.detach()",
            "(variance + eps": "(variance.detach() + eps",
        },
        "The values are right and the gradient is not: the mean depends on x, so it must stay in "
        "the graph, without detach() or .item().": {"x - mean": "x - mean.detach()"},
        "The values are right and the gradient is not: the variance depends on x, so it must "
        "stay in the graph, without detach() or .item().": {
            "(variance + eps": "(variance.detach() + eps"
        },
        "You cut the whole computation out of the graph with no_grad(), so nothing could be "
        "trained through it.": {RETURN: f"return ({RETURN[7:]}).detach()"},
        "You took weight and bias out of the graph, so no gradient reaches them and they could "
        "not be trained: use them as they are, without .data, detach() or nn.Parameter.": {
            FIRST: f"    weight, bias = weight.detach(), bias.detach()\n{FIRST}"
        },
        "You changed the caller's x in place (-=, sub_): compute a new tensor.": {
            "    normalized = (x - mean) /": "    x -= mean\n    normalized = x /"
        },
    },
)
