"""The degradation experiment: fair, repeatable, recorded; and what the recordings must show."""

import json
from dataclasses import asdict, replace

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib import data
from course_lib.experiments import degradation
from course_lib.experiments.degradation import EXPERIMENTS, Full, Short, group, plot, run
from course_lib.experiments.recorded import record, recorded
from course_lib.experiments.subsets import reduced

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
    order = [(result["depth"], result["residual"], result["seed"]) for result in runs]
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
    assert len({result["final_loss"] for result in runs}) == len(runs)
    assert all(len(result["train_loss"]) == 3 for result in runs)  # 2 + 2 + 1 steps


@pytest.mark.parametrize(
    "settings", [TINY, Full("made up", depths=(8, 14), epochs=2, seeds=2, width=2, batch_size=64)]
)
def test_what_is_recorded_can_be_read_and_drawn(tmp_path, monkeypatch, settings):
    if isinstance(settings, Full):
        monkeypatch.setattr(data, "load", few)
    trial = replace(EXPERIMENTS["degradation_digits"], settings=settings)
    record(trial, tmp_path / "recorded" / "degradation_digits.json")
    monkeypatch.setattr(data, "DATA", tmp_path)
    content = recorded("degradation_digits")
    assert content["settings"]["kind"] in ("short", "full")
    assert content["settings"]["depths"] == [8, 14] and "reduced" in content["data"]
    assert content["versions"]["torch"] and "CPU cores" in content["machine"]
    final = group(content["runs"], "final_loss")
    assert list(final) == [(8, False), (8, True), (14, False), (14, True)]
    assert all(values.shape == (2,) for values in final.values())
    left, right = plot(content["runs"]).axes
    assert len(left.lines) == 4
    means = right.containers[1].lines[0].get_ydata()  # residual
    assert means == pytest.approx([final[8, True].mean().item(), final[14, True].mean().item()])
    plt.close("all")


@pytest.mark.parametrize("name", ["degradation_digits", "degradation_cifar10_small"])
def test_what_ships_was_recorded_with_todays_settings(name):
    content = recorded(name)
    settings = EXPERIMENTS[name].settings
    assert content["settings"] == json.loads(json.dumps(asdict(settings)))
    assert content["settings"]["kind"] == "short"
    final = group(content["runs"], "final_loss")
    assert len(final) == 2 * len(settings.depths)
    assert all(len(values) == settings.seeds for values in final.values())
    points = -(-settings.steps // settings.steps_per_point)
    assert all(len(result["train_loss"]) == points for result in content["runs"])
    assert "/" not in content["machine"]


def test_what_the_notebook_says_of_the_recordings():
    digits, photographs = (
        {
            network: values.mean().item()
            for network, values in group(recorded(name)["runs"], "final_loss").items()
        }
        for name in ("degradation_digits", "degradation_cifar10_small")
    )
    assert digits[44, False] > 10 * digits[20, False]  # the deepest plain network is still behind
    assert digits[44, True] < 0.05 and digits[20, False] < 0.05  # plain-20 has caught up
    assert photographs[8, False] < photographs[20, False] < photographs[32, False]
    assert photographs[20, True] < photographs[8, True]
