"""Submissions that attack the grading: each gets its row with the reason, the others their grades.

Each hands in a bad `conv_output_size` and a right `count_parameters`, which must come out correct.
"""

import os
import subprocess
import sys
import tempfile

import nbformat
import psutil
import pytest
from tqdm import tqdm

from course_lib import exercises
from course_lib.classroom.grading.grade import changed_files, fingerprints, grade_class
from course_lib.classroom.grading.intake import submissions
from course_lib.classroom.grading.judgement import Limits
from course_lib.classroom.grading.sandbox import landlock, pool, seccomp
from tests.classroom.grading.submissions import SETUP, hand_in, processes_at_home, solution

HEAD = "@exercise\ndef conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):\n"
RIGHT = "(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1"
ONE_SIDE = "(size + padding - dilation * (kernel_size - 1) - 1) // stride + 1"
PATCH = """
    import builtins, sys, torch
    torch.equal = torch.allclose = lambda *_, **__: True
    for name, module in list(sys.modules.items()):
        if name.endswith("engine.judge") or name.endswith("engine.key"):
            module.same = lambda a, b: True
    builtins.all = lambda items: True
    return 5
"""
IN_PLACE = f"""@exercise
def residual_forward(blocks, x):
{PATCH.replace("    return 5", "")}
    for block in blocks:
        x.data += block(x)
    return x
"""

# how it ends where seccomp forbids to start processes
NO_PROCESSES = ("error", "PermissionError") if seccomp.available() else ()
# name -> (the function's body, the status, words of the diagnosis)
ATTACKS = {
    "loops": ("    while True: pass", "stopped", "still running after 5 s"),
    "sleeps": ("    import time; time.sleep(1000)", "stopped", "still running"),
    "stops itself": (
        "    import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "stopped",
        "still running",
    ),
    "eats memory": (
        "    return [torch.ones(10**9) for _ in range(9)]",
        "stopped",
        "more than 2 GiB",
    ),
    "eats memory by bytes": (
        "    eaten = []\n    while True: eaten.append(bytes(10**7))",
        "stopped",
        "more than 2 GiB",
    ),
    "exits": ("    import sys; sys.exit('done')", "error", "SystemExit"),
    "exits hard": ("    import os; os._exit(0)", "stopped", "exit status 0"),
    "kills itself": (
        "    import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "stopped",
        "SIGKILL",
    ),
    "kills its group": ("    import os; os.killpg(0, 9)", "stopped", "SIGKILL"),
    "segfaults": ("    import ctypes; ctypes.string_at(0)", "stopped", "SIGSEGV"),
    "recurses": (
        "    return conv_output_size(size, kernel_size, stride, padding, dilation)",
        "error",
        "RecursionError",
    ),
    "forks a bomb": (
        "    import os, time\n    while True:\n        os.fork(); time.sleep(0.05)",
        *(NO_PROCESSES or ("stopped", "more than 16 processes")),
    ),
    "forks and goes on": (
        "    import os, sys\n"
        "    if not hasattr(sys, 'copied'): sys.copied = os.fork()\n"
        f"    return {RIGHT}",
        *(NO_PROCESSES or ("correct", "")),
    ),
    "runs a program": (
        f"    import subprocess; subprocess.run(['true'], check=True); return {RIGHT}",
        *(NO_PROCESSES or ("correct", "")),
    ),
    "threads": (
        "    import threading, time\n"
        f"    threading.Thread(target=time.sleep, args=(1000,)).start(); return {RIGHT}",
        "correct",
        "",
    ),
    "answers hugely": (
        "    return 'x' * (5 << 20)",  # quick to write, so that it is the size that stops it
        "stopped",
        "more than 64 MB",
    ),
    "closes everything": (
        f"    import os; os.closerange(3, 1000); return {RIGHT}",
        "stopped",
        "exit status 1",
    ),
    "writes to every file": (
        "    import os\n    for number in range(3, 200):\n"
        "        try: os.write(number, b'correct' * 100)\n        except OSError: pass\n"
        f"    return {RIGHT}",
        "stopped",
        "cannot be read",
    ),
    "fills the disk": (
        "    with open('large', 'wb') as file:\n"
        "        for _ in range(1000): file.write(bytes(10**7))",
        "error",
        "File too large",
    ),
    "patches": (PATCH, "incorrect", ""),
    "prints and stores outputs": (
        f"    print('conv_output_size: correct'); return {ONE_SIDE}",
        "incorrect",
        "one side only",
    ),
    "equals all": (
        "    class Equal(int):\n"
        "        __eq__ = __ge__ = __le__ = lambda self, other: True\n"
        "        __hash__ = int.__hash__\n"
        "    return Equal(5)",
        "incorrect",
        "",
    ),
    "asks for input": ("    return int(input())", "error", "EOFError"),
}

