"""The network without some of its blocks: as hooks take them out, repeatable, and as recorded."""

import json
from contextlib import ExitStack
from dataclasses import asdict, replace

import pytest
import torch
import torch.nn.functional as F

from course_lib import data
from course_lib.experiments.blocks_out import EXPERIMENTS, SETS, Settings, by_set, logits
from course_lib.experiments.recorded import record, recorded
from course_lib.models.cifar import CifarResNet
from course_lib.trained.shipped import load_shipped
from course_lib.training.threads import one_thread


@pytest.fixture(autouse=True)
def alone():
    with one_thread():  # as the command does
        yield


def only_the_shortcut(block, inputs, _):
    return F.relu(block.downsample(*inputs))


def answers(model, out, images):
    """What the model answers while its blocks of these numbers are taken out, from 1 on."""
    with ExitStack() as hooks, torch.no_grad():
        for number in out:
            hook = model.blocks[number - 1].register_forward_hook(only_the_shortcut)
            hooks.callback(hook.remove)
        return model(images)


def test_every_set_of_blocks_is_taken_out():
    torch.manual_seed(0)
    model = CifarResNet(8, in_channels=1).eval()
    images = torch.randn(3, 1, 12, 12)
    found = logits(model, images)
    assert found.shape == (8, 3, 10)
    for number, out in enumerate(SETS[:8]):
        torch.testing.assert_close(found[number], answers(model, out, images))
    assert len({tuple(answer.flatten().tolist()) for answer in found}) == 8


def test_what_is_recorded_can_be_read(tmp_path, monkeypatch):
    images = data.load("fashion_mnist_10k", "test")
    few = replace(images, images=images.images[:7], labels=images.labels[:7])
    monkeypatch.setattr(data, "load", lambda *_: few)
    tiny = replace(EXPERIMENTS["blocks_out"], settings=Settings(pictures=(5, 2), batch_size=4))
    before = torch.random.get_rng_state()
    record(tiny, tmp_path / "recorded" / "blocks_out.json")
    assert torch.equal(torch.random.get_rng_state(), before)

    with monkeypatch.context() as patch:
        patch.setattr(data, "DATA", tmp_path)
        runs = recorded("blocks_out")["runs"]
    whole, shipped = runs[0], recorded("blocks_out")["runs"][0]
    assert whole["out"] == [] and whole["right"] <= 7
    model, _ = load_shipped()
    shares = answers(model, [], few.normalize(few.images[[5, 2]])).softmax(1)
    assert whole["answers"] == shares.argmax(1).tolist()
    assert whole["per_cent"] == (100 * shares).round().int().tolist()
    assert whole.keys() == shipped.keys()


def test_a_recording_that_was_stopped_is_refused():
    with pytest.raises(ValueError, match="3 runs are not one for each of 512 sets"):
        by_set(recorded("blocks_out")["runs"][:3])


def test_what_ships_was_recorded_with_todays_settings():
    content = recorded("blocks_out")
    assert content["settings"] == json.loads(json.dumps(asdict(Settings())))
    right = {tuple(run["out"]): run["right"] for run in content["runs"]}
    assert list(right) == [tuple(out) for out in SETS]
    model, recipe = load_shipped()
    assert right[()] == 2000 * recipe["measured"]["test_accuracy"]
    images = data.load("fashion_mnist_10k", "test")
    for out in ((1,), (6, 9)):
        parts = zip(images.images.split(250), images.labels.split(250), strict=True)
        found = sum(
            (answers(model, out, images.normalize(part)).argmax(1) == labels).sum().item()
            for part, labels in parts
        )
        assert abs(found - right[out]) <= 2  # on other machines a tie may fall otherwise


def test_what_the_course_says_of_it():
    """What learners are told to try with the explorer InsideResNet."""
    right = {tuple(run["out"]): run["right"] / 20 for run in recorded("blocks_out")["runs"]}
    single = {block: right[(block,)] for block in range(1, 10)}
    assert min(single, key=single.get) == 1 and max(single, key=single.get) == 9
    assert round(single[1]) == 26 and round(single[9]) == 87
    assert all(67 < accuracy < 90 for block, accuracy in single.items() if block > 1)
    pairs = {out: accuracy for out, accuracy in right.items() if len(out) == 2}
    assert max(pairs, key=pairs.get) == (6, 9) and round(pairs[6, 9]) == 80
    quoted = {(): 90.0, (1,): 26.2, (6,): 80.1, (6, 9): 80.2, (1, 4): 10.0}
    assert {out: right[out] for out in quoted} == pytest.approx(quoted, abs=0.05)
    assert right[tuple(range(1, 10))] == pytest.approx(10.1, abs=0.05)
    assert round(right[1, 4]) == round(right[tuple(range(1, 10))]) == 10  # as good as guessing
