"""Does an attempt lean on the course's own solution? Decided by reading it, without running it.

Whoever hides an import well enough is not found: this is a check for honest classes.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator

import course_lib
from course_lib import exercises
from course_lib.exercises.engine.exercise import Exercise

PATH = re.compile(rf"{course_lib.__name__}(\.\w+)*")


def solution_use(statements: list[ast.stmt], exercise: Exercise, reads_now: set[str]) -> str:
    """How `statements` use the reference of `exercise`, or the engine that holds it; or "".

    `reads_now` are the names that they read outside functions, before the attempt has its name.
    """
    paths = imported_paths(statements)
    names = {node.id for node in _walk(statements) if isinstance(node, ast.Name)}
    used = reads_now | names - {exercise.name}  # inside functions, its name is the attempt's
    for node in _walk(statements):
        if node in statements and isinstance(node, ast.ImportFrom):
            node = _without(node, used)
        if isinstance(node, ast.ImportFrom) and _gives_all(node, exercise, reads_now):
            return f"from {node.module} import *"
        for path in _paths(node, paths):
            if _is_theirs(path, exercise):
                return path
        if text := _looks_up(node, exercise):
            return text
    return ""


def _without(node: ast.ImportFrom, used: set[str]) -> ast.ImportFrom:
    """The import with those names only that are used: one line may import more than is needed."""
    kept = [item for item in node.names if item.name == "*" or (item.asname or item.name) in used]
    return ast.ImportFrom(node.module, kept, node.level)


def exercise_decorators(node: ast.stmt, imports: dict[str, str]) -> list[int]:
    """Which of its decorators are the course's `exercise`, under whatever name it was imported."""
    paths = [_dotted(decorator, imports) for decorator in getattr(node, "decorator_list", [])]
    return [
        number
        for number, path in enumerate(paths)
        if path == "exercise" or _resolve(path) is exercises.exercise
    ]


def _walk(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    return (node for statement in statements for node in ast.walk(statement))


def imported_paths(statements: list[ast.stmt]) -> dict[str, str]:
    """The names that imports bind, anywhere, each with the dotted path of what it stands for."""
    paths = {}
    for node in _walk(statements):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                paths[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                paths[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return paths


def _paths(node: ast.AST, imports: dict[str, str]) -> list[str]:
    """The dotted paths that a node speaks of."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Attribute):
        return [_dotted(node, imports)]
    return []


def _dotted(node: ast.AST, imports: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, imports)}.{node.attr}"
    return imports.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


def _is_theirs(path: str, exercise: Exercise) -> bool:
    engine, found = f"{course_lib.__name__}.exercises", _resolve(path)
    held = found.values() if isinstance(found, dict) else [found]  # 10's table of pieces is a dict
    return path.startswith(engine) or any(item is exercise.reference for item in held)


def _resolve(path: str) -> object:
    """What a dotted path inside `course_lib` stands for, or None."""
    if path.partition(".")[0] != course_lib.__name__:
        return None
    try:
        return pkgutil.resolve_name(path)
    except (ImportError, AttributeError, ValueError):
        return None


def _gives_all(node: ast.ImportFrom, exercise: Exercise, reads_now: set[str]) -> bool:
    """Whether it is `from course_lib.models.blocks import *`, and then reads the solution in it."""
    path = node.module or ""
    package = path.partition(".")[0]
    if [item.name for item in node.names] != ["*"] or package != course_lib.__name__:
        return False
    try:
        module = importlib.import_module(path)
    except ImportError:
        return False
    found = {name for name, value in vars(module).items() if value is exercise.reference}
    return bool(found & reads_now)


def _looks_up(node: ast.AST, exercise: Exercise) -> str:
    """The text by which a node looks something up in the course, or "".

    import_module("course_lib.models.blocks"), getattr(blocks, "BasicBlock"), exec("..."), say.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return repr(node.value) if PATH.fullmatch(node.value) else ""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    constants = [item.value for item in node.args if isinstance(item, ast.Constant)]
    for text in (value for value in constants if isinstance(value, str)):
        by_name = function == "getattr" and text == exercise.reference.__name__
        as_code = function in ("exec", "eval", "compile") and course_lib.__name__ in text
        if by_name or as_code:
            return f"{function}({text!r})"
    return ""
