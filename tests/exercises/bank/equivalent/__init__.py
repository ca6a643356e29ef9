"""Changes of a reference that its exercise need not refuse, and why: a module a notebook.

Each has EQUIVALENT, exercise -> {"old statement -> new statement": reason}, as `mutants` words it.
"""

import importlib

from course_lib.exercises import COURSE


def equivalent(name: str) -> dict[str, str]:
    """The equivalent changes of an exercise's reference."""
    [notebook] = [key for key, names in COURSE.items() if name in names]
    module = importlib.import_module(f"{__name__}.{notebook.partition('_')[2]}")
    return module.EQUIVALENT.get(name, {})
