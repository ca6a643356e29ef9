import base64
import io
import re

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from course_lib import explorers
from course_lib.explorers.base import WIDGET_VIEW, Choice, Explorer, Slider
from course_lib.explorers.convolution import Axis
from course_lib.explorers.gradients import weight_gradients
from course_lib.models import blocks

all_explorers = pytest.mark.parametrize(
    "explorer", explorers.EXPLORERS, ids=lambda explorer: explorer.__name__
)


def pixels(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.asarray(image.convert("RGB"))


def by_type(widget, kind):
    found = [widget] if isinstance(widget, kind) else []
    return found + [match for child in getattr(widget, "children", ()) for match in
                    by_type(child, kind)]  # fmt: skip


@all_explorers
def test_every_combination_has_a_picture_and_a_description(explorer, monkeypatch):
    monkeypatch.setattr("course_lib.explorers.base.DPI", 50)  # a quarter of the pixels: faster
    shown = explorer()
    height, width = round(shown.size[1] * 50), round(shown.size[0] * 50)
    for values in shown.grid():
        picture, description = shown.picture(**values)
        image = pixels(picture)
        assert image.shape == (height, width, 3), values
        assert image.min() < 100 and image.max() == 255, values  # ink on white
        assert len(description) > 20 and "nan" not in description, values


@all_explorers
def test_the_grid_has_every_pair_of_values(explorer):
    shown = explorer()
    combinations = list(shown.grid())
    assert len(combinations) >= 20
    for one in shown.controls:
        for other in shown.controls:
            pairs = {(values[one.name], values[other.name]) for values in combinations}
            expected = len(one.values) * (len(other.values) if one is not other else 1)
            assert len(pairs) == expected, (one.name, other.name)


@all_explorers
def test_a_picture_does_not_depend_on_those_before_it(explorer):
    used = explorer()
    combinations = list(used.grid())
    some = combinations[:: len(combinations) // 10]
    first = [explorer().picture(**values) for values in some]
    assert [used.picture(**values) for values in reversed(some)] == first[::-1]


@all_explorers
def test_moving_any_control_changes_the_picture_and_its_description(explorer):
    shown = explorer()
    view = shown.widget()
    image, caption = by_type(view, widgets.HTML)
    for control in shown.controls:
        slider = next(w for w in by_type(view, widgets.Widget)
                      if getattr(w, "description", None) == control.label)  # fmt: skip
        before, caption_before = image.value, caption.value
        slider.value = next(value for value in control.values if value != slider.value)
        assert image.value != before, control.name
        alt, alt_before = (re.search(r'alt="([^"]*)"', html)[1] for html in (image.value, before))
        assert alt != alt_before and caption.value != caption_before, control.name
        assert alt in caption.value


@all_explorers
def test_without_a_kernel_the_first_picture_and_its_description_remain(explorer):
    shown = explorer()
    data, metadata = shown._repr_mimebundle_()
    assert set(data) == {WIDGET_VIEW, "image/png", "text/plain"}
    assert (data["image/png"], data["text/plain"]) == shown.picture()
    assert pixels(data["image/png"]).shape == (*(round(100 * n) for n in shown.size[::-1]), 3)
    assert metadata["image/png"]["alt"] == data["text/plain"]


@all_explorers
def test_first_values_can_be_chosen(explorer):
    last = {control.name: control.values[-1] for control in explorer.controls}
    assert explorer(**last).picture() == explorer().picture(**last)


@all_explorers
def test_wrong_values_name_themselves(explorer):
    name = explorer.controls[0].name
    with pytest.raises(ValueError, match=f"{name}=-3"):
        explorer(**{name: -3})
    with pytest.raises(TypeError, match="colour"):
        explorer().picture(colour=1)


@all_explorers
def test_controls_are_labelled_in_words(explorer):
    for control in explorer.controls:
        assert re.fullmatch(r"[a-z][a-z ]+", control.label), control.label
        assert control.widget(control.default).description == control.label
        if isinstance(control, Slider):  # there is room for so many letters beside it
            assert max(len(f"{value}") for value in control.values) < 15


def test_the_picture_in_the_page_is_the_png_and_has_a_fixed_size():
    shown = explorers.Convolution()
    image, _ = by_type(shown.widget(), widgets.HTML)
    data = re.search(r'src="data:image/png;base64,([^"]*)"', image.value)[1]
    assert base64.b64decode(data) == shown.picture()[0]
    assert 'width="800" height="400"' in image.value


def test_a_description_cannot_break_the_page():
    class Quoting(Explorer):
        title = "quotes"
        controls = (Choice("on", "on", {"a": True, "b": False}, True), Slider("n", "n", (1,), 1))

        def set_up(self, figure):
            pass

        def update(self, on, n):
            return 'a < b "and" <script>'

    image, caption = by_type(Quoting().widget(), widgets.HTML)
    assert "<script>" not in image.value + caption.value
    assert image.value.count('"') == 10


def test_convolution_says_what_torch_computes():
    shown = explorers.Convolution()
    for values in shown.grid():
        description = shown.update(**values)
        output = values.pop("output")
        axis = Axis(**values)
        number = int(re.search(r"\+ 1 = (-?\d+)\.", description)[1])
        layer = nn.Conv1d(1, 1, values["kernel_size"], values["stride"], values["padding"],
                          values["dilation"], bias=False)  # fmt: skip
        x = torch.zeros(1, 1, values["size"], requires_grad=True)
        if number < 1:
            assert description.count("No output") == 1 and axis.outputs == 0
            with pytest.raises(RuntimeError):
                layer(x)
            continue
        nn.init.ones_(layer.weight)
        y = layer(x)
        assert y.shape[-1] == number == axis.outputs
        (gradient,) = torch.autograd.grad(y[0, 0, min(output, number - 1)], x, retain_graph=True)
        sees = description.split(" sees ")[1].split(".")[0]
        assert [int(i) for i in re.findall(r"x\[(\d+)\]", sees)] == gradient[0, 0].nonzero()[
            :, 0
        ].tolist()
        assert (f"There is no y[{output}]" in description) == (output >= number)

        # left over and skipped inputs are those that no output depends on
        (gradient,) = torch.autograd.grad(y.sum(), x)
        unseen = "".join(
            re.findall(r"(?:No window sees|Left over by the floor:) ([^.]*)", description)
        )
        indices = sorted(int(i) for i in re.findall(r"x\[(\d+)\]", unseen))
        assert indices == (gradient[0, 0] == 0).nonzero()[:, 0].tolist()


def test_convolution_leaves_over_what_a_shorter_input_would_not_need():
    shown = explorers.Convolution()
    assert "Left over by the floor: x[7]." in shown.update(**shown.first)
    assert "Left over" not in shown.update(**shown.first | {"size": 7})
    assert "3 cells" in shown.update(**shown.first | {"size": 2})  # the kernel's span


def test_basic_block_says_what_the_module_has():
    shown = explorers.BasicBlock()
    for values in shown.grid():
        description = shown.update(**values)
        in_channels, channels, stride, size = values.values()
        with torch.device("meta"):
            past = blocks.shortcut(in_channels, channels, stride)
            block = blocks.BasicBlock(in_channels, channels, stride, past)
            y = block(torch.zeros(2, in_channels, size, size))
        assert f"y is {channels}×{y.shape[2]}×{y.shape[3]}" in description
        total, shortcut = (sum(p.numel() for p in m.parameters()) for m in (block, past))
        assert f"{total:,}" in description
        if isinstance(past, nn.Identity):
            assert "identity" in description
        else:
            assert f"= {shortcut:,} parameters, {shortcut / total:.1%}" in description


def test_gradients_are_measured_and_say_what_the_papers_say():
    for depth in (20, 56):
        plain, residual = (weight_gradients(depth, kind, True) for kind in (False, True))
        growth = [(norms[:, 0] / norms[:, -1]).min() for norms in (plain, residual)]
        assert plain.shape == (3, depth - 1)
        assert growth[0] > growth[1] > 1
    # without batch normalisation the deep plain net's vanish and the residual net's explode
    assert weight_gradients(56, False, False).max() < 1e-3
    assert weight_gradients(56, True, False).min() > 10


def test_measuring_gradients_leaves_the_learners_world_alone():
    torch.manual_seed(3)
    expected, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(3)
    weight_gradients.cache_clear()
    with torch.no_grad():
        weight_gradients(8, True, True)
    assert torch.rand(1) == expected and torch.get_num_threads() == threads
