"""The engine: what learner code can do, what the report then says, and that nothing else breaks."""

import os
import random
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib import exercise, exercises
from course_lib.exercises.engine.ask import ask
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.compare import describe
from course_lib.exercises.engine.exercise import Later, Planted, Probe
from course_lib.exercises.engine.feedback import Feedback
from course_lib.exercises.engine.guard import PRINT_LIMIT, SideEffects
from course_lib.exercises.probes.call import call, randn


def double(x):
    """Twice x."""
    return x * 2


DOUBLE = Check(
    title="Double",
    difficulty=1,
    importance=1,
    minutes=1,
    reference=double,
    hints=("Twice.", "x + ..."),
    probes=(call(randn(3)), call(5), call(torch.ones(2, 2), label="ones")),
    mistakes={"You squared.": lambda x: x * x, "It ends.": lambda x: x.absent},
)


def test_correct():
    report = DOUBLE.grade(lambda x: x + x)
    assert (report.status, report.failures, report.diagnosis) == ("correct", (), "")


def test_incorrect_shows_case_expected_and_yours():
    report = DOUBLE.grade(lambda x: x * 3)
    assert report.status == "incorrect" and "multiplication otherwise" in report.diagnosis
    row = report.failures[1]
    assert (row.case, row.expected, row.yours) == ("double(5)", "10", "15")
    assert report.failures[2].case == "ones"
    assert "off by up to 1" in report.failures[2].yours


def test_known_mistake_is_named():
    assert DOUBLE.grade(lambda x: x**2).diagnosis == "You squared."


def test_known_mistake_that_raises_is_named_too():
    def attempt(x):
        return x.absent

    report = DOUBLE.grade(attempt)
    assert (report.status, report.diagnosis) == ("incorrect", "It ends.")
    assert "return x.absent" in report.error


def test_error_shows_the_learners_line_and_not_the_engines():
    def attempt(x):
        y = x * 2
        return y / {}["missing"]

    report = DOUBLE.grade(attempt)
    assert report.status == "error"
    assert 'return y / {}["missing"]' in report.error and "KeyError" in report.error
    assert "course_lib" not in report.error


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), MemoryError("big"), Exception()])
def test_anything_raised_is_reported(error):
    def attempt(x):
        raise error

    report = DOUBLE.grade(attempt)
    assert report.status == "error"
    assert type(error).__name__ in report.error


def test_exception_whose_message_is_broken():
    class BrokenError(Exception):
        def __str__(self):
            raise ValueError("no message")

    def attempt(x):
        raise BrokenError

    assert "BrokenError" in DOUBLE.grade(attempt).error


def test_recursion_without_end_is_an_error():
    def attempt(x):
        return attempt(x)

    assert "RecursionError" in DOUBLE.grade(attempt).error


def test_stop_button_reads_as_interrupted():
    def attempt(x):
        os.kill(os.getpid(), signal.SIGINT)  # what the stop button sends
        while True:
            pass

    # a shell that starts a job in the background has it ignore the signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        report = DOUBLE.grade(attempt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert report.status == "error" and report.error.startswith("Interrupted")
    assert DOUBLE.grade(double).status == "correct"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (None, "None"),
        ("ten", "'ten'"),
        (torch.zeros(0), "shape (0,)"),
        (torch.zeros(3, dtype=torch.complex64), "shape (3,)"),
        (torch.zeros(1, device="meta"), "shape (1,)"),
        ([1, None, object], "[1, None,"),
        ({"a": 1}, "{'a': 1}"),
        (10**400, "1000000000"),  # no float is as large
    ],
)
def test_wrong_types_and_shapes_are_described(answer, word):
    report = DOUBLE.grade(lambda x: answer)
    assert report.status in ("incorrect", "error")
    assert any(word in row.yours for row in report.failures) or "meta" in report.error


def test_returning_none_is_diagnosed():
    assert "return" in DOUBLE.grade(lambda x: None).diagnosis


