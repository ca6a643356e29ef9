"""What an exercise cell shows: help first, and after success no hints, but something to learn."""

import pytest
import torch
from bs4 import BeautifulSoup

from course_lib import exercises
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.exercise import Planted
from course_lib.exercises.engine.feedback import UNKNOWN, USES_REFERENCE, Feedback, solution
from course_lib.exercises.probes.call import call, randn


def double(x):
    """Twice x."""
    return x * 2


TASK = Check(
    double,
    "Double",
    2,
    3,
    4,
    ("Twice is once more.", "x + ..."),
    (call(1.5), call(2.5), call(randn(2, 3)), call(randn(3))),
    {"You tripled it.": {"x * 2": "x * 3"}},
    insight="Doubling is adding.",
)


def right(x):
    return x + x


def shown(attempt, task=TASK, solved=""):
    return BeautifulSoup(
        Feedback(task, task.grade(attempt), attempt, solved)._repr_html_(), "html.parser"
    )


def summaries(page):
    return [summary.text for summary in page.find_all("summary")]


def unknown(x):
    """Wrong, and in no way that the course could name: it is not read, and parts at once."""
    return x * 2 + 3 * abs(x) ** 2.5 - 1


def test_the_verdict_has_a_sign_words_and_the_name():
    verdicts = {
        right: "✔ Correct",
        unknown: "✘ Incorrect",
        (lambda x: {}[x]): "! Error in your code",
    }
    for attempt, words in verdicts.items():
        assert shown(attempt).div.div.text.replace("\xa0", " ").split("  ")[0] == words


def test_help_comes_before_hints_and_solution():
    text = shown(lambda x: x * 3).text
    order = ["You tripled it.", "double(1.5)", "Hint: the place", "Hint 1", "Hint 2"]
    order += ["Reference solution", "Double · difficulty", USES_REFERENCE]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_hints_and_solution_are_folded():
    page = shown(unknown)
    for name, words in {
        "Hint 1": "Twice is once more.",
        "Hint 2": "x + ...",
        "Reference solution": "return x * 2",
    }.items():
        [fold] = [d for d in page.find_all("details") if d.summary.text == name]
        assert words in fold.text and not fold.has_attr("open")


def test_a_known_mistake_has_the_hint_of_its_place():
    [fold] = [
        d for d in shown(lambda x: x * 3).find_all("details") if "the place" in d.summary.text
    ]
    assert "return x * ▢" in fold.text


def test_an_unknown_mistake_has_no_hint_of_a_place():
    assert "Hint: the place of your mistake in a solution" not in summaries(shown(unknown))


def test_success_shows_the_count_and_what_it_is_good_for():
    text = shown(right, solved="4 of 6").text
    assert "4 of 6 solved in this notebook." in text
    assert "Doubling is adding." in text


def test_without_a_count_none_is_shown():
    assert "solved in this notebook" not in shown(right).text


def test_success_shows_no_hints_and_no_solution_alone():
    page = shown(right)
    assert summaries(page) == ["Your code beside the solution"]
    assert USES_REFERENCE not in page.text


def test_the_insight_is_not_told_before():
    assert "Doubling is adding." not in shown(unknown).text


def test_success_shows_both_codes_side_by_side_with_lines_and_time():
    page = shown(right)
    yours, theirs = page.details.table.find_all("td")
    assert yours.text.startswith("Yours: 2 lines, ") and "return x + x" in yours.pre.text
    assert theirs.text.startswith("The solution: 3 lines, ") and "return x * 2" in theirs.pre.text
    assert all(" ms for all cases" in cell.text for cell in (yours, theirs))


def test_code_without_a_source_is_not_put_beside():
    namespace = {}
    exec("def double(x):\n    return x + x", namespace)
    page = shown(namespace["double"])
    assert "Correct" in page.text and summaries(page) == []


def test_an_unknown_mistake_is_called_so():
    def rounded(x):
        return (x * 2).round() if isinstance(x, torch.Tensor) else round(x * 2, 2) + 0.25 * (x > 2)

    task = Check(double, "D", 1, 1, 1, ("a", "b"), (call(1.0), call(2.5), call(3.5)), {})
    report = task.grade(lambda x: [2.0, 7.3, 1.9][int(x) - 1])
    page = BeautifulSoup(Feedback(task, report)._repr_html_(), "html.parser")
    assert (report.diagnosis, UNKNOWN in page.text) == ("", True)
    assert UNKNOWN == "I do not know this mistake. This case shows it:"
    assert page.text.index(UNKNOWN) < page.text.index("double(2.5)")


