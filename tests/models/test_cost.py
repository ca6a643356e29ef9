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


def counted_by_torch(model, shape):
    """torch's FLOPs, two for each multiply-add, by name of the module, and "Global" for all."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        model.eval()(torch.empty(1, *shape))
    return {name: sum(counts.values()) for name, counts in counter.get_flop_counts().items()}


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (resnet18, (3, 224, 224)),
        (resnet18, (3, 64, 64)),
        (resnet50, (3, 97, 65)),
        (resnext50_32x4d, (3, 64, 64)),
        (lambda: CifarResNet(20, in_channels=1), (1, 28, 28)),
    ],
)
def test_macs_are_half_of_torchs_flops_layer_by_layer(build, shape):
    with torch.device("meta"):
        model = build()
    table, torchs = cost(model, shape), counted_by_torch(model, shape)
    assert 2 * table.macs == torchs["Global"]
    layers = {f"{type(model).__name__}.{row.name}": row.macs for row in table.layers if row.macs}
    assert len(layers) >= 20
    assert {name: 2 * macs for name, macs in layers.items()} == {
        name: torchs[name] for name in layers
    }


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(6, 8, 3), (6, 9, 7)),
        (nn.Conv2d(6, 8, 3, bias=False), (6, 9, 7)),
        (nn.Conv2d(6, 8, (1, 5), padding=(0, 2)), (6, 9, 7)),
        (nn.Conv2d(6, 8, 3, stride=2, padding=1), (6, 9, 7)),
        (nn.Conv2d(6, 8, 3, dilation=3, padding=3), (6, 9, 7)),
        (nn.Conv2d(6, 9, 3, groups=3), (6, 9, 7)),
        (nn.Conv2d(6, 12, 5, stride=(3, 2), padding=4, dilation=2, groups=6), (6, 9, 7)),
        (nn.Sequential(nn.Flatten(), nn.Linear(378, 10)), (6, 9, 7)),
        (nn.Linear(7, 10, bias=False), (6, 9, 7)),  # one for each of the 54 rows
    ],
    ids=str,
)
def test_a_layers_macs_are_half_of_torchs_flops(layer, shape):
    macs = cost(layer, shape).macs
    assert macs > 0 and 2 * macs == counted_by_torch(layer.to("meta"), shape)["Global"]


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
