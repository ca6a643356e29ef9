"""Build the notebooks: `scripts/NN_topic.py` is the source, `NN_topic.ipynb` is it, executed.

    python -m course_lib.classroom.notebooks [--keep-outputs] [notebooks/scripts/NN_topic.py ...]

With --keep-outputs nothing runs: for edits of prose, tags and slides, which leave the code alone.
On one machine, building again leaves byte-identical files. What a clock measured would differ each
time: a cell tagged "timing" keeps its saved outputs as long as its source is the same. To measure
anew, delete the .ipynb file first.
"""

import copy
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from course_lib.saving import VIEW

FOLDER = Path(__file__).parents[2] / "notebooks"
CELL_TIMEOUT = 300  # seconds
# keeps jupytext's version out of the script's header, so that any release writes the same pair
HEADER = {"notebook_metadata_filter": "kernelspec,-all"}


def sources() -> list[Path]:
    """The course's notebooks as percent scripts, in order. They are not part of a wheel."""
    if not FOLDER.is_dir():
        raise ValueError(
            f"{FOLDER} is missing: this needs a clone of the course, and its notebooks"
        )
    return sorted((FOLDER / "scripts").glob("[0-9][0-9]_*.py"))


def notebook_of(source: Path) -> Path:
    """The notebook that a script is paired with: it lies one folder up, in a learner's sight."""
    return source.parent.parent / f"{source.stem}.ipynb"


def exercise_name(cell: NotebookNode) -> str | None:
    """The exercise that a cell defines, or None."""
    if "exercise" not in _tags(cell):
        return None
    found = re.search(r"^@exercise\n(?:def|class) (\w+)", cell.source, re.MULTILINE)
    if found is None:
        raise ValueError(f"a cell is tagged exercise but decorates nothing:\n{cell.source}")
    return found[1]


def with_exercises(notebook: NotebookNode, source: Callable[[str], str]) -> NotebookNode:
    """A copy in which each exercise cell has the source that `source(exercise name)` returns."""
    filled = copy.deepcopy(notebook)
    for cell in filled.cells:
        if name := exercise_name(cell):
            cell.source = source(name)
    return filled


def execute(notebook: NotebookNode, folder: Path = FOLDER) -> None:
    """Run all cells in a new kernel that starts in `folder`, and keep the outputs in place.

    The learner's progress file is left alone. A cell that raises ends it with CellExecutionError.
    """
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"COURSE_PROGRESS": str(Path(scratch, ".course_progress.json"))}
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,  # or printing falls into pieces, otherwise each time
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env=environment)


def clean(notebook: NotebookNode) -> None:
    """Take out what differs from run to run: widget models and views, whose ids are random.

    A progress bar has nothing but its view, and goes altogether.
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["jupytext"] = HEADER
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_only_a_widget(output)]
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)


def _is_only_a_widget(output: NotebookNode) -> bool:
    return set(output.get("data", {})) == {VIEW, "text/plain"}


def keep_timings(notebook: NotebookNode, saved: NotebookNode) -> None:
    """Give each cell tagged "timing" the outputs that the same cell has in `saved`."""
    outputs = {cell.source: cell.outputs for cell in saved.cells if "timing" in _tags(cell)}
    for cell in notebook.cells:
        if "timing" in _tags(cell):
            cell.outputs = outputs.get(cell.source, cell.outputs)


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def build(source: Path) -> None:
    """Execute `source` and write its notebook, and the script as jupytext writes it."""
    notebook, target = jupytext.read(source), notebook_of(source)
    execute(notebook)
    clean(notebook)
    if target.exists():
        keep_timings(notebook, nbformat.read(target, 4))
    _write_pair(notebook, source)


def keep_outputs(source: Path) -> None:
    """Write the pair anew from `source`, each code cell with the outputs it has in the notebook.

    Raises ValueError, and changes nothing, where a code cell is new or its code has changed.
    """
    notebook, saved = jupytext.read(source), nbformat.read(notebook_of(source), 4)
    ran = [cell for cell in saved.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            before = next((old for old in ran if old.source == cell.source), None)
            if before is None:
                raise ValueError(f"{source}: build it, this cell has no outputs:\n{cell.source}")
            ran.remove(before)
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
    clean(notebook)
    _write_pair(notebook, source)


def _write_pair(notebook: NotebookNode, source: Path) -> None:
    text = nbformat.writes(notebook)  # sorts the metadata, and the script must have them sorted too
    script = jupytext.writes(nbformat.reads(text, 4), fmt="py:percent")
    notebook_of(source).write_text(text + "\n", encoding="utf-8")
    source.write_text(script, encoding="utf-8")


def main(arguments: list[str]) -> None:
    work = keep_outputs if "--keep-outputs" in arguments else build
    names = [argument for argument in arguments if argument != "--keep-outputs"]
    for source in map(Path, names or sources()):
        start = time.perf_counter()
        work(source)
        print(f"{source.stem}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
