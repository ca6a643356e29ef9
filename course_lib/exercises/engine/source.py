"""The source of an attempt, whether it stands in a file or in a notebook's cell."""

import ast
import copy
import functools
import inspect
import linecache
import textwrap
from types import CodeType

from course_lib.exercises.engine.exercise import Implementation

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def text_of(attempt: Implementation) -> str:
    """The text of the attempt's definition, without its decorators; "" where it has none."""
    code, definition = _code(attempt), definition_of(attempt)
    if code is None or definition is None:
        return ""
    lines = linecache.getlines(code.co_filename)[definition.lineno - 1 : definition.end_lineno]
    return textwrap.dedent("".join(lines)).rstrip()


def definition_of(attempt: Implementation) -> Definition | None:
    """The attempt's definition as a tree, with the lines of its cell; None where it has no source.

    A class in a notebook's cell is found by its methods: Python knows the file of those alone.
    """
    code = _code(attempt)
    if code is None:
        return None
    is_class = isinstance(attempt, type)
    name = code.co_qualname.split(".")[-2 if is_class else -1]
    kinds = ast.ClassDef if is_class else (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = _parsed("".join(linecache.getlines(code.co_filename)))
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.name == name and _holds(node, code.co_firstlineno)
    ]
    # a copy, which whoever asks may change
    return copy.deepcopy(max(around, key=lambda node: node.lineno, default=None))


@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _code(attempt: Implementation) -> CodeType | None:
    """The compiled code of a function, or of a class's first method that has one."""
    inner = inspect.unwrap(attempt)
    members = list(vars(inner).values()) if isinstance(inner, type) else [inner]
    functions = [getattr(member, "__func__", member) for member in members]  # of static ones
    codes = [getattr(function, "__code__", None) for function in functions]
    return next((code for code in codes if code is not None), None)


def _holds(node: Definition, line: int) -> bool:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first <= line <= (node.end_lineno or line)
