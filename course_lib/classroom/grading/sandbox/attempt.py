"""The part of grading that happens beside the learner's code, in a process that is then ended."""

import ast
import dataclasses
import linecache
import sys
import types
from typing import Any

from course_lib import exercises
from course_lib.classroom.grading.intake.extraction import USUAL, Extract, extract
from course_lib.exercises.engine.ask import observe, raised, remarks
from course_lib.exercises.engine.guard import SideEffects, guarded
from course_lib.exercises.engine.locate import locate
from course_lib.exercises.engine.read_code import reading


def extract_files(files: list[tuple[str, str]]) -> dict[str, Any]:
    """Take the exercises out. This runs nothing, but the files may be made to crash a parser."""
    found, problems = extract(files)
    fields = {name: dataclasses.asdict(item) for name, item in found.items()}
    return {"found": fields, "problems": problems}


def observe_attempt(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Run the extracted statements, and put the probes to what they define.

    Returns its answers, or what the definition itself raised, and the remarks of a report.
    """
    effects = SideEffects()
    exercise, given = exercises.get(name), Extract(**found)
    with guarded(effects):
        try:
            attempt = _define(name, given)
        except BaseException as error:  # as in a check: SystemExit too is only a report
            return {"failed": raised(error)}
    answers = [(a.value, a.arguments) for a in observe(exercise, attempt, effects)]
    return {"answers": answers, "read": reading(exercise, attempt), **remarks(effects)}


def locate_in_attempt(name: str, found: dict[str, Any], is_error: bool) -> dict[str, Any]:
    """Where a wrong attempt parts from the reference, in a sentence or "" at "place"."""
    with guarded(SideEffects()):
        attempt = _define(name, Extract(**found))
    return {"place": locate(exercises.get(name).key, attempt, is_error)}


def _define(name: str, given: Extract) -> Any:
    """What `name` is after the statements have run, one by one, in a module of their own."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    for other in given.references:
        setattr(module, other, exercises.get(other).reference)
    for usual in given.usual:
        exec(USUAL[usual], vars(module))
    for label, source in given.cells.items():  # so that messages can quote the learner's line
        lines = source.splitlines(keepends=True)
        linecache.cache[label] = (len(source), None, lines, label)
    failure: BaseException | None = None
    for label, number, left_out in given.statements:
        node = ast.parse(given.cells[label]).body[number]
        decorators = getattr(node, "decorator_list", [])
        for index in reversed(left_out):
            del decorators[index]
        try:
            exec(compile(ast.Module([node], []), label, "exec"), vars(module))
        except BaseException as error:
            failure = error
            if getattr(node, "name", "") == name:
                raise
    if not hasattr(module, name):
        raise failure or NameError(f"name {name!r} is not defined")
    return getattr(module, name)
