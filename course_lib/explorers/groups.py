"""Who sees whom in a grouped convolution, its weight as a block-diagonal matrix, and its cost."""

import itertools
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from course_lib.explorers.base import Explorer, Slider, boxes, move
from course_lib.figures import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION

CHANNELS, GROUPS = (4, 6, 8, 12, 16), (1, 2, 3, 4, 6, 8, 12, 16)
OUTPUT = 32  # height and width of the output for which MACs are counted
FILLS, LINES = (SKY, ORANGE, GREEN, PURPLE), (BLUE, VERMILION, GREEN, PURPLE)  # in turn, by group
LIGHT_GREY = "#E4E4E4"
SMALL: dict[str, Any] = {"fontsize": 8, "ha": "center", "va": "center_baseline"}


class GroupedConvolution(Explorer):
    """The connections, the weight as it is stored, and the dense weight of the same function."""

    title = "Grouped convolution"
    size = (8.0, 4.6)
    controls = (
        Slider("in_channels", "channels in", CHANNELS, 8),
        Slider("out_channels", "channels out", CHANNELS, 8),
        Slider("kernel_size", "kernel size", (1, 3, 5), 3),
        Slider("groups", "groups", GROUPS, 2),
    )

    def set_up(self, figure: Figure) -> None:
        self.heading = figure.text(0.5, 0.95, "", fontsize=12, ha="center", va="center")
        self.problem = figure.text(0.7, 0.5, "", fontsize=11, ha="center", va="center")
        self.connections = _Connections(figure.add_axes((0.01, 0.24, 0.36, 0.60)))
        self.stored = _Matrix(figure.add_axes((0.41, 0.22, 0.27, 0.58)))
        self.dense = _Matrix(figure.add_axes((0.71, 0.22, 0.27, 0.58)))
        self.cost = figure.add_axes((0.02, 0.02, 0.96, 0.18), xlim=(0, 1.002), ylim=(0, 1))
        self.cost.set_axis_off()
        outline = PolyCollection(list(boxes(0, 0.68, 1, 0.26)), facecolor="none", edgecolor=GREY)
        self.bar = PolyCollection([], facecolor=SKY, edgecolor=BLACK, hatch="///")
        for collection in (outline, self.bar):
            self.cost.add_collection(collection)
        self.counts = self.cost.text(0, 0.27, "", fontsize=10, va="center", linespacing=1.5)

    def update(self, in_channels: int, out_channels: int, kernel_size: int, groups: int) -> str:
        self.connections.draw(in_channels, out_channels, groups)
        fits = in_channels % groups == out_channels % groups == 0
        for axes in (self.stored.axes, self.dense.axes, self.cost):
            axes.set_visible(fits)
        self.problem.set_visible(not fits)
        if not fits:
            return self._explain(in_channels, out_channels, groups)

        each = in_channels // groups
        scale = max(in_channels, out_channels)
        for matrix, name, columns in (
            (self.stored, f"as stored, a cell is {kernel_size}x{kernel_size}", each),
            (self.dense, "as a dense weight, white is 0", in_channels),
        ):
            shape = (out_channels, columns, kernel_size, kernel_size)
            matrix.draw(f"{name}\n{shape}", out_channels, columns, each, groups, scale)
        return self._count(in_channels, out_channels, kernel_size, groups)

    def _explain(self, ins: int, outs: int, groups: int) -> str:
        self.heading.set_text(f"groups = {groups}: there is no such convolution")
        reasons = [
            f"{channels} channels {side} = {groups} groups of {channels // groups}, "
            f"and {channels % groups} left over"
            for side, channels in (("in", ins), ("out", outs))
            if channels % groups
        ]
        *most, last = (g for g in range(1, ins + 1) if ins % g == outs % g == 0)
        remedy = f"groups must divide {ins} and {outs}: {', '.join(map(str, most))} or {last}"
        self.problem.set_text("\n\n".join([*reasons, remedy]))
        return f"groups = {groups}: there is no such convolution. {'. '.join([*reasons, remedy])}."

    def _count(self, ins: int, outs: int, kernel: int, groups: int) -> str:
        each = f"from {ins // groups} to {outs // groups} channels"
        kind = f"{groups} separate convolutions, each {each}"
        if groups == 1:
            kind = "a dense convolution, where every output sees every input"
        elif groups == ins:
            kind += ": depthwise"
        dense = outs * ins * kernel**2
        parameters = dense // groups
        seen = f"{ins}/{groups}" if groups > 1 else f"{ins}"
        counts = [
            f"parameters: {outs} * {seen} * {kernel} * {kernel} = {parameters:,}",
            f"MACs for an output of {OUTPUT}x{OUTPUT}: {parameters:,} * {OUTPUT} * {OUTPUT} = "
            f"{parameters * OUTPUT**2:,}",
        ]
        if groups > 1:
            counts[0] += f", 1/{groups} of the dense layer's {dense:,}"
        self.heading.set_text(f"groups = {groups}: {kind}")
        move(self.bar, boxes(0, 0.68, 1 / groups, 0.26))
        self.counts.set_text("\n".join(counts))
        return f"groups = {groups}: {kind}. {'. '.join(counts)}."


