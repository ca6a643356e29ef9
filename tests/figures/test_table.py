"""Tables: numbers to the right, words to the left, and nothing that a cell says is lost."""

from importlib import import_module

import pytest
from bs4 import BeautifulSoup

from course_lib.figures import table

MODULE = import_module("course_lib.figures.table")  # the name itself is the function's


@pytest.fixture
def shown(monkeypatch):
    """The table that a call displays: its page, and its plain text."""
    found = {}
    monkeypatch.setattr(MODULE, "display", lambda data, raw: found.update(data))

    def show(columns, rows):
        table(columns, rows)
        return BeautifulSoup(found["text/html"], "html.parser"), found["text/plain"]

    return show


NUMBERS = [1234, -0.5, "+0.303", "1e-16", "4.09 G", "98.7 %", "0.555 ± 0.454", "≈ 70,000", ""]
WORDS = ["3 of 4", "(2, 3)", "1/128", "64 x 56 x 56", True, "yes"]


@pytest.mark.parametrize(
    ("cell", "side"),
    [(cell, "right") for cell in NUMBERS] + [(cell, "left") for cell in WORDS],
)
def test_a_column_of_numbers_stands_to_the_right(shown, cell, side):
    page, _ = shown(["name", "value"], [("one", 1), ("other", cell)])
    heads, *rows = [row.find_all(["th", "td"]) for row in page.find_all("tr")]
    assert [row[1]["style"] for row in [heads, *rows]] == [f"text-align: {side}"] * 3
    assert {row[0]["style"] for row in rows} == {"text-align: left"}


def test_a_screen_reader_finds_the_headings(shown):
    page, _ = shown(["layer", "weights"], [("conv", 12)])
    assert [(th.text, th["scope"]) for th in page.find_all("th")] == [
        ("layer", "col"),
        ("weights", "col"),
        ("conv", "row"),
    ]


def test_integers_have_commas_and_truths_stay_words(shown):
    page, plain = shown(["", "count", "same"], [("a", 25557032, True)])
    assert [cell.text for cell in page.find_all("td")] == ["25,557,032", "True"]
    assert plain == "        count  same\na  25,557,032  True"


def test_what_looks_like_a_tag_stays_text(shown):
    page, plain = shown(["<b>", "a & b"], [("<script>", "x < y")])
    assert page.find("script") is None and page.find("b") is None
    assert page.find("td").text == "x < y"
    assert plain == "<b>       a & b\n<script>  x < y"


def test_a_row_of_another_length_is_refused(shown):
    with pytest.raises(ValueError, match="3 cells for the 2"):
        shown(["a", "b"], [(1, 2), (1, 2, 3)])


def test_rows_may_come_one_by_one(shown):
    page, _ = shown(["n", "square"], ((n, n**2) for n in range(3)))
    assert len(page.find_all("tr")) == 4
