"""What holds for every explorer, over its whole grid."""

import html
import importlib
import json
import re

import pytest

from course_lib import explorers
from tests.explorers.reading import SWEPT, numbers
from tests.sampling import sample

all_explorers = pytest.mark.parametrize(
    "kind", explorers.EXPLORERS, ids=lambda explorer: explorer.__name__
)
CONTRADICTION = re.compile(r"\bnan\b|undefined|\bnull\b|Infinity|\[object", re.IGNORECASE)


@all_explorers
def test_every_combination_says_what_pytorch_computes(kind):
    shown = kind()
    expected = importlib.import_module(f"tests.explorers.test_{shown.module}").expected
    for values in sample(list(shown.grid()), SWEPT):
        drawn = shown.picture(**values)
        assert numbers(drawn.svg) == pytest.approx(expected(dict(values)), rel=1e-6), values
        assert 20 < len(drawn.words) < 90 * kind.lines, (values, drawn.words)
        assert not CONTRADICTION.search(drawn.svg + drawn.words), values


@all_explorers
def test_the_grid_has_every_pair_of_values(kind):
    shown = kind()
    combinations = list(shown.grid())
    assert len(combinations) >= 20
    for one in shown.controls:
        assert {str(values[one.name]) for values in combinations} == set(map(str, one.values))


@all_explorers
def test_moving_any_control_changes_the_picture_and_its_words(kind):
    shown = kind()
    before = shown.picture()
    for control in shown.controls:
        others = [value for value in control.values if value != shown.first[control.name]]
        pictures = [shown.picture(**{control.name: value}) for value in others]
        assert all(after.svg != before.svg for after in pictures), control.name
        assert any(after.words != before.words for after in pictures), control.name


@all_explorers
def test_it_stands_alone_and_its_first_picture_needs_no_script(kind):
    shown = kind()
    text = shown._repr_html_()
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)|\bimport\b.*from|fetch\(""", text)
    alt = re.search(r'<img alt="([^"]*)"', text)[1]
    assert html.unescape(alt) == shown.picture().words == repr(shown)
    model = json.loads(html.unescape(re.search(r'data-model="([^"]*)"', text)[1]))
    assert model["values"] == json.loads(json.dumps(shown.first))
    assert len(text) < 120_000 or kind is explorers.InsideResNet  # it travels in every notebook


@all_explorers
def test_first_values_can_be_chosen(kind):
    last = {control.name: control.values[-1] for control in kind.controls}
    assert kind(**last).picture() == kind().picture(**last)


@all_explorers
def test_wrong_values_name_themselves(kind):
    name = kind.controls[0].name
    with pytest.raises(ValueError, match=f"{name}=-3"):
        kind(**{name: -3})
    with pytest.raises(TypeError, match="colour"):
        kind().picture(colour=1)


@all_explorers
def test_controls_are_labelled_in_words(kind):
    for control in kind.controls:
        assert re.fullmatch(r"[a-z][a-z ]+", control.label), control.label
        assert max(len(words) for words in control.options) < 24
