"""The one place of an attempt's code where a change makes it right."""

import ast
import functools
import inspect
import itertools
import signal
import time
from contextlib import contextmanager

import pytest
import torch

from course_lib import exercises
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.exercise import Probe
from course_lib.exercises.engine.repair import repair
from course_lib.exercises.engine.variants import mechanical, variants
from course_lib.exercises.probes.call import call, randn


def area(rows, columns, border=0):
    """The cells of a board."""
    return (rows + 2 * border) * (columns + 2 * border)


CALLS = [(2, 3), (4, 5, 1), (3, 3, 2), (1, 7), (6, 2, 3), (2, 2)]
AREA = Check(area, "A", 1, 1, 1, ("", ""), tuple(call(*given) for given in CALLS), {})


def line(attempt, text):
    """The number of the attempt's line that holds the text."""
    lines, start = inspect.getsourcelines(attempt)
    return start + next(n for n, words in enumerate(lines) if text in words)


def operator(rows, columns, border=0):
    return (rows + 2 * border) * (columns - 2 * border)


def constant(rows, columns, border=0):
    return (rows + 2 * border) * (columns + 3 * border)


def one_side(rows, columns, border=0):
    wide = columns + border
    return (rows + 2 * border) * wide


def variable(rows, columns, border=0):
    wide = border + 2 * border
    return (rows + 2 * border) * wide


def assignment(rows, columns, border=0):
    rows, columns = rows + 2 * border, columns + 2 * border
    rows = rows + 1
    return rows * columns


def condition(rows, columns, border=0):
    if border > 0:
        return rows * columns
    return (rows + 2 * border) * (columns + 2 * border)


def default(rows, columns, border=1):
    return (rows + 2 * border) * (columns + 2 * border)


def sign(rows, columns, border=0):
    border = -border
    return (rows + 2 * border) * (columns + 2 * border)


def call_too_many(rows, columns, border=0):
    return round((rows + 2 * border) * (columns + 2 * border), -1)


def factor(rows, columns, border=0):
    return 3 * (rows + 2 * border) * (columns + 2 * border)


def recursion(rows, columns, border=0):
    if border:
        return recursion(rows + 2, columns + 2, border - 1)
    return rows * columns + 1


class Construction:
    def __new__(cls, rows, columns, border=0):
        return (rows + 2 * border) * (columns - 2 * border)


def closing_over(two):
    def closure(rows, columns, border=0):
        return (rows + two * border) * (columns - two * border)

    return closure


def noted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@noted
def decorated(rows, columns, border=0):
    return (rows + 2 * border) * (columns - 2 * border)


