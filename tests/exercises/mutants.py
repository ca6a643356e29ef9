"""Small mechanical changes of a reference's source: what an exercise's check has to tell apart."""

import ast
import linecache
import sys
from collections.abc import Iterator
from typing import Any

from course_lib.edits import USUAL, source_of
from course_lib.exercises.engine.variants import mechanical, variants


def mutants(piece: Any) -> Iterator[tuple[str, Any]]:
    """("old statement -> new statement", the changed function or class) for each change.

    One that is no Python, or cannot even be defined, is left out.
    """
    tree = ast.parse(source_of(piece))
    *bases, own = tree.body
    overridden = {getattr(node, "name", None) for node in getattr(own, "body", [])}
    for base in bases:
        base.body = [node for node in base.body if getattr(node, "name", "") not in overridden]
    seen = {ast.unparse(tree)}
    before = {id(node): first_line(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    for place, old in variants(tree, mechanical):
        source = ast.unparse(tree)
        if source in seen:
            continue
        seen.add(source)
        scope = USUAL | vars(sys.modules[piece.__module__])
        name = f"<mutant {len(seen)} of {piece.__name__}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            exec(compile(source, name, "exec"), scope)
        except Exception:  # it cannot be defined: nobody could hand it in
            continue
        after = place.node if isinstance(old, ast.stmt) else place.statement
        yield f"{before[id(place.statement)]} -> {first_line(after)}", scope[piece.__name__]


def first_line(node: ast.AST) -> str:
    """A statement's first line, as `mutants` words it."""
    return " ".join(ast.unparse(node).split("\n", 1)[0].split())
