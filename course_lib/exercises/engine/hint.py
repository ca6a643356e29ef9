"""The hint that belongs to a known mistake: the place in the solution, with its answer left out."""

import re

from course_lib.edits import places, source_of
from course_lib.exercises.engine.exercise import Exercise

GAP = "▢"


def hint_for(exercise: Exercise, sentence: str) -> str:
    """The lines of the solution where the mistake is, each with gaps; "" where that shows nothing.

    A line that is missing altogether is shown as a gap between its neighbours.
    """
    change = exercise.changes[sentence]
    if callable(change):
        return ""
    source = source_of(exercise.reference)
    taken = [(start, end) for start, end in places(exercise.reference, change) if start < end]
    for start, end in reversed(taken):
        source = source[:start] + GAP + "\n" * source.count("\n", start, end) + source[end:]
    lines = [_clean(line) for line in source.splitlines()]
    shown: dict[int, str] = {}
    for number, line in enumerate(lines):
        if line == GAP:
            near = range(max(number - 1, 0), min(number + 2, len(lines)))
            shown |= {n: lines[n] for n in near}
        elif GAP in line:
            shown[number] = line
    return "\n".join(line for _, line in sorted(shown.items()) if line)


def _clean(line: str) -> str:
    """Without its comment, and with one gap where several meet."""
    return re.sub(rf"{GAP}+", GAP, line.partition("  #")[0].strip())
