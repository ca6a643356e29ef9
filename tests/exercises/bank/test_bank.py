"""Every exercise: its text, its reference, the stub, each known mistake, other right answers."""

import inspect

import pytest

from course_lib import exercises
from course_lib.exercises.engine.feedback import Feedback
from tests.exercises.bank.right_answers import right_answers

NAMES = exercises.names()


def everyone(part):
    """(exercise name, item) for each item of `part(exercise name)`, with readable test ids."""
    return [
        pytest.param(name, item, id=f"{name}-{number}")
        for name in NAMES
        for number, item in enumerate(part(name))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_text_is_complete(name):
    task = exercises.get(name)
    assert task.name == name and task.title
    assert 1 <= task.difficulty <= 5 and 1 <= task.importance <= 5 and 1 <= task.minutes <= 45
    assert len(task.hints) == 2 and all(len(hint) > 20 for hint in task.hints)
    assert len(task.mistakes) >= 4
    assert len(right_answers(name)) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_reference_is_correct(name):
    task = exercises.get(name)
    report = task.grade(task.reference)
    assert report.status == "correct", str(report)


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_attempted(name):
    task = exercises.get(name)

    def stub(*args, **kwargs):
        raise NotImplementedError

    assert task.grade(stub).status == "not attempted"


@pytest.mark.parametrize("name", [name for name in NAMES if exercises.get(name).planted])
def test_code_as_it_was_planted_is_not_attempted_and_reads_its_symptom(name):
    task = exercises.get(name)
    report = task.grade(task.planted.code)
    assert (report.status, report.diagnosis) == ("not attempted", task.planted.symptom)
    assert not report.failures and not report.error


@pytest.mark.parametrize(("name", "sentence"), everyone(lambda name: exercises.get(name).mistakes))
def test_mistake_reads_its_own_sentence(name, sentence):
    task = exercises.get(name)
    report = task.grade(task.wrong(sentence))
    assert report.status == "incorrect", str(report)
    assert report.diagnosis == sentence
    assert report.failures


@pytest.mark.parametrize(("name", "answer"), everyone(right_answers))
def test_right_answer_is_correct(name, answer):
    report = exercises.get(name).grade(answer)
    assert report.status == "correct", str(report)


@pytest.mark.parametrize("name", NAMES)
def test_feedback_shows_hints_and_solution_collapsed(name):
    task = exercises.get(name)
    html = Feedback(task, task.grade(task.wrong(next(iter(task.mistakes)))))._repr_html_()
    assert html.count("<summary>Hint") >= 2 and "<summary>Reference solution" in html
    assert "<details open" not in html
    first_line = inspect.getsource(task.reference).splitlines()[0].split("(")[0]
    assert first_line in html
