"""The code cells of a submitted notebook, as Python: nothing in here runs any of it."""

import ast
import json
import re
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

# of the cell magics, those that run the rest of the cell as Python, in the notebook's namespace
TRANSPARENT = re.compile(r"\s*%%(time|capture|prun)\b.*\n")
SPECIAL = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One code cell. `tree` is None where its source is no Python."""

    label: str  # what an error message calls it
    source: str
    tagged: bool  # as an exercise
    tree: ast.Module | None
    problem: str = ""


def read_cells(name: str, text: str) -> list[Cell]:
    """The code cells of the notebook file `name`. Raises ValueError when `text` is no notebook."""
    if not text.strip():
        raise ValueError(f"{name} is empty")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{name} is not a notebook: its content is not JSON") from None
    if isinstance(notebook, dict) and "worksheets" in notebook:
        raise ValueError(f"{name} has the format of 2014: open it in JupyterLab and save it")
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError(f"{name} is not a notebook: it has no list of cells")
    return [
        _cell(f"{name}, cell {number}", cell)
        for number, cell in enumerate(notebook["cells"], 1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]


def _cell(label: str, cell: dict) -> Cell:
    source, metadata = cell.get("source", ""), cell.get("metadata")
    if isinstance(source, list):
        source = "".join(map(str, source))
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    source = _as_python(str(source))
    tree, problem = None, ""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        problem = f"SyntaxError: {error.msg} (line {error.lineno} of the cell)"
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested too deeply
        problem = f"{type(error).__name__}: {error}"
    return Cell(label, source, isinstance(tags, list) and "exercise" in tags, tree, problem)


def _as_python(source: str) -> str:
    """The cell with its magics and `!` lines turned into calls, which are then never made."""
    if not SPECIAL.search(source):
        return source
    if transparent := TRANSPARENT.match(source):
        source = "\n" + source[transparent.end() :]  # line numbers stay
    try:
        return TransformerManager().transform_cell(source)
    except Exception:  # IPython gives up on what is no Python either; so will the parser
        return source
