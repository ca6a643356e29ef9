"""New heads and frozen backbones."""

import pytest
import torch
import torchvision
from torch import nn

from course_lib.models import resnet
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import freeze_backbone, replace_head, train_mode
from course_lib.training.fit import fit
from tests.training.test_fit import RECIPE, TEST, TRAIN

MODELS = {
    "ResNet": resnet.resnet18,
    "CifarResNet": lambda: CifarResNet(8, width=4),
    "torchvision": torchvision.models.resnet18,
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_new_head_leaves_the_rest(kind):
    model = MODELS[kind]().double()
    old, body = model.fc, model.layer1
    assert replace_head(model, 3) is model
    assert model.layer1 is body and model.fc is not old
    assert model.fc.in_features == old.in_features and model.fc.weight.dtype == torch.float64
    assert model.eval()(torch.randn(2, 3, 32, 32).double()).shape == (2, 3)


def test_models_without_a_linear_head_are_refused():
    headless = resnet.resnet18(include_top=False)
    altered = CifarResNet(8)
    altered.fc = nn.Sequential(nn.Dropout(), altered.fc)
    for model in (headless, altered):
        with pytest.raises(ValueError, match="no linear layer fc"):
            replace_head(model, 3)
    with pytest.raises(ValueError, match="no head fc"):
        freeze_backbone(headless)
    with pytest.raises(ValueError, match="got 0"):
        replace_head(CifarResNet(8), 0)


@pytest.mark.parametrize("kind", MODELS)
def test_a_frozen_backbone_leaves_the_head_to_train(kind):
    model = MODELS[kind]()
    model.fc.requires_grad_(False)
    freeze_backbone(model)
    trained = [name for name, each in model.named_parameters() if each.requires_grad]
    assert trained == ["fc.weight", "fc.bias"]


def test_train_alone_moves_the_statistics_of_a_frozen_backbone():
    """What `freeze_backbone` says about batch normalisation."""
    model = CifarResNet(8, width=4)
    freeze_backbone(model)
    before = model.bn1.running_mean.clone()
    train_mode(model)
    assert model.training and model.layer1.training and not model.bn1.training
    model(torch.randn(4, 3, 16, 16))
    assert torch.equal(model.bn1.running_mean, before)
    model.train()
    model(torch.randn(4, 3, 16, 16))
    assert not torch.equal(model.bn1.running_mean, before)


def test_train_mode_trains_batch_norms_that_are_not_frozen():
    model = CifarResNet(8, width=4)
    model.layer1.requires_grad_(False)
    train_mode(model.eval())
    assert model.bn1.training and model.layer2[0].bn1.training
    assert not model.layer1[0].bn1.training


def test_fit_changes_nothing_but_the_head_of_a_frozen_network():
    model = replace_head(CifarResNet(8, width=4, in_channels=1), 4)
    freeze_backbone(model)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    fit(model, TRAIN, TEST, **RECIPE | {"epochs": 1})
    changed = {n for n, each in model.state_dict().items() if not torch.equal(each, before[n])}
    assert changed == {"fc.weight", "fc.bias"}
