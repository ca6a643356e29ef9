"""Wrong answers that no bank lists as they stand, as people write them: a module a notebook.

    @wrong("conv2d", "bias|flip")
    def both_at_once(x, weight, bias=None, stride=1, padding=0): ...

The second argument is a pattern: what a true diagnosis says. Without one, the answer is wrong only
in a corner, and need only be refused.
"""

import importlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from course_lib.exercises import COURSE

_found: dict[str, list[tuple[Any, str]]] = defaultdict(list)


def wrong(name: str, says: str = "") -> Callable[[Any], Any]:
    """Decorates a wrong answer to the exercise `name`."""

    def add(answer: Any) -> Any:
        answer.__name__, answer.title = name, answer.__name__
        _found[name].append((answer, says))
        return answer

    return add


def wrong_answers(name: str) -> list[tuple[Any, str]]:
    """The wrong answers to an exercise, each with the pattern of what a true diagnosis says."""
    [notebook] = [key for key, names in COURSE.items() if name in names]
    importlib.import_module(f"{__name__}.{notebook.partition('_')[2]}")
    return _found[name]
