"""The glossary: it holds every term in bold, and each of its rows is complete and right."""

import re
from itertools import pairwise
from typing import NamedTuple

import jupytext
import pytest
from markdown_it import MarkdownIt

from course_lib.classroom.notebooks import FOLDER, sources

MARKDOWN = MarkdownIt("commonmark").enable("table")
PAGE = (FOLDER / "glossary.md").read_text(encoding="utf-8")


class Row(NamedTuple):
    term: str
    sentence: str
    notebook: str
    chinese: str
    links: list[str]


def text(parts):
    return "".join(part.content or " " for part in parts).strip()  # a line break has no content


def links(inline):
    return [part.attrs["href"] for part in inline.children if part.type == "link_open"]


def rows(page):
    """Every row of the page's tables, without their headings."""
    found = []
    for before, token in pairwise(MARKDOWN.parse(page)):
        if before.type == "tr_open" and token.type == "td_open":
            found.append([])
        if before.type == "td_open":
            found[-1].append(token)
    return [Row(*(text(cell.children) for cell in row), links(row[2])) for row in found]


def bold(source):
    """The texts in bold in a notebook's markdown cells, in order."""
    cells = [cell.source for cell in jupytext.read(source).cells if cell.cell_type == "markdown"]
    found = []
    for token in (token for cell in cells for token in MARKDOWN.parse(cell) if token.children):
        kinds = [part.type for part in token.children]
        for start in (place for place, kind in enumerate(kinds) if kind == "strong_open"):
            found.append(text(token.children[start + 1 : kinds.index("strong_close", start)]))
    return found


def same(term):
    """What is equal for all spellings of a term: upper or lower case, with or without a last s."""
    return term.lower().removesuffix("s")


ROWS = rows(PAGE)
BOLD = {source.stem: bold(source) for source in sources()}
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.term)


@pytest.mark.parametrize("stem", BOLD)
def test_every_term_in_bold_is_in_the_glossary(stem):
    known = {same(row.term) for row in ROWS}
    missing = [term for term in BOLD[stem] if same(term) not in known]
    assert not missing, f"add these to glossary.md, or take them out of bold: {missing}"


@each_row
def test_row_is_complete(row):
    assert row.term and row.sentence and row.notebook and row.chinese
    assert row.sentence.endswith(".") and ". " not in row.sentence, "one sentence, please"
    assert re.search(r"[\u4e00-\u9fff]", row.chinese)


@each_row
def test_the_notebook_named_is_the_first_with_the_term_in_bold(row):
    having = [stem for stem in BOLD if same(row.term) in map(same, BOLD[stem])]
    assert having, "in bold nowhere"
    assert row.links == [f"{having[0]}.ipynb"]
    assert row.notebook[:2] == having[0][:2]


def test_terms_are_in_alphabetical_order():
    order = [row.term.lower().replace("-", " ") for row in ROWS]
    assert not [(a, b) for a, b in pairwise(order) if a >= b]


def test_links_resolve():
    found = {link for token in MARKDOWN.parse(PAGE) if token.children for link in links(token)}
    assert found
    assert not [link for link in sorted(found) if not (FOLDER / link).is_file()]


def test_the_course_links_to_the_glossary():
    welcome = FOLDER / "scripts" / "00_welcome.py"
    assert "[glossary](glossary.md)" in welcome.read_text(encoding="utf-8")
