"""The hourglass of a Bottleneck beside a BasicBlock of the same outer width, and what both cost."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.explorers.base import Choice, Explorer, Slider, boxes, move
from course_lib.figures import BLACK, GREEN, GREY, ORANGE, SKY
from course_lib.models.conv import conv_macs, conv_output_size, conv_parameters, same_padding

SIZE = 56  # height and width of x; any even size gives the same ratios
BLOCKS = ("Bottleneck", "BasicBlock")
CENTRES = {"Bottleneck": 4.75, "BasicBlock": 1.45}  # heights of the two paths in the diagram
PLACES = {"Bottleneck": (2.0, 5.5, 9.0, 12.5), "BasicBlock": (2.0, 7.25, 12.5)}  # of the maps
TALLEST, SUM = 1.5, 13.5  # height of the widest map; where the shortcut is added
CONVS: dict[str, dict[str, Any]] = {  # hatches say it without colour too
    "conv1": {"facecolor": SKY},
    "conv2": {"facecolor": ORANGE, "hatch": "///"},
    "conv3": {"facecolor": GREEN, "hatch": "xx"},
}


@dataclass(frozen=True)
class Conv:
    """A convolution without a bias on a square input, padded so that only a stride shrinks it."""

    in_channels: int
    out_channels: int
    kernel_size: int
    stride: int
    size: int  # of its input

    @property
    def out_size(self) -> int:
        return conv_output_size(
            self.size, self.kernel_size, self.stride, same_padding(self.kernel_size)
        )

    @property
    def weights(self) -> int:
        return conv_parameters(self.in_channels, self.out_channels, self.kernel_size)

    @property
    def macs(self) -> int:
        return conv_macs(
            self.in_channels, self.out_channels, self.kernel_size, self.out_size, self.out_size
        )


def paths(in_channels: int, channels: int, stride: int, v1: bool) -> dict[str, list[Conv]]:
    """The convolutions of both blocks, in order."""
    width = 4 * channels
    first, second = (stride, 1) if v1 else (1, stride)
    conv1 = Conv(in_channels, channels, 1, first, SIZE)
    conv2 = Conv(channels, channels, 3, second, conv1.out_size)
    conv3 = Conv(channels, width, 1, 1, conv2.out_size)
    basic = Conv(in_channels, width, 3, stride, SIZE)
    return {
        "Bottleneck": [conv1, conv2, conv3],
        "BasicBlock": [basic, Conv(width, width, 3, 1, basic.out_size)],
    }


class Bottleneck(Explorer):
    """Both blocks as diagrams in which height means channels, and bars of what they cost."""

    title = "Bottleneck"
    controls = (
        Slider("in_channels", "channels in", (64, 128, 256, 512, 1024, 2048), 256),
        Slider("channels", "channels", (64, 128, 256, 512), 128),
        Choice("v1", "stride is in", {"3×3 (v1.5)": False, "first 1×1 (v1)": True}, False),
        Slider("stride", "stride", (1, 2), 2),
    )
    size = (8.0, 5.4)

    def set_up(self, figure: Figure) -> list[Artist]:
        self.heading = figure.text(0.5, 0.965, "", fontsize=11, ha="center", va="center")
        self._set_up_diagram(figure.add_axes((0.01, 0.35, 0.98, 0.59)))
        self.weights = Bars(figure.add_axes((0.115, 0.1, 0.43, 0.22)), "weights", "{:,}")
        self.macs = Bars(figure.add_axes((0.56, 0.1, 0.43, 0.22)), "million MACs", "{:,.1f}")
        for height, name in zip(Bars.ROWS, BLOCKS, strict=True):
            self.weights.axes.text(-0.03, height, name, fontsize=10, ha="right", va="center")
        legend = figure.add_axes((0.115, 0.01, 0.6, 0.06))
        legend.set(xlim=(0, 3), ylim=(0, 1))
        legend.set_axis_off()
        for place, (name, look) in enumerate(CONVS.items()):
            legend.add_patch(Rectangle((place, 0.2), 0.15, 0.6, edgecolor=BLACK, **look))
            legend.text(place + 0.22, 0.5, name, fontsize=10, va="center")
        texts = *self.shapes.values(), *self.operations.values(), self.pasts.values()
        moving = {*itertools.chain(*texts), *self.weights.texts, *self.macs.texts}
        drawn = [(*a.lines, *a.patches, *a.texts) for a in figure.axes]
        return [artist for artist in itertools.chain(*drawn) if artist not in moving]

    def update(self, in_channels: int, channels: int, v1: bool, stride: int) -> str:
        blocks = paths(in_channels, channels, stride, v1)
        projects = stride != 1 or in_channels != 4 * channels
        projection = f"projection 1×1, stride {stride}" if projects else "identity"
        maps = [box for name in BLOCKS for box in self._draw_path(name, blocks[name], projection)]
        move(self.maps, boxes(*zip(*maps, strict=True)))
        self.weights.draw([[conv.weights for conv in blocks[name]] for name in BLOCKS])
        self.macs.draw([[conv.macs / 1e6 for conv in blocks[name]] for name in BLOCKS])
        version = self._version(blocks["Bottleneck"][0], v1, stride)
        self.heading.set_text(version)

        weights, macs = (
            [sum(getattr(conv, what) for conv in blocks[name]) for name in BLOCKS]
            for what in ("weights", "macs")
        )
        x, y = f"{in_channels}×{SIZE}×{SIZE}", self.shapes["Bottleneck"][-1].get_text()
        return (
            f"x is {x}, y is {y}. The Bottleneck's convolutions have {weights[0]:,} weights and "
            f"{macs[0]:,} MACs; those of a BasicBlock of the same outer width {weights[1]:,} and "
            f"{macs[1]:,}: {weights[1] / weights[0]:.1f} and {macs[1] / macs[0]:.1f} times as "
            f"many. {version} The shortcut, the same for both, is not counted."
        )

    def _version(self, conv1: Conv, v1: bool, stride: int) -> str:
        if stride == 1:
            name = "v1" if v1 else "v1.5"
            return f"{name}: with stride 1, v1 and v1.5 are the same block."
        if v1:
            return f"v1: conv1 reads {conv1.out_size**2:,} of the {SIZE**2:,} positions of x."
        return f"v1.5: conv1 reads all {SIZE**2:,} positions of x."

    def _set_up_diagram(self, axes: Axes) -> None:
        axes.set(xlim=(0, 16), ylim=(0, 6.5))
        axes.set_axis_off()
        label: dict[str, Any] = {"fontsize": 9, "ha": "center", "va": "center"}
        on_white: dict[str, Any] = {"bbox": {"facecolor": "white", "edgecolor": GREY, "pad": 2.5}}
        self.maps = PolyCollection([], facecolor="#333333", zorder=2)
        axes.add_collection(self.maps)
        self.funnels, self.shapes, self.operations, self.pasts = {}, {}, {}, {}
        for name, centre in CENTRES.items():
            places, past = PLACES[name], centre + 1.15
            axes.text(0.1, past, name, fontsize=11, va="center")
            axes.plot([places[0], places[0], SUM, SUM], [centre, past, past, centre + 0.25],
                      color=BLACK, zorder=0)  # fmt: skip
            axes.plot([places[-1], 15.0], [centre, centre], color=BLACK, zorder=0)
            axes.plot([SUM], [centre + 0.45], "v", color=BLACK, markersize=6)
            axes.plot([14.9], [centre], ">", color=BLACK, markersize=6)
            axes.plot([SUM], [centre], "o", color="white", markeredgecolor=BLACK, markersize=17)
            axes.text(SUM, centre, "+", fontsize=14, ha="center", va="center_baseline")
            axes.text(15.2, centre, "ReLU", fontsize=9, va="center")
            self.pasts[name] = axes.text(sum(places) / len(places), past, "", **label, **on_white)
            self.shapes[name] = [axes.text(x, centre - 1.1, "", **label) for x in places]
            middles = [(a + b) / 2 for a, b in zip(places, places[1:], strict=False)]
            self.operations[name] = [
                axes.text(x, centre, "", zorder=3, **label, **on_white) for x in middles
            ]
            self.funnels[name] = [
                PolyCollection([], edgecolor=BLACK, linewidth=0.8, zorder=1, **look)
                for look in list(CONVS.values())[: len(middles)]
            ]
            for funnel in self.funnels[name]:
                axes.add_collection(funnel)

    def _draw_path(self, name: str, convs: list[Conv], past: str) -> list[tuple]:
        """Draws all but the maps, and returns their rectangles."""
        places, centre = PLACES[name], CENTRES[name]
        channels = [convs[0].in_channels, *(conv.out_channels for conv in convs)]
        sizes = [convs[0].size, *(conv.out_size for conv in convs)]
        widest = max(channels)  # the same in both blocks, as their outer widths are
        heights = [TALLEST * count / widest for count in channels]
        for text, count, size in zip(self.shapes[name], channels, sizes, strict=True):
            text.set_text(f"{count}×{size}×{size}")
        for number, conv in enumerate(convs):
            kernel = f"{conv.kernel_size}×{conv.kernel_size}, stride {conv.stride}"
            self.operations[name][number].set_text(f"conv{number + 1} {kernel}")
            (left, right), (high, low) = places[number:][:2], heights[number:][:2]
            up, down = centre + np.array([high, low]) / 2, centre - np.array([low, high]) / 2
            corners = np.column_stack([[left, right, right, left], np.append(up, down)])
            self.funnels[name][number].set_verts([corners])
        self.pasts[name].set_text(past)
        pairs = zip(places, heights, strict=True)
        return [(place - 0.1, centre - height / 2, 0.2, height) for place, height in pairs]


class Bars:
    """One bar for each block, divided among its convolutions; the longest fills the width."""

    ROWS = (1, 0)

    def __init__(self, axes: Axes, title: str, number: str) -> None:
        self.axes, self.title, self.number = axes, title, number
        axes.set(xlim=(0, 1.42), ylim=(-0.55, 2.1))
        axes.set_axis_off()
        self.heading = axes.text(0, 1.85, "", fontsize=10, va="center")
        self.parts = [PolyCollection([], edgecolor=BLACK, **look) for look in CONVS.values()]
        for part in self.parts:
            axes.add_collection(part)
        self.totals = [axes.text(0, height, "", fontsize=9, va="center") for height in self.ROWS]
        self.texts = [self.heading, *self.totals]

    def draw(self, counts: list[list[float]]) -> None:
        longest = max(map(sum, counts))
        for number, part in enumerate(self.parts):
            rows = [
                (sum(convs[:number]) / longest, height - 0.32, convs[number] / longest, 0.64)
                for height, convs in zip(self.ROWS, counts, strict=True)
                if number < len(convs)
            ]
            move(part, boxes(*zip(*rows, strict=True)))
        for text, convs in zip(self.totals, counts, strict=True):
            text.set_position((sum(convs) / longest + 0.02, text.get_position()[1]))
        bottleneck, basic = ([sum(convs), *convs] for convs in counts)
        total, *terms = map(self.number.format, bottleneck)
        self.totals[0].set_text(f"{total} = {' + '.join(terms)}")
        self.totals[1].set_text(self.number.format(basic[0]))
        times = basic[0] / bottleneck[0]
        self.heading.set_text(f"{self.title}: BasicBlock has {times:.1f} times as many")
