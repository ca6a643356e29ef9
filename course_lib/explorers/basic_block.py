"""The shapes along both paths of a BasicBlock, and what its shortcut costs."""

import itertools
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from course_lib.explorers.base import Explorer, Slider, boxes, move
from course_lib.figures import BLACK, GREEN, GREY, ORANGE, SKY, VERMILION

WIDTHS = (16, 32, 64, 128, 256, 512)
MAIN, PAST = 1.5, 4.2  # heights of the two paths in the diagram
# what has parameters, and how the bar shows it; hatches say it without colour too
PARTS: dict[str, dict[str, Any]] = {
    "conv1": {"facecolor": SKY},
    "conv2": {"facecolor": SKY, "hatch": "///"},
    "bn1 and bn2": {"facecolor": GREEN},
    "projection": {"facecolor": VERMILION, "hatch": "xx"},
}


class BasicBlock(Explorer):
    """The block as a diagram, and under it the share of each part in its parameters."""

    title = "BasicBlock"
    controls = (
        Slider("in_channels", "channels in", WIDTHS, 64),
        Slider("channels", "channels out", WIDTHS, 128),
        Slider("stride", "stride", (1, 2), 2),
        Slider("size", "input size", (7, 15, 28, 32, 56), 56),
    )

    def set_up(self, figure: Figure) -> list[Artist]:
        self.heading = figure.text(0.5, 0.945, "", fontsize=12, ha="center", va="center")
        self._set_up_diagram(figure.add_axes((0.01, 0.34, 0.98, 0.56)))
        self._set_up_bar(figure.add_axes((0.03, 0.06, 0.94, 0.24)))
        texts = self.conv1, self.past_name, *self.shapes.values(), *self.costs.values()
        moving = {*texts, *self.projection, *self.bars.values()}
        drawn = [(*a.lines, *a.collections, *a.patches, *a.texts) for a in figure.axes]
        return [artist for artist in itertools.chain(*drawn) if artist not in moving]

    def update(self, in_channels: int, channels: int, stride: int, size: int) -> str:
        out_size = (size + 2 * 1 - 3) // stride + 1
        before, after = f"{in_channels}×{size}×{size}", f"{channels}×{out_size}×{out_size}"
        reasons = []
        if in_channels != channels:
            reasons.append(f"the channels go from {in_channels} to {channels}")
        if stride != 1:
            reasons.append(f"the stride is {stride}")
        cost = {
            "conv1": 9 * in_channels * channels,
            "conv2": 9 * channels * channels,
            "bn1 and bn2": 2 * channels * 2,
            "projection": (in_channels * channels + 2 * channels) if reasons else 0,
        }
        self._draw_diagram(before, after, stride, projects=bool(reasons))
        self._draw_bar(cost)
        total, share = sum(cost.values()), cost["projection"] / sum(cost.values())
        if reasons:
            shortcut = f"needs a projection, as {' and '.join(reasons)}"
            price = (
                f"It costs {in_channels}*{channels} + 2*{channels} = {cost['projection']:,} "
                f"parameters, {share:.1%} of the block's {total:,}."
            )
        else:
            shortcut = "is the identity, as the shapes agree"
            price = f"It costs nothing; the block has {total:,} parameters."
        self.heading.set_text(f"The shortcut {shortcut}.")
        return (
            f"x is {before}, y is {after}: floor(({size} + 2*1 - 3)/{stride}) + 1 = {out_size}. "
            f"The shortcut {shortcut}. {price}"
        )

    def _set_up_diagram(self, axes: Axes) -> None:
        axes.set(xlim=(0, 16), ylim=(0, 5.1))
        axes.set_axis_off()
        axes.plot([0.4, 15.4], [MAIN, MAIN], color=BLACK, zorder=0)
        axes.plot([1.7, 1.7, 12.1, 12.1], [MAIN, PAST, PAST, MAIN], color=BLACK, zorder=0)
        axes.plot([12.1], [MAIN], "o", color="white", markeredgecolor=BLACK, markersize=20)
        axes.text(12.1, MAIN, "+", fontsize=15, ha="center", va="center_baseline")
        heads = [2.25, 4.55, 5.9, 7.8, 10.15, 11.7, 12.8, 15.4]
        axes.plot(heads, [MAIN] * len(heads), ">", color=BLACK, markersize=6)
        axes.plot([12.1], [MAIN + 0.6], "v", color=BLACK, markersize=6)

        self.conv1, _ = _box(axes, 2.35, MAIN, 1.95, "", SKY)
        _box(axes, 4.65, MAIN, 0.9, "bn1", GREEN)
        _box(axes, 6.0, MAIN, 0.9, "ReLU", ORANGE)
        _box(axes, 7.9, MAIN, 1.95, "conv2\n3×3, stride 1", SKY)
        _box(axes, 10.25, MAIN, 0.9, "bn2", GREEN)
        _box(axes, 12.9, MAIN, 0.9, "ReLU", ORANGE)
        conv, bn = _box(axes, 4.55, PAST, 1.95, "", SKY), _box(axes, 7.2, PAST, 0.9, "bn", GREEN)
        arrows = axes.plot([4.45, 7.1], [PAST, PAST], ">", color=BLACK, markersize=6)
        self.past_conv, self.projection = conv[0], (*conv, *bn, *arrows)
        axes.vlines([7.4, 11.45], MAIN - 0.9, MAIN, color=GREY, linestyle=":", zorder=0)
        label: dict[str, Any] = {"fontsize": 10, "ha": "center", "va": "center"}
        self.past_name = axes.text(3.1, PAST + 0.35, "", **label)
        self.shapes = {
            "x": axes.text(0.85, MAIN - 0.5, "", **label),
            "conv1": axes.text(7.4, MAIN - 1.2, "", **label),
            "conv2": axes.text(11.45, MAIN - 1.2, "", **label),
            "past": axes.text(10.1, PAST + 0.35, "", **label),
            "y": axes.text(15.0, MAIN - 0.5, "", **label),
        }
        for name, x in (("x", 0.6), ("y", 15.0)):
            axes.text(x, MAIN + 0.35, name, fontsize=14, style="italic", ha="center")

    def _draw_diagram(self, before: str, after: str, stride: int, projects: bool) -> None:
        for name, text in self.shapes.items():
            text.set_text(before if name == "x" else after)
        self.conv1.set_text(f"conv1\n3×3, stride {stride}")
        self.past_conv.set_text(f"conv\n1×1, stride {stride}")
        self.past_name.set_text("projection" if projects else "identity")
        for artist in self.projection:
            artist.set_visible(projects)

    def _set_up_bar(self, axes: Axes) -> None:
        axes.set(xlim=(-0.002, 1.002), ylim=(0, 1))
        axes.set_axis_off()
        axes.text(0, 0.92, "parameters", fontsize=10, va="center")
        self.bars = {
            name: PolyCollection([], edgecolor=BLACK, **look) for name, look in PARTS.items()
        }
        self.costs = {}
        for place, (name, look) in enumerate(PARTS.items()):
            self.bars[name] = PolyCollection([], edgecolor=BLACK, **look)
            axes.add_collection(self.bars[name])
            axes.add_patch(Rectangle((place / 4, 0.02), 0.02, 0.2, edgecolor=BLACK, **look))
            self.costs[name] = axes.text(place / 4 + 0.027, 0.12, "", fontsize=10, va="center")

    def _draw_bar(self, cost: dict[str, int]) -> None:
        left, total = 0.0, sum(cost.values())
        for name, parameters in cost.items():
            share = parameters / total
            move(self.bars[name], boxes(left, 0.4, share, 0.36))
            self.costs[name].set_text(f"{name}: {parameters:,}")
            left += share


def _box(axes: Axes, left: float, height: float, width: float, text: str, color: str) -> tuple:
    """A labelled operation on a path at that height: its text and its box."""
    box = FancyBboxPatch((left, height - 0.5), width, 1.0, "round,pad=0,rounding_size=0.12")
    axes.add_patch(box)
    box.set(facecolor=color, edgecolor=BLACK)
    middle: dict[str, Any] = {"ha": "center", "va": "center", "linespacing": 1.3}
    return axes.text(left + width / 2, height, text, fontsize=9, **middle), box