class _Connections:
    """Input channels on the left, output channels on the right, a line where one sees the other.

    n channels fill the height 1 in n equal rows, so that a group's inputs and outputs face.
    """

    LEFT, RIGHT = 0.27, 0.87  # inner edges of the two columns
    WIDTH = 0.12

    def __init__(self, axes: Axes) -> None:
        axes.set(xlim=(0, 1), ylim=(1.02, -0.02))
        axes.set_axis_off()
        self.bands = PolyCollection([], facecolor=LIGHT_GREY, edgecolor="none", zorder=0)
        self.lines = LineCollection([], linewidths=1.1, zorder=1)
        self.nodes = PolyCollection([], edgecolor=BLACK, linewidth=0.8, zorder=2)
        self.rest = PolyCollection(
            [], facecolor="white", edgecolor=VERMILION, linewidth=1.2, hatch="//", zorder=2
        )
        for collection in (self.bands, self.lines, self.nodes, self.rest):
            axes.add_collection(collection)
        self.numbers = [axes.text(0, 0, "", **SMALL) for _ in range(2 * max(CHANNELS))]
        self.names = [axes.text(0.06, 0, "", **SMALL) for _ in range(max(GROUPS))]
        for x, side in ((self.LEFT - self.WIDTH / 2, "in"), (self.RIGHT + self.WIDTH / 2, "out")):
            axes.text(x, -0.07, f"channels {side}", fontsize=9, ha="center", va="center")

    def draw(self, ins: int, outs: int, groups: int) -> None:
        fits = ins % groups == outs % groups == 0
        self._draw_lines(ins, outs, groups if fits else 0)
        tops = np.arange(groups) / groups
        move(self.bands, boxes(0, tops[1::2] if fits else [], 1, 1 / groups))
        for group, text in enumerate(self.names):
            text.set_text(f"group {group}" if fits and group < groups else "")
            text.set_y((group + 0.5) / groups)

        nodes, fills, rest = [], [], []
        labels: list[tuple[float, float, object]] = []
        for channels, left in ((ins, self.LEFT - self.WIDTH), (outs, self.RIGHT)):
            each, height = channels // groups, min(0.85 / channels, 0.08)
            middles = (np.arange(channels) + 0.5) / channels
            corners = boxes(left, middles - height / 2, self.WIDTH, height)
            nodes.append(corners[: each * groups])
            rest.append(corners[each * groups :])
            fills += [FILLS[channel // each % 4] for channel in range(each * groups)]
            labels += [(left + self.WIDTH / 2, y, i) for i, y in enumerate(middles)]
        move(self.nodes, np.concatenate(nodes))
        self.nodes.set_facecolor(fills)
        move(self.rest, np.concatenate(rest))
        labels += [(0, 0, "")] * (len(self.numbers) - len(labels))
        for text, (x, y, label) in zip(self.numbers, labels, strict=True):
            text.set(position=(x, y), text=label)

    def _draw_lines(self, ins: int, outs: int, groups: int) -> None:
        pairs = [
            (i, o)
            for i, o in itertools.product(range(ins), range(outs))
            if groups and i * groups // ins == o * groups // outs
        ]
        self.lines.set_segments(
            [[(self.LEFT, (i + 0.5) / ins), (self.RIGHT, (o + 0.5) / outs)] for i, o in pairs]
        )
        self.lines.set_color([LINES[i * groups // ins % 4] for i, _ in pairs])


class _Matrix:
    """A weight with a row for each output channel. One cell is one kernel, white where it is 0."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        axes.set_axis_off()
        axes.set_aspect("equal", anchor="NW")
        self.blocks = PolyCollection([], edgecolor=BLACK, linewidth=1.5, zorder=1)
        self.cells = PolyCollection([], facecolor="none", edgecolor=GREY, linewidth=0.4, zorder=2)
        for collection in (self.blocks, self.cells):
            axes.add_collection(collection)
        self.name = axes.set_title("", fontsize=9, loc="left")
        self.labels = [axes.text(0, 0, "", **SMALL) for _ in range(max(GROUPS))]

    def draw(self, name: str, rows: int, columns: int, each: int, groups: int, scale: int) -> None:
        """`groups` blocks of `each` columns, side by side while there are columns left."""
        self.name.set_text(name)
        self.axes.set(xlim=(-0.1, scale + 0.1), ylim=(scale + 0.1, -0.1))
        row, column = np.divmod(np.arange(rows * columns), columns)
        move(self.cells, boxes(column, row))
        group, tall = np.arange(groups), rows // groups
        left, top = group * each % columns, group * tall
        move(self.blocks, boxes(left, top, each, tall))
        self.blocks.set_facecolor([FILLS[g % 4] for g in group])
        for g, text in enumerate(self.labels):
            text.set_text(g if g < groups else "")
            if g < groups:
                text.set_position((left[g] + each / 2, top[g] + tall / 2))
