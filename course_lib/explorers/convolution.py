"""Which inputs each output of a convolution sees, and what the floor leaves over."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from course_lib.explorers.base import Explorer, Slider, boxes, move
from course_lib.figures import BLUE, GREY, SKY, VERMILION

MOST_OUTPUTS = 18
LIGHT_GREY = "#BBBBBB"
NARROWEST = 12  # cells that fill the picture's width; a longer input shrinks them
# how each kind of cell looks, the later above; hatches say it without colour too
CELLS: dict[str, dict[str, Any]] = {
    "input": {"facecolor": "white", "edgecolor": GREY, "label": "input x"},
    "seen": {"facecolor": SKY, "edgecolor": BLUE, "linewidth": 2, "label": "seen by the output"},
    "padding": {
        "facecolor": "none",
        "edgecolor": GREY,
        "linewidth": 0.8,
        "hatch": "////",
        "label": "padding, all zeros",
    },
    "rest": {
        "facecolor": "none",
        "edgecolor": VERMILION,
        "linewidth": 2,
        "hatch": "x",
        "label": "left over by the floor",
    },
}


@dataclass(frozen=True)
class Axis:
    """A convolution along one axis. Its cells are those of the padded input, from 0."""

    size: int
    kernel_size: int
    stride: int
    padding: int
    dilation: int

    @property
    def length(self) -> int:
        return self.size + 2 * self.padding

    @property
    def span(self) -> int:
        """Cells from the first that a window sees to its last."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def outputs(self) -> int:
        return max(0, (self.length - self.span) // self.stride + 1)

    @property
    def taps(self) -> np.ndarray:
        """(kernel_size,): the cells that the first output sees."""
        return self.dilation * np.arange(self.kernel_size)

    @property
    def windows(self) -> np.ndarray:
        """(outputs, kernel_size): the cells that each output sees."""
        starts = self.stride * np.arange(self.outputs)
        return starts[:, None] + self.taps

    @property
    def rest(self) -> np.ndarray:
        """The cells after the last window: what the floor rounds away."""
        end = (self.outputs - 1) * self.stride + self.span if self.outputs else self.length
        return np.arange(end, self.length)

    def kinds(self, seen: np.ndarray) -> dict[str, np.ndarray]:
        """The cells of each kind, when `seen` are those of the output to follow."""
        cells = np.arange(self.length)
        inside = (cells >= self.padding) & (cells < self.padding + self.size)
        return {"input": cells[inside], "padding": cells[~inside], "seen": seen, "rest": self.rest}

    def formula(self) -> str:
        numerator = f"{self.size} + 2*{self.padding} - {self.dilation}*({self.kernel_size}-1) - 1"
        result = (self.length - self.span) // self.stride + 1
        return f"floor(({numerator})/{self.stride}) + 1 = {result}"

    def names(self, cells: np.ndarray) -> str:
        """x[2], x[3] and 1 cell of padding."""
        indices = [cell - self.padding for cell in cells.tolist()]
        inside = [f"x[{index}]" for index in indices if 0 <= index < self.size]
        outside = len(indices) - len(inside)
        padding = [f"{outside} cell{'s' * (outside > 1)} of padding"] if outside else []
        return " and ".join([", ".join(inside)] * bool(inside) + padding)


class Convolution(Explorer):
    """The cells of a convolution along one axis, and beside them along both."""

    title = "Convolution arithmetic"
    controls = (
        Slider("size", "input size", range(1, 13), 8),
        Slider("kernel_size", "kernel size", range(1, 8), 3),
        Slider("stride", "stride", range(1, 5), 2),
        Slider("padding", "padding", range(4), 0),
        Slider("dilation", "dilation", range(1, 4), 1),
        Slider("output", "output to follow", range(MOST_OUTPUTS), 1),
    )

    def set_up(self, figure: Figure) -> list[Artist]:
        self.formula = figure.text(0.5, 0.94, "", fontsize=13, ha="center", va="center")
        self.line = figure.add_axes((0.015, 0.1, 0.63, 0.78))
        self.plane = figure.add_axes((0.68, 0.14, 0.30, 0.60))
        self.plane.set_title("the same along both axes", fontsize=10)
        self.plane.set_aspect("equal")
        for axes in (self.line, self.plane):
            axes.set_axis_off()
        self.windows = _lines(self.line, LIGHT_GREY, 1)
        self.window = _lines(self.line, BLUE, 2)
        self.bracket = _lines(self.line, VERMILION, 3)
        self.raster = _lines(self.plane, GREY, 0.5)
        self.output_row, self.line_cells = _cells(self.line), _cells(self.line)
        self.plane_cells = _cells(self.plane)
        middle: dict[str, Any] = {"fontsize": 10, "ha": "center", "va": "center"}
        italic: dict[str, Any] = {"fontsize": 14, "style": "italic"}
        self.indices = [self.line.text(0, 0, "", **middle) for _ in range(2 * MOST_OUTPUTS)]
        self.sentence = self.line.text(0, 0, "", fontsize=10)
        self.row_names = [self.line.text(-0.55, 0.5, name, **middle | italic) for name in "yx"]
        self.rest = self.line.text(0, -0.5, "", fontsize=10, va="top")
        legend = figure.legend(
            handles=[Patch(**look) for look in CELLS.values()],
            loc="lower center",
            ncols=len(CELLS),
            frameon=False,
            fontsize=9,
        )
        return [legend, self.plane.title]

    def update(self, output: int, **values: int) -> str:
        axis = Axis(**values)
        followed = min(output, axis.outputs - 1)
        seen = axis.windows[followed] if axis.outputs else np.arange(0)
        sentence = self._sentence(axis, output, followed)
        self._draw_line(axis, followed, seen)
        self._draw_plane(axis, seen)
        self.formula.set_text("output size = " + axis.formula())
        self.sentence.set_text(sentence)
        unseen = np.setdiff1d(np.arange(axis.length), np.append(axis.windows, axis.rest))
        skipped = f" No window sees {axis.names(unseen)}." if axis.outputs and len(unseen) else ""
        rest = f" Left over by the floor: {axis.names(axis.rest)}." if len(axis.rest) else ""
        return f"Output size = {axis.formula()}. {sentence}{skipped}{rest}"

    def _sentence(self, axis: Axis, output: int, followed: int) -> str:
        if not axis.outputs:
            return (
                f"No output: the kernel w spans {axis.span} cells, the padded input has only "
                f"{axis.length}."
            )
        missing = f"There is no y[{output}]; the last o" if followed < output else "O"
        return f"{missing}utput y[{followed}] sees {axis.names(axis.windows[followed])}."

    def _draw_line(self, axis: Axis, followed: int, seen: np.ndarray) -> None:
        width = max(axis.length, axis.span, NARROWEST) + 1.2
        height = 0.62 * width  # as the axes are, so that cells are square
        top = height - 3.6  # of the row of outputs
        self.line.set(xlim=(-1.1, width - 1.1), ylim=(-1.5, height - 1.5))
        for kind, cells in axis.kinds(seen).items():
            move(self.line_cells[kind], boxes(cells, 0))

        places = np.arange(axis.outputs) * axis.stride + (axis.span - 1) / 2
        kernel = self.output_row["seen"]  # without an output, the kernel that does not fit
        move(self.output_row["input"], boxes(places, top))
        move(kernel, boxes(places[followed], top) if axis.outputs else boxes(axis.taps, top))
        segments = _segments(axis.windows + 0.5, 1, places[:, None] + 0.5, top)
        move(self.windows, segments.reshape(-1, 2, 2))
        self.window.set_segments(segments[followed] if axis.outputs else [])

        labels: list[tuple[float, float, object]] = []
        labels += [(place, top, output) for output, place in enumerate(places)]
        labels += [(axis.padding + index, 0, index) for index in range(axis.size)]
        labels += [(0, 0, "")] * (len(self.indices) - len(labels))
        for text, (x, y, label) in zip(self.indices, labels, strict=True):
            text.set(position=(x + 0.5, y + 0.5), text=label)
        self.sentence.set_position((0, top + 1.3))
        self.row_names[0].set(y=top + 0.5, text="y" if axis.outputs else "w")
        self._mark_rest(axis)

    def _mark_rest(self, axis: Axis) -> None:
        rest = axis.rest
        if len(rest):
            left, right = rest[0], rest[-1] + 1
            self.bracket.set_segments([[(left, -0.25), (right, -0.25)]])
            on_the_left = left < NARROWEST / 2
            self.rest.set(x=left if on_the_left else right, ha="left" if on_the_left else "right")
            self.rest.set_text(f"left over: {axis.names(rest)}")
        else:
            self.bracket.set_segments([])
            self.rest.set_text("")

    def _draw_plane(self, axis: Axis, seen: np.ndarray) -> None:
        width = max(axis.length, NARROWEST)
        self.plane.set(xlim=(-0.2, width + 0.2), ylim=(width + 0.2, -0.2))
        length, size, padding = axis.length, axis.size, axis.padding
        edges = np.arange(length + 1)
        rows = _segments(0, edges, length, edges)
        move(self.raster, np.concatenate([rows, rows[..., ::-1]]))
        far = padding + size
        move(
            self.plane_cells["padding"],
            boxes([0, 0, 0, far], [0, far, padding, padding],
                  [length, length, padding, padding], [padding, padding, size, size])
            if padding else boxes([], [])
        )  # fmt: skip
        columns, rows = np.meshgrid(seen, seen)
        move(self.plane_cells["seen"], boxes(columns.ravel(), rows.ravel()))
        end, rest = length - len(axis.rest), len(axis.rest)
        move(
            self.plane_cells["rest"],
            boxes([0, end], [end, 0], [length, rest], [rest, end]) if rest else boxes([], []),
        )


def _cells(axes: Axes) -> dict[str, PolyCollection]:
    """One empty collection of cells of each kind."""
    collections = {kind: PolyCollection([], **look) for kind, look in CELLS.items()}
    for collection in collections.values():
        axes.add_collection(collection)
    return collections


def _lines(axes: Axes, color: str, width: float) -> LineCollection:
    lines = LineCollection([], colors=color, linewidths=width, zorder=0.5)
    axes.add_collection(lines)
    return lines


def _segments(x0: Any, y0: Any, x1: Any, y1: Any) -> np.ndarray:
    """(..., 2, 2): lines from (x0, y0) to (x1, y1)."""
    x0, y0, x1, y1 = np.broadcast_arrays(x0, y0, x1, y1)
    return np.stack([np.stack([x0, y0], -1), np.stack([x1, y1], -1)], -2)
