"""Mistakes as edits of a source text."""

import pytest

from course_lib.exercises.bank.find_the_bugs.edits import edited, mistake, planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_blocks, fix_template


def test_an_edit_changes_what_it_names_and_leaves_the_piece_alone():
    other = edited(fix_blocks, ("50: [3, 4, 6, 3]", "50: [1, 1, 1, 1]"))
    assert other(50) == [1, 1, 1, 1] and other(34) == [3, 4, 6, 3]
    assert fix_blocks(50) == [3, 4, 6, 3]


@pytest.mark.parametrize(("old", "times"), [("absent", 0), ("width_per_group", 3)])
def test_an_edit_that_is_not_exact_is_refused(old, times):
    with pytest.raises(ValueError, match=f"'{old}' stands {times} times in fix_template"):
        mistake("Never read.", fix_template, (old, "x"))


def test_planted_is_the_piece_as_typed():
    assert planted("fix_stem", "A symptom.").implementation is typed.fix_stem
