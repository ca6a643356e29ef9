"""Mistakes as edits of a piece's source: what a learner would change, or forget to change."""

import inspect
import sys

from course_lib.exercises.engine.exercise import Implementation, Mistake
from course_lib.from_memory import typed


def edited(piece: Implementation, *changes: tuple[str, str]) -> Implementation:
    """`piece`, with each (old, new) of `changes` made in its source.

    Raises ValueError unless each `old` stands in the source exactly once.
    """
    source = inspect.getsource(piece)
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} stands {source.count(old)} times in {piece.__name__}")
        source = source.replace(old, new)
    scope = dict(vars(sys.modules[piece.__module__]))
    exec(compile(source, f"<{piece.__name__}>", "exec"), scope)
    return scope[piece.__name__]


def mistake(sentence: str, piece: Implementation, *changes: tuple[str, str]) -> Mistake:
    """The mistake of making these changes in `piece`."""
    return Mistake(sentence, edited(piece, *changes))


def planted(name: str, symptom: str) -> Mistake:
    """The piece as it was typed. `symptom`: what the tools show, without the mistake's name."""
    return Mistake(symptom, getattr(typed, name))
