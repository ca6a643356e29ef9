"""ResNet against torchvision's and against the papers' figures."""

import pytest
import torch
import torchvision
from torch import nn

from course_lib.models import resnet
from course_lib.models.blocks import BasicBlock, Bottleneck, zero_init_residual
from course_lib.models.cost import cost, count_parameters
from course_lib.models.resnet import ResNet, initialize, layer_shapes, make_layer
from course_lib.models.resnext import ResNeXtBottleneck

# name: parameters, MACs at 224 x 224, MACs in G with the stride in the 1x1 (v1), state dict keys
FIGURES = {
    "resnet18": (11_689_512, 1_814_073_344, None, 122),
    "resnet34": (21_797_672, 3_663_761_408, None, 218),
    "resnet50": (25_557_032, 4_089_184_256, 3.858, 320),
    "resnet101": (44_549_160, 7_801_405_440, 7.570, 626),
    "resnet152": (60_192_808, 11_513_626_624, 11.282, 932),
    "resnext50_32x4d": (25_028_904, 4_230_479_872, 3.768, 320),
    "resnext101_32x8d": (88_791_336, 16_414_015_488, 15.489, 626),
    "resnext101_64x4d": (83_455_272, 15_460_270_080, 14.535, 626),
    "wide_resnet50_2": (68_883_240, 11_398_021_120, 10.936, 320),
    "wide_resnet101_2": (126_886_696, 22_753_050_624, 22.291, 626),
}
V1 = {
    "resnet50": (Bottleneck, 6, {}),
    "resnet101": (Bottleneck, 23, {}),
    "resnext50_32x4d": (ResNeXtBottleneck, 6, {"groups": 32, "width_per_group": 4}),
    "resnext101_32x8d": (ResNeXtBottleneck, 23, {"groups": 32, "width_per_group": 8}),
    "resnext101_64x4d": (ResNeXtBottleneck, 23, {"groups": 64, "width_per_group": 4}),
    "wide_resnet50_2": (ResNeXtBottleneck, 6, {"width_per_group": 128}),
    "wide_resnet101_2": (ResNeXtBottleneck, 23, {"width_per_group": 128}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_counts_equal_the_reference_figures(name):
    parameters, macs, _, keys = FIGURES[name]
    with torch.device("meta"):
        model = getattr(resnet, name)()
    assert count_parameters(model) == parameters
    assert cost(model, (3, 224, 224)).macs == macs
    assert len(model.state_dict()) == keys


@pytest.mark.parametrize("name", [*V1, "resnet152"])
def test_v1_counts_equal_the_papers(name):
    block, third, options = V1.get(name, (Bottleneck, None, {}))
    layers = [3, 4, third, 3] if third else [3, 8, 36, 3]
    with torch.device("meta"):
        model = ResNet(block, layers, v1=True, **options)
    assert count_parameters(model) == FIGURES[name][0]
    assert round(cost(model, (3, 224, 224)).macs / 1e9, 3) == FIGURES[name][2]


def _pair(name: str) -> tuple[nn.Module, nn.Module]:
    """Ours and torchvision's with the same weights, none of them trivial."""
    with torch.device("meta"):
        ours = getattr(resnet, name)(num_classes=7)
        theirs = getattr(torchvision.models, name)(num_classes=7)
    ours, theirs = ours.to_empty(device="cpu"), theirs.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    for key, tensor in theirs.state_dict().items():
        if key.endswith("num_batches_tracked"):
            tensor.zero_()
        elif key.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.dim() >= 2:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        else:  # batch norms small enough that a hundred additions do not blow the signal up
            tensor.uniform_(0.1, 0.4, generator=generator)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return ours, theirs


@pytest.mark.parametrize("name", FIGURES)
def test_outputs_and_gradients_equal_torchvisions(name):
    ours, theirs = _pair(name)
    x = torch.randn(2, 3, 33, 39, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        a, b = ours.eval()(x), theirs.eval()(x)
        assert b.std() > 1e-3
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
    outputs = [model.train()(x) for model in (ours, theirs)]
    torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)
    for output in outputs:
        output.square().sum().backward()
    for (key, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert q.grad.abs().max() > 0, key
        gap = (p.grad - q.grad).norm() / q.grad.norm()
        assert gap < 1e-4, f"{key}: relative difference {gap:.1e}"
    for key, buffer in ours.named_buffers():
        torch.testing.assert_close(buffer, theirs.get_buffer(key), rtol=1e-5, atol=1e-5)


def test_without_the_top_comes_the_last_feature_map():
    x = torch.randn(1, 3, 64, 64)
    for block, channels in ((BasicBlock, 512), (Bottleneck, 2048)):
        full = ResNet(block, [1, 1, 1, 1], num_classes=5).eval()
        features = ResNet(block, [1, 1, 1, 1], include_top=False).eval()
        missing, unexpected = features.load_state_dict(full.state_dict(), strict=False)
        assert (missing, unexpected) == ([], ["fc.weight", "fc.bias"])
        assert features(x).shape == (1, channels, 2, 2)
        assert torch.allclose(full.fc(features(x).mean((2, 3))), full(x), atol=1e-5)


def test_only_the_first_block_of_a_stage_changes_the_shape():
    stage = make_layer(Bottleneck, 64, 32, 3, stride=2)
    assert isinstance(stage, nn.Sequential)
    assert [conv.stride for conv in (b.conv2 for b in stage)] == [(2, 2), (1, 1), (1, 1)]
    assert ["downsample.0.weight" in block.state_dict() for block in stage] == [True, False, False]
    assert stage(torch.randn(1, 64, 8, 8)).shape == (1, 128, 4, 4)
    assert not any("downsample" in key for key in make_layer(BasicBlock, 64, 64, 2).state_dict())


def test_initialisation_is_kaiming_fan_out():
    torch.manual_seed(0)
    model = ResNet(BasicBlock, [1, 1, 1, 1])
    nn.init.uniform_(model.bn1.weight)
    nn.init.uniform_(model.bn1.bias)
    initialize(model)
    assert model.bn1.weight.eq(1).all() and model.bn1.bias.eq(0).all()
    for conv in (model.conv1, model.layer2[0].conv1, model.layer4[0].conv2):
        fan_out = conv.weight[:, 0].numel()
        assert conv.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.03)


def test_zero_init_makes_every_block_its_shortcut():
    model = ResNet(Bottleneck, [2, 1, 1, 1], include_top=False)
    zero_init_residual(model)
    x = torch.randn(2, 64, 8, 8)
    assert torch.equal(model.layer1[1](model.layer1[0](x)), model.layer1[0](x))


def test_layer_shapes_names_the_children_in_order_and_changes_nothing():
    model = ResNet(Bottleneck, [1, 1, 1, 1])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    x = torch.randn(2, 3, 64, 96)
    copy = x.clone()
    assert layer_shapes(model, x) == {
        "conv1": (2, 64, 32, 48),
        "bn1": (2, 64, 32, 48),
        "relu": (2, 64, 32, 48),
        "maxpool": (2, 64, 16, 24),
        "layer1": (2, 256, 16, 24),
        "layer2": (2, 512, 8, 12),
        "layer3": (2, 1024, 4, 6),
        "layer4": (2, 2048, 2, 3),
        "avgpool": (2, 2048, 1, 1),
        "fc": (2, 1000),
    }
    assert model.training and not model.conv1._forward_hooks
    assert torch.equal(x, copy)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    "layers", [[2, 2, 2], [3, 4, 6, 3, 1], [3, 4, 0, 3], [3, 4, 6, -3], [1.0] * 4]
)
def test_layers_must_be_four_positive_integers(layers):
    with pytest.raises(ValueError, match="4 positive integers.*" + str(layers)[1:-1]):
        ResNet(BasicBlock, layers)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_groups_with_a_plain_block_are_refused(block):
    with pytest.raises(ValueError, match="groups=32"):
        ResNet(block, [2, 2, 2, 2], groups=32, width_per_group=4)


def test_an_empty_stage_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        make_layer(BasicBlock, 64, 64, 0)
