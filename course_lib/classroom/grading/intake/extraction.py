"""Take each exercise out of a learner's notebooks, with what it needs and nothing else.

An exercise is found by its name: the function or class that is called so, wherever it stands. Of
several, one marked with `@exercise` or the cell's tag counts before one that is not, and then the
last one, as in Python itself; what is as it ships counts only when there is nothing else.
"""

import ast
import builtins
import re
from dataclasses import dataclass, field

from course_lib import exercises
from course_lib.classroom.grading.intake.cells import Cell, read_cells
from course_lib.classroom.grading.intake.names import Statement
from course_lib.classroom.grading.intake.own_work import (
    exercise_decorators,
    imported_paths,
    solution_use,
)
from course_lib.classroom.untouched import untouched

# what the course's notebooks import; for a cell that was moved away from its imports
USUAL = {
    "math": "import math",
    "torch": "import torch",
    "nn": "from torch import nn",
    "Tensor": "from torch import Tensor",
    "F": "import torch.nn.functional as F",
}
CHAPTER = {name: notebook for notebook, names in exercises.COURSE.items() for name in names}


@dataclass
class Extract:
    """An exercise as it was handed in: the statements to run, in order, and what to bind first."""

    where: str = ""  # the cell
    copies: int = 0  # other definitions, which do not count
    problem: str = ""  # why it cannot be run
    solution_use: str = ""  # how it uses the course's own solution
    cells: dict[str, str] = field(default_factory=dict)  # label -> source
    statements: list[tuple[str, int, list[int]]] = field(default_factory=list)
    # each: cell's label, place in the cell, the decorators to leave out
    references: list[str] = field(default_factory=list)  # other exercises that it uses
    usual: list[str] = field(default_factory=list)  # imports that its notebook lacks


class Notebook:
    """The statements of a notebook, in order, and who binds which name."""

    def __init__(self, cells: list[Cell]) -> None:
        self.cells = cells
        trees = [cell.tree.body if cell.tree else [] for cell in cells]
        imports = imported_paths([node for body in trees for node in body])
        self.statements: list[Statement] = []
        self.left_out: list[list[int]] = []  # of each statement, its exercise decorators
        for cell_index, body in enumerate(trees):
            for number, node in enumerate(body):
                ours = exercise_decorators(node, imports)
                decorators = getattr(node, "decorator_list", [])
                for index in reversed(ours):
                    del decorators[index]
                self.left_out.append(ours)
                tagged = bool(ours) or cells[cell_index].tagged
                self.statements.append(
                    Statement(len(self.statements), cell_index, number, node, tagged)
                )

    def binder(self, name: str, before: int) -> Statement | None:
        """The last statement before a place that defines `name`; else the first one after it."""
        found = [s for s in self.statements if s.is_definition and name in s.binds]
        earlier = [s for s in found if s.position < before]
        later = [s for s in found if s.position > before]
        return earlier[-1] if earlier else later[0] if later else None


@dataclass(frozen=True)
class Candidate:
    """A definition of an exercise: a statement, or a cell that is no Python (`statement` None)."""

    name: str
    notebook: Notebook
    cell: Cell
    statement: Statement | None
    tagged: bool

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        shipped = self.statement is not None and untouched(self.name, self.statement.node)
        return not shipped, self.statement is not None, self.tagged


def extract(files: list[tuple[str, str]]) -> tuple[dict[str, Extract], list[str]]:
    """Every exercise found in a learner's files, given as (name, content), and what is amiss."""
    notebooks, problems = [], []
    for name, text in files:
        try:
            notebooks.append(Notebook(read_cells(name, text)))
        except ValueError as error:
            problems.append(str(error))
    found: dict[str, Extract] = {}
    for name in exercises.names():
        candidates = [candidate for notebook in notebooks for candidate in _named(notebook, name)]
        if candidates:
            best = max(candidate.rank for candidate in candidates)
            chosen = [candidate for candidate in candidates if candidate.rank == best][-1]
            found[name] = _cut_out(name, chosen, copies=len(candidates) - 1)
    return found, problems


def _named(notebook: Notebook, name: str) -> list[Candidate]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    found = [
        Candidate(name, notebook, notebook.cells[s.cell], s, s.tagged)
        for s in notebook.statements
        if isinstance(s.node, kinds) and s.node.name == name
    ]
    pattern = re.compile(rf"^(def|class)\s+{name}\b", re.MULTILINE)
    return found + [
        Candidate(name, notebook, cell, None, cell.tagged or "@exercise" in cell.source)
        for cell in notebook.cells
        if cell.tree is None and pattern.search(cell.source)
    ]


def _cut_out(name: str, candidate: Candidate, copies: int) -> Extract:
    found = Extract(candidate.cell.label, copies)
    if candidate.statement is None:
        found.problem = candidate.cell.problem
        return found
    notebook, definition = candidate.notebook, candidate.statement
    chosen, pending = {definition.position}, [definition]
    unknown = False
    while pending:
        statement = pending.pop()
        wanted = [(read, statement.position) for read in sorted(statement.reads_now)]
        wanted += [(read, definition.position) for read in sorted(statement.reads_later - {name})]
        for read, before in wanted:
            binder = notebook.binder(read, before)
            if read in CHAPTER and read != name and not _is_helper(binder, read, name):
                found.references.append(read)
            elif binder is None and read in USUAL:
                found.usual.append(read)
            elif binder is not None and binder.position not in chosen:
                chosen.add(binder.position)
                pending.append(binder)
            # perhaps from an import of everything
            unknown |= (binder is None or binder.position > before) and not hasattr(builtins, read)
    if unknown:
        chosen |= {s.position for s in notebook.statements if s.imports_all}
    for position in sorted(chosen):
        statement = notebook.statements[position]
        cell = notebook.cells[statement.cell]
        found.cells[cell.label] = cell.source
        found.statements.append((cell.label, statement.number, notebook.left_out[position]))
    statements = [notebook.statements[position] for position in sorted(chosen)]
    reads_now = {read for statement in statements for read in statement.reads_now}
    nodes = [statement.node for statement in statements]
    found.solution_use = solution_use(nodes, exercises.get(name), reads_now)
    return found


def _is_helper(binder: Statement | None, name: str, user: str) -> bool:
    """Whether a name that is an exercise's is the learner's own helper, in another chapter."""
    if binder is None or binder.tagged or isinstance(binder.node, (ast.Import, ast.ImportFrom)):
        return False
    return CHAPTER[name] != CHAPTER[user]