@pytest.mark.parametrize(
    ("attempt", "text", "shown"),
    [
        (operator, "columns - 2", "columns - 2 * border"),
        (constant, "3 * border", "3 * border"),
        (one_side, "columns + border", "border"),
        (variable, "wide = border +", "border"),
        (assignment, "rows = rows + 1", "rows = rows + 1"),
        (condition, "if border > 0", "if border > 0:"),
        (default, "border=1", "1"),
        (sign, "border = -border", "border = -border"),
        (factor, "return 3", "3 * (rows + 2 * border)"),
        (recursion, "rows * columns + 1", "rows * columns + 1"),
        (Construction, "columns - 2", "columns - 2 * border"),
        (closing_over(2), "columns - two", "columns - two * border"),
        (decorated, "columns - 2", "columns - 2 * border"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_place_is_named(attempt, text, shown):
    assert repair(AREA.key, attempt) == (
        f"One change in your line {line(attempt, text)} puts everything right: look at `{shown}` "
        "there."
    )


def test_a_line_too_many_is_named():
    def attempt(rows, columns, border=0):
        cells = [1] * (rows + 2 * border) * (columns + 2 * border)
        cells.append(1)
        return len(cells)

    assert repair(AREA.key, attempt) == (
        f"Without your line {line(attempt, 'append')}, `cells.append(1)`, everything comes out "
        "right."
    )


def test_the_place_is_part_of_the_diagnosis():
    assert AREA.grade(operator).diagnosis == (
        "Of the calls tried yours is right in all where border is 0, and in no other. "
        + repair(AREA.key, operator)
    )


def while_loop(rows, columns, border=0):
    while border < 0:
        border += 1
    return (rows + 2 * border) * (columns - 2 * border)


def two_faults(rows, columns, border=0):
    return (rows - 2 * border) * (columns - 2 * border) + 3


def another_way(rows, columns, border=0):
    return len(str(rows)) + columns


def one_more(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) + 1

    return wrapper


@one_more
def right_but_decorated(rows, columns, border=0):
    return (rows + 2 * border) * (columns + 2 * border)


@pytest.mark.parametrize(
    "attempt",
    [
        while_loop,
        two_faults,
        another_way,
        right_but_decorated,
        lambda rows, columns, border=0: rows,
        functools.partial(operator, border=1),
        max,
        type("Called", (), {"__call__": lambda self, *given: 1})(),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_where_no_single_change_helps_none_is_named(attempt):
    assert repair(AREA.key, attempt) == ""


def test_the_attempt_is_left_as_it_is():
    before = operator(2, 3, 1), inspect.getsource(operator), operator.__code__
    repair(AREA.key, operator)
    assert (operator(2, 3, 1), inspect.getsource(operator), operator.__code__) == before


NORM = exercises.get("BatchNorm")


class Shifted(NORM.reference):
    """A batch normalisation and a bit more."""

    def forward(self, x):
        return super().forward(x) + 0.25


def test_a_module_is_put_right_too():
    assert repair(NORM.key, Shifted) == (
        f"One change in your line {line(Shifted, '+ 0.25')} puts everything right: look at "
        "`super().forward(x) + 0.25` there."
    )


SOURCES = [
    """
def f(x, y=2):
    'Words.'
    if x > y and not x in [1]:
        x += y * 3
    elif x is None:
        g(x, y, key=1.5)
    return [x if True else -y for a in x[:1]]
""",
    """
class C(Base):
    size: int = 3

    def f(self):
        for i in range(3):
            self.x = i
            print(i)
        raise ValueError('no')
""",
    """
def f(x):
    if x < 0:
        raise ValueError(x + 1)
    return x % 2 == 0 or x // 3 != 1
""",
]


@pytest.mark.parametrize("source", SOURCES)
def test_the_tree_is_put_back(source):
    tree = ast.parse(source)
    before = ast.unparse(tree)
    changed = {ast.unparse(tree) for _ in variants(tree, mechanical)}
    assert ast.unparse(tree) == before
    assert len(changed) > 5 and before not in changed


@pytest.mark.parametrize("source", SOURCES)
def test_every_variant_is_python(source):
    tree = ast.parse(source)
    for _ in variants(tree, mechanical):
        compile(ast.unparse(tree), "<variant>", "exec")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("def f(x):\n    return x < 1", "def f(x):\n    return x <= 1"),
        ("def f(x):\n    return x + y", "def f(x):\n    return x - y"),
        ("def f(x):\n    return 3", "def f(x):\n    return 4"),
        ("def f(x):\n    return 3", "def f(x):\n    return 2"),
        ("def f(x):\n    return True", "def f(x):\n    return False"),
        ("def f(x):\n    return g(x, key=1)", "def f(x):\n    return g(x)"),
        ("def f(x):\n    return g(x)", "def f(x):\n    return x"),
        ("def f(x):\n    return x.g(y)", "def f(x):\n    return x"),
        ("def f(x):\n    return g(x, y)", "def f(x):\n    return g(y, x)"),
        ("def f(x):\n    return a if x else b", "def f(x):\n    return a"),
        ("def f(x):\n    x = 1\n    return x", "def f(x):\n    pass\n    return x"),
        ("def f(x):\n    g(x)\n    return x", "def f(x):\n    pass\n    return x"),
        ("def f(x):\n    if x:\n        g()", "def f(x):\n    if True:\n        g()"),
    ],
)
def test_slips_that_are_undone(source, result):
    tree = ast.parse(source)
    assert result in {ast.unparse(tree) for _ in variants(tree, mechanical)}


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: 3) -> 4:\n    '''5'''",
        "class C(Base, key=Other):\n    '''5'''",
        "def f(x):\n    if x < 3:\n        raise ValueError(x + 1)",
        "@decorate(3)\ndef f(x):\n    '''5'''",
    ],
    ids=["annotations and docstrings", "bases", "refusals", "decorators"],
)
def test_what_decides_nothing_is_left_alone(source):
    changed = list(variants(ast.parse(source), mechanical))
    assert [old for _, old in changed if not isinstance(old, ast.keyword)] == []


