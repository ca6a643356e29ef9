"""A piece of the course with something changed in its source: what a learner would do to it.

An edit is a mapping of old pieces of text to new ones. Each old one stands in the source exactly
once; of a class that inherits, in its own source, or else in that of the classes it comes from.
"""

import difflib
import inspect
import itertools
import linecache
import math
import re
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Edit = Mapping[str, str]
Span = tuple[int, int, str]  # start and end in the source, and what stands there instead
USUAL = {"math": math, "torch": torch, "F": F, "nn": nn}  # what any edit may use


class Clash(ValueError):
    """Two edits change the same place, or what they make together is no Python."""


def edited(piece: Any, *edits: Edit) -> Any:
    """The function or class `piece` with all `edits` made in its source.

    Raises ValueError for an edit whose old text does not stand in the source exactly once, and
    Clash for edits that cannot be made together.
    """
    source = source_of(piece)
    spans = sorted(span for edit in edits for span in _spans(piece, edit))
    for (begin, end, _), (start, stop, _) in itertools.pairwise(spans):
        if start < end or begin == end == start == stop:
            raise Clash(f"two edits of {piece.__name__} meet at {source[start : start + 40]!r}")
    for start, end, new in reversed(spans):
        source = source[:start] + new + source[end:]
    return _run(piece, source)


def places(piece: Any, edit: Edit) -> list[tuple[int, int]]:
    """Where an edit changes the source: the start and the end of each place."""
    return [(start, end) for start, end, _ in sorted(_spans(piece, edit))]


def source_of(piece: Any) -> str:
    """The source of a function or class, headed by that of the course's classes it comes from."""
    bases = piece.__mro__[:0:-1] if isinstance(piece, type) else ()
    package = __name__.partition(".")[0]
    own = [base for base in bases if base.__module__.partition(".")[0] == package]
    return "\n\n".join(map(_getsource, [*own, piece]))


_getsource = cache(inspect.getsource)


def _spans(piece: Any, edit: Edit) -> list[Span]:
    whole, own = source_of(piece), _getsource(piece)
    found = []
    for old, new in edit.items():
        where = own if own.count(old) == 1 else whole
        if where.count(old) != 1:
            raise ValueError(f"{old!r} stands {where.count(old)} times in {piece.__name__}")
        start = where.index(old) + len(whole) - len(where)
        found += [(start + a, start + b, text) for a, b, text in _changes(old, new)]
    return found


def _changes(old: str, new: str) -> list[Span]:
    """The places inside `old` that differ, as small as words: small places seldom meet."""
    a, b = (re.findall(r"\w+|\s+|.", text) for text in (old, new))
    ends = [0]
    for word in a:
        ends.append(ends[-1] + len(word))
    blocks = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return [(ends[i], ends[j], "".join(b[k:m])) for kind, i, j, k, m in blocks if kind != "equal"]


def _run(piece: Any, source: str) -> Any:
    name = f"<{piece.__name__} {abs(hash(source)):x}>"
    scope = USUAL | vars(sys.modules[piece.__module__])
    try:
        with warnings.catch_warnings():  # of code that looks odd, as two mistakes together may
            warnings.simplefilter("ignore")
            exec(compile(source, name, "exec"), scope)
    except SyntaxError as error:
        raise Clash(f"{piece.__name__} is no Python any more: {error}") from None
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return scope[piece.__name__]