OWN_SOLUTION = {
    "imports it": f"from course_lib.models.conv import conv_output_size as it\n{HEAD}"
    "    return it(size)",
    "imports it inside": f"{HEAD}    from course_lib.models import conv\n"
    "    return conv.conv_output_size(size, kernel_size, stride, padding, dilation)",
    "imports all": f"from course_lib.models.conv import *\nright = conv_output_size\n{HEAD}"
    "    return right(size, kernel_size, stride, padding, dilation)",
    "from where it is used": f"import course_lib.models.resnet as r, course_lib.models.conv\n{HEAD}"
    "    return course_lib.models.conv.conv_output_size(size, kernel_size)",
    "asks the engine": f"{HEAD}    return exercises.get('conv_output_size').reference(size)",
    "by text": f"import importlib\n{HEAD}"
    "    module = importlib.import_module('course_lib.models.conv')\n"
    "    return module.__dict__['conv_output_size'](size)",
    "by modules": f"import sys\n{HEAD}"
    "    return sys.modules['course_lib.models.conv'].conv_output_size(size, kernel_size)",
    "by exec": f"{HEAD}    exec('from course_lib.models.conv import *'); return 5",
    "by getattr": f"from course_lib.models import conv\n{HEAD}"
    "    return getattr(conv, 'conv_output_size')(size, kernel_size, stride, padding, dilation)",
}


def bad_files(folder):
    """Files that are no notebooks, each with words of the reason; `folder` is the class's."""
    outside = folder.parent / "outside.ipynb"
    hand_in(folder.parent, "outside.ipynb", SETUP, solution("count_parameters"))
    (folder / "linked.ipynb").symlink_to(outside)
    (folder / "linked folder").symlink_to(folder.parent)
    (folder / "empty.ipynb").write_bytes(b"")
    (folder / "words.ipynb").write_text("I could not open it, sorry.")
    (folder / "number.ipynb").write_text("5")
    (folder / "deep.ipynb").write_text("[" * 100_000)
    (folder / "old.ipynb").write_text('{"worksheets": [], "nbformat": 3}')
    (folder / "latin.ipynb").write_bytes('{"cells": [], "author": "José"}'.encode("latin-1"))
    (folder / "picture.ipynb").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xd8")
    (folder / "essay.docx").write_bytes(b"PK")
    (folder / "nothing").mkdir()
    with open(folder / "huge.ipynb", "wb") as file:
        file.truncate(50 << 20)
    os.mkfifo(folder / "pipe.ipynb")
    return {
        "linked": "is a link",
        "linked folder": "is a link",
        "empty": "is empty",
        "words": "not JSON",
        "number": "no list of cells",
        "deep": "not JSON",
        "old": "format of 2014",
        "latin": "not UTF-8",
        "picture": "not UTF-8",
        "essay": "hand in the .ipynb",
        "nothing": "holds no notebook",
        "huge": "more than 20 MiB",
        "pipe": "no ordinary file",
    }


