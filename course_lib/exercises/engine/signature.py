"""How an attempt can be called, beside how it is asked to be."""

import ast
import inspect
from typing import Any

from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.source import definition_of


def unread(exercise: Exercise, attempt: Implementation) -> str:
    """Which arguments the code never looks at, in a sentence; or ""."""
    definition = definition_of(attempt)
    if definition is None:
        return ""
    nodes = definition.body if isinstance(definition, ast.ClassDef) else [definition]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    if isinstance(definition, ast.ClassDef):
        functions = [function for function in functions if function.name == "__init__"]
    asked = asked_signature(exercise).parameters
    for function in functions:
        read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        if "locals" in read or function.args.vararg or function.args.kwarg:
            continue
        names = [a.arg for a in function.args.args if a.arg in asked and a.arg not in read]
        if names:
            words = ", ".join(f"`{name}`" for name in names)
            return f"Your code never looks at {words}: what it does cannot depend on it."
    return ""


def unlike_asked(exercise: Exercise, attempt: Implementation) -> str:
    """How the attempt cannot be called as it is asked to be; or ""."""
    asked = asked_signature(exercise)
    try:
        given = inspect.signature(attempt)
    except (TypeError, ValueError):
        return ""
    named = [p for p in asked.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    needed = [p.name for p in named if p.default is p.empty]
    options = [p.name for p in named if p.default is not p.empty]
    trouble = _refusal(given, needed, {})
    for name in options:
        trouble = trouble or _refusal(given, needed, {name: None})
    trouble = trouble or _otherwise(asked, given)
    if not trouble:
        return ""
    try:
        yours = f"{exercise.name}{_bare(given)}"
    except Exception:  # a default of the learner's own that cannot be written out
        yours = "another"
    return f"Asked is {exercise.name}{asked}, yours is {yours}: {trouble}."


def _otherwise(asked: inspect.Signature, given: inspect.Signature) -> str:
    """Whether arguments of the same names stand in another order, or have other defaults."""
    named = [p.name for p in given.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    ours = [name for name in named if name in asked.parameters]
    if ours != [name for name in asked.parameters if name in named]:
        return "the arguments stand in another order"
    for name in ours:
        pair = asked.parameters[name].default, given.parameters[name].default
        plain = all(value is None or isinstance(value, int | float) for value in pair)
        if plain and pair[0] != pair[1]:
            return f"the default of {name} is another"
    return ""


def asked_signature(exercise: Exercise) -> inspect.Signature:
    """The reference's signature without annotations and without what no learner is asked for."""
    return _bare(inspect.signature(exercise.reference), exercise.unasked)


def _bare(signature: inspect.Signature, without: tuple[str, ...] = ()) -> inspect.Signature:
    parameters = [
        parameter.replace(annotation=parameter.empty)
        for name, parameter in signature.parameters.items()
        if name not in without
    ]
    return inspect.Signature(parameters)


def _refusal(given: inspect.Signature, needed: list[str], options: dict[str, Any]) -> str:
    try:
        given.bind(*needed, **options)
    except TypeError as error:
        return f"called as asked, it says: {error}"
    return ""
