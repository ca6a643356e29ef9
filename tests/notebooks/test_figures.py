"""Figures and tables in the notebooks: their code is folded, and no output imitates a table."""

import re

import pytest
from bs4 import BeautifulSoup

from tests.notebooks.test_as_shipped import NOTEBOOKS, code_cells

notebooks = pytest.mark.parametrize("stem", NOTEBOOKS)
WIDEST = 100  # letters: JupyterLab breaks a longer line, inside words too


def printed(cell):
    """All lines that a cell prints."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield from output.text.splitlines()


def like_a_table(lines):
    """Whether three lines in a row have gaps of two spaces or more at two places within.

    Behind a comma a gap is that of a tensor, which leaves room for signs.
    """
    gaps = [len(re.findall(r"(?<=[^\s,]) {2,}(?=\S)", line)) >= 2 for line in lines]
    return any(all(three) for three in zip(gaps, gaps[1:], gaps[2:], strict=False))


@notebooks
def test_code_that_only_draws_is_folded(stem):
    for cell in code_cells(stem):
        if "figures.show(" in cell.source:
            assert cell.metadata.get("jupyter", {}).get("source_hidden"), cell.source


@notebooks
def test_every_figure_has_an_alternative_text(stem):
    for cell in code_cells(stem):
        for output in cell.outputs:
            page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            for image in page.select("figure[data-drawing] img"):
                assert len(image["alt"]) > 20, cell.source
                assert image["alt"] == output.data["text/plain"], cell.source


@notebooks
def test_no_printed_line_is_too_wide(stem):
    for cell in code_cells(stem):
        for line in printed(cell):
            assert len(line) <= WIDEST, line


@notebooks
def test_a_table_is_a_table(stem):
    for cell in code_cells(stem):
        assert not like_a_table(list(printed(cell))), cell.source


def test_what_looks_like_a_table():
    table = ["groups    formula     built", "1         147,456   147,456", "2     73,728    73,728"]
    assert like_a_table(["one line", *table]) and not like_a_table(table[:2])
    tensor = [
        "tensor([[-0.1,  0.2,  0.3],",
        "        [ 0.3,  0.4,  0.5],",
        "        [ 0.5,  0.6, -1]])",
    ]
    assert not like_a_table(tensor)
    assert not like_a_table([f"{name:9}(1, 64, 56, 56)" for name in ("stem", "layer1", "layer2")])


@notebooks
def test_a_table_fits_on_a_slide(stem):
    for cell in code_cells(stem):
        for output in cell.outputs:
            page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            if "figures.table(" in cell.source:
                assert len(page.find_all("tr")) <= 13, cell.source
