"""Which known mistakes explain wrong answers: one, two or three at once, or at least some."""

import time

import pytest
import torch

from course_lib import exercises
from course_lib.edits import Clash
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.exercise import Planted, Probe
from course_lib.exercises.engine.explain import Explanation
from course_lib.exercises.probes.call import call, randn


def ticket(age, member=False, bags=0):
    """What a ticket costs."""
    base = 10 if age < 18 else 20
    discount = 5 if member else 0
    return base - discount + 3 * bags


CHILD, MEMBER, BAGS = "Children pay too much.", "Members pay too little.", "A bag is too cheap."
MISTAKES = {CHILD: {"10": "12"}, MEMBER: {"5": "9"}, BAGS: {"3 * bags": "bags"}}
CASES = (call(8), call(30), call(9, True), call(40, True), call(50, bags=2), call(7, True, 3))


def task(mistakes, probes=CASES, planted=None):
    return Check(ticket, "T", 1, 1, 1, ("", ""), probes, mistakes, planted)


def priced(child=10, discount=5, bag=3):
    """The attempt with these prices in it."""

    def attempt(age, member=False, bags=0):
        return (child if age < 18 else 20) - discount * member + bag * bags

    return attempt


@pytest.mark.parametrize(
    ("attempt", "diagnosis", "mistakes"),
    [
        (priced(child=12), CHILD, (CHILD,)),
        (priced(12, 9), f"Two things: (1) {CHILD} (2) {MEMBER}", (CHILD, MEMBER)),
        (priced(12, bag=1), f"Two things: (1) {CHILD} (2) {BAGS}", (CHILD, BAGS)),
        (
            priced(12, 9, 1),
            f"Three things: (1) {CHILD} (2) {MEMBER} (3) {BAGS}",
            (CHILD, MEMBER, BAGS),
        ),
    ],
    ids=["one", "two", "another two", "three"],
)
def test_mistakes_that_were_made_together(attempt, diagnosis, mistakes):
    report = task(MISTAKES).grade(attempt)
    assert (report.diagnosis, report.mistakes) == (diagnosis, mistakes)
    assert (report.status, report.is_open) == ("incorrect", False)


@pytest.mark.parametrize(
    "attempt", [priced(child=13), priced(12, 8), priced(bag=2), priced(13, 9, 1)]
)
def test_where_something_unknown_is_in_it_none_is_blamed(attempt):
    report = task(MISTAKES).grade(attempt)
    assert (report.mistakes, report.is_open) == ((), True)


def test_one_mistake_comes_before_two():
    both = {CHILD: {"10": "12"}, MEMBER: {"5": "9"}, "All is wrong.": {"10": "12", "5": "9"}}
    assert task(both).grade(priced(12, 9)).diagnosis == "All is wrong."


def test_two_mistakes_come_before_three():
    more = MISTAKES | {"Both are wrong.": {"10": "12", "5": "9"}}
    assert task(more).grade(priced(12, 9, 1)).mistakes == (BAGS, "Both are wrong.")


def test_edits_of_one_place_exclude_each_other():
    clash = MISTAKES | {"Children pay too little.": {"10": "8"}}
    with pytest.raises(Clash):
        task(clash).wrong(CHILD, "Children pay too little.")
    assert task(clash).grade(priced(12, 9)).mistakes == (CHILD, MEMBER)


def test_of_mistakes_that_answer_alike_only_what_is_certain_is_told():
    """Two edits have one effect: which of them was made nobody knows."""
    alike = MISTAKES | {"Children pay twice six.": {"10 if": "6 * 2 if"}}
    report = task(alike).grade(priced(12, 9))
    assert report.diagnosis == f"At least this: {MEMBER}"
    assert report.mistakes == (MEMBER,)


def test_of_sets_that_share_nothing_none_is_told():
    doubled = MISTAKES | {"A.": {"10 if": "6 * 2 if"}, "B.": {"5 if": "3 * 3 if"}}
    report = task(doubled).grade(priced(12, 9))
    assert (report.mistakes, report.is_open) == ((), True)


def by_functions():
    """The same mistakes written out: they cannot be made together."""
    return {CHILD: priced(12), MEMBER: priced(discount=9), BAGS: priced(bag=1)}


