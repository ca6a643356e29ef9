"""What PyTorch computed for the explorers: as saved in the notebooks, and as computed here."""

import ast
import base64
import html
import io
import json
import math
import re

import numpy as np
import pytest
from PIL import Image

from course_lib import explorers
from tests.notebooks.test_as_shipped import NOTEBOOKS

SHOWN = [
    pytest.param(cell, id=f"{stem}-{number}")
    for stem, notebook in NOTEBOOKS.items()
    for number, cell in enumerate(notebook.cells)
    if cell.cell_type == "code" and cell.source.splitlines()[-1].startswith("explorers.")
]


def computed_here(source):
    """The explorer's numbers, of its call alone: a block of the learner's is the course's here."""
    call = ast.parse(source.splitlines()[-1]).body[0].value
    first = {
        each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg != "block"
    }
    return json.loads(json.dumps(getattr(explorers, call.func.attr)(**first).computed))


def pixels(text):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text.partition(",")[2]))), float)


def assert_close(saved, here, place):
    assert type(saved) is type(here) or {type(saved), type(here)} <= {int, float}, place
    if isinstance(saved, dict):
        assert saved.keys() == here.keys(), place
        for key in saved:
            assert_close(saved[key], here[key], f"{place}.{key}")
    elif isinstance(saved, list):
        assert len(saved) == len(here), place
        for number, pair in enumerate(zip(saved, here, strict=True)):
            assert_close(*pair, f"{place}[{number}]")
    elif isinstance(saved, str) and saved.startswith("data:image/png"):
        assert np.abs(pixels(saved) - pixels(here)).max() <= 4, place
    elif isinstance(saved, int | float) and not isinstance(saved, bool):
        assert math.isclose(saved, here, rel_tol=0.05, abs_tol=0.1), (place, saved, here)
    else:
        assert saved == here, place


@pytest.mark.parametrize("cell", SHOWN)
def test_the_saved_numbers_are_those_that_pytorch_computes(cell):
    found = re.search(r'data-computed="([^"]*)"', cell.outputs[0].data["text/html"])
    assert_close(json.loads(html.unescape(found[1])), computed_here(cell.source), "computed")
