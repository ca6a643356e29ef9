"""The drawings show the numbers that they speak of."""

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from matplotlib.colors import same_color
from torch import nn

from course_lib.figures import diagrams
from course_lib.figures.style import SKY
from course_lib.models.conv import receptive_field

KERNEL = torch.tensor([[-1.0, 0.0, 1.0], [2.0, 3.0, 4.0], [0.0, 1.0, -2.0]])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def numbers(axes):
    return [float(text.get_text().removeprefix("× ")) for text in axes.texts]


def test_one_window_multiplies_what_it_shows():
    image = torch.rand(6, 7, generator=torch.Generator().manual_seed(0))
    axes = diagrams.one_window(image, KERNEL, row=2, column=3).axes
    pixels, weights = (torch.tensor(numbers(axes[panel])) for panel in (1, 2))
    total = F.conv2d(image[None, None], KERNEL[None, None])[0, 0, 2, 3].item()
    assert torch.dot(pixels, weights).item() == pytest.approx(total, abs=0.1)
    assert f"{total:.2f}" in axes[3].get_title()


def test_windows_as_rows_is_a_true_product():
    image = torch.arange(20.0).reshape(4, 5) ** 2
    shown = [numbers(axes) for axes in diagrams.windows_as_rows(image, KERNEL).axes]
    matrix = torch.tensor(shown[1]).reshape(-1, KERNEL.numel())
    assert shown[0] == image.flatten().tolist() and shown[2] == KERNEL.flatten().tolist()
    assert (matrix @ torch.tensor(shown[2])).tolist() == shown[3]
    assert shown[3] == F.conv2d(image[None, None], KERNEL[None, None]).flatten().tolist()


@pytest.mark.parametrize(("channels", "groups"), [((3, 4), 1), ((4, 4), 2), ((4, 8), 4)])
def test_kernels_shows_a_slice_for_each_pair_that_is_connected(channels, groups):
    weight = nn.Conv2d(*channels, 3, groups=groups).weight.detach()
    _, axes = plt.subplots()
    diagrams.kernels(axes, weight, groups)
    assert len(axes.images) == channels[0] * channels[1] // groups
    assert sum(patch.get_hatch() is not None for patch in axes.patches) == (
        channels[0] * channels[1] - len(axes.images)
    )
    shown = torch.stack([torch.as_tensor(image.get_array().data) for image in axes.images])
    assert torch.equal(shown, weight.flatten(0, 1))


@pytest.mark.parametrize("layers", [[(3, 1)], [(3, 1), (3, 1)], [(3, 2), (3, 1)], [(5, 2), (3, 2)]])
def test_cone_fills_the_receptive_field(layers):
    _, axes = plt.subplots()
    diagrams.cone(axes, layers)
    lowest = [patch for patch in axes.patches if getattr(patch, "get_y", lambda: 1)() < 0]
    filled = [cell for cell in lowest if same_color(cell.get_facecolor(), SKY)]
    assert len(filled) == receptive_field(layers)
    assert f"sees {len(filled)} cells" in axes.get_xlabel()
