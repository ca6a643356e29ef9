"""Turn notebooks into slide decks: each one HTML file that needs no network.

Open a deck in a browser. Space and the arrow keys go on and back, S opens the speaker's view with
notes and clock, Escape the overview, F fills the screen. With --pdf each deck is printed as well.
"""

import argparse
from pathlib import Path

from course_lib.classroom.notebooks import FOLDER, notebook_of, sources
from course_lib.classroom.slides.deck import chromium, print_pdf, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NB", help="executed .ipynb files (default: all)"
    )
    parser.add_argument(
        "--out", type=Path, default=FOLDER.parent / "slides", metavar="DIR", help="default: slides/"
    )
    parser.add_argument("--pdf", action="store_true", help="print with Chromium, a page a slide")


def run(arguments: argparse.Namespace) -> None:
    notebooks = arguments.notebooks or [notebook_of(source) for source in sources()]
    browser = chromium() if arguments.pdf else None
    for notebook in notebooks:
        deck = write(notebook, arguments.out)
        print(deck, flush=True)
        if browser:
            print(print_pdf(deck, browser), flush=True)
