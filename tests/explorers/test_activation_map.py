"""The explorer of activation maps: what it says is what the network and the maps say."""

import re

import numpy as np
import pytest
import torch

from course_lib import data
from course_lib.explorers import ActivationMap
from course_lib.explorers.activation_map import CLASSES, PICTURES, PLACES, STAGES, found, outline
from course_lib.models.activation_map import class_activation_map
from course_lib.models.resnet import layer_shapes
from course_lib.trained import shipped


@pytest.fixture(scope="module")
def shown():
    return ActivationMap()


@pytest.fixture(scope="module")
def network():
    model, recipe = shipped.load_shipped()
    test = data.load(recipe["data"]["name"], "test")
    chosen = list(PICTURES.values())
    return model, test.normalize(test.images[chosen]), test.labels[chosen]


def test_the_answers_are_those_of_the_network(shown, network):
    model, images, labels = network
    with torch.no_grad():
        probabilities = 100 * model(images).softmax(dim=1)
    for place, picture in enumerate(PICTURES):
        text = shown.update(**shown.first | {"picture": picture})
        best = probabilities[place].argmax()
        assert f"in truth {CLASSES[labels[place]]}." in text
        assert f"says {CLASSES[best]} ({probabilities[place, best]:.0f} %)" in text
        assert f"map for {CLASSES[best]}" in text  # the predicted class is the first choice
        drawn = np.concatenate([bars.get_paths() for bars in shown.bars])
        widths = sorted(path.get_extents().width for path in drawn)
        assert widths == pytest.approx(sorted(probabilities[place].tolist()), abs=1e-3)


def test_some_pictures_are_named_wrongly_and_most_rightly(network):
    model, images, labels = network
    with torch.no_grad():
        right = (model(images).argmax(dim=1) == labels).tolist()
    assert right == [True] * 5 + [False] * 3  # as the comment beside PICTURES says


def test_the_places_are_those_of_the_stages(network):
    model, images, _ = network
    shapes = layer_shapes(model, images)
    assert {name: shapes[name][-1] for name in STAGES.values()} == PLACES


def test_the_map_is_the_librarys_and_its_scale_says_how_strong(shown, network):
    model, images, _ = network
    for stage in STAGES.values():
        expected = class_activation_map(model, images, CLASSES.index("Bag"), stage)[1].numpy()
        shown.update(picture="handbag", stage=stage, target="Bag")
        drawn = np.asarray(shown.map.get_array())
        assert drawn == pytest.approx(expected / np.abs(expected).max(), abs=1e-5)


def test_mean_and_bias_make_the_logit(shown):
    """On the last stage, and the text claims it there alone."""
    for values in shown.grid():
        text = shown.update(**values)
        claims = re.search(
            r"mean (\S+) and the head's bias (\S+) make the class's logit, (\S+)\.$", text
        )
        assert bool(claims) == (values["stage"] == "layer3") == ("Grad-CAM" not in text)
        if claims:
            mean, bias, logit = map(float, claims.groups())
            assert mean + bias == pytest.approx(logit, abs=0.016)  # three rounded numbers
            # the drawn map is enlarged, which moves its mean a little
            target = re.search(r"map for (\D+) \(\d", text)[1]
            drawn = found().maps["layer3", CLASSES.index(target)]
            drawn = drawn[list(PICTURES).index(values["picture"])]
            assert drawn.mean() == pytest.approx(mean, abs=0.1 * float(np.abs(drawn).max()))


def test_what_notebook_10_lets_you_try(shown):
    def heat(**values):
        return shown.update(**shown.first | values), np.asarray(shown.map.get_array()).copy()

    bag = {"picture": "shoulder bag"}
    text, _ = heat(**bag)
    assert "says Trouser" in text and "in truth Bag" in text
    _, for_bag = heat(**bag, target="Bag")
    assert for_bag[:12].max() > 0.9  # the handle and what is below it
    _, fine = heat(**bag, stage="layer1")
    straps = found().images[list(PICTURES).index("shoulder bag")][14:26] > 60
    assert fine[14:26][straps].mean() > 0.3 > 0.05 > fine[14:26][~straps].mean()
    _, sneaker = heat(target="Sneaker")
    assert sneaker.min() == -1 and sneaker.max() < 0.5 and (sneaker < -0.5).mean() > 0.1


def test_outline():
    inside = np.zeros((5, 6), dtype=bool)
    assert len(outline(inside)) == 0
    inside[1:3, 2:5] = True  # two rows, three columns: 2 * (2 + 3) edges of length 1
    edges = outline(inside)
    assert len(edges) == 10
    assert np.abs(edges[:, 0] - edges[:, 1]).sum(axis=1) == pytest.approx(1)
    assert (edges.min(axis=(0, 1)) == [1.5, 0.5]).all()
    assert (edges.max(axis=(0, 1)) == [4.5, 2.5]).all()


def test_maps_leave_the_learners_world_alone():
    torch.manual_seed(3)
    expected, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(3)
    found.cache_clear()
    with torch.no_grad():
        ActivationMap().picture()
    assert torch.rand(1) == expected and torch.get_num_threads() == threads
