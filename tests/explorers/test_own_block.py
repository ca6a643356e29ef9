"""A learner's block beside the course's: what is said of right blocks and of wrong ones."""

import json
import random
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import explorers
from course_lib.explorers import trial
from course_lib.explorers.explorer import Slider
from course_lib.explorers.trial import Pair, Trial
from course_lib.models import blocks
from course_lib.models.cost import count_parameters
from course_lib.models.resnext import ResNeXtBottleneck
from tests.explorers.reading import numbers

SAME = "With the same weights both put out the same, in training and evaluation."


class Right(nn.Module):
    """A basic block under other names, in another order."""

    expansion = 1
    second_stride = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.past = downsample
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)])
        strides = stride, stride if self.second_stride == "too" else 1
        self.second = nn.Conv2d(channels, channels, 3, strides[1], 1, bias=False)
        self.first = nn.Conv2d(in_channels, channels, 3, strides[0], 1, bias=False)

    def residual(self, x):
        return self.norms[1](self.second(F.relu(self.norms[0](self.first(x)))))

    def way_past(self, x):
        return x if self.past is None else self.past(x)

    def forward(self, x):
        return F.relu(self.residual(x) + self.way_past(x))


class NoProjection(Right):
    def way_past(self, x):
        return x


class StridedTwice(Right):
    second_stride = "too"


class EarlyReLU(Right):
    def forward(self, x):
        return F.relu(self.residual(x)) + self.way_past(x)


class InPlace(Right):
    def forward(self, x):
        out = self.residual(F.relu(x, inplace=True))
        return F.relu(out + self.way_past(x))


class Biased(Right):
    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__(in_channels, channels, stride, downsample)
        self.first = nn.Conv2d(in_channels, channels, 3, stride, 1)


