"""How large the gradients of each layer are before any training, plain against residual."""

import functools
import itertools

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from torch import nn

from course_lib import data
from course_lib.explorers.base import Choice, Explorer, Slider
from course_lib.figures import BLUE, VERMILION
from course_lib.models.cifar import CifarResNet

DEPTHS = (8, 20, 32, 44, 56)
IMAGES, SEEDS = 64, 3
NETWORKS = tuple(itertools.product((False, True), (True, False)))  # residual, batch_norm


@functools.cache
def weight_gradients(depth: int, residual: bool, batch_norm: bool) -> np.ndarray:
    """(SEEDS, depth - 1): the L2 norm of dLoss/dW of each 3x3 convolution, the stem first.

    Measured here and now, at initialisation: small networks of width 8, a batch of `IMAGES`
    digits of 8x8 pixels, cross entropy. One row for each random initialisation.
    """
    digits = data.load("digits", "train")
    images, labels = digits.normalize(digits.images[:IMAGES]), digits.labels[:IMAGES]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two threads on such small tensors only wait for each other
    norms = []
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            for seed in range(SEEDS):
                torch.manual_seed(seed)
                model = CifarResNet(
                    depth, residual=residual, batch_norm=batch_norm, width=8, in_channels=1
                )
                loss = F.cross_entropy(model(images), labels)
                weights = [m.weight for m in model.modules() if isinstance(m, nn.Conv2d)]
                gradients = torch.autograd.grad(loss, weights)
                norms.append([gradient.norm().item() for gradient in gradients])
    finally:
        torch.set_num_threads(threads)
    return np.array(norms)


class Gradients(Explorer):
    """The chosen network's gradients, layer by layer, in front of the other three of its depth."""

    title = "Gradients at initialisation"
    controls = (
        Slider("depth", "depth", DEPTHS, 44),
        Choice("residual", "network", {"plain": False, "residual": True}, False),
        Choice("batch_norm", "batch norm", {"on": True, "off": False}, True),
    )

    def set_up(self, figure: Figure) -> list[Artist]:
        self.heading = figure.text(0.5, 0.95, "", fontsize=12, ha="center", va="center")
        axes = figure.add_axes((0.09, 0.13, 0.63, 0.76))
        axes.set(xlim=(0, DEPTHS[-1]), yscale="log", ylim=(1e-8, 1e4))
        axes.set_xlabel("convolution, from the input to the output", fontsize=10)
        axes.set_ylabel("norm of the loss's gradient", fontsize=10)
        axes.tick_params(labelsize=9)
        axes.grid(axis="y", color="#DDDDDD")
        self.spread = PolyCollection([], linewidth=0, alpha=0.25)
        axes.add_collection(self.spread)
        self.lines = {}
        for residual, batch_norm in NETWORKS:
            (self.lines[residual, batch_norm],) = axes.plot(
                [], [],
                color=BLUE if residual else VERMILION,
                linestyle="-" if batch_norm else "--",
                marker="s" if residual else "o",
                markersize=4,
                label=_name(residual, batch_norm),
            )  # fmt: skip
        handles, labels = axes.get_legend_handles_labels()
        legend = figure.legend(handles, labels, loc=(0.73, 0.52), frameon=False, fontsize=10)
        note = (
            f"Line: geometric mean of\n{SEEDS} random initialisations.\n"
            f"Band: smallest to largest.\n\n"
            f"Width 8, a batch of {IMAGES}\ndigits of 8×8 pixels."
        )
        text = figure.text(0.74, 0.48, note, fontsize=9, va="top", linespacing=1.4)
        return [axes.xaxis, axes.yaxis, *axes.spines.values(), axes.patch, legend, text]

    def update(self, depth: int, residual: bool, batch_norm: bool) -> str:
        layers = np.arange(1, depth)
        for network, line in self.lines.items():
            chosen = network == (residual, batch_norm)
            line.set_data(layers, _mean(weight_gradients(depth, *network)))
            line.set(alpha=1 if chosen else 0.5, linewidth=2.5 if chosen else 1)
            line.set(zorder=3 if chosen else 2, markevery=1 if chosen else 4)
        norms = weight_gradients(depth, residual, batch_norm)
        low, high = norms.min(0), norms.max(0)
        outline = np.append(np.stack([layers, low], 1), np.stack([layers, high], 1)[::-1], axis=0)
        self.spread.set_verts([outline])
        self.spread.set_facecolor(BLUE if residual else VERMILION)
        first, last = _mean(norms)[[0, -1]]
        name = f"{depth} layers, {_name(residual, batch_norm)}"
        self.heading.set_text(
            f"{name}: the first gradient is about {_rounded(first / last)} times the last"
        )
        return (
            f"{name}, before training. Norm of the gradient: about {_rounded(first)} at the first "
            f"convolution and {_rounded(last)} at the last: the first is about "
            f"{_rounded(first / last)} times the last."
        )

    def prepare(self) -> None:
        for depth, network in itertools.product(DEPTHS, NETWORKS):
            weight_gradients(depth, *network)


def _name(residual: bool, batch_norm: bool) -> str:
    return f"{'residual' if residual else 'plain'}, {'with' if batch_norm else 'without'} BN"


def _mean(norms: np.ndarray) -> np.ndarray:
    """The geometric mean over the initialisations: they lie apart by factors."""
    return np.exp(np.log(norms).mean(0))


def _rounded(number: float) -> str:
    """One digit: the rest is a matter of chance."""
    return f"{float(f'{number:.0e}'):,g}"
