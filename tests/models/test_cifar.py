"""The small networks of depth 6n + 2."""

import pytest
import torch
from torch import nn

from course_lib.models.cifar import CifarResNet, PadShortcut
from course_lib.models.cost import cost, count_parameters


@pytest.mark.parametrize(
    ("depth", "parameters"),
    [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962)],
)
def test_parameters_equal_the_reference_figures(depth, parameters):
    with torch.device("meta"):
        model, plain = CifarResNet(depth), CifarResNet(depth, residual=False)
    assert count_parameters(model) == count_parameters(plain) == parameters
    assert cost(model, (3, 32, 32)).macs == cost(plain, (3, 32, 32)).macs
    weighted = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weighted) == depth
    assert len(model.blocks) == len(plain.blocks) == (depth - 2) // 2


def test_pad_shortcut_skips_pixels_and_adds_zeros():
    x = torch.arange(18.0).view(1, 2, 3, 3)
    y = PadShortcut(2, 5, 2)(x)
    assert y[0, :2].tolist() == [[[0, 2], [6, 8]], [[9, 11], [15, 17]]]
    assert y.shape == (1, 5, 2, 2) and y[:, 2:].eq(0).all()


def test_plain_and_residual_differ_by_the_shortcuts_alone():
    residual, plain = CifarResNet(14, width=8), CifarResNet(14, width=8, residual=False)
    plain.load_state_dict(residual.state_dict())
    x = torch.randn(4, 8, 6, 6)
    out = residual.layer1[0]
    expected = plain.layer1[0][:-1](x)  # all but the last ReLU
    torch.testing.assert_close(out(x), (expected + x).relu())
    torch.testing.assert_close(plain.layer1[0](x), expected.relu())


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_every_kind_runs_and_learns_in_every_layer(residual, batch_norm):
    torch.manual_seed(0)
    model = CifarResNet(
        8, residual=residual, batch_norm=batch_norm, width=4, in_channels=1, num_classes=3
    )
    assert any(isinstance(m, nn.BatchNorm2d) for m in model.modules()) == batch_norm
    logits = model(torch.randn(5, 1, 9, 9))
    assert logits.shape == (5, 3)
    logits.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_projection_shortcuts():
    padded, projected = CifarResNet(20), CifarResNet(20, projection=True)
    # two projections: 16 to 32 and 32 to 64 channels, each with a batch norm
    extra = 16 * 32 + 32 * 64 + 2 * (32 + 64)
    assert count_parameters(projected) - count_parameters(padded) == extra


def test_blocks_are_in_order():
    model = CifarResNet(14, width=4, in_channels=1)
    x = torch.randn(2, 1, 12, 12)
    out = model.bn1(model.conv1(x)).relu()
    for block in model.blocks:
        out = block(out)
    torch.testing.assert_close(model.fc(out.mean((2, 3))), model(x))


def test_stem_stride_quarters_the_cost():
    full, quick = (cost(CifarResNet(8, stem_stride=s), (3, 32, 32)).macs for s in (1, 2))
    assert full / quick == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize("depth", [0, 2, 6, 10, 18, 21, 55, -4])
def test_depth_must_be_6n_plus_2(depth):
    with pytest.raises(ValueError, match=f"6n \\+ 2.*got {depth}"):
        CifarResNet(depth)


def test_a_plain_network_has_no_projection():
    with pytest.raises(ValueError, match="residual=False"):
        CifarResNet(8, residual=False, projection=True)
