"""Is an exercise still as the course ships it?"""

import ast
import inspect

from course_lib import exercises


def untouched(name: str, definition: ast.stmt) -> bool:
    """Whether a definition of the exercise `name`, without its decorators, is as it ships.

    That is a stub (its functions do nothing but raise NotImplementedError), or the code that was
    planted to be repaired. Comments and layout do not matter.
    """
    if planted := exercises.get(name).planted:
        [shipped] = ast.parse(inspect.getsource(planted.code)).body
        return ast.dump(definition) == ast.dump(shipped)
    return _is_stub(definition)


def _is_stub(definition: ast.stmt) -> bool:
    functions = [node for node in ast.walk(definition) if isinstance(node, ast.FunctionDef)]
    return bool(functions) and all(map(_only_raises, functions))


def _only_raises(function: ast.FunctionDef) -> bool:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    lines = [ast.unparse(statement) for statement in body]
    return lines[-1:] == ["raise NotImplementedError"] and set(lines[:-1]) <= {"super().__init__()"}