def test_other_algorithms_that_cover_what_is_wrong_are_at_least_there():
    separate = (call(8), call(30), call(40, True), call(50, bags=2))
    report = task(by_functions(), separate).grade(priced(12, 9))
    assert report.diagnosis == f"At least two things: (1) {CHILD} (2) {MEMBER}"


def test_three_that_cover_what_is_wrong():
    separate = (call(8), call(30), call(40, True), call(50, bags=2))
    report = task(by_functions(), separate).grade(priced(12, 9, 1))
    assert report.diagnosis == (f"At least three things: (1) {CHILD} (2) {MEMBER} (3) {BAGS}")


def test_a_wrong_answer_that_none_gives_covers_nothing():
    report = task(by_functions()).grade(priced(12, 9))  # a child that is a member
    assert report.mistakes == ()


def test_errors_alone_are_no_evidence():
    def ends(age, member=False, bags=0):
        raise ValueError("no")

    def refuses(age, member=False, bags=0):
        return ends(age) if age < 18 else priced(discount=9)(age, member, bags)

    mistakes = {"It ends.": lambda age, **k: ends(age) if age < 18 else ticket(age, **k)}
    separate = (call(8), call(30), call(40, member=True))
    report = task(mistakes | {MEMBER: priced(discount=9)}, separate).grade(refuses)
    assert "It ends." not in report.mistakes


def test_what_was_planted_may_be_one_of_two():
    planted = Planted("Children pay more.", task(MISTAKES).wrong(CHILD), {"10": "12"})
    others = {MEMBER: {"5": "9"}, BAGS: {"3 * bags": "bags"}}
    report = task(others, planted=planted).grade(priced(12, 9))
    still = "What was planted is still there. Children pay more."
    assert report.diagnosis == f"Two things: (1) {still} (2) {MEMBER}"


def test_mistakes_that_undo_part_of_each_other_are_found():
    undone = {"A.": {"10 if": "12 if"}, "B.": {"+ 3 * bags": "+ 3 * bags - 2"}}
    assert task(undone).grade(
        lambda a, member=False, bags=0: priced(12)(a, member, bags) - 2
    ).mistakes == ("A.", "B.")


def test_findings_of_a_dict_count_one_by_one():
    def observe(implementation, age):
        return {"alone": implementation(age), "with bags": implementation(age, bags=1)}

    probes = (Probe("a child", observe, (8,)), Probe("a senior", observe, (70,)))
    assert task(MISTAKES, probes).grade(priced(12, bag=1)).mistakes == (CHILD, BAGS)


@pytest.mark.parametrize(
    ("attempt", "starts"),
    [
        (
            lambda size, kernel_size, stride=1, padding=0, dilation=1: (
                (size + padding - dilation * (kernel_size - 1) - 1) / stride + 1
            ),
            ("You padded one side only", "You forgot the floor"),
        ),
        (
            lambda size, kernel_size, stride=1, padding=0, dilation=1: (
                (size + padding - kernel_size) // stride
            ),
            ("You padded one side only", "You ignored the dilation", "You counted the steps"),
        ),
    ],
    ids=["two", "three"],
)
def test_several_in_an_exercise_of_the_course(attempt, starts):
    found = exercises.get("conv_output_size").grade(attempt).mistakes
    assert len(found) == len(starts)
    assert all(a.startswith(b) for a, b in zip(sorted(found), sorted(starts), strict=True))


@pytest.mark.parametrize("name", ["conv_output_size", "BasicBlock"])
def test_the_search_ends_soon(name):
    """Of an attempt that nothing explains all sets are looked at, as far as time allows."""
    key = exercises.get(name).key
    got = [torch.zeros(7) for _ in key.exercise.probes]
    Explanation(key, got).several()  # the known mistakes' answers are kept from here on
    start = time.process_time()
    assert Explanation(key, got).several() == ((), False)
    assert time.process_time() - start < 3


def test_no_explanation_for_random_answers():
    report = task(MISTAKES).grade(lambda age, member=False, bags=0: randn(3))
    assert report.mistakes == ()
