"""Write the course as static web pages: for any web server, or to open straight from the disk."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from course_lib.classroom.notebooks import FOLDER
from course_lib.classroom.site import build


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=FOLDER.parent / "site", metavar="DIR", help="default: site/"
    )
    parser.add_argument(
        "--without-solutions", action="store_true", help="for a term in which the course is graded"
    )
    parser.add_argument(
        "--slides", action="store_true", help="make the decks as well, and link to them"
    )


def run(arguments: Namespace) -> None:
    pages = build.build(arguments.out, not arguments.without_solutions, arguments.slides)
    print(f"{pages} pages: open {arguments.out / 'index.html'}")
