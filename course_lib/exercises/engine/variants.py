"""Code with one small thing changed: an operator, a number, an argument, a line."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

SWAPPED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass
class Place:
    """Where a node stands: in a field of its owner, and the smallest statement around it."""

    owner: ast.AST
    field: str
    index: int | None  # where the field is a list
    statement: ast.stmt

    @property
    def node(self) -> Any:
        value = getattr(self.owner, self.field)
        return value if self.index is None else value[self.index]

    def put(self, new: ast.AST | None) -> None:
        """Put a node there; None takes away the one that is there."""
        if self.index is None:
            setattr(self.owner, self.field, new)
        else:
            getattr(self.owner, self.field)[self.index : self.index + 1] = [new] if new else []


def variants(
    tree: ast.Module, alternatives: Callable[[ast.AST], list[ast.AST | None]]
) -> Iterator[tuple[Place, ast.AST]]:
    """Change `tree` in one place after the other; yields the place, and the node that was there.

    While the caller looks at it, the tree is changed; then it is put back.
    """
    for place in list(_places(tree)):
        old = place.node
        for new in alternatives(old):
            place.put(new)
            ast.fix_missing_locations(tree)
            yield place, old
            if new is None and place.index is not None:
                getattr(place.owner, place.field).insert(place.index, old)
            else:
                place.put(old)


def _places(node: ast.AST, statement: ast.stmt | None = None) -> Iterator[Place]:
    """Every place but in annotations, docstrings, and what only refuses arguments."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "bases", "decorator_list"):
            continue
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(item, ast.AST) or _is_docstring(item) or _refuses(item):
                continue
            around = item if isinstance(item, ast.stmt) else statement
            if around is not None:
                yield Place(node, field, index, around)
            yield from _places(item, around)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _refuses(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If | ast.For)
        and all(isinstance(s, ast.Raise | ast.Assign) or _refuses(s) for s in node.body)
        and any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    )


def mechanical(node: ast.AST) -> list[ast.AST | None]:
    """What could stand in a node's place by a slip. None: nothing at all."""
    if type(node) in SWAPPED:
        return [SWAPPED[type(node)]()]
    if isinstance(node, ast.Constant):
        return [ast.Constant(value) for value in _other_values(node.value)]
    if isinstance(node, ast.keyword):
        return [None]  # the default in its place
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Call):
        return _other_calls(node)
    if isinstance(node, ast.If):
        always, never = copy.copy(node), copy.copy(node)
        always.test, never.test = ast.Constant(True), ast.Constant(False)
        return [always, never]
    return [ast.Pass()] if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign) else []


def _other_calls(node: ast.Call) -> list[ast.AST | None]:
    """What is called on, in place of the call; and the first two arguments the other way round."""
    inside = [argument for argument in node.args[:1] if not isinstance(argument, ast.Starred)]
    owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    swapped = copy.copy(node)
    swapped.args = [*node.args[1::-1], *node.args[2:]]
    return [*inside, *owner, *([swapped] if len(node.args) > 1 else [])]


def _other_values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, *([value - 1] if value > 0 else [])]
    return [value * 2] if isinstance(value, float) else []