def test_code_that_still_behaves_as_it_was_planted_is_not_attempted():
    repair = replace(
        DOUBLE, planted=Planted("It is always 0.", lambda x: x * 0, {"x * 2": "x * 0"})
    )
    report = repair.grade(lambda x: x - x)
    assert (report.status, report.diagnosis) == ("not attempted", "It is always 0.")
    assert report.failures == ()
    assert "It is always 0." in Feedback(repair, report)._repr_html_()
    assert repair.grade(double).status == "correct"
    assert repair.grade(lambda x: x * x).diagnosis == "You squared."
    half = repair.grade(lambda x: x)
    assert half.status == "incorrect" and half.diagnosis == ""


def test_float_for_a_count_is_diagnosed():
    def same(x):
        return x

    counts = Check(same, "N", 1, 1, 1, ("", ""), (call(4), call(7)), {})
    report = counts.grade(float)
    assert report.status == "incorrect" and "type" in report.diagnosis
    assert report.failures[0].yours == "4 (a float)"
    assert "type" in counts.grade(torch.tensor).diagnosis
    assert counts.grade(np.int64).status == "correct"


def test_answer_that_cannot_be_printed_is_an_error():
    class Odd:
        def __repr__(self):
            raise RuntimeError("odd")

    report = DOUBLE.grade(lambda x: Odd())
    assert report.status == "error" and "odd" in report.error


def test_findings_are_described_in_a_few_words():
    findings = {"parameters": 6, "output": torch.zeros(20, 20)}
    assert describe(findings) == "{'parameters': 6, 'output': tensor of shape (20, 20), mean 0}"
    assert describe({"a": (1, 2)}) == "{'a': (1, 2)}"


def test_new_weights_are_not_by_chance_the_old_ones():
    probe = Probe("", lambda implementation, old: implementation(old), (Later(lambda: draw()),))

    def draw():
        return [torch.rand(1).item(), np.random.rand(), random.random()]

    def same(old):
        return [before == now for before, now in zip(old, draw(), strict=True)]

    assert ask(probe, same, SideEffects()).value == [False] * 3


def test_changing_the_input_in_place_is_found():
    def attempt(x):
        if isinstance(x, torch.Tensor):
            x *= 2
            return x
        return x * 2

    report = DOUBLE.grade(attempt)
    assert report.status == "incorrect" and "in place" in report.diagnosis
    assert DOUBLE.grade(double).status == "correct"  # the probes were copied, not spoilt


def test_global_state_is_put_back_and_named(tmp_path):
    folder, limit = os.getcwd(), sys.getrecursionlimit()
    torch.manual_seed(7), np.random.seed(7), random.seed(7)
    wanted = torch.rand(1), np.random.rand(), random.random()
    torch.manual_seed(7), np.random.seed(7), random.seed(7)

    def attempt(x):
        torch.manual_seed(1), np.random.seed(1), random.seed(1)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_num_threads(torch.get_num_threads() + 1)
        sys.setrecursionlimit(limit + 100)
        os.chdir(tmp_path)
        return x * 2

    threads = torch.get_num_threads()
    report = DOUBLE.grade(attempt)
    assert report.status == "correct", str(report)
    for words in ("gradient mode", "dtype", "device", "threads", "recursion", "working directory"):
        assert any(words in note for note in report.notes), words
    assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32
    assert torch.zeros(1).device.type == "cpu" and torch.get_num_threads() == threads
    assert (os.getcwd(), sys.getrecursionlimit()) == (folder, limit)
    assert (torch.rand(1), np.random.rand(), random.random()) == wanted


def test_the_callers_settings_survive_and_do_not_disturb_the_check():
    grad_probe = Probe("grad", lambda f: f(torch.ones(2, requires_grad=True)).requires_grad)
    task = Check(double, "G", 1, 1, 1, ("", ""), (grad_probe,), {})
    with torch.no_grad():
        torch.set_default_dtype(torch.float64)
        try:
            assert task.grade(lambda x: x + x).status == "correct"
            assert not torch.is_grad_enabled() and torch.get_default_dtype() == torch.float64
        finally:
            torch.set_default_dtype(torch.float32)


