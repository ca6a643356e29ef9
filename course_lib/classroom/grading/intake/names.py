"""Which names a statement binds, and which it reads: when it runs, or later, inside functions."""

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
)


@dataclass(frozen=True)
class Statement:
    """A top-level statement: where it stands, and its names."""

    position: int  # in the notebook, counted over all cells
    cell: int
    number: int  # in its cell
    node: ast.stmt
    tagged: bool

    @cached_property
    def _table(self) -> symtable.SymbolTable | None:
        try:
            return symtable.symtable(ast.unparse(self.node), "cell", "exec")
        except (SyntaxError, RecursionError):  # `return` outside a function, say
            return None

    @cached_property
    def binds(self) -> set[str]:
        symbols = self._table.get_symbols() if self._table else []
        return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}

    @cached_property
    def reads_now(self) -> set[str]:
        """Read when the statement runs: values, base classes, decorators, defaults."""
        found = set(_globals(self._table, late=False)) if self._table else set()
        return found | (self.binds if isinstance(self.node, ast.AugAssign) else set())

    @cached_property
    def reads_later(self) -> set[str]:
        """Read when a function that the statement defines is called."""
        return set(_globals(self._table, late=True)) if self._table else set()

    @property
    def imports_all(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_definition(self) -> bool:
        """Whether it only defines: imports, functions, classes, assignments, also under if, try."""
        return _only_defines(self.node)


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return all(map(_only_defines, node.body + node.orelse))
    if isinstance(node, ast.Try):
        handled = [statement for handler in node.handlers for statement in handler.body]
        return all(map(_only_defines, node.body + handled + node.orelse + node.finalbody))
    return isinstance(node, (*DEFINITIONS, ast.Pass))


def _globals(table: symtable.SymbolTable, late: bool, inside: bool = False) -> Iterator[str]:
    """The global names that are read in `table` and the scopes in it."""
    inside = inside or table.get_type() == "function"
    top = table.get_type() == "module"
    if inside == late:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child, late, inside)
