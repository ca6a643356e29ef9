"""The hint of a known mistake: its place in the solution, with the answer left out."""

import pytest

from course_lib import exercises
from course_lib.edits import places, source_of
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.exercises.engine.hint import GAP, hint_for


def board(rows, columns, border=0):
    """The cells of a board."""
    tall = rows + 2 * border  # at both ends
    if border < 0:
        raise ValueError("a border is at least 0")
    wide = columns + 2 * border
    cells = tall * wide
    return cells


def hint(edit, **fields):
    exercise = Exercise(board, "B", 1, 1, 1, ("", ""), (), {"It is wrong.": edit}, **fields)
    return hint_for(exercise, "It is wrong.")


@pytest.mark.parametrize(
    ("edit", "shown"),
    [
        ({"tall * wide": "tall + wide"}, f"cells = tall {GAP} wide"),
        ({"= columns + 2 *": "= columns +"}, f"wide = columns +{GAP} border"),
        ({"tall = rows": "tall = columns"}, f"tall = {GAP} + 2 * border"),
        ({"border=0": "border=1"}, f"def board(rows, columns, border={GAP}):"),
        ({"cells = tall * wide": "cells = 0"}, f"cells = {GAP}"),
        (
            {"tall * wide": "wide * tall", "return cells": "return tall"},
            f"cells = {GAP} * {GAP}\nreturn {GAP}",
        ),
    ],
    ids=["operator", "factor", "name", "default", "expression", "two places"],
)
def test_the_line_is_shown_with_a_gap(edit, shown):
    assert hint(edit) == shown


def test_a_line_that_is_missing_is_a_gap_between_its_neighbours():
    edit = {"    wide = columns + 2 * border\n": "", "tall * wide": "tall * columns"}
    words = hint(edit)
    assert "wide = columns" not in words
    assert GAP in words.splitlines() or f"cells = tall * {GAP}" in words.splitlines()


def test_a_comment_is_no_part_of_it():
    assert "both ends" not in hint({"rows + 2": "rows - 2"})


def test_what_is_only_added_shows_nothing():
    assert hint({"return cells": "return cells + 1"}) == ""


def test_another_algorithm_has_no_place():
    assert hint(lambda rows, columns, border=0: 0) == ""


def test_what_was_planted_has_a_hint_too():
    planted = Planted("It is too small.", board, {"tall * wide": "tall + wide"})
    exercise = Exercise(board, "B", 1, 1, 1, ("", ""), (), {}, planted)
    [sentence] = exercise.changes
    assert hint_for(exercise, sentence) == f"cells = tall {GAP} wide"


@pytest.mark.parametrize("name", exercises.names())
def test_hints_of_the_course_are_short_and_have_gaps(name):
    task = exercises.get(name)
    for sentence, change in task.changes.items():
        taken = (
            [] if callable(change) else [p for p in places(task.reference, change) if p[0] < p[1]]
        )
        words = hint_for(task, sentence)
        assert bool(words) == bool(taken) == (GAP in words)
        assert words.count(GAP) <= len(taken) and len(words.splitlines()) <= 3 * len(taken)


@pytest.mark.parametrize("name", ["receptive_field", "residual_forward", "shortcut", "train_epoch"])
@pytest.mark.xfail(strict=True, reason="a line that is indented otherwise gets a gap before it")
def test_a_gap_stands_for_more_than_blanks(name):
    task = exercises.get(name)
    source = source_of(task.reference)
    for sentence, change in task.changes.items():
        if callable(change):
            continue
        taken = [source[a:b] for a, b in places(task.reference, change)]
        if not any(text.strip() for text in taken):
            assert hint_for(task, sentence) == ""
