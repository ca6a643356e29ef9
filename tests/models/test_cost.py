"""The cost counter against hand counts and torch's own."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib.models.cifar import CifarResNet
from course_lib.models.cost import cost, count_parameters
from course_lib.models.resnet import resnet18, resnet50, resnext50_32x4d


def test_count_parameters_counts_the_frozen_and_no_buffers():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    model[0].requires_grad_(False)
    assert count_parameters(model) == 3 * 4 * 9 + 4 + 2 * 4
    assert type(count_parameters(nn.ReLU())) is int


def test_one_grouped_convolution_by_hand():
    table = cost(nn.Conv2d(8, 12, 3, stride=2, padding=1, groups=4), (8, 7, 9))
    (layer,) = table.layers
    assert layer.output_shape == (12, 4, 5)
    assert layer.parameters == table.parameters == 12 * 2 * 9 + 12
    assert layer.macs == table.macs == 12 * 4 * 5 * 2 * 9
    assert layer.activations == table.activations == 12 * 4 * 5


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (resnet18, (3, 224, 224)),
        (resnet50, (3, 97, 65)),
        (resnext50_32x4d, (3, 64, 64)),
        (lambda: CifarResNet(20, in_channels=1), (1, 28, 28)),
    ],
)
def test_macs_are_half_of_torchs_flops(build, shape):
    with torch.device("meta"):
        model = build().eval()
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, *shape))
    assert 2 * cost(model, shape).macs == counter.get_total_flops()


@pytest.mark.parametrize("depth", [None, 1, 2, 3])
def test_rows_add_up_to_the_totals(depth):
    table = cost(resnet18(), (3, 64, 64), depth)
    for count in ("parameters", "macs", "activations"):
        assert sum(getattr(layer, count) for layer in table.layers) == getattr(table, count)


def test_depth_chooses_the_rows():
    model = resnet18()
    rows = cost(model, (3, 64, 64), depth=1).layers
    assert [row.name for row in rows] == [name for name, _ in model.named_children()]
    assert [row.output_shape for row in rows][4:8] == [
        (64, 16, 16), (128, 8, 8), (256, 4, 4), (512, 2, 2)
    ]  # fmt: skip
    names = [row.name for row in cost(model, (3, 64, 64), depth=2).layers]
    assert "layer2.1" in names and "layer2" not in names and "fc" in names


def test_a_module_that_runs_twice_costs_twice_but_is_one_row():
    conv = nn.Conv2d(4, 4, 3, padding=1)
    table = cost(nn.Sequential(conv, nn.ReLU(), conv), (4, 5, 5))
    assert table.macs == 2 * 4 * 4 * 9 * 25
    assert table.parameters == 4 * 4 * 9 + 4
    assert [row.name for row in table.layers] == ["0", "1"]


def test_the_model_stays_as_it_was():
    model = CifarResNet(8, width=4)
    model.layer1.eval()
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    cost(model, (3, 16, 16))
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_hooks for module in model.modules())
    after = model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_the_table_as_text():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten(), nn.Linear(4 * 1000, 2))
    table = cost(model, (3, 10, 100))
    assert repr(table) == table._repr_markdown_()
    assert repr(table).splitlines() == [
        "| layer | kind | output | parameters | MACs | activations |",
        "|:--|:--|:--|--:|--:|--:|",
        "| 0 | Conv2d | 4 x 10 x 100 | 16 | 12,000 | 4,000 |",
        "| 1 | Flatten | 4000 | 0 | 0 | 0 |",
        "| 2 | Linear | 2 | 8,002 | 8,000 | 2 |",
        "| **total** |  |  | 8,018 | 20,000 | 4,002 |",
    ]


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (32, 32), (3, 0, 32), (3, 32.0, 32)])
def test_the_input_shape_has_no_batch(shape):
    with pytest.raises(ValueError, match="without a batch"):
        cost(CifarResNet(8), shape)
