"""Notebook 10's file: repaired it is torchvision's; each typed piece shows its symptom alone."""

import inspect

import pytest
import torch
import torchvision

from course_lib.from_memory import repaired, typed
from course_lib.from_memory.comparison import same_outputs
from course_lib.from_memory.network import NETWORKS, PIECES, assemble
from course_lib.models.cost import cost, count_parameters

RESNET50 = 25_557_032
IMAGES = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def wrong(name, piece):
    return assemble(name, **{piece: getattr(typed, piece)})


def theirs(name):
    return getattr(torchvision.models, name)()


@pytest.mark.parametrize("name", NETWORKS)
def test_repaired_networks_have_torchvisions_state_dict(name):
    with torch.device("meta"):
        ours, right = assemble(name).state_dict(), theirs(name).state_dict()
    assert list(ours) == list(right)
    assert [weight.shape for weight in ours.values()] == [w.shape for w in right.values()]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_repaired_networks_compute_what_torchvisions_do(name):
    assert same_outputs(assemble(name), theirs(name), IMAGES)


def test_both_files_have_the_same_pieces_each_with_a_mistake():
    pieces = {name: each for name, each in vars(typed).items() if name.startswith("fix_")}
    assert list(pieces) == list(PIECES) and len(pieces) == 15
    for name, piece in pieces.items():
        assert inspect.getsource(piece) != inspect.getsource(getattr(repaired, name))
        assert inspect.getdoc(piece) == inspect.getdoc(getattr(repaired, name))


@pytest.mark.parametrize(
    ("name", "piece", "words"),
    [
        ("resnet18", "fix_basic_layers", "must match the size"),
        ("resnet50", "fix_stage", "to have 64 channels"),
        ("resnet50", "fix_head", "512x1000"),
    ],
)
def test_these_stop(name, piece, words):
    with pytest.raises(RuntimeError, match=words):
        wrong(name, piece)(IMAGES)


def test_the_head_fits_behind_basic_blocks():
    assert wrong("resnet18", "fix_head")(IMAGES).shape == (2, 1000)


@pytest.mark.parametrize(
    ("name", "piece", "parameters"),
    [
        ("resnet50", "fix_shortcut", RESNET50 - 7_680),
        ("resnet50", "fix_blocks", 30_019_624),
        ("resnext50_32x4d", "fix_template", 34_931_496),
        ("resnext50_32x4d", "fix_resnext_layers", RESNET50),
    ],
)
def test_these_have_another_number_of_parameters(name, piece, parameters):
    with torch.device("meta"):
        assert count_parameters(wrong(name, piece)) == parameters
    assert wrong(name, piece)(IMAGES).shape == (2, 1000)


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("resnet50", "fix_stem"),
        ("resnet50", "fix_bottleneck_layers"),
        ("resnet18", "fix_basic_forward"),
        ("resnet50", "fix_bottleneck_forward"),
    ],
)
def test_these_load_the_weights_and_compute_something_else(name, piece):
    assert not same_outputs(wrong(name, piece), theirs(name), IMAGES)


def test_the_stride_in_the_first_convolution_is_cheaper():
    with torch.device("meta"):
        macs = cost(wrong("resnet50", "fix_bottleneck_layers"), (3, 224, 224)).macs
    assert macs == 3_857_973_248


def test_the_block_that_writes_into_its_input_evaluates_and_does_not_train():
    network = wrong("resnext50_32x4d", "fix_resnext_forward")
    assert same_outputs(network, theirs("resnext50_32x4d"), IMAGES)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        network.train()(IMAGES).sum().backward()


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="resnet51.*choose one of resnet18"):
        assemble("resnet51")
    with pytest.raises(ValueError, match="fix_stern.*they are fix_basic_layers"):
        assemble("resnet18", fix_stern=typed.fix_stem)
