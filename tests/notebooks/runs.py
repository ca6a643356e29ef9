"""Run a notebook with other contents in its exercise cells."""

import nbformat

from course_lib.classroom.notebooks import FOLDER, execute, with_exercises


def shipped(stem):
    return nbformat.read(FOLDER / f"{stem}.ipynb", 4)


def run(stem, source):
    """The executed notebook whose exercise cells have the source that `source(name)` returns."""
    notebook = with_exercises(shipped(stem), source)
    execute(notebook)
    return notebook


def texts(cell):
    """What strict nbval compares of a cell's outputs: streams and text, unless tagged to ignore."""
    if "nbval-ignore-output" in cell.metadata.get("tags", []):
        return []
    return [
        output.get("text") or (output.data.get("text/plain"), output.data.get("text/html"))
        for output in cell.get("outputs", [])
    ]
