"""Where a training may start: published networks, the course's own, one of yours."""

import pytest
import torch

from course_lib.models import resnet
from course_lib.photos.preprocessing import IMAGENET
from course_lib.trained import backbone, published, shipped
from course_lib.trained.backbone import load_backbone


@pytest.fixture
def offline(monkeypatch):
    def unavailable(name):
        raise published.WeightsUnavailable(f"no published weights for {name}: no network.")

    monkeypatch.setattr(published, "weights", unavailable)


def test_published_weights_are_taken_when_they_can_be_had(monkeypatch):
    source = resnet.resnet18()
    monkeypatch.setattr(published, "weights", lambda name: source.state_dict())
    found = load_backbone()
    assert torch.equal(found.model.conv1.weight, source.conv1.weight)
    assert found.preprocessing == IMAGENET and not found.model.training
    assert "resnet18 with torchvision's published weights" in found.description


def test_without_them_the_courses_own_network_says_so(offline):
    found = load_backbone()
    own, recipe = shipped.load_shipped()
    assert torch.equal(found.model.conv1.weight, own.conv1.weight)
    assert found.preprocessing.mean == tuple(recipe["data"]["mean"])
    for words in ("no published weights for resnet18: no network.", shipped.NAME, "clothes"):
        assert words in found.description
    assert load_backbone(shipped.NAME).description.startswith("The course's own")


def test_a_network_that_was_asked_for_is_never_replaced(offline):
    with pytest.raises(published.WeightsUnavailable):
        load_backbone("resnet50")


def test_an_unknown_backbone_is_named(tmp_path):
    for name in ("resnet19", "CifarResNet", tmp_path / "no file"):
        with pytest.raises(ValueError, match=f"no network {name}.*{backbone.DEFAULT}"):
            load_backbone(name)
