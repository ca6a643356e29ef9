"""A change of the reference's source that changes what it does is refused by the exercise."""

import pytest

from course_lib import exercises
from tests.exercises.acceptance import accepted
from tests.exercises.bank.equivalent import equivalent
from tests.exercises.mutants import mutants
from tests.sampling import ALL, sample

IN_CI = 12  # mutants of each exercise


@pytest.mark.parametrize("name", exercises.names())
def test_every_change_is_refused_or_changes_nothing(name):
    task, listed = exercises.get(name), equivalent(name)
    chosen = sample(list(mutants(task.reference)), IN_CI)
    survivors = [words for words, mutant in chosen if accepted(task, mutant)]
    unexplained = [words for words in survivors if words not in listed]
    assert not unexplained, "\n".join(["accepted, though changed:", *unexplained])
    if ALL:
        assert set(listed) <= set(survivors), "listed, but refused by now"