@contextmanager
def stopped_after(seconds):
    """Press the stop button, should the inside not be done by then."""

    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def counts(rows, columns, border=0):
    for found in itertools.count():
        if found * columns >= rows * columns * columns:
            return found + 5


def sums(rows, columns, border=0):
    below = itertools.takewhile(lambda n: n * rows < rows * columns, itertools.count())
    return sum(n * 7 for n in below) + 5


@pytest.mark.parametrize("attempt", [counts, sums])
def test_no_variant_runs_without_an_end(attempt):
    with stopped_after(6):
        assert "Interrupted" not in AREA.grade(attempt).error


def test_an_operator_in_an_assignment_is_shown_with_it():
    def attempt(rows, columns, border=0):
        rows += 2 * border
        columns -= 2 * border
        return rows * columns

    assert repair(AREA.key, attempt) == (
        f"One change in your line {line(attempt, 'columns -=')} puts everything right: look at "
        "`columns -= 2 * border` there."
    )


@pytest.mark.xfail(strict=True, reason="the line is that where the statement begins")
def test_the_line_is_that_of_the_place():
    def attempt(rows, columns, border=0):
        return sum(
            [
                (rows + 2 * border) * columns,
                (rows - 2 * border) * 2 * border,
            ]
        )

    assert f"in your line {line(attempt, 'rows - 2')} " in repair(AREA.key, attempt)


def test_a_name_that_is_never_set_breaks_nothing():
    def outside():
        def attempt(rows, columns, border=0):
            return rows * never

        return attempt
        never = 1

    assert AREA.grade(outside()).status == "error"


def test_nothing_is_printed_while_variants_are_defined(capsys):
    def attempt(rows, columns, border=print("defined") or 0):  # noqa: B008
        return (rows + 2 * border) * (columns - 2 * border)

    capsys.readouterr()
    AREA.grade(attempt)
    assert capsys.readouterr().out == ""


def double(x):
    """Twice x."""
    return x * 2


def test_random_states_are_as_they_were():
    def attempt(x):
        return x * 2 + torch.rand(1) * 0 + 1

    task = Check(double, "D", 1, 1, 1, ("", ""), (call(randn(3)),), {})
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    repair(task.key, attempt)
    assert torch.equal(torch.rand(2), wanted)


def test_slow_attempts_are_given_up_soon():
    def attempt(x):
        end = time.process_time() + 0.05
        for _ in iter(lambda: time.process_time() > end, True):
            pass
        return x + 3 * x * x

    task = Check(double, "D", 1, 1, 1, ("", ""), (call(randn(3)), call(randn(4))), {})
    start = time.process_time()
    task.grade(attempt)
    assert time.process_time() - start < 3


def test_a_probe_that_is_no_call_counts_too():
    probe = Probe("twice", lambda f: f(f(1)))
    task = Check(double, "D", 1, 1, 1, ("", ""), (call(0), probe), {})

    def attempt(x):
        return x * 3

    assert f"your line {line(attempt, 'x * 3')} " in repair(task.key, attempt)
