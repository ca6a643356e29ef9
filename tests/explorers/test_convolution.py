import itertools
import json
import re

import pytest
import torch
from torch.nn import functional as F

from course_lib import data
from course_lib.explorers.convolution import BOOT, SIZES, Convolution
from tests.explorers.reading import numbers

SHOWN = Convolution()
WHERE = ("stride", "padding", "dilation")


def kernel(show, size):
    """The weights as the picture has them, and by how much the layer's are smaller."""
    if show == "blur":
        return torch.ones(size, size), size**2
    weights, half = torch.zeros(size, size), size // 2
    if show == "edges":
        weights[:, :half], weights[:, size - half :] = -1, 1
    else:
        weights[half], weights[:, half], weights[half, half] = -1, -1, 2 * size - 1
    return weights, 1


def image(size):
    return torch.tensor([float(digit) for digit in SHOWN.computed[size - 1]]).view(1, 1, size, size)


def by_place(name, numbers):
    return {f"{name}.{i}.{j}": each for i, row in enumerate(numbers) for j, each in enumerate(row)}


def row_of_cells(size, kernel_size, stride, padding, dilation):
    """For each output along one axis, the cells of the padded input that it depends on."""
    x = torch.zeros(1, 1, size + 2 * padding, requires_grad=True)
    y = F.conv1d(x, torch.ones(1, 1, kernel_size), stride=stride, dilation=dilation)[0, 0]
    gradients = [torch.autograd.grad(each, x, retain_graph=True)[0][0, 0] for each in y]
    return [gradient.nonzero()[:, 0].tolist() for gradient in gradients]


def expected(values):
    """What the picture must say, computed by PyTorch."""
    show, size, kernel_size = (values.pop(name) for name in ("show", "size", "kernel_size"))
    followed = values.pop("row"), values.pop("column")
    weights, parts = kernel(show, kernel_size)
    try:
        x = image(size).requires_grad_()
        seeing = F.conv2d(x, torch.ones(1, 1, kernel_size, kernel_size), **values)[0, 0]
    except RuntimeError:
        said = {"span": values["dilation"] * (kernel_size - 1) + 1, "seen": 0}
        return said if show == "row" else said | by_place("weight", weights.tolist())

    outputs = len(seeing)
    seen = torch.autograd.grad(seeing.sum(), x)[0].count_nonzero().item()
    said = {"outputs": outputs, "seen": seen}
    row, column = (min(each, outputs - 1) for each in followed)
    if show == "row":
        sees, padding = row_of_cells(size, kernel_size, **values), values["padding"]
        unseen = set(range(size + 2 * padding)).difference(*sees)
        left = {cell for cell in unseen if cell > sees[-1][-1]}
        lists = {"sees": sees[column], "left": left, "unseen": unseen - left}
        for name, cells in lists.items():
            inside = [cell - padding for cell in sorted(cells) if 0 <= cell - padding < size]
            said |= {f"{name}.{i}": index for i, index in enumerate(inside)}
        return said

    layer = weights[None, None] / parts
    y = F.conv2d(image(size), layer, **values)[0, 0].tolist()
    windows = F.unfold(image(size), kernel_size, **values)[0].view(kernel_size, kernel_size, -1)
    window = windows[..., row * outputs + column]
    said |= {"sum": (window * weights).sum().item(), f"y.{row}.{column}": y[row][column]}
    for name, each in (("pixel", window), ("weight", weights), ("product", window * weights)):
        said |= by_place(name, each.tolist())
    return said | (by_place("y", y) if outputs <= 9 else {})


@pytest.mark.parametrize("show", ["edges", "blur", "sharpen"])
@pytest.mark.parametrize(
    "values",
    [
        {"size": 12, "kernel_size": 3, "stride": 1, "padding": 3, "dilation": 1},
        {"size": 11, "kernel_size": 4, "stride": 1, "padding": 3, "dilation": 2},
        {"size": 10, "kernel_size": 2, "stride": 1, "padding": 0, "dilation": 3},
    ],
)
def test_values_of_a_large_map_are_what_conv2d_computes(show, values):
    weights, parts = kernel(show, values["kernel_size"])
    options = {name: values[name] for name in WHERE}
    y = F.conv2d(image(values["size"]), weights[None, None] / parts, **options)[0, 0]
    for row in range(len(y)):
        column = 7 * row % len(y)
        said = numbers(SHOWN.picture(**values, show=show, row=row, column=column).svg)
        assert said[f"y.{row}.{column}"] == pytest.approx(y[row, column].item(), abs=1e-4)


def test_the_pixels_are_the_boot():
    boot = data.load("fashion_mnist_10k", "test").images[BOOT]
    for size in SIZES:
        small = F.interpolate(boot[None].double(), size=(size, size), mode="area") * 9 / 255
        assert (image(size) - small).abs().max() < 0.501


