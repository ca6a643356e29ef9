"""Slide decks: each notebook becomes one HTML file that asks nothing from anywhere.

A cell's `slide_type` says where it stands: "slide" begins a column of slides, "subslide" the next
slide below, "fragment" appears on the same slide with the next key, "-" stands there from the
start, "skip" is left out. Its `notes` are the speaker's. A *part* is what a heading # or ## opens;
its notes begin with its minutes ("6 min. Ask ..."), the first part's with the total before them
("60 min in all. 2 min. ..."). Before each part but the first stands a slide with the outline, on
which the part is marked. A cell with `"columns": true` puts what is drawn on its slide beside what
is written there. What is shown of a cell, `cells` says.
"""

import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import jinja2
import nbformat
from nbformat import NotebookNode
from playwright.sync_api import sync_playwright

from course_lib.classroom.slides.cells import CODE, pages, prose
from course_lib.files import replacing

TEMPLATES = Path(__file__).parent / "template"
BROWSERS = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
PART = re.compile(r"#{1,2} ")
HEADING = re.compile(r"<h([1-3])[^>]*>(.*?)</h\1>", re.DOTALL)
MINUTES = re.compile(r"(?:(?P<total>\d+) min in all\. )?(?P<part>\d+) min\b")


class Piece(NamedTuple):
    """What a slide shows of one cell."""

    html: str
    later: bool  # it is a fragment

    @property
    def drawn(self) -> bool:
        return self.html.startswith("<figure")


@dataclass
class Slide:
    """One slide: the HTML of its cells, which of them appear later, and what the speaker reads."""

    part: int  # which part of the lecture it belongs to; the first is 1
    running: str = ""  # the heading that it stands under, where it has none itself
    opens: str = ""  # the heading of its part, if it is the slide that opens it
    columns: bool = False  # what is drawn stands beside what is written
    cells: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: int = 0  # for the speaker view's pace, 0 if the notes name no minutes


def slides(notebook: NotebookNode, folder: Path) -> list[list[Slide]]:
    """The deck's columns of slides. Raises ValueError for metadata that mean nothing."""
    columns: list[list[Slide]] = []
    part, minutes, section, heading = 0, {}, "", ""
    for cell in notebook.cells:
        slideshow = cell.metadata.get("slideshow", {})
        kind, notes = slideshow.get("slide_type") or "-", slideshow.get("notes", "")
        if kind not in ("slide", "subslide", "fragment", "-", "skip"):
            raise ValueError(
                f"slide_type {kind!r} is not slide, subslide, fragment, - or skip, in the cell\n"
                f"{cell.source}"
            )
        if kind == "skip":
            continue
        if cell.cell_type == "markdown" and PART.match(cell.source):
            part += 1
            if found := MINUTES.match(notes):
                minutes[part] = int(found["part"])
        for number, html in enumerate(pages(cell, folder)):
            new_column = not columns or (kind == "slide" and number == 0)
            new_slide = new_column or kind == "subslide" or "states" in slideshow
            if new_column:
                columns.append([])
            if new_slide and cell.cell_type == "markdown" and PART.match(cell.source) and part > 1:
                opening = Slide(part, opens=HEADING.findall(html)[0][1])
                opening.notes = [prose(notes, folder)] if notes else []
                columns[-1].append(opening)
            if new_slide:
                columns[-1].append(Slide(part, "" if HEADING.search(html) else heading))
            slide = columns[-1][-1]
            slide.columns |= slideshow.get("columns", False)
            slide.cells.append(Piece(html, kind == "fragment" and not new_slide))
            slide.notes += [prose(notes, folder)] if notes and number == 0 else []
            for level, words in HEADING.findall(html):
                heading, section = words, section if level == "3" else words
        if "exercise" in cell.metadata.get("tags", []):
            heading = section  # the story goes on
    lengths = Counter(slide.part for column in columns for slide in column)
    for slide in (slide for column in columns for slide in column):
        slide.seconds = round(60 * minutes.get(slide.part, 0) / lengths[slide.part])
    return columns


def write(source: Path, folder: Path) -> Path:
    """Write the deck of the executed notebook `source` into `folder`, whole or not at all.

    Raises ValueError for a file that is no notebook or has cells that were never run.
    """
    columns = slides(read(source), source.parent)
    title = HEADING.search(columns[0][0].cells[0].html) if columns else None
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=False)
    html = environment.get_template("deck.html").render(
        columns=columns,
        outline=[slide.opens for column in columns for slide in column if slide.opens],
        title=re.sub("<.*?>", "", title[2]) if title else escape(source.stem),
        styles=[
            _asset("sphinx-revealjs", "dist/reset.css"),
            _asset("sphinx-revealjs", "dist/reveal.css"),
            CODE.get_style_defs(".code"),
            TEMPLATES.joinpath("deck.css").read_text("utf-8"),
        ],
        reveal=_asset("sphinx-revealjs", "dist/reveal.js"),
        notes=_asset("sphinx-revealjs", "plugin/notes/notes.js"),
        mathjax=_asset("sphinx-mathjax-offline", "tex-svg.js"),
    )
    target = folder / f"{source.stem}.html"
    with replacing(target) as draft:
        draft.write_text(html, "utf-8")
    return target


def read(source: Path) -> NotebookNode:
    """The notebook in a file, executed. Raises FileNotFoundError, or ValueError as `write` does."""
    if not source.is_file():
        raise FileNotFoundError(f"there is no notebook {source}")
    try:
        notebook = nbformat.read(source, 4)
        nbformat.validate(notebook)
    except Exception as error:  # broken JSON, other JSON and other bytes each raise their own kind
        raise ValueError(f"{source} is not a notebook: {error}") from error
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise ValueError(
                f"{source} has a cell that was never run: run all cells in JupyterLab and save it. "
                f"The cell is\n{cell.source}"
            )
    return notebook


def chromium() -> str:
    """The browser that prints. Raises FileNotFoundError where there is none."""
    if found := next(filter(None, map(shutil.which, BROWSERS)), None):
        return found
    raise FileNotFoundError(
        "no Chromium or Chrome to print the slides with: install one of them, or open the deck in "
        "any browser, put ?print-pdf behind its address and print it from there"
    )


def print_pdf(deck: Path, browser: str) -> Path:
    """Print a deck, a page a slide, to a PDF file beside it. `browser` is Chromium's path."""
    target = deck.with_suffix(".pdf")
    with sync_playwright() as playwright, replacing(target) as draft:
        # containers often allow no sandbox; the page is our own and asks for nothing
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = running.new_page()
        page.goto(f"{deck.resolve().as_uri()}?print-pdf")
        page.wait_for_selector(".pdf-page", state="attached")  # math stands by then
        page.pdf(path=draft, prefer_css_page_size=True, print_background=True)
        running.close()
    return target


@cache
def _asset(package: str, name: str) -> str:
    """A script or style sheet that an installed package brings along, fit to stand in HTML."""
    found = [file for file in metadata.files(package) or [] if f"/{file}".endswith(f"/{name}")]
    if not found:
        raise FileNotFoundError(f"{package} is installed without {name}: install the course again")
    return Path(found[0].locate()).read_text("utf-8").replace("</script", "<\\/script")
