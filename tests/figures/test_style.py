"""A figure in a notebook: its words reach the page, its ink is the page's own, no run differs."""

import base64
import re

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup

from course_lib.figures import INK, PALETTE, SKY, style


def drawing():
    figure, axes = plt.subplots(1, 2, layout="constrained")
    axes[0].plot([1, 2, 3], label="a line")
    axes[0].errorbar([1, 2], [1, 2], [0.1, 0.2], capsize=3)
    axes[0].annotate("here", (1, 1), (2, 1), arrowprops={"arrowstyle": "->"})
    axes[0].set(title="a title", xlabel="x", ylabel="y")
    axes[0].grid()
    axes[0].legend()
    axes[1].imshow([[0, 1], [2, 3]])
    axes[1].bar_label(axes[1].bar(["a", "b"], [1, 2], color=SKY, hatch="//"))
    figure.colorbar(axes[1].images[0], label="colour")
    return figure


@pytest.fixture
def shown(monkeypatch):
    """What `show` hands to the notebook, one by one."""
    found = []
    monkeypatch.setattr(style, "display", lambda data, raw: found.append(data))
    yield found
    plt.close("all")


def test_the_words_reach_the_picture_and_the_plain_text(shown):
    words = 'Left "x < y" & more.'
    style.show(drawing(), words)
    image = BeautifulSoup(shown[0]["text/html"], "html.parser").find("img")
    assert image["alt"] == shown[0]["text/plain"] == words
    svg = base64.b64decode(image["src"].partition("base64,")[2]).decode()
    assert svg.startswith("<svg") and not plt.get_fignums()


def test_ink_is_the_pages_and_nothing_is_black_or_white():
    svg = style.svg(drawing())
    assert "currentColor" in svg and f'color="{INK}"' in svg
    for fixed in ("#000000", "#ffffff", "black", "white"):
        assert fixed not in svg
    used = {name.lower() for name in re.findall("#[0-9a-fA-F]{6}", svg)}
    known = {*PALETTE, style.GREY}
    assert used <= {name.lower() for name in known}


def test_every_run_draws_the_same(shown):
    for _ in range(2):
        style.show(drawing(), "The same figure, twice.")
    assert shown[0] == shown[1]


def test_a_file_of_its_own_is_on_white():
    assert style.png(drawing()).startswith(b"\x89PNG")
    plt.close("all")
