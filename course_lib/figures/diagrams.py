"""The drawings of notebook 01: what a convolution does, as pictures of cells and numbers."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.figures.style import BLUE, GREY, ORANGE, SKY, VERMILION
from course_lib.models.conv import receptive_field

SIGNED: dict[str, Any] = {"cmap": "RdBu", "interpolation": "nearest"}  # red below zero, blue above


def one_window(image: Tensor, kernel: Tensor, row: int, column: int) -> Figure:
    """One step of a convolution of `image` (H, W), 0 to 1, with `kernel` (k, k), in four panels:
    the window at (row, column), its pixels, the kernel, and the map with the number they give."""
    size = len(kernel)
    window = image[row : row + size, column : column + size]
    output = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    figure, axes = plt.subplots(1, 4, figsize=(11, 3.2), layout="constrained")
    axes[0].imshow(image.numpy(), cmap="gray", vmin=0, vmax=1)
    axes[0].add_patch(_frame(column, row, size))
    axes[0].set_title("the image and a window")
    _table(axes[1], window, "{:.2f}")
    axes[1].set_title("pixels in the window")
    _table(axes[2], kernel, "× {:g}")
    axes[2].set_title("times the kernel")
    limit = output.abs().max().item()
    axes[3].imshow(output.numpy(), vmin=-limit, vmax=limit, **SIGNED)
    axes[3].add_patch(_frame(column, row, 1))
    axes[3].set_title(f"the map: here the sum, {output[row, column]:.2f}")
    for panel in axes:
        panel.set(xticks=[], yticks=[])
    for table in axes[1:3]:
        table.spines[:].set_visible(False)
    return figure


def windows_as_rows(image: Tensor, kernel: Tensor) -> Figure:
    """im2col: the windows of `image` (H, W) as the rows of a matrix, times `kernel` as a column.

    The first window is marked, in the image and in the matrix.
    """
    rows = F.unfold(image[None, None], kernel.shape)[0].T
    column = kernel.reshape(-1, 1)
    panels = {
        "image": image,
        "each window as a row": rows,
        "× kernel": column,
        "= map": rows @ column,
    }
    widths = [panel.shape[1] + 1.5 for panel in panels.values()]
    figure, axes = plt.subplots(
        1, 4, figsize=(0.45 * sum(widths), 4.4), layout="constrained", width_ratios=widths
    )
    for drawn, (title, panel) in zip(axes, panels.items(), strict=True):
        _table(drawn, panel, "{:g}")
        middle, half = len(panel) / 2 - 0.5, len(column) / 2 + 0.2  # one scale for all the panels
        drawn.set(ylim=(middle + half, middle - half), xticks=[], yticks=[], title=title)
        drawn.spines[:].set_visible(False)
    for number, width, height in ((0, *kernel.shape[::-1]), (1, rows.shape[1], 1), (3, 1, 1)):
        axes[number].add_patch(_frame(0, 0, width, height))
    return figure


def kernels(axes: Axes, weight: Tensor, groups: int = 1) -> None:
    """A layer's `weight` (out, in / groups, k, k): a row for each output channel, a column for each
    input channel. A hatched place has no kernel, so that its output does not see its input."""
    out_channels, per_group, size, _ = weight.shape
    in_channels = per_group * groups
    limit = weight.abs().max().item()
    step = size + 1.5
    for row in range(out_channels):
        group = row // (out_channels // groups)
        for column in range(in_channels):
            left, top = column * step, row * step
            box = (left, left + size, top + size, top)
            if column // per_group == group:
                part = weight[row, column % per_group]
                axes.imshow(part.numpy(), extent=box, vmin=-limit, vmax=limit, **SIGNED)
                axes.add_patch(Rectangle((left, top), size, size, fill=False, edgecolor=GREY))
            else:
                empty = Rectangle((left, top), size, size, hatch="///", fill=False, edgecolor=GREY)
                axes.add_patch(empty)
    axes.set(
        xlim=(-0.5, in_channels * step - 1),
        ylim=(out_channels * step - 1, -0.5),
        xticks=[column * step + size / 2 for column in range(in_channels)],
        yticks=[row * step + size / 2 for row in range(out_channels)],
        xlabel="input channel",
        ylabel="output channel",
        aspect="equal",
    )
    axes.set_xticklabels(map(str, range(in_channels)))
    axes.set_yticklabels(map(str, range(out_channels)))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def cone(axes: Axes, layers: Sequence[tuple[int, int]]) -> None:
    """What one output sees through `layers`, (kernel_size, stride) from the input, along one axis.

    The input is the lowest row. Each row above is a layer's output, drawn where its windows have
    their middle; the filled cells are those that the topmost filled cell depends on.
    """
    counts = [1]  # of the cells that are seen, from the output down to the input
    for kernel_size, stride in reversed(layers):
        counts.append((counts[-1] - 1) * stride + kernel_size)
    counts.reverse()
    jump = 1
    for level, count in enumerate(counts):
        centres = [jump * (cell - (count - 1) / 2) for cell in range(-1, count + 1)]
        for number, centre in enumerate(centres):
            seen = 0 < number <= count
            fill, edge = (SKY, BLUE) if seen else ("none", GREY)
            cell = Rectangle(
                (centre - 0.42, level - 0.21), 0.84, 0.42, facecolor=fill, edgecolor=edge
            )
            axes.add_patch(cell)
            if seen and level:
                kernel_size, stride = layers[level - 1]
                reach = (kernel_size - 1) / 2 * (jump // stride)
                foot = [centre - reach - 0.42, centre - 0.42, centre + 0.42, centre + reach + 0.42]
                ends = [level - 0.79, level - 0.21, level - 0.21, level - 0.79]
                axes.fill(foot, ends, facecolor=ORANGE, alpha=0.18, zorder=0)
        if level < len(layers):
            jump *= layers[level][1]
    half = counts[0] / 2 + 1.2
    names = ["input"] + [f"{k}x{k}\nstride {s}" for k, s in layers]
    axes.set(
        xlim=(-half, half), ylim=(-0.6, len(layers) + 0.4), yticks=range(len(names)), xticks=[]
    )
    axes.set_yticklabels(names)
    axes.set_xlabel(f"one output sees {receptive_field(list(layers))} cells of the input")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _frame(left: float, top: float, width: float, height: float | None = None) -> Rectangle:
    corner = (left - 0.5, top - 0.5)
    return Rectangle(corner, width, height or width, fill=False, edgecolor=VERMILION, linewidth=3)


def _table(axes: Axes, table: Tensor, text: str) -> None:
    rows, columns = table.shape
    for row in range(rows):
        for column in range(columns):
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor="none", edgecolor=GREY))
            number = text.format(table[row, column].item())
            axes.text(column, row, number, ha="center", va="center")
    axes.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6), aspect="equal")
