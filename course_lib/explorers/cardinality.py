"""Many narrow branches or few wide ones: the paths of a ResNeXt block, and what they cost."""

from bisect import bisect_left
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from course_lib.explorers.base import Choice, Explorer, Slider, boxes, move
from course_lib.figures import BLACK, BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from course_lib.models.conv import conv_macs, conv_parameters
from course_lib.models.resnext import matched_width

CARDINALITIES = (1, 2, 4, 8, 16, 32, 64)
WIDTHS = (1, 2, 3, 4, 6, 8, 14, 16, 24, 32, 40, 64, 128)
PAPER = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}  # cardinality: width; table 2, for 256 channels
LAYERS = (3, 4, 6, 3)  # blocks in the stages of ResNeXt-50
MAP = 56  # height and width of the block's map, as in the first stage
CLASSES = 1000
BLOCK, NETWORK = "one block", "whole network"


def _conv(ins: int, outs: int, kernel: int, size: int, groups: int = 1) -> np.ndarray:
    """Parameters and MACs of a convolution without a bias, its output size x size."""
    parameters = conv_parameters(ins, outs, kernel, groups)
    return np.array([parameters, conv_macs(ins, outs, kernel, size, size, groups)])


def _block(
    ins: int, outs: int, cardinality: int, width: int, size: int, stride: int = 1
) -> np.ndarray:
    """Parameters and MACs of the three convolutions on a map of size x size."""
    inside, out_size = cardinality * width, size // stride
    return (
        _conv(ins, inside, 1, size)
        + _conv(inside, inside, 3, out_size, cardinality)
        + _conv(inside, outs, 1, out_size)
    )


@cache
def cost(channels: int, cardinality: int, width: int, scope: str) -> tuple[int, int]:
    """Parameters and MACs of a block of `channels` in and out, or of the network it begins.

    A block counts its three convolutions on a 56 x 56 map. The network is ResNeXt-50 on 224 x 224
    pixels; all is counted, and `channels` and `width` double from stage to stage.
    """
    if scope == BLOCK:
        return _pair(_block(channels, channels, cardinality, width, MAP))
    ins, size = channels // 4, 2 * MAP
    total = _conv(3, ins, 7, size) + [2 * ins, 0]  # the stem and its batch norm
    for stage, blocks in enumerate(LAYERS):
        outs, each, stride = channels * 2**stage, width * 2**stage, 2 if stage else 1
        size = 2 * MAP // 2**stage if stage else MAP
        total += _block(ins, outs, cardinality, each, size, stride)
        size //= stride
        total += (blocks - 1) * _block(outs, outs, cardinality, each, size)
        total += _conv(ins, outs, 1, size) + [2 * outs, 0]  # the projection
        total += [blocks * 2 * (2 * cardinality * each + outs), 0]  # batch norms
        ins = outs
    total += [ins * CLASSES + CLASSES, ins * CLASSES]
    return _pair(total)


def _pair(counts: np.ndarray) -> tuple[int, int]:
    parameters, macs = map(int, counts)
    return parameters, macs


