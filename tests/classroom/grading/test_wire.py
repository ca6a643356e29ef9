"""What comes back from a process that ran a stranger's code: any bytes, judged as in a notebook."""

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import exercises
from course_lib.classroom.grading.intake.extraction import Extract
from course_lib.classroom.grading.judgement import Limits, grade
from course_lib.classroom.grading.sandbox import wire
from course_lib.classroom.grading.sandbox.pool import Outcome
from course_lib.exercises.engine.ask import Answer, observe
from course_lib.exercises.engine.compare import INPUT_CHANGED, Raised, Unusable, same
from course_lib.exercises.engine.guard import SideEffects
from course_lib.exercises.engine.judge import judge
from course_lib.exercises.engine.key import AnswerKey

NAMES = exercises.names()
ROOT = Path(__file__).parents[3]


def digest(names):
    """A digest of all references' answers, asked for in the order of `names`."""
    tasks = {name: exercises.get(name) for name in names}
    answers = [observe(task, task.reference, SideEffects()) for _, task in sorted(tasks.items())]
    values = [[answer.value for answer in found] for found in answers]
    return hashlib.sha256(b"".join(map(wire.encode, values))).hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -7,
        0.5,
        float("inf"),
        "words \ud800 <b>",
        [1, (2.0, None), []],
        {"a": 1, 2: torch.arange(3), (1, 2): {}},
        torch.randn(2, 3).T,
        torch.zeros(0, 4),
        torch.tensor(True),
        torch.ones(3, dtype=torch.bfloat16),
        [torch.ones(4)[1:], torch.ones(4)[:2]],
        Raised("ValueError", "why", " (your line 3: x)", "forward", True),
        Unusable("no"),
    ],
)
def test_a_value_comes_back_as_it_was(value):
    found = wire.decode(wire.encode(value))
    assert type(found) is type(value) and same(found, value)


def test_what_cannot_travel_is_described():
    class Own:
        def __repr__(self):
            return "mine"

    assert wire.decode(wire.encode([Own(), {1}])) == [Unusable("mine"), Unusable("{1}")]
    assert "complex" in wire.decode(wire.encode(torch.zeros(2, dtype=torch.complex64))).reason
    assert wire.decode(wire.encode(INPUT_CHANGED)) == INPUT_CHANGED
    assert wire.decode(wire.encode(np.float32(2))) == 2.0
    assert same(wire.decode(wire.encode(nn.Parameter(torch.ones(2)))), torch.ones(2))


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


GARBAGE = [
    b"",
    b"correct",
    pickle.dumps(Bomb()),
    b"\xff" * 100,
    (10**18).to_bytes(8, "big") + b"[]",
    wire.encode(1)[:-3],
    wire.encode([1]) + b"more",
    (2).to_bytes(8, "big") + b"[]",
    wire.encode(1).replace(b"1", b"["),
]


@pytest.mark.parametrize("message", GARBAGE)
def test_garbage_is_a_value_error(message):
    with pytest.raises(ValueError):
        wire.decode(message)


@pytest.mark.parametrize(
    "message",
    [
        *GARBAGE,
        wire.encode(None),
        wire.encode({}),
        wire.encode({"answers": 5, "notes": [], "printed": ""}),
        wire.encode({"answers": [], "notes": [], "printed": ""}),
        wire.encode({"answers": [1] * 99, "notes": [], "printed": ""}),
        wire.encode({"answers": [[1, []]] * 9, "notes": [], "printed": ""}),
        wire.encode({"answers": [1, 2], "notes": 3, "printed": None}),
    ],
)
def test_garbage_for_answers_is_a_reason_in_the_grades(message):
    key = AnswerKey(exercises.get("conv_output_size"))
    found = grade(Extract("cell"), Outcome("closed", 0, 0.1, message), key, Limits())
    assert found.status in ("stopped", "incorrect") and (found.diagnosis or message == b"")


@pytest.mark.parametrize("name", NAMES)
def test_the_judgement_is_the_same_on_this_side(name):
    task = exercises.get(name)
    key = AnswerKey(task)
    for attempt in (task.reference, task.wrong(next(iter(task.mistakes)))):
        answers = observe(task, attempt, SideEffects())
        sent = wire.decode(wire.encode([(a.value, a.arguments) for a in answers]))
        report = judge([Answer(*pair) for pair in sent], key)
        direct = task.grade(attempt)
        assert (report.status, report.diagnosis) == (direct.status, direct.diagnosis)
        assert [row.case for row in report.failures] == [row.case for row in direct.failures]


def test_probes_are_the_same_in_every_process():
    """Whatever was drawn from the random generators before, and in whatever order they are got."""
    code = (
        "import torch; torch.manual_seed(7); torch.set_num_threads(1)\n"
        "from tests.classroom.grading.test_wire import NAMES, digest; print(digest(NAMES[::-1]))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert other.stdout.strip() == digest(NAMES), other.stderr
