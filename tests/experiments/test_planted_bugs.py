"""Silent mistakes, trained: alike but for the mistake, repeatable, and as the notebook says."""

import json
from dataclasses import asdict, replace

import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn

from course_lib import data
from course_lib.experiments import planted_bugs
from course_lib.experiments.planted_bugs import (
    EXPERIMENTS,
    MISTAKES,
    Settings,
    accuracies,
    network,
    plot,
    run,
)
from course_lib.experiments.recorded import record, recorded

# narrower, and 1x1 convolutions of stride 2 corrupt the heap: oneDNN 3.12, AVX2, channels last
TINY = Settings(seeds=2, epochs=1, width=8)


def few(name, split, load=data.load):
    images = load(name, split)
    return replace(images, images=images.images[:70], labels=images.labels[:70])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_right_and_wrong_start_alike_but_for_the_mistake(mistake):
    models = []
    for wrong in (False, True):
        torch.manual_seed(0)
        models.append(network(mistake, wrong))
    right, wrong = models
    equal = all(
        torch.equal(a, b) for a, b in zip(right.parameters(), wrong.parameters(), strict=True)
    )
    assert equal == (mistake != "fix_initialize")
    x = torch.randn(2, 1, 8, 8)
    with torch.no_grad():
        assert not torch.allclose(right(x), wrong(x))
    convolutions = [m for m in right.modules() if isinstance(m, nn.Conv2d) and m.kernel_size[0] > 1]
    assert len(convolutions) + 1 == {"fix_basic_forward": 44}.get(mistake, 8)  # and the linear one


def test_what_is_recorded_can_be_read_and_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "load", few)
    monkeypatch.setattr(planted_bugs, "MISTAKES", dict.fromkeys(MISTAKES, 1))
    tiny = replace(EXPERIMENTS["planted_bugs"], settings=TINY)
    before = torch.random.get_rng_state()
    record(tiny, tmp_path / "recorded" / "planted_bugs.json")
    assert torch.equal(torch.random.get_rng_state(), before)

    monkeypatch.setattr(data, "DATA", tmp_path)
    runs = recorded("planted_bugs")["runs"]
    found = accuracies(runs)
    assert list(found) == [(m, wrong) for m in MISTAKES for wrong in (False, True)]
    assert all(curves.shape == (2, 1) for curves in found.values())
    axes = plot(runs, {name: name for name in MISTAKES}).axes
    assert [panel.get_title() for panel in axes] == list(MISTAKES)
    plt.close("all")


def test_it_repeats_itself(monkeypatch):
    monkeypatch.setattr(planted_bugs, "MISTAKES", {"fix_train_step": 1})
    train = few("digits", "train")
    assert list(run(TINY, train, train)) == list(run(TINY, train, train))


def test_what_ships_was_recorded_with_todays_settings_and_shows_what_the_notebook_says():
    content = recorded("planted_bugs")
    assert content["settings"] == json.loads(json.dumps(asdict(Settings())))
    finals = {which: curves[:, -1] for which, curves in accuracies(content["runs"]).items()}
    assert all(len(values) == Settings().seeds for values in finals.values())
    lost = {name: finals[name, False] - finals[name, True] for name in MISTAKES}
    assert round(lost["fix_basic_forward"].mean().item()) == 36
    assert round(lost["fix_train_step"].mean().item()) == 16
    assert lost["fix_basic_forward"].min() > 0 and lost["fix_train_step"].min() > 0
    hidden = lost["fix_initialize"]
    assert hidden.mean().abs() < 2 * hidden.std() / len(hidden) ** 0.5
