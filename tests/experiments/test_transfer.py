"""The transfer experiment: fair, repeatable, recorded; and what the recording must hold."""

import json
from dataclasses import asdict, replace

import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn

from course_lib import data
from course_lib.experiments.recorded import record, recorded
from course_lib.experiments.subsets import few
from course_lib.experiments.transfer import (
    CLOTHES,
    EXPERIMENTS,
    WAYS,
    Transfer,
    accuracies,
    plot,
    run,
    tasks,
)

TINY = Transfer(per_class=(2,), rates=(0.1,), steps=2, seeds=2, backbone_epochs=1, depth=8)


@pytest.fixture
def small(monkeypatch):
    """Every set with few pictures."""
    load = data.load
    monkeypatch.setattr(data, "load", lambda name, split: few(load(name, split), 4, 0))


def test_the_near_task_has_other_classes_than_the_backbone():
    (near, near_test), (far, far_test) = tasks().values()
    assert near.classes == ("Pullover", "Coat", "Sandal", "Shirt", "Ankle boot")
    assert not set(near.classes) & set(CLOTHES)
    assert near.labels.bincount().tolist() == [1000] * 5
    assert near_test.labels.bincount().tolist() == [200] * 5
    assert near.images.shape[1:] == far.images.shape[1:] == (1, 28, 28)
    assert (near.mean, near.std) == (far.mean, far.std)  # as the backbone expects
    assert far.classes == far_test.classes and len(far_test) == 297


def test_the_ways_differ_in_what_they_say_and_in_nothing_else():
    backbone = TINY.network(5, seed=7)
    models = {way: TINY.prepared(way, backbone, 3, seed=1) for way in WAYS}
    heads = [model.fc.weight for model in models.values()]
    assert all(torch.equal(heads[0], head) for head in heads)
    stems = {way: model.conv1.weight for way, model in models.items()}
    assert torch.equal(stems["frozen"], backbone.conv1.weight)
    assert torch.equal(stems["fine-tuned"], backbone.conv1.weight)
    assert not torch.equal(stems["from scratch"], backbone.conv1.weight)
    learned = {way: sum(p.requires_grad for p in models[way].parameters()) for way in WAYS}
    assert learned["frozen"] == 2 < learned["fine-tuned"] == learned["from scratch"]
    assert backbone.fc.out_features == 5 and isinstance(backbone.fc, nn.Linear)


def test_it_repeats_itself_and_leaves_the_random_state_alone(small):
    pictures = tasks()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    runs = list(run(TINY, pictures))
    assert torch.rand(1) == expected
    assert runs == list(run(TINY, pictures))
    assert len(runs) == 2 * 2 * 3  # seeds, tasks, ways
    assert {result["way"] for result in runs} == set(WAYS)


def test_what_is_recorded_can_be_read_and_drawn(small, tmp_path, monkeypatch):
    tiny, titles = (
        replace(EXPERIMENTS["transfer"], settings=TINY),
        [f"to {task}" for task in tasks()],
    )
    record(tiny, tmp_path / "recorded" / "transfer.json")
    monkeypatch.setattr(data, "DATA", tmp_path)
    content = recorded("transfer")
    assert content["settings"] == json.loads(json.dumps(asdict(TINY)))
    figure = plot(content["runs"])
    assert [axes.get_title() for axes in figure.axes] == titles
    plt.close("all")


def test_each_way_has_its_better_rate():
    runs = [
        {"task": "t", "way": "w", "per_class": 5, "max_lr": rate, "seed": seed, "test_accuracy": a}
        for rate, values in {0.1: (0.5, 0.6), 0.02: (0.9, 0.3)}.items()
        for seed, a in enumerate(values)
    ]
    assert accuracies(runs)["t", "w", 5].tolist() == pytest.approx([90, 30])


def test_what_ships_was_recorded_with_todays_settings():
    content = recorded("transfer")
    assert content["settings"] == json.loads(json.dumps(asdict(Transfer())))
    assert content["versions"]["torch"] and "/" not in content["machine"]
    found = accuracies(content["runs"])
    expected = {(task, way, n) for task in tasks() for way in WAYS for n in Transfer.per_class}
    assert found.keys() == expected
    assert all(len(values) == Transfer.seeds for values in found.values())


def test_what_notebook_11_says_about_it():
    found = accuracies(recorded("transfer")["runs"])
    near, far = tasks()

    def gain(task, way, other, count):
        return (found[task, way, count] - found[task, other, count]).mean().item()

    assert gain(near, "fine-tuned", "from scratch", 5) == pytest.approx(6, abs=0.5)
    assert gain(far, "fine-tuned", "from scratch", 5) == pytest.approx(7.5, abs=0.5)
    assert gain(near, "fine-tuned", "from scratch", 80) > 1
    assert all(abs(gain(far, "fine-tuned", "from scratch", n)) < 1 for n in (20, 80))
    assert abs(gain(near, "frozen", "fine-tuned", 5)) < 1
    assert all(gain(near, "frozen", "fine-tuned", n) < -3 for n in (20, 80))
    assert all(gain(far, "frozen", "from scratch", n) < -5 for n in (5, 20, 80))
    assert found[far, "frozen", 80].mean() < found[far, "frozen", 20].mean() + 1
    ahead = found[near, "fine-tuned", 5] > found[near, "from scratch", 5]
    assert ahead.sum() == 3  # of five seeds
