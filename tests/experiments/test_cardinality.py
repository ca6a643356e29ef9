"""The cardinality experiment: fair, repeatable, recorded; and what the recording must hold."""

import json
from dataclasses import asdict, replace

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib import data
from course_lib.experiments import cardinality
from course_lib.experiments.cardinality import (
    CIFAR10,
    EXPERIMENTS,
    FASHION,
    accuracies,
    plot,
    run,
    small_network,
)
from course_lib.experiments.recorded import record, recorded
from course_lib.experiments.subsets import reduced
from course_lib.models.cost import cost

TINY = replace(FASHION, channels=(4, 8), blocks=1, epochs=2, seeds=2, images=128, size=7)


def few(name, split, load=data.load):
    return reduced(load(name, split), 128, 14)


@pytest.fixture
def tiny(monkeypatch):
    small = replace(EXPERIMENTS["cardinality_fashion"], settings=TINY)
    monkeypatch.setitem(EXPERIMENTS, "cardinality_fashion", small)
    monkeypatch.setattr(data, "load", few)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [(FASHION, (1, 14, 14)), (CIFAR10, (3, 32, 32))],
    ids=["fashion", "cifar10"],
)
def test_the_networks_cost_the_same(settings, shape):
    resnet, resnext = (
        cost(small_network(*network, shape[0], settings.channels, settings.blocks), shape)
        for network in settings.networks.values()
    )
    assert resnext.parameters == pytest.approx(resnet.parameters, rel=0.035)
    assert resnext.macs == pytest.approx(resnet.macs, rel=0.035)
    groups = [group for group, _ in settings.networks.values()]
    assert groups[0] == 1 < groups[1]


def test_the_large_networks_have_29_layers():
    model = small_network(32, 4, 3, CIFAR10.channels, CIFAR10.blocks)
    on_the_way = [name for name, _ in model.named_modules() if "downsample" not in name]
    kinds = (torch.nn.Conv2d, torch.nn.Linear)
    assert sum(isinstance(model.get_submodule(name), kinds) for name in on_the_way) == 29


def test_what_is_trained_on():
    train, test = FASHION.load("train"), FASHION.load("test")
    assert train.images.shape == (5000, 1, 14, 14) and test.images.shape == (2000, 1, 14, 14)
    assert train.labels.bincount().min() > 400  # every class


def test_both_networks_are_trained_alike(tiny, monkeypatch):
    train, test = TINY.load("train"), TINY.load("test")
    seen, fit = [], cardinality.fit

    def note(model, *images, **settings):
        seen.append((*images, settings))
        return fit(model, *images, **settings)

    monkeypatch.setattr(cardinality, "fit", note)
    runs = list(run(TINY, train, test))
    first, second = TINY.networks
    order = [(result["network"], result["seed"]) for result in runs]
    assert order == [(first, 0), (second, 0), (first, 1), (second, 1)]
    assert seen[0] == seen[1] and seen[2] == seen[3]
    assert {**seen[0][-1], "seed": 1} == seen[2][-1] and seen[0][-1]["seed"] == 0


def test_it_repeats_itself_and_leaves_the_random_state_alone(tiny):
    train, test = TINY.load("train"), TINY.load("test")
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    runs = list(run(TINY, train, test))
    assert torch.rand(1) == expected
    assert runs == list(run(TINY, train, test))
    assert len({tuple(result["train_loss"]) for result in runs}) == len(runs)


def test_what_is_recorded_can_be_read_and_drawn(tiny, tmp_path, monkeypatch):
    record(EXPERIMENTS["cardinality_fashion"], tmp_path / "recorded" / "cardinality_fashion.json")
    monkeypatch.setattr(data, "DATA", tmp_path)
    content = recorded("cardinality_fashion")
    found = accuracies(content["runs"])
    assert list(found) == list(TINY.networks)
    assert all(curves.shape == (2, 2) for curves in found.values())
    left, right = plot(content["runs"]).axes
    means = left.containers[0].lines[0].get_ydata()
    assert list(means) == pytest.approx(found["ResNet, 1x16d"].mean(0).tolist())
    ends = [curves[:, -1] for curves in found.values()]
    shown = right.containers[0].lines[0].get_ydata()
    assert shown.item() == pytest.approx((ends[1] - ends[0]).mean().item(), abs=1e-4)
    plt.close("all")


def test_what_ships_was_recorded_with_todays_settings():
    content = recorded("cardinality_fashion")
    assert content["settings"] == json.loads(json.dumps(asdict(FASHION)))
    assert "5,000 of them, reduced to 14x14 pixels" in content["data"]
    assert content["versions"]["torch"] and "/" not in content["machine"]
    found = accuracies(content["runs"])
    assert list(found) == list(FASHION.networks)
    for curves in found.values():
        assert curves.shape == (FASHION.seeds, FASHION.epochs)
        assert (curves[:, -1] > curves[:, 0]).all()  # each learns
        assert curves[:, -1].min() > 70 and curves[:, -1].max() < 95
    for result in content["runs"]:
        assert result["final_accuracy"] == result["test_accuracy"][-1]
        assert result["train_loss"][-1] < result["train_loss"][0]
