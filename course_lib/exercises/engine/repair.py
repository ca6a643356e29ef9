"""The one place of an attempt's code that is to blame: changed there, it would be right."""

import ast
import inspect
import sys
import time
from types import CellType, FrameType
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.exercise import Implementation
from course_lib.exercises.engine.guard import SideEffects, guarded
from course_lib.exercises.engine.key import REFERENCE, AnswerKey
from course_lib.exercises.engine.source import definition_of
from course_lib.exercises.engine.variants import Place, mechanical, variants

LARGEST, LINES = 10_000_000, 20_000  # numbers in a tensor; lines that a variant may run in a case
VARIANT = "<variant>"
SECONDS = 0.6  # of computing, for all variants together


def repair(key: AnswerKey, attempt: Implementation) -> str:
    """The place at which one change makes all answers right, in a sentence; or "".

    The sentence tells the place and not the change. Code with a loop that a change could keep from
    ending is left alone.
    """
    definition = definition_of(attempt)
    if definition is None or any(map(_may_not_end, ast.walk(definition))):
        return ""
    definition.decorator_list = []
    tree = ast.Module([definition], [])
    judge = _Judge(key)
    if judge.accepts(_defined(tree, attempt)):
        return ""  # what is wrong is not in this text
    parameters = [
        a.arg
        for node in ast.walk(definition)
        if isinstance(node, ast.arguments)
        for a in node.args
        if a.arg != "self"
    ]

    owners = {id(n.value) for n in ast.walk(definition) if isinstance(n, ast.Attribute)}

    def slips(node: ast.AST) -> list[ast.AST | None]:
        # not of what a method is called on: items.append in a loop over items never ends
        others = [] if id(node) in owners else _other_names(node, parameters)
        return mechanical(node) + _parts(node) + others

    deadline = time.process_time() + SECONDS
    found: tuple[Place, ast.AST] | None = None
    for place, old in variants(tree, slips):
        if time.process_time() > deadline or found:
            continue  # to its end, so that the tree is put back
        if judge.accepts(_defined(tree, attempt)):
            found = place, old
    return _sentence(*found) if found else ""


def _may_not_end(node: ast.AST) -> bool:
    """Whether a change could make it run for ever inside Python, where no line is counted."""
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return isinstance(node, ast.While) or name in ("count", "cycle", "repeat", "iter")


class _Judge:
    """Puts the probes to an implementation until one answer is wrong; that probe is first next."""

    def __init__(self, key: AnswerKey) -> None:
        self.key, self.order = key, list(range(len(key.exercise.probes)))

    def accepts(self, implementation: Any) -> bool:
        if implementation is None:
            return False
        for number in self.order:
            self.key.answer(REFERENCE, number)  # no variant: its lines are not counted
            with Bounded():
                is_right = self.key.is_right(number, implementation)
            if not is_right:
                self.order.remove(number)
                self.order.insert(0, number)
                return False
        return True


class Bounded(TorchFunctionMode):
    """Ends a variant that runs away: a loop without an end, or a layer of gigabytes.

    Only the lines of variants are counted, and only while it is active.
    """

    def __enter__(self) -> Any:
        self.lines, self.before = 0, sys.gettrace()
        sys.settrace(self._enter_function)
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        sys.settrace(self.before)
        super().__exit__(*error)

    def _enter_function(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._count if frame.f_code.co_filename == VARIANT else None

    def _count(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines += 1
        if self.lines > LINES:
            raise TimeoutError(f"more than {LINES} lines")
        return self._count

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.numel() > LARGEST:
            raise MemoryError(f"a tensor of {result.numel()} numbers")
        return result


def _defined(tree: ast.Module, attempt: Implementation) -> Any:
    """What the tree defines, in the attempt's own surroundings; None where it defines nothing."""
    inner = inspect.unwrap(attempt)
    scope = dict(getattr(inner, "__globals__", None) or vars(sys.modules[attempt.__module__]))
    names = getattr(getattr(inner, "__code__", None), "co_freevars", ())
    cells = getattr(inner, "__closure__", None) or ()
    filled = [(name, cell) for name, cell in zip(names, cells, strict=True) if cell != CellType()]
    scope |= {name: cell.cell_contents for name, cell in filled}
    try:
        with guarded(SideEffects()):
            exec(compile(tree, VARIANT, "exec"), scope)
    except Exception:  # a change that leaves nothing to define
        return None
    return scope.get(getattr(tree.body[0], "name", ""))


def _parts(node: ast.AST) -> list[ast.AST | None]:
    """One side of a sum or product, or a whole in place of an item of it."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Subscript):
        return [node.value]
    return [node.operand] if isinstance(node, ast.UnaryOp) else []


def _other_names(node: ast.AST, parameters: list[str]) -> list[ast.AST | None]:
    """Another argument in place of a name; and a name doubled, as a padding at both ends is."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return []
    others = [ast.Name(name, ast.Load()) for name in parameters if name != node.id]
    double = [ast.BinOp(ast.Constant(2), ast.Mult(), node)] if node.id in parameters else []
    return [*double, *others]


def _sentence(place: Place, old: ast.AST) -> str:
    line = getattr(old, "lineno", place.statement.lineno)
    if isinstance(old, ast.Expr):
        return f"Without your line {line}, `{ast.unparse(old)}`, everything comes out right."
    alone = isinstance(old, ast.expr | ast.stmt) and len(ast.unparse(old)) > 3
    around = place.owner if isinstance(place.owner, ast.expr) else place.statement
    has_body = hasattr(around, "body") and isinstance(old, ast.expr)  # a default, a condition
    shown = old if alone or has_body else around
    words = ast.unparse(shown).split("\n")[0]
    return f"One change in your line {line} puts everything right: look at `{words}` there."
