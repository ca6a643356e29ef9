"""Editions of the notebooks: the learner's, pristine, the instructor's, solved, and nbgrader's.

Each is complete: the notebooks with their outputs, and the glossary that they link to.
"""

import ast
import inspect
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib import exercises
from course_lib.classroom.nbgrader import with_test_cells
from course_lib.classroom.notebooks import (
    FOLDER,
    clean,
    execute,
    exercise_name,
    notebook_of,
    sources,
    with_exercises,
)
from course_lib.classroom.untouched import untouched
from course_lib.files import replacing

KINDS = ("instructor", "learner", "nbgrader")
BANNER = "*Instructor's edition: each exercise cell holds its solution. Do not hand it out.*"


def write(kind: str, folder: str | Path, force: bool = False) -> list[Path]:
    """Write an edition of all notebooks into `folder`, and return the files written.

    The instructor's edition is executed, which takes some minutes. Nothing is written before all
    of it is done. Raises ValueError for an unknown kind, or for a notebook of the course that has
    been worked in; FileExistsError, unless `force`, for files that would be overwritten.
    """
    if kind not in KINDS:
        raise ValueError(f"no edition is called {kind!r}: choose one of {', '.join(KINDS)}")
    folder = Path(folder)
    if folder.resolve() == FOLDER:
        raise ValueError(f"{folder} holds the course's own notebooks: give another folder")
    names = [notebook_of(source).name for source in sources()] + ["glossary.md"]
    existing = [name for name in names if (folder / name).exists()]
    if existing and not force:
        raise FileExistsError(
            f"{folder} already holds {', '.join(existing)}: "
            "give another folder, or --force to overwrite them"
        )
    texts = {"glossary.md": (FOLDER / "glossary.md").read_text(encoding="utf-8")}
    for name in names[:-1]:
        notebook = pristine(FOLDER / name)
        if kind == "instructor":
            notebook = solved(notebook)
            print(f"{name}: every exercise solved", flush=True)
        elif kind == "nbgrader":
            notebook = with_test_cells(notebook)
        texts[name] = nbformat.writes(notebook) + "\n"
    for name, text in texts.items():
        with replacing(folder / name) as draft:
            draft.write_text(text, encoding="utf-8")
    return [folder / name for name in names]


def pristine(path: Path) -> NotebookNode:
    """The notebook as the course ships it, outputs and all. Raises ValueError for a used one."""
    notebook = nbformat.read(path, 4)
    clean(notebook)
    remedy = f"restore the notebook with `git checkout -- {path}`"
    for cell in notebook.cells:
        if (name := exercise_name(cell)) and not _is_as_shipped(name, cell.source):
            raise ValueError(
                f"{path.name}: somebody has worked in the exercise {name}. "
                f"Save that work elsewhere, then {remedy}"
            )
        if cell.cell_type == "code" and cell.execution_count is None:
            raise ValueError(f"{path.name}: its outputs have been cleared: {remedy}")
    return notebook


def solution(name: str) -> str:
    """The source of an exercise cell with the reference solution in it."""
    return f"@exercise\n{inspect.getsource(exercises.get(name).reference)}"


def solved(notebook: NotebookNode) -> NotebookNode:
    """A copy with every exercise solved by its reference, executed."""
    copy = with_exercises(notebook, solution)
    copy.cells[0].source += f"\n\n{BANNER}"
    execute(copy)
    clean(copy)
    return copy


def _is_as_shipped(name: str, source: str) -> bool:
    """Whether an exercise cell holds just what it ships with."""
    try:
        [definition] = ast.parse(source).body
    except (SyntaxError, ValueError):  # no Python, or not one definition
        return False
    if not isinstance(definition, ast.FunctionDef | ast.ClassDef):
        return False
    definition.decorator_list.clear()
    return untouched(name, definition)
