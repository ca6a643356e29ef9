import json
from functools import cache

import pytest
import torch
from torch import nn

from course_lib.explorers.architect import NETWORKS, STAGES, ResNetArchitect
from course_lib.models import resnet
from course_lib.models.blocks import BasicBlock, Bottleneck
from course_lib.models.cost import cost
from tests.explorers.reading import numbers

# He et al. 2015, table 1: block, blocks a stage, multiply-adds in 1e9
TABLE = {
    18: (BasicBlock, [2, 2, 2, 2], 1.8),
    34: (BasicBlock, [3, 4, 6, 3], 3.6),
    50: (Bottleneck, [3, 4, 6, 3], 3.8),
    101: (Bottleneck, [3, 4, 23, 3], 7.6),
    152: (Bottleneck, [3, 8, 36, 3], 11.3),
}
BLOCKS = {"BasicBlock": BasicBlock, "Bottleneck": Bottleneck}


@cache
def pieces(block, width, v1):
    """A network with two blocks a stage: any other has the second block more often, or not."""
    kind, options = BLOCKS[block], {"v1": v1} if block == "Bottleneck" else {}
    with torch.device("meta"):
        stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width))
        parts, before = [stem, nn.MaxPool2d(3, 2, 1)], width
        for stage in range(4):
            inside, stride = width * 2**stage, 2 if stage else 1
            parts.append(resnet.make_layer(kind, before, inside, 2, stride, **options))
            before = inside * kind.expansion
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000))
        return nn.Sequential(*parts, head)


@cache
def counted(block, width, size, v1=False):
    """The rows of its table by part, as the modules stand in `pieces`."""
    rows = cost(pieces(block, width, v1), (3, size, size), depth=2).layers
    return [[row for row in rows if row.name.split(".")[0] == str(part)] for part in range(7)]


def expected(values):
    """What the picture must say, counted on the course's modules."""
    layers = [values[stage] for stage in STAGES]
    block, width, size = values["block"], values["width"], values["size"]

    def costs(v1=False):
        for part, rows in enumerate(counted(block, width, size, v1)):
            times = [1, layers[part - 2] - 1] if 2 <= part < 6 else [1] * len(rows)
            pairs = list(zip(times, rows, strict=True))
            yield (
                sum(n * row.parameters for n, row in pairs),
                sum(n * row.macs for n, row in pairs),
                rows[-1].output_shape,
            )

    said = {"image.channels": 3, "image.size": size}
    names = ["conv1", "max pool", "stage 1", "stage 2", "stage 3", "stage 4", "head"]
    for name, (parameters, macs, shape) in zip(names, costs(), strict=True):
        said |= {f"{name}.parameters": parameters, f"{name}.macs": macs}
        said |= {f"{name}.channels": shape[0], f"{name}.size": shape[-1]}
    del said["head.size"]  # the head puts out a row of numbers, not a map
    said["parameters"] = sum(parameters for parameters, _, _ in costs())
    said["macs"] = sum(macs for _, macs, _ in costs())
    said["layers"] = 2 + (3 if block == "Bottleneck" else 2) * sum(layers)
    if block == "Bottleneck":
        said["v1"] = sum(macs for _, macs, _ in costs(v1=True))
    row = [d for d, (kind, blocks, _) in TABLE.items() if (kind, blocks) == (BLOCKS[block], layers)]
    if row and (width, size) == (64, 224):
        said["paper"] = TABLE[row[0]][2] * 1e9
    return said


@pytest.mark.parametrize("depth", TABLE)
def test_a_network_of_the_paper_is_the_course_network(depth):
    kind, _, paper = TABLE[depth]
    said = numbers(ResNetArchitect(depth=depth).picture().svg)
    with torch.device("meta"):
        whole = cost(getattr(resnet, f"resnet{depth}")(), (3, 224, 224), depth=1)
    assert (said["parameters"], said["macs"]) == (whole.parameters, whole.macs)
    for layer in whole.layers:
        if layer.name.startswith("layer"):
            part = f"stage {layer.name[-1]}"
            assert said[f"{part}.parameters"] == layer.parameters
            assert said[f"{part}.macs"] == layer.macs
            assert (said[f"{part}.channels"], said[f"{part}.size"]) == layer.output_shape[:2]
    assert said["layers"] == depth and said["paper"] == paper * 1e9
    if kind is Bottleneck:  # the paper's figure belongs to v1 alone
        assert abs(said["v1"] - said["paper"]) < 0.06e9 < abs(said["macs"] - said["paper"])


def test_the_depth_follows_from_the_block_and_the_stages():
    assert ResNetArchitect(block="BasicBlock").first["depth"] == 34
    assert ResNetArchitect(stage3=23).first["depth"] == 101
    assert ResNetArchitect(stage4=4).first["depth"] == "own"
    assert ResNetArchitect(depth="own", **NETWORKS[152]).first["depth"] == 152
    assert ResNetArchitect(depth="own").first["stage4"] == 1
    shown = ResNetArchitect(depth=18, width=32)
    assert shown.picture(depth=152) == ResNetArchitect(depth=152, width=32).picture()


def test_every_combination_of_the_grid_is_settled():
    shown = ResNetArchitect()
    assert all(shown._complete(values) == values for values in shown.grid())


@pytest.mark.parametrize("depth", NETWORKS)
@pytest.mark.parametrize("change", [{"block": "BasicBlock"}, {"stage3": 6}, {"stage2": 8}])
def test_the_page_settles_as_the_constructor_does(explorer, depth, change):
    def on_the_page(values, changes):
        for name, value in changes.items():
            values = values | {name: value}
            call = f"shown.settle({json.dumps(values)}, {json.dumps(name)}, globalThis.computed)"
            values |= json.loads(explorer.drawing._context.eval(f"JSON.stringify({call})"))
        return values

    assert on_the_page(explorer.first, {"depth": depth} | change) == explorer._complete(
        {"depth": depth} | change
    )


def test_other_networks_have_no_row_in_the_paper():
    assert "has no such network" in ResNetArchitect(stage1=1).picture().svg
    assert "has ResNet-50 with width 64" in ResNetArchitect(width=32).picture().svg
    assert "has ResNet-34 with width 64" in ResNetArchitect(depth=34, size=448).picture().svg


def test_a_stage_is_dragged_and_clicked_within_its_forty_blocks():
    shown = ResNetArchitect(stage1=1, stage2=40)
    drawn = shown.picture().svg
    assert all(f'data-drag="{stage}"' in drawn for stage in STAGES)
    steps = [f"{{&quot;{stage}&quot;:{n}}}" for stage, n in [("stage1", 2), ("stage2", 39)]]
    assert all(step in drawn for step in steps)
    assert "&quot;stage1&quot;:0" not in drawn and "&quot;stage2&quot;:41" not in drawn


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Largest share of the parameters: stage 4; of the MACs: stage 3."),
        ({"depth": 152}, "Largest share of both: stage 3."),
        ({"depth": "own"}, "of the MACs: stage 2 and stage 3 and stage 4."),
        ({"depth": "own", "width": 16}, "of the MACs: conv1."),
    ],
)
def test_the_words_say_where_the_costs_are(values, said):
    assert ResNetArchitect(**values).picture().words.endswith(said)