class Listed(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.convs = [
            nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
        ]
        self.downsample = downsample

    def forward(self, x):
        out = self.convs[1](F.relu(self.convs[0](x)))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class Quarrelsome(Right):
    def forward(self, x):
        raise KeyError("no such " + 100 * "very " + "thing")


class Quitting(Right):
    def __init__(self, *args):
        raise SystemExit


class Pair2(Right):
    def forward(self, x):
        return super().forward(x), x


class Unfinished(Right):
    def forward(self, x):
        raise NotImplementedError


class NoExpansion(nn.Module):
    pass


class Divided(Right):
    def forward(self, x):
        return super().forward(x) / (self.training - 1)


class Noisy(Right):
    """Looks at its numbers, prints them, draws others, and changes settings."""

    def forward(self, x):
        print(f"mean {x.mean().item():.2f}")
        assert not x.isnan().any()
        torch.manual_seed(5)
        np.random.seed(5)
        random.seed(5)
        torch.set_num_threads(3)
        torch.set_default_dtype(torch.float64)
        return F.dropout(super().forward(x), training=self.training)


def alone(block, explorer=explorers.BasicBlock, **values):
    """An explorer of a block whose controls have one value each: others need not be computed."""
    made = explorer(block=block, **values)
    made.controls = [Slider(name, name, [value], value) for name, value in made.first.items()]
    return made


def shown(block, explorer=explorers.BasicBlock, **values):
    """What an explorer says of a block: its numbers by name, its signs, and the words about it."""
    picture = alone(block, explorer, **values).picture()
    _, _, rows = picture.svg.partition("the course's ")
    signs = [sign for sign in "=≠?" if f">{sign} " in rows]
    return numbers(rows), signs, picture.words.split("Yours: ")[1]


@pytest.fixture(scope="module")
def right():
    return explorers.BasicBlock(block=Right)


def test_without_a_block_nothing_of_it_is_there():
    plain = explorers.BasicBlock()
    assert plain.computed == {} and plain.module == "basic_block"
    text = plain._repr_html_()
    assert "the course's" not in text and "findings" not in text
    assert plain.lines == explorers.BasicBlock.lines


def test_a_right_block_has_the_courses_figures_everywhere(right):
    for values in [*right.grid()][::7]:
        in_channels, channels, stride, size = values.values()
        with torch.device("meta"):
            block = blocks.BasicBlock(
                in_channels, channels, stride, blocks.shortcut(in_channels, channels, stride)
            )
            output = block(torch.zeros(2, in_channels, size, size))
        figures = [count_parameters(block), *output.shape[1:]]
        drawn = right.picture(**values)
        found = numbers(drawn.svg)
        for name in ("own", "course"):
            named = [f"{name}.parameters", *(f"{name}.{axis}" for axis in range(3))]
            assert [found[each] for each in named] == figures, values
        assert "≠" not in drawn.svg and SAME in drawn.words, values
        assert "unlike" not in drawn.words


def test_it_stands_alone_and_stays_small(right):
    text = right._repr_html_()
    assert len(text) < 80_000 and len(json.dumps(right.computed)) < 20_000
    assert 'data-explorer="basic_block+own_block"' in text
    assert "import" not in text and right.drawing.size[1] > explorers.BasicBlock().drawing.size[1]


CHANGES = {"in_channels": 64, "channels": 128, "stride": 2, "size": 28}
KEEPS = {"in_channels": 64, "channels": 64, "stride": 1, "size": 28}
MISMATCH = "RuntimeError: The size of tensor a ({}) must match the size of tensor b ({})"


@pytest.mark.parametrize(
    ("block", "values", "figures", "signs", "words"),
    [
        (NoProjection, KEEPS, (73984, 64, 28, 28), ["="], SAME),
        (NoProjection, CHANGES, None, ["≠"], MISMATCH.format(14, 28)),
        (StridedTwice, KEEPS, (73984, 64, 28, 28), ["="], SAME),
        (StridedTwice, CHANGES, None, ["≠"], MISMATCH.format(7, 14)),
        (EarlyReLU, CHANGES, (230144, 128, 14, 14), ["=", "≠"], "the outputs differ by up to 2."),
        (InPlace, CHANGES, (230144, 128, 14, 14), ["=", "≠"], "changes its input x in place"),
        (Biased, CHANGES, (230272, 128, 14, 14), ["=", "≠", "?"], "1 too many of shape (32,)"),
        (Listed, CHANGES, (8448, 128, 14, 14), ["=", "≠", "?"], "self.convs are in a plain list"),
        (Quarrelsome, KEEPS, None, ["≠"], "no output. KeyError: 'no such very very"),
        (Quitting, KEEPS, None, ["≠"], "no output. SystemExit"),
        (Pair2, KEEPS, None, ["≠"], "TypeError: forward returned tuple, not a tensor"),
        (Unfinished, KEEPS, None, ["≠"], "no output. NotImplementedError"),
        (NoExpansion, KEEPS, None, ["≠"], "AttributeError: type object 'NoExpansion' has no"),
        (Divided, KEEPS, (73984, 64, 28, 28), ["=", "≠"], "entries that are not numbers"),
    ],
)
def test_what_is_said_of_a_block(block, values, figures, signs, words):
    found, seen, said = shown(block, **values)
    own = [found.get(f"own.{name}") for name in ("parameters", 0, 1, 2)]
    assert own == (list(figures) if figures else [None] * 4)
    assert seen == signs
    assert words in said
    assert len(said) < 270


def test_an_error_comes_with_the_learners_line():
    drawn = alone(NoProjection, **CHANGES).picture().svg
    assert "return F.relu(self.residual(x) + self.way_past(x))" in drawn


def test_the_picture_says_where_the_outputs_were_compared(right):
    assert "Tried on numbers: Right(16, 32, stride=2) on 8×8." in right.picture(**CHANGES).svg
    odd = CHANGES | {"size": 7, "channels": 512}
    assert "Tried on numbers: Right(16, 128, stride=2) on 7×7." in right.picture(**odd).svg


def test_a_noisy_block_leaves_no_trace(capsys):
    def states():
        rng = torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()
        return *rng, torch.get_num_threads(), torch.get_default_dtype()

    before = states()
    found, _, said = shown(Noisy, **CHANGES)
    assert states() == before
    assert capsys.readouterr() == ("", "")
    assert found["own.parameters"] == 230144
    assert "differ" in said and "in training only" in said


def test_the_same_block_gives_the_same_text(right):
    again = explorers.BasicBlock(block=Right, in_channels=512)
    assert json.dumps(again.computed) == json.dumps(right.computed)


def test_a_slow_block_is_left_after_some_seconds(monkeypatch):
    late = iter([False])  # only for the values that are seen first
    monkeypatch.setattr(Pair, "_late", lambda self: next(late, True))
    explorer = explorers.BasicBlock(block=Right, **KEEPS)
    monkeypatch.setattr(trial, "SECONDS", 6)
    words = explorer.picture(**CHANGES).words
    assert "Yours: no output. Not run: the others took 6 seconds." in words


def test_work_and_sleep_count_as_time():
    pair = Pair(Right, blocks.BasicBlock)
    assert not pair._late()
    pair.start = time.thread_time() - trial.SECONDS - 1, time.monotonic()
    assert pair._late()
    pair.start = time.thread_time(), time.monotonic() - 5 * trial.SECONDS - 1
    assert pair._late()


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        (blocks.BasicBlock(4, 4), "an object of type BasicBlock"),
        (blocks.shortcut, "shortcut, which is not a class"),
        (lambda *args: None, "<lambda>, which is not a class"),
        (dict, "the class dict, which does not derive from nn.Module"),
        ("Right", "an object of type str"),
    ],
)
def test_what_is_no_class_of_modules_is_refused(block, wrong):
    with pytest.raises(TypeError, match=f"block is {wrong}: give the class .* block=MyBlock"):
        explorers.BasicBlock(block=block)