def test_the_words_say_which_cells_are_seen():
    for values in SHOWN.grid():
        if values["show"] != "row":
            continue
        words = SHOWN.picture(**values).words
        size, padding, column = values["size"], values["padding"], values["column"]
        try:
            sees = row_of_cells(
                size, values["kernel_size"], **{name: values[name] for name in WHERE}
            )
        except RuntimeError:
            assert words.startswith("No output: the kernel spans"), values
            continue
        unseen = set(range(size + 2 * padding)).difference(*sees)
        told = {
            r"\] sees": sees[min(column, len(sees) - 1)],
            "Left over by the floor:": {cell for cell in unseen if cell > sees[-1][-1]},
            "No window sees": {cell for cell in unseen if cell < sees[-1][-1]},
        }
        for name, cells in told.items():
            clause = "".join(re.findall(rf"{name} ([^.]*)\.", words))
            inside = [f"{cell - padding}" for cell in sorted(cells) if 0 <= cell - padding < size]
            assert re.findall(r"x\[(\d+)\]", clause) == inside
            outside = re.findall(r"(\d+) cells? of padding", clause)
            assert sum(map(int, outside)) == len(cells) - len(inside), values
        assert bool(re.search(f"no (output )?column {column};", words)) == (column >= len(sees))


def test_the_floor_leaves_over_what_a_shorter_input_would_not_need():
    assert "Left over by the floor: x[7]." in SHOWN.picture().words
    assert "Left over" not in SHOWN.picture(size=7).words
    impossible = SHOWN.picture(size=2)
    assert impossible.words == "No output: the kernel spans 3 cells, the padded input has only 2."
    assert "+ 1 = 0<" in impossible.svg


def test_a_kernel_of_one_cell_finds_no_edges():
    assert "One cell has no edge" in SHOWN.picture(show="edges", kernel_size=1).svg
    assert "One cell has no edge" not in SHOWN.picture(show="edges", kernel_size=2).svg


def drag(part, start, end, **values):
    """What the controls are told when `part` is dragged from one point to another."""
    values = SHOWN.first | values
    point = {"part": part, "x": end[0], "y": end[1]}
    point["from"] = {"x": start[0], "y": start[1], "values": values}
    return json.loads(
        SHOWN.drawing._context.eval(
            f"JSON.stringify(shown.drag({json.dumps(values)}, {json.dumps(point)}))"
        )
    )


def boxes(svg, look):
    """The boxes [x, y, width, height] of the elements that have these attributes."""
    drawn = "".join(re.findall(rf'<path d="([^"]*)"[^>]*{look}', svg))
    return [list(map(float, each)) for each in re.findall(r"M(\S+) (\S+?)h(\S+?)v(\S+?)h", drawn)]


def middle(box):
    return box[0] + box[2] / 2, box[1] + box[3] / 2


@pytest.mark.parametrize("show", ["row", "edges"])
def test_the_window_is_dragged_over_image_row_and_map(show):
    values = {"show": show, "size": 12, "stride": 2, "padding": 1}
    frame = 'stroke-width="2.5"'
    start = boxes(SHOWN.picture(**values).svg, frame)
    for row, column in itertools.product(range(6), repeat=2):
        ends = boxes(SHOWN.picture(**values, row=row, column=column).svg, frame)
        grip = (start[0][0] + 3, start[0][1] + 5)  # the window's corner stays at the pointer
        moved = (ends[0][0] + 3, ends[0][1] + 5)
        assert drag("plane", grip, moved, **values) == {"row": row, "column": column}
        if show != "row":
            assert drag("map", (600, 200), middle(ends[1]), **values) == {
                "row": row,
                "column": column,
            }
    parts = {part: boxes(SHOWN.picture(**values).svg, f'data-drag="{part}"') for part in
             ("plane", "map", "inputs", "outputs")}  # fmt: skip
    assert [part for part, found in parts.items() if found] == (
        ["plane", "inputs", "outputs"] if show == "row" else ["plane", "map"]
    )
    for part, found in parts.items():
        for left, top, width, height in found:  # never beyond the outputs that there are
            far = drag(part, (left, top), (left + 3 * width, top + 3 * height), **values)
            assert set(far.values()) == {5}


def test_a_click_on_an_output_or_a_pixel_follows_it():
    values = {"size": 12, "stride": 1}
    svg = SHOWN.picture(**values).svg
    ((left, top, width, height),) = boxes(svg, 'data-drag="outputs"')
    side, level = width / 12, top + height / 2
    for output in range(10):
        click = (left + side * (output + 1.5), level)  # above the middle of its window
        assert drag("outputs", click, click, **values) == {"column": output}
    ((left, top, width, height),) = boxes(svg, 'data-drag="inputs"')
    click = (left + side * 7.5, top + height / 2)
    assert drag("inputs", click, click, **values) == {"column": 6}
    assert drag("inputs", click, click, size=2) == {}