@cache
def nearest(channels: int, cardinality: int, scope: str) -> int:
    """The width with which `cardinality` branches cost most nearly as much as one does."""
    budget = cost(channels, 1, channels // 4, scope)[0]
    if scope == BLOCK:
        return matched_width(cardinality, channels, channels, budget)
    widths = range(1, channels // 4 + 1)  # the cost grows with the width
    above = bisect_left(widths, budget, key=lambda d: cost(channels, cardinality, d, scope)[0])
    around = widths[max(above - 1, 0) : above + 1]
    return min(around, key=lambda d: abs(cost(channels, cardinality, d, scope)[0] - budget))


@cache
def equal_cost(channels: int, scope: str) -> list[float]:
    """For each cardinality the width, no integer, that costs as much as one branch does."""
    budget, few = cost(channels, 1, channels // 4, scope)[0], (1, 2, 3)
    found = []
    for cardinality in CARDINALITIES:
        counts = [cost(channels, cardinality, d, scope)[0] - budget for d in few]
        found.append(max(np.roots(np.polyfit(few, counts, 2)).real))  # quadratic in the width
    return found


class Cardinality(Explorer):
    """The branches of a block, their cost beside that of one branch, and the paper's choices."""

    title = "Cardinality"
    size = (8.0, 5.0)
    controls = (
        Slider("cardinality", "cardinality", CARDINALITIES, 32),
        Slider("width", "bottleneck width", WIDTHS, 4),
        Slider("channels", "channels", (64, 128, 256, 512, 1024), 256),
        Choice("scope", "count", {BLOCK: BLOCK, NETWORK: NETWORK}, BLOCK),
    )

    def set_up(self, figure: Figure) -> list:
        self.heading = figure.text(0.5, 0.965, "", fontsize=12, ha="center", va="center")
        self.verdict = figure.text(0.5, 0.035, "", fontsize=10, ha="center", va="center")
        self.paths = _Paths(figure.add_axes((0.01, 0.1, 0.5, 0.82)))
        self.plane = _Plane(figure.add_axes((0.6, 0.43, 0.385, 0.46)))
        self.bars = _Bars(figure.add_axes((0.56, 0.08, 0.425, 0.24)))
        return [*self.paths.still, *self.plane.still]

    def update(self, cardinality: int, width: int, channels: int, scope: str) -> str:
        inside = cardinality * width
        budget = cost(channels, 1, channels // 4, scope)
        counts = cost(channels, cardinality, width, scope)
        best = nearest(channels, cardinality, scope)
        self.paths.draw(cardinality, width, channels)
        self.plane.draw(cardinality, width, best, channels, scope)
        self.bars.draw(counts, budget, channels)

        branches = "1 branch" if cardinality == 1 else f"{cardinality} branches"
        heading = f"{branches} of {width}: {inside} channels inside, {channels} outside"
        if inside > channels:
            heading += " (no bottleneck any more)"
        elif channels == 256 and PAPER.get(cardinality) == width:
            heading += f" (the paper's {cardinality}×{width}d)"
        missed = cost(channels, cardinality, best, scope)[0]
        verdict = (
            f"Nearest width at equal cost for {branches}: {best}, {missed:,} parameters, "
            f"{missed / budget[0]:.2f} times the budget"
        )
        self.heading.set_text(heading)
        self.verdict.set_text(verdict)
        if scope == BLOCK:
            what = f"One block on a {MAP}×{MAP} map, its three convolutions"
        else:
            what = f"A network of {sum(LAYERS)} such blocks, widths doubled from stage to stage"
        return (
            f"{heading}. {what}: {counts[0]:,} parameters and {counts[1]:,} MACs, "
            f"{counts[0] / budget[0]:.2f} and {counts[1] / budget[1]:.2f} times the budget, "
            f"which is what 1 branch of {channels // 4} costs. {verdict}."
        )


class _Paths:
    """x on the left, the branches one below the other, their sum on the right.

    A bar's height is its number of channels.
    """

    X, FIRST, SECOND, Y = 0.07, 0.36, 0.62, 0.91  # where the bars stand
    BAR, CENTRE, HEIGHT = 0.015, 0.47, 0.68

    def __init__(self, axes: Axes) -> None:
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set_axis_off()
        self.fans = PolyCollection([], facecolor=SKY, edgecolor="none", alpha=0.25, zorder=1)
        self.edges = LineCollection([], color=BLUE, linewidths=0.7, zorder=1)
        self.middles = PolyCollection(
            [], facecolor=ORANGE, edgecolor="white", linewidth=0.6, zorder=2
        )
        self.bars = PolyCollection([], facecolor=BLACK, edgecolor="none", zorder=3)
        for collection in (self.fans, self.edges, self.middles, self.bars):
            axes.add_collection(collection)
        top = 0.9
        axes.plot([self.X, self.X, self.Y, self.Y], [0.82, top, top, 0.84], color=GREY, zorder=0)
        axes.plot([self.Y], [0.84], "v", color=GREY, markersize=6)
        label: dict[str, Any] = {"fontsize": 9, "ha": "center", "va": "center"}
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text((self.X + self.Y) / 2, top, "+ x, the shortcut", bbox=white, **label)
        axes.text((self.X + self.FIRST) / 2, 0.03, "1×1", **label)
        axes.text((self.SECOND + self.Y) / 2, 0.03, "1×1, summed", **label)
        self.still = [*axes.lines, *axes.texts]
        self.groups = axes.text((self.FIRST + self.SECOND) / 2, 0.03, "", **label)
        places = (self.X, (self.FIRST + self.SECOND) / 2, self.Y)
        self.counts = [axes.text(place, 0.085, "", **label) for place in places]

    def draw(self, cardinality: int, width: int, channels: int) -> None:
        inside = cardinality * width
        scale = self.HEIGHT / max(channels, inside)
        lane, high, outer = self.HEIGHT / cardinality, width * scale, channels * scale
        lows = self.CENTRE + self.HEIGHT / 2 - lane * (np.arange(cardinality) + 0.5) - high / 2
        low = self.CENTRE - outer / 2
        columns: list[tuple[float, np.ndarray | float, float]] = []
        columns += [(self.FIRST, lows, high), (self.SECOND, lows, high)]
        columns += [(self.X, low, outer), (self.Y, low, outer)]
        bars = [boxes(x - self.BAR / 2, y, self.BAR, h) for x, y, h in columns]
        move(self.bars, np.concatenate(bars))
        move(self.middles, boxes(self.FIRST, lows, self.SECOND - self.FIRST, high))
        fans, edges = [], []
        for wide, narrow in ((self.X, self.FIRST), (self.Y, self.SECOND)):
            for bottom in lows:
                ends = [(narrow, bottom), (narrow, bottom + high)]
                fans.append([(wide, low), *ends, (wide, low + outer)])
                edges += [[(wide, low), ends[0]], [(wide, low + outer), ends[1]]]
        self.fans.set_verts(fans)
        self.fans.set_alpha(0.25 if cardinality < 8 else 0.06)
        self.edges.set_segments(edges)
        self.edges.set_alpha(0.7 if cardinality < 8 else 0.25)
        self.groups.set_text("3×3" if cardinality == 1 else f"3×3, {cardinality} groups")
        words = [f"{channels}", f"{cardinality} · {width} = {inside}", f"{channels}"]
        for text, word in zip(self.counts, words, strict=True):
            text.set_text(word)


class _Plane:
    """Cardinality to the right, width upwards, both doubling, and the line of equal cost."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        axes.patch.set_visible(False)  # it would cover the spines, which are drawn once
        axes.set(xlim=(-0.4, 6.4), ylim=(-1.2, 8.4))
        axes.set_xticks(np.log2(CARDINALITIES), [*map(str, CARDINALITIES)], fontsize=8)
        shown = [2**power for power in range(9)]
        axes.set_yticks(np.log2(shown), shown, fontsize=8)
        axes.set_xlabel("cardinality", fontsize=9, labelpad=1)
        axes.set_ylabel("bottleneck width", fontsize=9, labelpad=1)
        axes.spines[["top", "right"]].set_visible(False)
        (self.line,) = axes.plot([], [], color=BLACK, linestyle="--", label="the budget")
        (self.paper,) = axes.plot([], [], "D", color=BLUE, markersize=7, label="paper")
        (self.best,) = axes.plot([], [], "s", color="white", markeredgecolor=GREEN,
                                 markeredgewidth=2, markersize=13, zorder=1,
                                 label="nearest width")  # fmt: skip
        (self.here,) = axes.plot(
            [], [], "o", color=VERMILION, markeredgecolor="white", markersize=8, label="you"
        )
        handles = [self.here, self.best, self.line, self.paper]
        legend = axes.legend(handles=handles, fontsize=8, loc="upper right", frameon=False,
                             bbox_to_anchor=(1.02, 1.12), markerscale=0.7)  # fmt: skip
        self.still = [axes.xaxis, axes.yaxis, *axes.spines.values(), legend]

    def draw(self, cardinality: int, width: int, best: int, channels: int, scope: str) -> None:
        paper = PAPER if channels == 256 else {}
        self.line.set_data(np.log2(CARDINALITIES), np.log2(equal_cost(channels, scope)))
        self.paper.set_data(np.log2([*paper]), np.log2([*paper.values()]))
        self.best.set_data([np.log2(cardinality)], [np.log2(best)])
        self.here.set_data([np.log2(cardinality)], [np.log2(width)])


class _Bars:
    """Parameters and MACs beside the budget, which is the line at 1. A bar ends at twice that,
    and » says that it would go on."""

    ROWS, MOST = (1, 0), 2.0

    def __init__(self, axes: Axes) -> None:
        axes.set(xlim=(0, self.MOST), ylim=(-0.5, 2.1))
        axes.set_axis_off()
        self.bars = PolyCollection([], facecolor=SKY, edgecolor=BLACK, hatch="///")
        axes.add_collection(self.bars)
        axes.plot([1, 1], [-0.4, 1.55], color=VERMILION, linestyle="--", linewidth=2)
        self.title = axes.text(1, 1.85, "", fontsize=9, ha="center", va="center")
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.9}
        self.words = [axes.text(0.03, row, "", fontsize=9, va="center", bbox=white) for row in
                      self.ROWS]  # fmt: skip

    def draw(self, counts: tuple[int, int], budget: tuple[int, int], channels: int) -> None:
        shares = [count / limit for count, limit in zip(counts, budget, strict=True)]
        lengths = [min(share, self.MOST) for share in shares]
        move(self.bars, boxes(0, [row - 0.35 for row in self.ROWS], lengths, 0.7))
        for text, name, count, share in zip(
            self.words, ("parameters", "MACs"), counts, shares, strict=True
        ):
            beyond = " »" if share > self.MOST else ""
            text.set_text(f"{name}: {count:,} = {share:.2f} × budget{beyond}")
        self.title.set_text(f"budget: 1 branch of {channels // 4}, {budget[0]:,} parameters")
