"""What a notebook says where Python would be silent, or say something puzzling.

An exercise cell that is run before the setup cell raises a bare NameError; and a definition that
bears an exercise's name without @exercise is checked by nobody. Both are pointed out.

`load_ipython_extension` makes it so: IPython calls it when a kernel starts, where the environment's
ipython_config.py lists this module, and otherwise the setup cell does.
"""

import ast
import sys
from types import TracebackType
from typing import Any

EXERCISES = "course_lib.exercises"  # by name: a kernel that only starts need not import PyTorch
SET_UP = (
    "Nothing is set up in this kernel yet. Run the setup cell first: it is the first cell of code "
    "that you see under the title. (Run > Run All Above Selected Cell does it, too.)"
)


def load_ipython_extension(shell: Any) -> None:
    """Watch the cells of this shell; once is enough."""
    if NameError not in shell.custom_exceptions:
        shell.set_custom_exc((NameError,), _explain)
        shell.events.register("post_run_cell", _point_out)


def _explain(
    shell: Any, kind: type, error: NameError, trace: TracebackType, tb_offset: int | None = None
) -> None:
    if "exercise" not in shell.user_ns:
        print(SET_UP)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _point_out(result: Any) -> None:
    """Say so if the cell has defined an exercise without having it checked."""
    for name in unchecked(result.info.raw_cell or ""):
        print(
            f"! `{name}` was defined without @exercise above it, so nothing was checked. Write "
            "@exercise into the line before it."
        )


def unchecked(cell: str) -> list[str]:
    """The exercises that a cell's code defines and does not hand to `exercise`."""
    course = getattr(sys.modules.get(EXERCISES), "COURSE", {})
    names = {name for members in course.values() for name in members}
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node.name for node in body if isinstance(node, kinds) and node.name in names]
    handed = {
        node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)
    }
    return [] if "exercise" in handed else found
