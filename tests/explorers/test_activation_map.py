"""The explorer of activation maps: what it says is what the network and the maps say."""

import html
import itertools
import json
import re
from functools import cache
from unittest import mock

import pytest
import torch

from course_lib import data
from course_lib.explorers.activation_map import (
    CLASSES,
    PICTURES,
    PREDICTED,
    STAGES,
    ActivationMap,
    found,
    shortened,
)
from course_lib.models import activation_map as library
from course_lib.trained import shipped
from course_lib.training.threads import one_thread


@cache
def network():
    """In double precision: what is rounded then does not hang on the machine."""
    model, recipe = shipped.load_shipped()
    test = data.load(recipe["data"]["name"], "test")
    chosen = list(PICTURES.values())
    return model.double(), test.normalize(test.images[chosen]).double(), test.labels[chosen]


@cache
def logits():
    model, images, _ = network()
    with torch.no_grad():
        return model(images)


@cache
def maps(stage):
    """The library's, (classes, pictures, places, places), not enlarged to the pictures' size."""
    model, images, _ = network()
    with one_thread(), mock.patch.object(library, "_enlarge", lambda maps, images: maps):
        each = [library.class_activation_map(model, images, i, stage) for i in range(len(CLASSES))]
    return torch.stack(each)


def chosen(picture, target):
    """The numbers of the picture, and of the class whose map is shown."""
    place = list(PICTURES).index(picture)
    best = int(logits()[place].argmax())
    return place, best if target == PREDICTED else CLASSES.index(target)


def shown_map(picture, stage, target):
    """The map; on the last stage in tenths, as its numbers are shown."""
    place, number = chosen(picture, target)
    heat = maps(stage)[number, place]
    return (10 * heat).round() if stage == "layer3" else heat


def expected(values):
    """What the picture must say, computed by PyTorch."""
    place, number = chosen(values["picture"], values["target"])
    shares = logits()[place].softmax(0).tolist()
    said = {f"probability of {CLASSES[i]}": round(share, 3) for i, share in enumerate(shares)}
    said["logit"] = round(float(logits()[place, number]), 2)
    heat = shown_map(**values)
    if values["stage"] == "layer3":
        said["mean"] = round(float(maps("layer3")[number, place].mean()), 2)
        said["bias"] = round(network()[0].fc.bias[number].item(), 2)
        for row, line in enumerate(heat.tolist()):
            said |= {f"place {row} {column}": value / 10 for column, value in enumerate(line)}
    half = heat.abs().max() / 2
    return said | {"for": int((heat >= half).sum()), "against": int((heat <= -half).sum())}


def drawn_map(explorer, **values):
    """The levels of the map's squares, -8 to 8, read from the drawing."""
    side = len(shown_map(**values))
    size, levels = 252 // side, [[0] * side for _ in range(side)]
    squares = r'<path d="([^"]*)" fill="([^"]*)" fill-opacity="([^"]*)" shape-rendering'
    for way, fill, opacity in re.findall(squares, explorer.picture(**values).svg):
        level = {"#E69F00": 1, "#CC79A7": -1}[fill] * round((float(opacity) - 0.06) / 0.08)
        for x, y in re.findall(r"M(\d+) (\d+)h", way):
            levels[int(y) // size][int(x) // size] = level
    return torch.tensor(levels)


@pytest.mark.parametrize("stage", STAGES.values())
def test_the_drawn_map_is_the_librarys_in_eighths_of_the_strongest_place(explorer, stage):
    for picture, target in itertools.product(PICTURES, CLASSES):
        values = {"picture": picture, "stage": stage, "target": target}
        heat = shown_map(**values)
        eighths = (8 * heat / heat.abs().max()).trunc()
        assert torch.equal(drawn_map(explorer, **values), eighths.long()), values


def test_the_words_say_who_is_right_and_where_the_strongest_place_is(explorer):
    labels = network()[2]
    for values in explorer.grid():
        place, _ = chosen(values["picture"], values["target"])
        best, label = int(logits()[place].argmax()), int(labels[place])
        words = explorer.picture(**values).words
        share = logits()[place].softmax(0)[best]
        assert words.startswith(f"The network says {CLASSES[best]} ({100 * share:.1f} %), ")
        assert ("and is right" in words) == (best == label)
        assert (f"but in truth: {CLASSES[label]}." in words) == (best != label)
        heat = shown_map(**values)
        row, column = divmod(int(heat.abs().argmax()), len(heat))
        where = ("upper ", "", "lower ")[int(3 * (row + 0.5) / len(heat))]
        where += ("left", "middle", "right")[int(3 * (column + 0.5) / len(heat))]
        side = "for" if heat[row, column] > 0 else "against"
        assert f"the strongest ({where}) is {side} it" in words, values
        assert ("mean is not the logit" in words) == (values["stage"] != "layer3")


def test_some_pictures_are_named_wrongly_and_most_rightly():
    right = (logits().argmax(1) == network()[2]).tolist()
    assert right == [True] * 5 + [False] * 3  # as the comment beside PICTURES says


def test_mean_and_bias_make_the_logit_on_the_last_stage(explorer):
    rounded = 0
    for values in explorer.grid():
        said, words = expected(values), explorer.picture(**values).words
        if values["stage"] == "layer3":
            off = abs(said["mean"] + said["bias"] - said["logit"])
            assert off < 0.016  # three rounded numbers
            assert ("rounded." in words) == (off > 0.005)
            rounded += off > 0.005
            places = [value for name, value in said.items() if name.startswith("place")]
            assert sum(places) / 49 == pytest.approx(said["mean"], abs=0.05)
    assert 0 < rounded < 44


def test_what_notebook_11_lets_you_try(explorer):
    def heat(**values):
        return drawn_map(explorer, **explorer.first | values)

    bag = {"picture": "shoulder bag"}
    words = explorer.picture(**bag).words
    assert "says Trouser" in words and "but in truth: Bag" in words
    for_bag = heat(**bag, target="Bag")
    assert (for_bag[:3, 3] >= 4).all() and for_bag[6, 5] >= 4  # handle and below, end of a strap
    assert (for_bag >= 4).sum() == 6
    fine = heat(**bag, stage="layer1")[14:26]
    straps = network()[1][list(PICTURES).index("shoulder bag"), 0, 14:26] > 0
    assert fine[straps].float().mean() > 2 > 0 > fine[~straps].float().mean()
    sneaker = heat(target="Sneaker")
    assert sneaker.min() == -8 and sneaker.max() < 4 and (sneaker <= -4).sum() == 9


def test_a_click_chooses_a_picture_or_a_class(explorer):
    clicks = re.findall(r'data-set="([^"]*)"', explorer.picture().svg)
    changes = [json.loads(html.unescape(click)) for click in clicks]
    assert changes == [{"picture": name} for name in PICTURES] + [{"target": c} for c in CLASSES]
    for change in changes:
        assert explorer.picture(**change).words


def test_shortened_texts_can_be_made_long_again():
    texts = ["abababab", "", "34 -4 34 -4", "abab=34"]
    short, pairs = shortened(texts)
    assert sum(map(len, short)) < sum(map(len, texts))
    for i in reversed(range(0, len(pairs), 3)):
        short = [text.replace(pairs[i], pairs[i + 1 : i + 3]) for text in short]
    assert short == texts


def test_maps_leave_the_learners_world_alone(learners_world):
    found.cache_clear()
    with torch.no_grad():
        assert ActivationMap().picture().words
