"""Run a notebook with other contents in its exercise cells."""

import configparser
import re
from pathlib import Path

import nbformat

from course_lib.classroom.notebooks import FOLDER, execute, with_exercises

RULES = configparser.ConfigParser(interpolation=None)
RULES.read(Path(__file__).with_name("sanitize.cfg"))


def shipped(stem):
    return nbformat.read(FOLDER / f"{stem}.ipynb", 4)


def run(stem, source):
    """The executed notebook whose exercise cells have the source that `source(name)` returns."""
    notebook = with_exercises(shipped(stem), source)
    execute(notebook)
    return notebook


def sanitized(text):
    """The text without what strict nbval does not compare either: see sanitize.cfg."""
    for rule in RULES.sections():
        text = re.sub(RULES[rule]["regex"], RULES[rule]["replace"], text)
    return text


def texts(cell):
    """What strict nbval compares of a cell's outputs: streams and text, unless tagged to ignore."""
    if "nbval-ignore-output" in cell.metadata.get("tags", []):
        return []
    return [
        output.get("text")
        or (output.data.get("text/plain"), sanitized(output.data.get("text/html", "")))
        for output in cell.get("outputs", [])
    ]