def test_printing_a_lot_is_cut(capsys):
    def attempt(x):
        print("x" * 100_000)
        print("to stderr", file=sys.stderr)
        return x * 2

    report = DOUBLE.grade(attempt)
    assert report.status == "correct"
    assert len(report.printed) == PRINT_LIMIT
    assert any("300,0" in note for note in report.notes)  # three probes
    assert capsys.readouterr() == ("", "")


def test_stub_in_one_method_only_is_not_attempted():
    def attempt(x):
        raise NotImplementedError("later")

    assert DOUBLE.grade(attempt).status == "not attempted"


def test_module_without_forward_is_an_error_not_a_stub():
    task = exercises.get("BasicBlock")

    class NoForward(torch.nn.Module):
        expansion = 1

        def __init__(self, in_channels, channels, stride=1, downsample=None):
            super().__init__()

    assert task.grade(NoForward).status == "error"


def test_what_is_no_function_is_an_error():
    assert "not a function" in DOUBLE.grade(5).error


def test_grading_leaves_the_attempt_as_it_was():
    def attempt(x):
        return x * 2

    before = dict(vars(attempt))
    DOUBLE.grade(attempt)
    assert vars(attempt) == before


def test_feedback_escapes_what_learners_print():
    def attempt(x):
        print("<script>alert(1)</script>")
        raise ValueError("<b>")

    html = Feedback(DOUBLE, DOUBLE.grade(attempt))._repr_html_()
    assert "<script>" not in html and "<b>\n" not in html and "&lt;script&gt;" in html


def test_decorator_binds_the_reference_until_correct(capsys):
    def count_parameters(module):
        return 0

    right = exercises.get("count_parameters").reference
    assert exercise(count_parameters) is right
    assert "reference solution" in capsys.readouterr().out

    def count_parameters(module):
        return sum(p.numel() for p in module.parameters())

    assert exercise(count_parameters) is count_parameters


def test_an_attempt_may_use_its_own_name(monkeypatch):
    """In a cell the name is bound only after the check, or still to the reference of before."""
    namespace = vars(sys.modules["__main__"])
    monkeypatch.setitem(namespace, "exercise", exercise)
    for before in (None, exercises.get("count_parameters").reference):
        monkeypatch.setitem(namespace, "count_parameters", before)
        exec(
            "@exercise\n"
            "def count_parameters(module):\n"
            "    own = sum(p.numel() for p in module.parameters(recurse=False))\n"
            "    return own + sum(count_parameters(child) for child in module.children())\n",
            namespace,
        )
        attempt = namespace["count_parameters"]
        assert attempt.__module__ == "__main__"  # so it was correct, and is not the reference


def test_a_recursive_attempt_does_not_lean_on_the_reference(monkeypatch):
    namespace, reference = (
        vars(sys.modules["__main__"]),
        exercises.get("count_parameters").reference,
    )
    monkeypatch.setitem(namespace, "exercise", exercise)
    monkeypatch.setitem(namespace, "count_parameters", reference)
    exec(
        "@exercise\n"
        "def count_parameters(module):\n"
        "    if type(module).__name__ == 'BatchNorm2d':\n"
        "        return 0\n"
        "    own = sum(p.numel() for p in module.parameters(recurse=False))\n"
        "    return own + sum(count_parameters(child) for child in module.children())\n",
        namespace,
    )
    assert namespace["count_parameters"] is reference


def test_decorator_on_an_unknown_name_says_which_was_meant(capsys):
    def count_parameter(module):
        return 0

    assert exercise(count_parameter) is count_parameter


def test_unknown_names_raise_with_a_suggestion():
    with pytest.raises(ValueError, match="did you mean 'conv2d'"):
        exercises.get("conv2")
    with pytest.raises(ValueError, match="99_nothing"):
        exercises.names("99_nothing")
