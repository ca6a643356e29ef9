"""Wrong answers: two known mistakes at once, and what people write, in a corner or altogether."""

import contextlib
import itertools
import random
import re

import pytest

from course_lib import exercises
from course_lib.edits import Clash
from tests.exercises.acceptance import accepted
from tests.exercises.bank.wrong_answers import wrong_answers
from tests.sampling import ALL, sample

NAMES = exercises.names()


@pytest.mark.parametrize("name", NAMES)
def test_of_two_mistakes_none_is_named_that_is_not_there(name):
    task = exercises.get(name)
    pairs = random.Random(0).sample(list(itertools.combinations(task.mistakes, 2)), 20)
    for pair in pairs if ALL else pairs[:2]:
        with contextlib.suppress(Clash):
            report = task.grade(task.wrong(*pair))
            named = report.mistakes
            # together they may be just what another one is alone, or what another pair is
            if len(named) != 1 and not set(named) <= set(pair):
                twin = task.grade(task.wrong(*named))
                assert len(named) == 2 and twin.failures == report.failures, (pair, named)


@pytest.mark.parametrize("name", NAMES)
def test_no_wrong_answer_is_accepted(name):
    """Those that are wrong in a corner only, too, for which some probe was made."""
    task = exercises.get(name)
    taken = [answer.title for answer, _ in wrong_answers(name) if accepted(task, answer)]
    assert not taken


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_as_people_write_them_are_told_what_is_wrong(name):
    """Most of them; not every one, and which ones is printed by `python -m tests.bench answers`."""
    task = exercises.get(name)
    answers = sample([(answer, says) for answer, says in wrong_answers(name) if says], 3)
    reports = [(task.grade(answer), says) for answer, says in answers]
    told = [re.search(says, f"{r.diagnosis} {r.error}", re.IGNORECASE) for r, says in reports]
    assert sum(map(bool, told)) >= 0.5 * len(told), [str(report) for report, _ in reports]
