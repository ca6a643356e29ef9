"""Class activation maps and Grad-CAM: what their papers say of them holds."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from course_lib.models import resnet
from course_lib.models.activation_map import class_activation_map, grad_cam, stages
from course_lib.models.cifar import CifarResNet

MODELS = {
    "ResNet": (lambda: resnet.resnet18(5), 3, 96),
    "CifarResNet": (lambda: CifarResNet(8, width=8, in_channels=1, num_classes=5), 1, 28),
    "torchvision": (lambda: torchvision.models.resnet18(num_classes=5), 3, 96),
}


@pytest.fixture(params=MODELS)
def case(request):
    build, channels, size = MODELS[request.param]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build().eval(), torch.randn(3, channels, size, size)


def test_stages_have_the_models_names(case):
    model, _ = case
    last = 3 if isinstance(model, CifarResNet) else 4
    assert stages(model) == tuple(f"layer{i + 1}" for i in range(last))


def test_maps_have_the_images_size_at_every_stage(case):
    model, images = case
    for layer in (None, *stages(model)):
        maps = class_activation_map(model, images, 2, layer)
        assert maps.shape == (3, *images.shape[2:])
        assert not maps.requires_grad and maps.isfinite().all() and maps.std() > 0


def test_the_maps_mean_and_the_bias_are_the_logit(case, monkeypatch):
    model, images = case
    monkeypatch.setattr(F, "interpolate", lambda maps, *arguments, **options: maps)
    maps = class_activation_map(model, images, 2)
    with torch.no_grad():
        logits = model(images)[:, 2]
    torch.testing.assert_close(maps.mean(dim=(1, 2)) + model.fc.bias[2], logits)


def test_on_the_last_stage_both_agree_up_to_a_positive_factor(case):
    model, images = case
    last = stages(model)[-1]
    places = 7 * 7 if isinstance(model, CifarResNet) else 3 * 3
    cam, gradient = class_activation_map(model, images, 1, last), grad_cam(model, images, 1, last)
    torch.testing.assert_close(cam, places * gradient, rtol=1e-4, atol=1e-5)


def test_earlier_stages_get_grad_cam(case):
    """Selvaraju et al., equations 1 and 2, with the gradient taken another way."""
    model, images = case
    inner = nn.Sequential(*list(model.children()))
    names = [name for name, _ in model.named_children()]
    cut = names.index("layer2") + 1
    head = nn.Sequential(*list(inner)[cut:-1], nn.Flatten(), model.fc)
    kept = []
    hook = model.layer2.register_forward_hook(lambda *call: kept.append(call[2].detach()))
    model(images)
    hook.remove()
    features = kept[0].requires_grad_()
    head(features)[:, 2].sum().backward()
    alpha = features.grad.mean(dim=(2, 3), keepdim=True)
    expected = F.interpolate(
        (alpha * features).sum(1, keepdim=True), images.shape[2:], mode="bilinear"
    )
    maps = class_activation_map(model, images, 2, "layer2")
    torch.testing.assert_close(maps, expected.squeeze(1).detach(), rtol=1e-4, atol=1e-6)


def test_each_image_may_have_its_own_class(case):
    model, images = case
    for function in (class_activation_map, grad_cam):
        maps = function(model, images, torch.tensor([4, 0, 2]))
        for i, number in enumerate((4, 0, 2)):
            alone = function(model, images[i : i + 1], number)[0]
            torch.testing.assert_close(maps[i], alone, rtol=1e-3, atol=1e-5)


def test_the_map_finds_the_bright_square():
    """A network by hand, whose class 1 counts bright pixels."""

    class Bright(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer1 = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU())
            self.fc = nn.Linear(1, 2)
            nn.init.ones_(self.layer1[0].weight)
            self.fc.weight.data = torch.tensor([[-1.0], [1.0]])

        def forward(self, x):
            return self.fc(self.layer1(x).mean(dim=(2, 3)))

    image = torch.zeros(1, 1, 8, 8)
    image[..., 2:4, 5:7] = 1
    for function in (class_activation_map, grad_cam):
        for number, sign in ((0, -1), (1, 1)):
            found = sign * function(Bright(), image, number)
            assert torch.equal(found > 0, image[0] > 0)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_comes_back_as_it_was(case, training):
    model, images = case
    model.train(training).requires_grad_(False)
    model.layer1.eval()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    with torch.no_grad():
        for layer in stages(model):
            class_activation_map(model, images, 0, layer)
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not images.requires_grad
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("number", "layer", "words"),
    [
        (5, None, "class_index must be 0 to 4, got 5"),
        (-1, "layer1", "got -1"),
        (torch.tensor([1, 2]), None, "one number or 3"),
        (0, "layer9", "no stage 'layer9': choose one of layer1, layer2, layer3"),
        (0, "fc", "no stage 'fc'"),
    ],
)
def test_wrong_arguments_are_named(case, number, layer, words):
    with pytest.raises(ValueError, match=words):
        class_activation_map(*case, number, layer)


def test_a_model_without_stages_is_refused():
    with pytest.raises(ValueError, match="Linear does not have stages"):
        class_activation_map(nn.Linear(2, 3), torch.randn(1, 2), 0)
