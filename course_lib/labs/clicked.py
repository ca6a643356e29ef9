"""Whether a cell runs because somebody ran that cell, and not all of them or a program."""

import time
from typing import Any

from IPython import get_ipython

PAUSE = 0.3  # seconds between two cells; the cells of Run All wait in line and follow at once
_ended = 0.0


def watch() -> None:
    """From now on note when cells end. Does nothing without a kernel."""
    if shell := get_ipython():
        shell.events.register("post_run_cell", _note)


def clicked() -> bool:
    """Whether the cell that runs now was run by itself, in a notebook's page.

    What runs notebooks as programs do (nbval, nbconvert) does not name the cell, as a page does.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    asked = kernel.get_parent("shell").get("metadata", {})
    return "cellId" in asked and time.monotonic() - _ended > PAUSE


def _note(_: Any) -> None:
    global _ended
    _ended = time.monotonic()