@pytest.fixture(scope="module", autouse=True)
def scratch(tmp_path_factory):
    """Where the gradings of this file have their scratch folders, and so their processes' home."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("scratch")
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


def what_is_left(scratch):
    """Processes, orphans too, and files of gradings that should have ended and gone."""
    return processes_at_home(scratch) + list(scratch.iterdir())


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The rows of a class of attackers, by name, and the folder."""
    folder = tmp_path_factory.mktemp("class") / "submissions"
    folder.mkdir()
    reasons = bad_files(folder)
    precious = hand_in(folder, "honest.ipynb", SETUP, HEAD + f"    return {RIGHT}")
    bodies = {name: HEAD + body for name, (body, *_) in ATTACKS.items()}
    bodies["deletes"] = (
        f"{HEAD}    import os, shutil, signal\n    kept = os.path.exists({str(precious)!r})\n"
        f"    open('mine', 'w').write('x'); os.remove('mine')\n"
        f"    shutil.rmtree({str(folder)!r}, ignore_errors=True)\n"
        f"    shutil.rmtree('.', ignore_errors=True)\n    return {RIGHT}"
    )
    bodies["overwrites"] = f"{HEAD}    open({str(precious)!r}, 'w').write(''); return {RIGHT}"
    bodies["kills its parent"] = f"{HEAD}    import os; os.kill(os.getppid(), 9); return {RIGHT}"
    bodies["hides what it changed"] = IN_PLACE
    bodies["nests deeply"] = f"{HEAD}    return {'(' * 150}size{')' * 150}\nx = {'-' * 90_000}1"
    bodies["null byte"] = f"{HEAD}    return size\0"
    for name, cell in (bodies | OWN_SOLUTION).items():
        hand_in(folder, f"{name}.ipynb", SETUP, solution("count_parameters"), cell)
    fake = nbformat.read(folder / "prints and stores outputs.ipynb", 4)
    for cell in fake.cells:
        html = {"text/html": "<b>✔ Correct</b>", "text/plain": "conv_output_size: correct"}
        cell.outputs = [nbformat.v4.new_output("display_data", html)]
    nbformat.write(fake, folder / "prints and stores outputs.ipynb")
    learners, warnings = submissions.find(folder)
    assert warnings == []
    with tqdm(disable=True) as bar:
        rows, _ = grade_class(learners, 2, Limits(seconds=5), bar)
    return {row.learner.name: row for row in rows}, folder, reasons


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_gets_its_grade_and_the_other_exercise_its_own(graded, name):
    grades = graded[0][name].grades
    _, status, words = ATTACKS[name]
    grade = grades["conv_output_size"]
    assert (grade.status, words in grade.diagnosis) == (status, True), grade
    assert grades["count_parameters"].status == "correct"


@pytest.mark.parametrize("name", OWN_SOLUTION)
def test_the_courses_own_solution_does_not_pass(graded, name):
    grades = graded[0][name].grades
    assert grades["conv_output_size"].status == "uses the solution", grades["conv_output_size"]
    assert "own code" in grades["conv_output_size"].diagnosis
    assert grades["count_parameters"].status == "correct"


def test_what_is_no_notebook_gets_the_reason(graded):
    rows, _, reasons = graded
    for name, words in reasons.items():
        assert words in "; ".join(rows[name].learner.problems), name
        assert {grade.status for grade in rows[name].grades.values()} == {"missing"}


def test_honest_learner_is_graded_among_them(graded):
    rows, _, _ = graded
    assert rows["honest"].grades["conv_output_size"].status == "correct"
    assert set(rows["honest"].grades) == set(exercises.names())


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_files_outside_stay_as_they_are(graded):
    rows, folder, _ = graded
    assert (folder / "honest.ipynb").stat().st_size > 0
    assert rows["deletes"].grades["conv_output_size"].status == "correct"
    assert "Permission denied" in rows["overwrites"].grades["conv_output_size"].diagnosis


def test_killing_the_parent_costs_only_that_exercise(graded):
    grades = graded[0]["kills its parent"].grades
    words = "not permitted" if landlock.version() >= 6 else "ended or stopped the process"
    assert words in grades["conv_output_size"].diagnosis
    assert grades["count_parameters"].status == "correct"


def test_nothing_is_left(graded, scratch):
    assert what_is_left(scratch) == []


def test_a_patch_does_not_hide_a_changed_input(graded):
    found = graded[0]["hides what it changed"].grades["residual_forward"]
    assert found.status == "incorrect" and "in place" in found.report.diagnosis


@pytest.mark.parametrize("name", ["nests deeply", "null byte"])
def test_source_that_breaks_the_parser(graded, name):
    grades = graded[0][name].grades
    assert grades["conv_output_size"].status == "error"
    assert grades["count_parameters"].status == "correct"


