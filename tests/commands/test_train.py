"""`python -m course_lib train`."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from course_lib.__main__ import main
from course_lib.models import resnet
from course_lib.trained import model_file, published, shipped
from tests.photos.folders import clothes, unreadable
from tests.training.test_fit import same_weights, stop_in_epoch

QUICK = ["--backbone", shipped.NAME, "--epochs", "3"]


@pytest.fixture
def pets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return clothes(tmp_path / "pets", count=12)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_trains_and_writes_a_model(pets, capsys):
    unreadable(pets / "Bag" / "bad")
    assert main(["train", "pets", *QUICK, "--no-flip"]) == 0
    said = capsys.readouterr().out
    for words in (
        "36 pictures (Bag: 12, Sneaker: 12, Trouser: 12)",
        "11 skipped",
        "text.png: not a picture",
    ):
        assert words in said
    for words in ("The course's own fashion_resnet20", "Training on 30", "Kept epoch", "of 6 val"):
        assert words in said
    assert "predict pets.safetensors" in said
    assert names(pets.parent) == ["pets", "pets.safetensors"]
    saved = model_file.load("pets.safetensors")
    assert saved.classes == ("Bag", "Sneaker", "Trouser")
    assert saved.preprocessing.size == 28 and not saved.preprocessing.flip


def test_interrupted_it_keeps_its_checkpoint_and_resumes_exactly(pets, monkeypatch, capsys):
    assert main(["train", "pets", *QUICK, "--out", "whole.safetensors"]) == 0
    again = ["train", "pets", *QUICK, "--out", "new folder/broken.safetensors"]
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 3, KeyboardInterrupt())
        assert main(again) == 130
    assert "Stopped after 2 of 3 epochs. --resume goes on." in capsys.readouterr().out
    folder = pets.parent / "new folder"
    assert names(folder) == ["broken.safetensors.unfinished"]

    assert main(again) == 1
    assert "unfinished is a training that was stopped: --resume" in capsys.readouterr().err
    assert main([*again, "--resume"]) == 0
    assert names(folder) == ["broken.safetensors"]
    whole, broken = (
        model_file.load(path).model for path in ("whole.safetensors", folder / "broken.safetensors")
    )
    assert same_weights(whole, broken)


@pytest.mark.parametrize("where", ["scanning", "the first epoch"])
def test_stopped_early_nothing_is_kept(pets, monkeypatch, capsys, where):
    def stop(folder):
        raise KeyboardInterrupt

    if where == "scanning":
        monkeypatch.setattr("course_lib.commands.train.scan", stop)
    else:
        stop_in_epoch(monkeypatch, 1, KeyboardInterrupt())
    assert main(["train", "pets", *QUICK]) == 130
    said = capsys.readouterr()
    assert said.err == "stopped\n" or "Stopped after 0 of 3 epochs. Nothing is kept." in said.out
    assert names(pets.parent) == ["pets"]


def test_a_failing_training_leaves_no_half_file(pets, monkeypatch, capsys):
    stop_in_epoch(monkeypatch, 1, OSError("disk on fire"))
    assert main(["train", "pets", *QUICK]) == 1
    assert capsys.readouterr().err.endswith("error: disk on fire\n")
    assert names(pets.parent) == ["pets"]


def test_a_loss_that_is_not_finite_is_one_line(pets, capsys):
    assert main(["train", "pets", *QUICK, "--max-lr", "1e30"]) == 1
    assert "error: the loss is" in capsys.readouterr().err.splitlines()[-1]
    assert names(pets.parent) == ["pets"]


def test_the_default_says_what_it_starts_from(pets, monkeypatch, capsys):
    weights = resnet.resnet18().state_dict()
    started = []

    def fit(model, train, validation, **options):
        started.append((model, train, validation, options))
        raise ValueError("enough")

    monkeypatch.setattr("course_lib.commands.train.fit", fit)
    monkeypatch.setattr(published, "weights", lambda name: weights)
    assert main(["train", "pets", "--freeze"]) == 1
    assert "resnet18 with torchvision's published weights" in capsys.readouterr().out

    def unavailable(name):
        raise published.WeightsUnavailable(f"no published weights for {name}: no network.")

    monkeypatch.setattr(published, "weights", unavailable)
    assert main(["train", "pets"]) == 1
    said = capsys.readouterr().out
    assert "no network. In its place: the course's own fashion_resnet20" in said

    (frozen, train, validation, options), (free, *_) = started
    assert options["keep_best"] and len(train) == 30 and len(validation) == 6
    assert train.preprocessing.size == 224 and frozen.fc.out_features == 3
    assert [name for name, p in frozen.named_parameters() if p.requires_grad] == [
        "fc.weight",
        "fc.bias",
    ]
    assert torch.equal(frozen.conv1.weight, weights["conv1.weight"])
    assert all(parameter.requires_grad for parameter in free.parameters())

    assert main(["train", "pets", "--backbone", "resnet50"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: no published weights for resnet50")  # before it looks on
    assert not said.out


def test_your_own_model_is_a_backbone(pets, monkeypatch, capsys):
    assert main(["train", "pets", *QUICK]) == 0
    clothes(pets.parent / "others", classes=("Coat", "Dress"))
    arguments = ["others", "--backbone", "pets.safetensors", "--epochs", "1", "--freeze"]
    assert main(["train", *arguments]) == 0
    assert "pets.safetensors, trained on Bag, Sneaker, Trouser." in capsys.readouterr().out
    one, two = (model_file.load(f"{name}.safetensors").model for name in ("pets", "others"))
    assert torch.equal(one.layer3[0].bn1.running_mean, two.layer3[0].bn1.running_mean)
    assert torch.equal(one.conv1.weight, two.conv1.weight)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere is missing"),
        (["empty"], "is empty"),
        (["pets/Bag"], "no sub-folders"),
        (["pets", "--backbone", "resnet19"], "no network resnet19"),
        (["pets", "--backbone", "text"], "text is text, and no model"),
        (["pets", "--out", "text"], "text is there already"),
        (["pets", "--resume"], "nothing to resume"),
        (["pets", "--backbone", shipped.NAME, "--epochs", "0"], "epochs must be positive"),
        (["pets", "--backbone", shipped.NAME, "--batch-size", "-1"], "got -1"),
    ],
)
def test_errors_are_one_line_and_change_nothing(pets, capsys, arguments, words):
    (pets.parent / "empty").mkdir()
    (pets.parent / "text").write_text("some text")
    assert main(["train", *arguments]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ") and words in last
    assert names(pets.parent) == ["empty", "pets", "text"]


def test_ctrl_c_in_a_terminal_leaves_no_process_and_no_traceback(pets):
    """The signal goes to the whole group, the worker processes too."""
    process = subprocess.Popen(
        [sys.executable, "-m", "course_lib", "train", "pets", *QUICK[:2], "--epochs", "9999"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        checkpoint = pets.parent / "pets.safetensors.unfinished"
        for _ in range(1200):
            if checkpoint.exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[0].decode()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, said
    assert "Traceback" not in said and "--resume goes on" in said
    assert names(pets.parent) == ["pets", "pets.safetensors.unfinished"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
