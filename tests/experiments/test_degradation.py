"""The degradation experiment: fair, repeatable, recorded; and what the recordings must show."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib import data
from course_lib.experiments import degradation, results
from course_lib.experiments.degradation import EXPERIMENTS, Full, Short, record, reduced, run

TINY = Short("digits", depths=(8, 14), steps=5, seeds=2, images=150, size=6, steps_per_point=2)


def few(name, split, load=data.load):
    return reduced(load("fashion_mnist_10k", split), 130, 8)


def test_every_network_is_trained_alike(monkeypatch):
    seen = []

    def note(model, images, labels, optimizer):
        group = optimizer.param_groups[0]
        seen.append((images, labels, group["lr"], group["momentum"], group["weight_decay"]))
        return 1.0

    monkeypatch.setattr(degradation, "train_step", note)
    runs = list(run(TINY, TINY.load()))
    order = [(each["depth"], each["residual"], each["seed"]) for each in runs]
    assert order == [(d, kind, seed) for d in (8, 14) for kind in (False, True) for seed in (0, 1)]
    assert len(seen) == 8 * 5
    for step in range(5):  # the same seed: the same batches, for every network
        first, second = seen[step], seen[5 + step]
        assert not torch.equal(first[0], second[0])
        for other in range(2, 8):
            images, labels, *rest = seen[5 * other + step]
            wanted = (first, second)[other % 2]
            assert torch.equal(images, wanted[0]) and torch.equal(labels, wanted[1])
            assert rest == [0.05, 0.9, 1e-4]


def test_it_repeats_itself_and_leaves_the_random_state_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    runs = list(run(TINY, TINY.load()))
    assert torch.rand(1) == expected
    assert runs == list(run(TINY, TINY.load()))
    assert len({each["final_loss"] for each in runs}) == len(runs)
    assert all(len(each["train_loss"]) == 3 for each in runs)  # 2 + 2 + 1 steps


def test_reduced_averages_pixels_and_takes_every_class():
    digits = data.load("digits", "train")
    order = digits.labels.argsort()
    by_class = replace(digits, images=digits.images[order], labels=digits.labels[order])
    small = reduced(by_class, 20, 4)
    assert small.images.shape == (20, 1, 4, 4) and small.images.dtype == torch.uint8
    assert small.labels.bincount().tolist() == [2] * 10
    mean = by_class.images[3 * 75, 0, :2, :2].double().mean()  # every 75th image
    assert abs(small.images[3, 0, 0, 0] - mean) <= 0.5
    assert "20 of them, reduced to 4x4 pixels" in small.source


@pytest.mark.parametrize(
    "experiment", [TINY, Full("made up", depths=(8, 14), epochs=2, seeds=2, width=2, batch_size=64)]
)
def test_what_is_recorded_can_be_read_and_drawn(tmp_path, monkeypatch, experiment):
    if isinstance(experiment, Full):
        monkeypatch.setattr(data, "load", few)
    path = tmp_path / "recorded" / "degradation_trial.json"
    record(experiment, path)
    monkeypatch.setattr(data, "DATA", tmp_path)
    content = results.load("trial")
    assert content["settings"]["kind"] in ("short", "full")
    assert content["settings"]["depths"] == [8, 14] and "reduced" in content["data"]
    assert content["versions"]["torch"] and "CPU cores" in content["machine"]
    final = results.group(content["runs"], "final_loss")
    assert list(final) == [(8, False), (8, True), (14, False), (14, True)]
    assert all(values.shape == (2,) for values in final.values())
    left, right = results.plot(content["runs"]).axes
    assert len(left.lines) == 4
    means = right.containers[1].lines[0].get_ydata()  # residual
    assert means == pytest.approx([final[8, True].mean().item(), final[14, True].mean().item()])
    plt.close("all")


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(EXPERIMENTS, "digits", TINY)
    threads = torch.get_num_threads()
    degradation.main(["digits", "--out", str(tmp_path / "mine.json")])
    torch.set_num_threads(threads)
    assert len(json.loads((tmp_path / "mine.json").read_text())["runs"]) == 8


@pytest.mark.parametrize("content", ["", '{"runs": [', '{"runs": [{"depth": 8}]}', "[]"])
def test_a_damaged_recording(tmp_path, monkeypatch, content):
    monkeypatch.setattr(data, "DATA", tmp_path)
    with pytest.raises(data.DataError, match="digits.json is missing.*degradation digits` records"):
        results.load("digits")
    results.recording("digits").parent.mkdir()
    results.recording("digits").write_text(content)
    with pytest.raises(data.DataError, match="cut off or altered.*degradation digits` records"):
        results.load("digits")


@pytest.mark.parametrize("name", ["digits", "cifar10_small"])
def test_what_ships_was_recorded_with_todays_settings(name):
    content = results.load(name)
    experiment = EXPERIMENTS[name]
    settings = json.loads(json.dumps({"kind": "short"} | vars(experiment)))
    assert content["settings"] == settings
    final = results.group(content["runs"], "final_loss")
    assert len(final) == 2 * len(experiment.depths)
    assert all(len(values) == experiment.seeds for values in final.values())
    points = -(-experiment.steps // experiment.steps_per_point)
    assert all(len(each["train_loss"]) == points for each in content["runs"])
    assert "/" not in content["machine"]


def test_what_the_notebook_says_of_the_recordings():
    digits, photographs = (
        {
            network: values.mean().item()
            for network, values in results.group(results.load(name)["runs"], "final_loss").items()
        }
        for name in ("digits", "cifar10_small")
    )
    assert digits[44, False] > 10 * digits[20, False]  # the deepest plain network is still behind
    assert digits[44, True] < 0.05 and digits[20, False] < 0.05  # plain-20 has caught up
    assert photographs[8, False] < photographs[20, False] < photographs[32, False]
    assert photographs[20, True] < photographs[8, True]