@pytest.mark.parametrize(
    "attempt",
    [right, lambda x: x * 3, lambda x: None, lambda x: {}[x]],
    ids=["right", "wrong", "None", "error"],
)
def test_nothing_else_is_called_an_unknown_mistake(attempt):
    assert UNKNOWN not in shown(attempt).text


def test_one_case_is_open_and_the_others_are_folded():
    page = shown(lambda x: x * 3)
    captions = page.find_all("caption")
    assert [c.find_parent("details") is None for c in captions] == [True, False, False, False]
    assert "3 more failed cases" in summaries(page)


def test_the_same_error_is_told_once():
    page = shown(lambda x: {}["no"])
    assert len(page.find_all("caption")) == 1
    assert "3 more with the same error." in page.text
    assert page.pre.text.startswith("KeyError: 'no' (your line ")


def test_the_first_number_that_differs_is_framed():
    def attempt(x):
        if isinstance(x, torch.Tensor) and x.ndim > 1:
            x = x.clone()
            x[1, 1] += 1
        return x * 2

    framed = shown(attempt).find_all(title="the first that differs")
    right_one, theirs = (float(cell.text) for cell in framed)
    assert theirs - right_one == pytest.approx(2, abs=1e-3)


def test_what_was_printed_is_folded():
    def attempt(x):
        print("so far", x)
        return x * 2

    page = shown(attempt)
    assert "Your code printed" in summaries(page) and "so far 1.5" in page.text


def test_notes_are_shown_on_success_too():
    def attempt(x):
        torch.set_grad_enabled(False)
        return x * 2

    assert "Your code changed torch's gradient mode. It was put back." in shown(attempt).text


def test_several_mistakes_have_their_hints_one_after_the_other():
    both = {"You tripled it.": {"x * 2": "x * 3"}, "You are one off.": {"return x": "return 1 + x"}}
    task = Check(double, "D", 1, 1, 1, ("a", "b"), (call(5), call(7)), both)
    page = shown(lambda x: 1 + x * 3, task)
    assert "Two things: (1) You tripled it. (2) You are one off." in page.text


def test_a_stub_has_hints_and_no_cases():
    def stub(x):
        raise NotImplementedError

    page = shown(stub)
    assert "Not attempted yet" in page.text and page.caption is None
    assert summaries(page) == ["Hint 1", "Hint 2", "Reference solution"]


def test_planted_code_shows_its_symptom():
    task = Check(
        double, "D", 1, 1, 1, ("a", "b"), TASK.probes, {}, Planted("It is 0.", lambda x: x * 0, {})
    )
    page = shown(lambda x: x - x, task)
    assert "It is 0." in page.text and page.caption is None


def test_difficulty_and_importance_are_dots():
    words = "Double · difficulty ●●○○○ · importance ●●●○○ · about 4 min"
    assert words in shown(unknown).text


def test_the_text_says_that_the_reference_is_used():
    assert repr(Feedback(TASK, TASK.grade(unknown))).endswith(USES_REFERENCE)
    assert USES_REFERENCE not in repr(Feedback(TASK, TASK.grade(right)))


@pytest.mark.parametrize("name", ["conv_output_size", "BasicBlock"])
def test_the_solution_says_where_it_stands(name):
    reference = exercises.get(name).reference
    head, *code = solution(reference).splitlines()
    assert head == f"# from {reference.__module__.replace('.', '/')}.py"
    assert code[0].startswith(("def ", "class "))


def test_nothing_of_the_attempt_is_taken_for_html():
    def attempt(x):
        print("<script>")
        return "<b>&amp;</b>"

    page = shown(attempt)
    assert page.script is None and "<b>&amp;</b>" in page.text


def test_an_attempt_that_no_longer_runs_still_has_its_feedback():
    runs = iter(range(4))

    def attempt(x):
        next(runs)  # ends after the check
        return x * 2

    assert "Correct" in shown(attempt).text
