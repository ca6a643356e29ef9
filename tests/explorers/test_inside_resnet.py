import base64
import copy
import functools
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import data
from course_lib.experiments.recorded import recorded
from course_lib.explorers.inside_resnet import ALPHAS, GAP, LEVELS, LIMIT, PICTURES, found, sheet
from course_lib.trained.shipped import load_shipped
from course_lib.training.threads import one_thread
from tests.experiments.test_blocks_out import answers

MODEL, _ = load_shipped()
EXACT = copy.deepcopy(MODEL).double()  # so that no rounding is in doubt
TEST = data.load("fashion_mnist_10k", "test")
RECORDING = recorded("blocks_out")
RIGHT = {tuple(run["out"]): run["right"] / len(TEST) for run in RECORDING["runs"]}
CHOSEN = dict(zip(PICTURES, RECORDING["settings"]["pictures"], strict=True))


def picture(name):
    return TEST.normalize(TEST.images[[CHOSEN[name]]])


@functools.cache
def shares(name, out):
    """The probabilities of a picture without the blocks in `out`."""
    with one_thread():
        return answers(MODEL, out, picture(name)).softmax(1)[0]


@functools.cache
def inner(name, number):
    """What comes into the block of the whole network, what it adds, and what goes out."""
    block, seen = EXACT.blocks[number - 1], {}
    hooks = [
        block.bn2.register_forward_hook(lambda _, __, out: seen.update(f=out.clone())),
        block.register_forward_hook(lambda _, inputs, out: seen.update(x=inputs[0], y=out)),
    ]
    with one_thread():
        answers(EXACT, [], picture(name).double())
    for hook in hooks:
        hook.remove()
    return {part: seen[part][0] for part in "xfy"}


def expected(values):
    """What the picture must say, computed by PyTorch; of the accuracies a sample, elsewhere."""
    name, number, out = values.values()
    run = next(run for run in RECORDING["runs"] if run["out"] == out)
    shown = run["per_cent"][PICTURES.index(name)]
    assert (100 * shares(name, tuple(out)) - torch.tensor(shown)).abs().max() < 0.501
    said = {each: share / 100 for each, share in zip(TEST.classes, shown, strict=True)}
    for part, maps in inner(name, number).items():
        said |= {f"{part}.channels": maps.shape[0], f"{part}.size": maps.shape[1]}
    said["whole"] = RIGHT[()]
    return said | ({"accuracy": RIGHT[tuple(out)]} if out else {})


def test_the_words_name_the_answer_and_the_blocks_that_are_out(explorer):
    for values in explorer.grid():
        name, number, out = values.values()
        words = explorer.picture(**values).words
        best = int(shares(name, tuple(out)).argmax())
        verdict = "right" if best == TEST.labels[CHOSEN[name]] else "wrong"
        assert re.search(rf"says {TEST.classes[best]} \(\d+ %\): {verdict}", words)
        assert ("is out: its shortcut is left" in words) == (number in out)
        assert ("whole network" in words) == (not out)
        if 0 < len(out) < 9:
            named = re.search(r"Without blocks? ([\d, and]*)", words)[1]
            assert [int(block) for block in re.findall(r"\d", named)] == out


def test_some_pictures_are_named_right_and_some_wrong():
    pictures = found()["pictures"].values()
    labels = [TEST.classes[each["label"]] for each in pictures]
    assert labels == ["Ankle boot", "Trouser", "Pullover", "Sandal", "Coat"]  # as their names say
    right = [int(each["answers"][0]) == each["label"] for each in pictures]
    assert sum(right) >= 3 and not all(right)


def read(part):
    """The entries of a sheet's palette, and what is drawn there: red, green, blue, opacity."""
    image = Image.open(io.BytesIO(base64.b64decode(part)))
    return np.asarray(image).astype(int), np.asarray(image.convert("RGBA")).astype(int)


@pytest.mark.parametrize("name", PICTURES)
def test_each_map_is_drawn_where_its_channel_belongs(name):
    parts = found()["pictures"][name]["maps"]
    for number in range(1, 10):
        for part, maps in inner(name, number).items():
            key = f"y{number - 1}" if part == "x" else f"{part}{number}"
            entries, _ = read(parts[key])
            channels, side, _ = maps.shape
            columns = (entries.shape[1] + 1) // (side + 1)
            for channel, map in enumerate(maps.numpy()):
                top, left = (place * (side + 1) for place in divmod(channel, columns))
                drawn = (entries[top : top + side, left : left + side] - LEVELS) * LIMIT / LEVELS
                step = LIMIT / LEVELS
                assert abs(drawn - map.clip(-LIMIT, LIMIT)).max() < 0.501 * step
                entries[top : top + side, left : left + side] = GAP
            assert (entries == GAP).all()


def test_what_is_left_of_a_block_that_changes_the_shape():
    parts = found()["pictures"]["boot"]["maps"]
    for number in (4, 7):
        x = inner("boot", number)["x"]
        left = torch.cat([x[:, ::2, ::2], torch.zeros_like(x)[:, ::2, ::2]])
        assert parts[f"s{number}"] == sheet(left.numpy())
    assert set(parts) == {f"{part}{b}" for part in "fy" for b in range(1, 10)} | {"y0", "s4", "s7"}


def test_orange_is_above_zero_blue_below_and_zero_is_clear():
    values = np.linspace(-LIMIT, LIMIT, 2 * LEVELS + 1)
    maps = np.zeros((16, 28, 28))
    maps[5, 0, : len(values)] = values
    _, drawn = read(sheet(maps))
    row = drawn[29, 29 : 29 + len(values)]
    assert row[:, 3].tolist() == ALPHAS and ALPHAS[LEVELS] == 0 and ALPHAS[0] == ALPHAS[-1] == 255
    assert (row[:LEVELS, 2] > row[:LEVELS, 0]).all() and (row[LEVELS + 1 :, 0] > 200).all()


def test_maps_that_are_not_the_changed_networks_are_said_to_be_the_whole_ones(explorer):
    note = "maps of the whole network"
    for block, out, wanted in [(3, [], 0), (3, [3, 5], 0), (3, [2], 3), (9, [1, 9], 2)]:
        drawn = explorer.picture(block=block, out=out).svg
        assert (note in drawn) == bool(wanted), block
        assert len(re.findall(r'<use [^>]* opacity="0.35"', drawn)) == wanted


@pytest.mark.parametrize(("block", "left"), [(1, "y0"), (3, "y2"), (4, "s4"), (7, "s7")])
def test_without_a_block_its_shortcut_goes_out(explorer, block, left):
    uses = re.findall(r'href="#boot-(\w\d)"', explorer.picture(block=block, out=[block]).svg)
    assert uses == [f"y{block - 1}", f"f{block}", left]
    uses = re.findall(r'href="#boot-(\w\d)"', explorer.picture(block=block).svg)
    assert uses == [f"y{block - 1}", f"f{block}", f"y{block}"]


def test_it_travels_in_less_than_half_a_megabyte(explorer):
    assert len(explorer._repr_html_()) < 480_000


def test_wrong_blocks_name_themselves(explorer):
    with pytest.raises(ValueError, match=r"out=\[2, 10\] is no list of some of \[1, 2, 3"):
        explorer.picture(out=[2, 10])


def test_the_coat_is_named_right_only_without_block_6(explorer):
    """What learners are told to try."""
    for out in [[], *([block] for block in range(1, 10))]:
        words = explorer.picture(picture="long coat", out=out).words
        assert (": right" in words) == (out == [6]), out
