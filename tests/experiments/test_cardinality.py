"""The cardinality experiment: fair, repeatable, recorded; and what the recording must hold."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib import data
from course_lib.experiments import cardinality
from course_lib.experiments import cardinality_results as results
from course_lib.experiments.cardinality import EXPERIMENTS, run, small_network
from course_lib.experiments.degradation import reduced
from course_lib.models.cost import cost

FASHION = EXPERIMENTS["fashion"]
TINY = replace(FASHION, channels=(4, 8), blocks=1, epochs=2, seeds=2, images=128, size=7)


def few(name, split, load=data.load):
    return reduced(load(name, split), 128, 14)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(EXPERIMENTS, "fashion", TINY)
    monkeypatch.setattr(data, "load", few)


@pytest.mark.parametrize(("name", "shape"), [("fashion", (1, 14, 14)), ("cifar10", (3, 32, 32))])
def test_the_networks_cost_the_same(name, shape):
    experiment = EXPERIMENTS[name]
    resnet, resnext = (
        cost(small_network(*network, shape[0], experiment.channels, experiment.blocks), shape)
        for network in experiment.networks.values()
    )
    assert resnext.parameters == pytest.approx(resnet.parameters, rel=0.035)
    assert resnext.macs == pytest.approx(resnet.macs, rel=0.035)
    groups = [group for group, _ in experiment.networks.values()]
    assert groups[0] == 1 < groups[1]


def test_the_large_networks_have_29_layers():
    large = EXPERIMENTS["cifar10"]
    model = small_network(32, 4, 3, large.channels, large.blocks)
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
    order = [(each["network"], each["seed"]) for each in runs]
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
    assert len({tuple(each["train_loss"]) for each in runs}) == len(runs)


def test_the_command_writes_what_can_be_read_and_drawn(tiny, tmp_path, monkeypatch):
    path = tmp_path / "recorded" / "cardinality_fashion.json"
    cardinality.main(["fashion", "--out", str(path)])
    monkeypatch.setattr(data, "DATA", tmp_path)
    content = results.load("fashion")
    found = results.accuracies(content["runs"])
    assert list(found) == list(TINY.networks)
    assert all(curves.shape == (2, 2) for curves in found.values())
    left, right = results.plot(content["runs"]).axes
    means = left.containers[0].lines[0].get_ydata()
    assert list(means) == pytest.approx(found["ResNet, 1x16d"].mean(0).tolist())
    ends = [curves[:, -1] for curves in found.values()]
    shown = right.containers[0].lines[0].get_ydata()
    assert shown.item() == pytest.approx((ends[1] - ends[0]).mean().item(), abs=1e-4)
    plt.close("all")


@pytest.mark.parametrize("content", ["", '{"runs": [', '{"runs": [{"seed": 8}]}', "[]"])
def test_a_damaged_recording(tmp_path, monkeypatch, content):
    monkeypatch.setattr(data, "DATA", tmp_path)
    with pytest.raises(data.DataError, match="fashion.json is missing.*cardinality fashion` rec"):
        results.load("fashion")
    results.recording("fashion").parent.mkdir()
    results.recording("fashion").write_text(content)
    with pytest.raises(data.DataError, match="cut off or altered.*cardinality fashion` records"):
        results.load("fashion")


def test_what_ships_was_recorded_with_todays_settings():
    content = results.load("fashion")
    assert content["settings"] == json.loads(json.dumps(vars(FASHION)))
    assert "5,000 of them, reduced to 14x14 pixels" in content["data"]
    assert content["versions"]["torch"] and "/" not in content["machine"]
    found = results.accuracies(content["runs"])
    assert list(found) == list(FASHION.networks)
    for curves in found.values():
        assert curves.shape == (FASHION.seeds, FASHION.epochs)
        assert (curves[:, -1] > curves[:, 0]).all()  # each learns
        assert curves[:, -1].min() > 70 and curves[:, -1].max() < 95
    for each in content["runs"]:
        assert each["final_accuracy"] == each["test_accuracy"][-1]
        assert each["train_loss"][-1] < each["train_loss"][0]