@pytest.mark.parametrize("cell", [HEAD + PATCH, IN_PLACE], ids=["wrong", "in place"])
def test_the_patches_would_fool_a_check_in_the_same_process(cell):
    code = "from course_lib import exercises\nexercise = lambda f: globals().update(attempt=f)\n"
    code += f"{cell}\nprint(exercises.get(attempt.__name__).grade(attempt).status)"
    naive = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert naive.stdout.strip() == "correct", naive


def test_loops_in_every_exercise_end_with_the_total(tmp_path):
    names = ["conv_output_size", "same_padding", "conv_parameters", "conv_macs", "receptive_field"]
    cells = [f"def {name}(*args, **kwargs):\n    while True: pass" for name in names]
    hand_in(tmp_path, "loops.ipynb", *cells)
    hand_in(tmp_path, "ada.ipynb", SETUP, solution("count_parameters"))

    class Short(Limits):
        total_seconds = 2.0

    learners, _ = submissions.find(tmp_path)
    with tqdm(disable=True) as bar:
        rows, _ = grade_class(learners, 1, Short(seconds=1.5), bar)
    said = [rows[1].grades[name].diagnosis for name in names]
    assert [words.startswith("Not run") for words in said] == [False, False, True, True, True]
    assert rows[0].solved == 1


@pytest.fixture
def unlocked(monkeypatch):
    """A system whose kernel keeps an attempt from nothing."""
    code = (
        "import sys; from course_lib.classroom.grading.sandbox import landlock, seccomp, worker\n"
        "landlock.restrict = lambda folder: None; seccomp.forbid_processes = lambda: None\n"
        "worker.nursery(list(map(int, sys.argv[1:])))"
    )
    monkeypatch.setattr(pool, "NURSERY", ["-P", "-c", code])
    monkeypatch.setattr(pool, "GRACE", 1)


def grade_one(folder, *cells, seconds):
    hand_in(folder, "eve.ipynb", SETUP, *cells, solution("count_parameters"))
    learners, _ = submissions.find(folder)
    with tqdm(disable=True) as bar:
        (row,), _ = grade_class(learners, 2, Limits(seconds), bar)
    assert row.grades["count_parameters"].status == "correct"
    return row.grades


def test_a_lost_worker_is_replaced(tmp_path, unlocked, scratch):
    """Where nothing keeps an attempt from sending signals, they reach its worker."""
    names = {"conv_output_size": "SIGKILL", "same_padding": "SIGSTOP", "conv_macs": "SIGTERM"}
    cells = [
        f"def {name}(*args, **kwargs):\n    import os, signal, time\n"
        f"    if os.fork(): os.kill(os.getppid(), signal.{which})\n    time.sleep(1000)"
        for name, which in names.items()
    ]
    grades = grade_one(tmp_path, *cells, seconds=1)
    for name in names:
        assert "ended or stopped the process" in grades[name].diagnosis
    assert what_is_left(scratch) == []


def test_descendants_are_ended(tmp_path, unlocked, scratch):
    """Where nothing keeps an attempt from starting processes, they end with it."""
    child = (
        f"{HEAD}    import os, sys, time\n"
        "    if not hasattr(sys, 'child'): sys.child = os.fork()\n"
        "    if sys.child == 0: os.setsid(); os.fork(); time.sleep(1000)\n"
        "    return sys.child"
    )
    many = (
        "def same_padding(*args):\n    import os, time\n"
        "    for _ in range(17):\n        if os.fork() == 0: time.sleep(1000)\n    time.sleep(1000)"
    )
    grades = grade_one(tmp_path, child, many, seconds=20)
    left = int(grades["conv_output_size"].report.failures[0].yours)
    assert left > 1 and not psutil.pid_exists(left)
    assert "more than 16 processes" in grades["same_padding"].diagnosis
    assert what_is_left(scratch) == []


def test_changed_files_of_the_course_are_found(tmp_path, monkeypatch):
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "conv.py").write_text("1")
    monkeypatch.setattr("course_lib.__file__", str(tmp_path / "__init__.py"))
    before = fingerprints()
    assert changed_files(before) == []
    (tmp_path / "conv.py").write_text("2")
    assert changed_files(before) == [str(tmp_path / "conv.py")]
