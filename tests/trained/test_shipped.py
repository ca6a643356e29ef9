"""The network that ships: whole, as good as its recipe says, and refused when damaged."""

import importlib.util
import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from course_lib import data
from course_lib.trained.shipped import NAME, load_shipped
from course_lib.training.steps import accuracy

CHECKPOINTS = data.DATA / "checkpoints"
WEIGHTS, RECIPE = f"{NAME}.safetensors", f"{NAME}.json"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of data/checkpoints that a test may spoil."""
    monkeypatch.setattr(data, "DATA", tmp_path)
    return shutil.copytree(CHECKPOINTS, tmp_path / "checkpoints")


def test_it_is_as_accurate_as_its_recipe_says():
    model, recipe = load_shipped()
    assert not model.training
    test = data.load(recipe["data"]["name"], "test")
    assert recipe["data"]["classes"] == list(test.classes)
    assert (recipe["data"]["mean"], recipe["data"]["std"]) == (list(test.mean), list(test.std))
    assert recipe["data"]["test"] == test.source
    batches = zip(test.images.split(500), test.labels.split(500), strict=True)
    measured = accuracy(model, ((test.normalize(some), labels) for some, labels in batches))
    # on another CPU a few answers between two nearly equal logits may change
    assert measured == pytest.approx(recipe["measured"]["test_accuracy"], abs=0.003)
    assert measured > 0.88


def test_small_and_float32():
    size = (CHECKPOINTS / WEIGHTS).stat().st_size
    assert size < 5_000_000
    floats = [t for t in load_file(CHECKPOINTS / WEIGHTS).values() if t.is_floating_point()]
    assert {t.dtype for t in floats} == {torch.float32}
    assert all(t.isfinite().all() for t in floats)


def test_the_readme_says_what_the_recipe_says():
    readme = (CHECKPOINTS / "README.md").read_text(encoding="utf-8")
    recipe = json.loads((CHECKPOINTS / RECIPE).read_text(encoding="utf-8"))
    training = recipe["training"]
    for words in (
        WEIGHTS,
        f"{recipe['weights']['bytes']:,} bytes",
        f"{recipe['measured']['test_accuracy']:.2%}",
        f"{recipe['measured']['train_accuracy']:.2%}",
        f"{training['epochs']} epochs",
        f"batches of {training['batch_size']}",
        f"peaks at {training['max_lr']}",
        f"weight decay {training['weight_decay']}",
        f"label smoothing {training['label_smoothing']}",
        f"{recipe['network']['depth']} layers",
        f"PyTorch {recipe['versions']['torch']}",
    ):
        assert words in readme, words


def altered(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [altered, lambda content: content[:5000], lambda content: b""])
def test_damaged_weights(folder, damage):
    path = folder / WEIGHTS
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(data.DataError, match="cut off or altered") as error:
        load_shipped()
    assert str(path) in str(error.value)
    assert data.restore("data/checkpoints") in str(error.value)


@pytest.mark.parametrize("damage", [lambda text: text[:100], lambda _: "", lambda _: "[1]"])
def test_damaged_recipe(folder, damage):
    path = folder / RECIPE
    path.write_text(damage(path.read_text()))
    with pytest.raises(data.DataError, match="json is cut off or altered"):
        load_shipped()


@pytest.mark.parametrize("name", [WEIGHTS, RECIPE])
def test_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(data.DataError, match=f"{name} is missing"):
        load_shipped()


@pytest.mark.skipif(not data.IN_CLONE, reason="the script is in no wheel")
def test_the_script_that_trained_it(tmp_path, monkeypatch):
    file = data.DATA / "scripts" / "train_checkpoint.py"
    spec = importlib.util.spec_from_file_location("script", file)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    shipped = json.loads((CHECKPOINTS / RECIPE).read_text(encoding="utf-8"))
    assert shipped["network"] == script.NETWORK and shipped["training"] == script.TRAINING

    def few(name, split, load=data.load):
        images = load(name, split)
        return replace(images, images=images.images[:150], labels=images.labels[:150])

    monkeypatch.setattr(data, "load", few)
    monkeypatch.setattr(script, "NETWORK", script.NETWORK | {"depth": 8, "width": 4})
    monkeypatch.setattr(script, "TRAINING", script.TRAINING | {"epochs": 1, "batch_size": 50})
    test = few("fashion_mnist_10k", "test")
    script.main(tmp_path / "checkpoints")
    monkeypatch.setattr(data, "DATA", tmp_path)
    model, recipe = load_shipped()
    assert recipe.keys() == shipped.keys()
    measured = accuracy(model, [(test.normalize(test.images), test.labels)])
    assert measured == pytest.approx(recipe["measured"]["test_accuracy"], abs=0.01)