# the three explorers of blocks


class V15(blocks.Bottleneck):
    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__(in_channels, channels, stride, downsample)


class V1(blocks.Bottleneck):
    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__(in_channels, channels, stride, downsample, v1=True)


class WrongExpansion(V15):
    expansion = 2


class Forgotten(ResNeXtBottleneck):
    """Its 3x3 convolution never gets its groups."""

    def __init__(self, in_channels, channels, stride=1, downsample=None, **options):
        super().__init__(in_channels, channels, stride, downsample, **options)
        width = self.conv2.in_channels
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)


@pytest.mark.parametrize("block", [V15, V1])
def test_a_bottleneck_is_v1_or_v15(block):
    for v1 in (True, False):
        agree = v1 == (block is V1)
        found, signs, said = shown(block, explorers.Bottleneck, v1=v1)
        assert [found["own.0"], found["own.1"]] == [512, 28]
        assert found["own.parameters"] == found["course.parameters"]
        assert signs == (["="] if agree else ["=", "≠"])
        assert (SAME if agree else "differ by up to") in said
    assert SAME in shown(block, explorers.Bottleneck, stride=1)[2]


def test_a_wrong_expansion_is_seen_in_shape_and_parameters():
    found, signs, said = shown(WrongExpansion, explorers.Bottleneck)
    assert (found["own.0"], found["course.0"]) == (256, 512)
    assert signs == ["≠"] and "unlike the course's. The outputs have different shapes." in said


def test_forgotten_groups_are_seen_in_the_parameters():
    values = {"cardinality": 32, "width": 4, "channels": 256}
    found, _, said = shown(Forgotten, explorers.Cardinality, **values)
    assert found["own.parameters"] - found["course.parameters"] == 9 * 128 * (128 - 4)
    assert "The weights differ: 1 too many of shape" in said
    found, signs, said = shown(ResNeXtBottleneck, explorers.Cardinality, **values)
    assert found["own.parameters"] == found["course.parameters"]
    assert signs == ["="] and SAME in said


# trials


@pytest.mark.parametrize("explorer", [explorers.BasicBlock, explorers.Bottleneck])
def test_a_smaller_trial_is_of_the_same_kind(explorer):
    made = explorer()
    for values in made.grid():
        large = made.trial(values)
        small = large.smaller()
        assert small.in_channels * large.channels == small.channels * large.in_channels
        assert small.size % 2 == large.size % 2 and small.stride == large.stride
        assert max(small.in_channels, small.channels) <= 128 and small.channels >= 4


def test_a_smaller_trial_keeps_groups_apart():
    assert Trial(256, 64, 1, 56, 32, 4).smaller() == Trial(64, 16, 1, 8, 4, 16)
    assert Trial(256, 64, 1, 56, 2, 1).smaller() == Trial(64, 16, 1, 8, 2, 4)
    assert Trial(256, 64, 1, 56, 1, 64).smaller() == Trial(64, 16, 1, 8)


class Unusual(nn.Module):
    """Convolutions in many ways: their shapes are found without computing them."""

    expansion = 2

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, channels, (1, 3), padding="same"),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="circular"),
            nn.Conv2d(channels, 2 * channels, 5, stride, 4, dilation=2, groups=channels),
            nn.GroupNorm(2, 2 * channels),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(2 * channels, affine=False, track_running_stats=False),
        )
        self.mix = nn.Parameter(torch.empty(2 * channels, 2 * channels))
        self.scale = nn.Parameter(torch.full((1,), 0.5))
        self.downsample = downsample or nn.Identity()

    def forward(self, x):
        out = torch.einsum("oi,nihw->nohw", self.mix, self.body(x))
        out = F.conv2d(weight=self.mix[:, :, None, None], input=out, stride=(1, 1))
        return torch.relu(self.scale * out + self.downsample(x))


@pytest.mark.parametrize("block", [Unusual, Right, blocks.Bottleneck])
@pytest.mark.parametrize(("in_channels", "stride", "size"), [(8, 1, 9), (6, 2, 9), (6, 2, 12)])
def test_outlines_have_the_shapes_of_what_is_computed(block, in_channels, stride, size):
    asked = Trial(in_channels, 4, stride, size)
    built = asked.build(block)
    output = built(torch.zeros(2, in_channels, size, size))
    for device in ("meta", "cpu"):
        figures = Pair(block, block)._figures(block, asked, device)
        assert figures == [count_parameters(built), *output.shape[1:]]
