"""The explorer of gradients at initialisation: what it measures, and what it says of it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import data
from course_lib.explorers.gradients import DEPTHS, IMAGES, SEEDS, Gradients, weight_gradients
from course_lib.models.cifar import CifarResNet

NETWORKS = [(residual, batch_norm) for residual in (False, True) for batch_norm in (True, False)]


class Circular(nn.Module):
    """A convolution on maps that go on at the other side, written out."""

    def __init__(self, convolution):
        super().__init__()
        self.weight, self.stride = convolution.weight, convolution.stride

    def forward(self, x):
        for axis in (2, 3):
            last = x.shape[axis] - 1
            x = torch.cat([x.narrow(axis, last, 1), x, x.narrow(axis, 0, 1)], axis)
        return F.conv2d(x, self.weight, stride=self.stride)


def measured(depth, residual, batch_norm, change):
    """(SEEDS, depth - 1): what `weight_gradients` should say, from networks built one by one."""
    digits = data.load("digits", "train")
    norms = []
    with torch.random.fork_rng():
        for seed in range(SEEDS):
            torch.manual_seed(seed)
            width = 16 if change == "width" else 8
            model = CifarResNet(
                depth, residual=residual, batch_norm=batch_norm, width=width, in_channels=1
            )
            places = [
                (module, name, child)
                for module in model.modules()
                for name, child in module.named_children()
                if isinstance(child, nn.Conv2d)
            ]
            if change == "weights":
                torch.manual_seed(seed)
                for *_, convolution in places:
                    fan_in = convolution.weight[0].numel()
                    nn.init.uniform_(convolution.weight, -(fan_in**-0.5), fan_in**-0.5)
            if change == "padding":
                for module, name, convolution in places:
                    setattr(module, name, Circular(convolution))
            loss = F.cross_entropy(
                model(digits.normalize(digits.images[:IMAGES])), digits.labels[:IMAGES]
            )
            loss.backward()
            norms.append([conv.weight.grad.double().norm().item() for *_, conv in places])
    return np.array(norms)


def mean(logarithms):
    """The geometric mean of the first, of the last, and of the one over the other."""
    first, last = logarithms.mean(axis=0)[[0, -1]]
    return {"first": 10**first, "last": 10**last, "ratio": 10 ** (first - last)}


def expected(values):
    """What the picture must say, from what travels with it; that agrees with `measured`."""
    key = f"{values['depth']} {values['residual']:d} {values['batch_norm']:d} {values['change']}"
    logarithms = np.array(Gradients().computed[key])
    return {name: float(f"{value:.0e}") for name, value in mean(logarithms).items()}


@pytest.fixture
def one_thread():
    """Two threads on such small tensors only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("change", ["none", "padding", "width", "weights"])
def test_what_travels_is_what_pytorch_measures(explorer, change, one_thread):
    for depth in DEPTHS:
        for residual, batch_norm in NETWORKS:
            logarithms = explorer.computed[f"{depth} {residual:d} {batch_norm:d} {change}"]
            again = np.log10(measured(depth, residual, batch_norm, change))
            # where gradients explode, the order of a sum can move a ReLU, and then much else
            assert np.allclose(logarithms, again, rtol=0, atol=0.1)


def test_what_notebook_02_says_of_networks_without_batch_norm():
    vanished = weight_gradients(44, False, False)
    assert vanished.shape == (SEEDS, 43) and vanished.max() < 1e-4
    # it is the zeros around the small maps: neither the depth alone nor the width
    assert weight_gradients(44, False, False, "width").max() < 1e-4
    assert weight_gradients(44, False, False, "padding").min() > 1e-3
    assert weight_gradients(8, False, False).min() > 1e-2
    # and PyTorch's own first weights, from which shortcuts do save
    assert weight_gradients(44, False, False, "weights").max() < 1e-18
    assert weight_gradients(44, True, False, "weights").min() > 1e-2
    assert weight_gradients(44, True, False).min() > 10


def test_what_notebooks_02_and_07_say_of_networks_with_batch_norm():
    for depth in DEPTHS[1:]:
        plain, residual = (weight_gradients(depth, kind, True) for kind in (False, True))
        growth = [(norms[:, 0] / norms[:, -1]).min() for norms in (plain, residual)]
        assert growth[0] > growth[1] > 1
    assert weight_gradients(44, False, True).min() > 0.1


@pytest.mark.parametrize(
    "values, said",
    [
        ({}, "grow towards the input"),
        ({"residual": True}, "grow towards the input"),
        ({"batch_norm": False}, "have vanished in all layers alike"),
        ({"batch_norm": False, "change": "padding"}, "are about level"),
        ({"batch_norm": False, "change": "width"}, "have vanished in all layers alike"),
        ({"batch_norm": False, "change": "weights"}, "have vanished in all layers alike"),
        ({"batch_norm": False, "residual": True}, "are large in all layers"),
        ({"batch_norm": False, "residual": True, "depth": 8}, "are about level"),
    ],
)
def test_the_words_say_what_the_lines_do(explorer, values, said):
    assert f"They {said}." in explorer.picture(**values).words


def test_all_lines_stay_inside_the_axes(explorer):
    for network, rows in explorer.computed.items():
        low = -22 if network.endswith("weights") else -7
        assert low < np.min(rows) and np.max(rows) < 5, network


def test_measuring_leaves_the_learners_world_alone(learners_world):
    weight_gradients.cache_clear()
    with torch.no_grad():
        weight_gradients(8, True, True, "weights")
