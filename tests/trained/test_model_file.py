"""Trained networks in files: the same comes back, and other files are called what they are."""

import json

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn

from course_lib.models import resnet
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import replace_head
from course_lib.photos.preprocessing import IMAGENET, Preprocessing
from course_lib.trained import model_file
from course_lib.trained.backbone import load_backbone
from course_lib.trained.recipe import NETWORKS, Recipe
from tests.photos.folders import colours

GREY = Preprocessing(28, 28, mean=(0.3,), std=(0.35,), flip=False)
CLASSES = ("Hund", "猫", "=1+1")
SMALL = Recipe("CifarResNet", {"depth": 8, "width": 4, "in_channels": 1, "num_classes": 3})


def small() -> CifarResNet:
    return CifarResNet(**SMALL.arguments)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "CifarResNet"])
def test_every_recipe_builds_its_network(name):
    recipe = Recipe(name, {}).with_classes(7)
    with torch.device("meta"):
        recipe.check(NETWORKS[name](num_classes=7))
        with pytest.raises(ValueError, match=f"no {name} with .*num_classes.* 7"):
            recipe.check(NETWORKS[name](num_classes=8))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"residual": False},
        {"projection": True, "width": 4, "num_classes": 3},
        {"batch_norm": False, "stem_stride": 2, "in_channels": 1},
    ],
)
def test_every_small_network_is_built_by_its_recipe(arguments):
    Recipe("CifarResNet", {"depth": 14} | arguments).check(CifarResNet(14, **arguments))
    with pytest.raises(ValueError, match="no CifarResNet"):
        Recipe("CifarResNet", {"depth": 20} | arguments).check(CifarResNet(14, **arguments))


def test_other_networks_are_refused(tmp_path):
    dropout = small()
    dropout.fc = nn.Sequential(nn.Dropout(), dropout.fc)
    narrow = resnet.resnet18(3)
    narrow.conv1.stride = (1, 1)
    eighteen = Recipe("resnet18", {"num_classes": 3})
    others = (
        (eighteen, torchvision.models.resnet18(num_classes=3)),
        (eighteen, nn.Linear(2, 3)),
        (eighteen, narrow),
        (SMALL, dropout),
    )
    for recipe, model in others:
        with pytest.raises(ValueError, match=f"is no {recipe.network} with"):
            model_file.save(tmp_path / "x.safetensors", model, recipe, CLASSES, GREY)
    assert not list(tmp_path.iterdir())


def test_what_is_saved_comes_back(tmp_path):
    model = small()
    model(torch.randn(4, 1, 28, 28))  # moves the statistics
    path = tmp_path / "new folder" / "x.safetensors"
    model_file.save(path, model, SMALL, CLASSES, GREY)
    state = torch.get_rng_state()
    saved = model_file.load(path)
    assert torch.equal(torch.get_rng_state(), state)
    assert (saved.classes, saved.preprocessing) == (CLASSES, GREY)
    assert not saved.model.training
    for name, each in model.state_dict().items():
        assert torch.equal(each, saved.model.state_dict()[name]), name
    assert [file.name for file in path.parent.iterdir()] == ["x.safetensors"]
    assert load_backbone(path).description.endswith("trained on Hund, 猫, =1+1.")


def test_a_published_network_with_a_new_head_comes_back(tmp_path):
    model = replace_head(resnet.resnet18(), 3).eval()
    model_file.save(
        tmp_path / "x", model, Recipe("resnet18", {"num_classes": 3}), CLASSES, IMAGENET
    )
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model_file.load(tmp_path / "x").model(x), model(x))


def test_a_failing_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "x.safetensors"
    model_file.save(path, small(), SMALL, CLASSES, GREY)
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        model_file.save(path, small(), SMALL, CLASSES, GREY)
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == before


def test_the_classes_must_fit(tmp_path):
    with pytest.raises(ValueError, match="2 classes for 3 outputs"):
        model_file.save(tmp_path / "x", small(), SMALL, CLASSES[:2], GREY)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "is missing"),
        ("folder", "is a folder"),
        ("empty", "is an empty file"),
        ("text", "is text"),
        ("bytes", "is of an unknown kind"),
        ("picture", r"is a picture \(PNG\)"),
        ("state dict", "is a file of torch.save"),
        ("cut off", "is a safetensors file that is cut off"),
        ("other weights", "weights of another program, such as 'conv.weight'"),
    ],
)
def test_files_of_another_kind_are_called_what_they_are(tmp_path, kind, words):
    path = tmp_path / "model"
    if kind == "folder":
        path.mkdir()
    elif kind == "picture":
        colours().save(path, format="PNG")
    elif kind == "state dict":
        torch.save(small().state_dict(), path)
    elif kind == "cut off":
        model_file.save(path, small(), SMALL, CLASSES, GREY)
        path.write_bytes(path.read_bytes()[:-100])
    elif kind == "other weights":
        save_file({"conv.weight": torch.ones(2)}, path)
    elif kind != "missing":
        contents = {"empty": b"", "text": b"name,size\ncat,2\n", "bytes": bytes(range(255, -1, -1))}
        path.write_bytes(contents[kind])
    with pytest.raises(ValueError, match=words) as caught:
        model_file.load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"network": "resnet19"},
        {"network": "CifarResNet", "arguments": {"depth": 8, "magic": 1}},
        {"arguments": {"depth": 9}},
        {"arguments": {"depth": 14}},
        {"classes": ["one"]},
        {"preprocessing": {"size": 28}},
        {"preprocessing": None},
    ],
)
def test_an_altered_header_is_refused(tmp_path, change):
    path = tmp_path / "x.safetensors"
    model_file.save(path, small(), SMALL, CLASSES, GREY)
    facts = {
        "network": SMALL.network,
        "arguments": SMALL.arguments,
        "classes": list(CLASSES),
        "preprocessing": {"resize": 28, "size": 28, "mean": [0.3], "std": [0.3]},
    }
    weights = load_file(path)
    for facts_now in (facts, facts | change):
        header = {"format": "course_lib model 1", "facts": json.dumps(facts_now)}
        save_file(weights, path, header)
        if facts_now is facts:
            model_file.load(path)  # so it is the change that is refused
    with pytest.raises(ValueError, match="x.safetensors was altered"):
        model_file.load(path)
