"""Grading a class from the command line: the grades, the files, and what is refused."""

import csv
import html
import inspect
import os
import signal
import subprocess
import sys
import time
from inspect import isclass
from pathlib import Path

import pytest
from PIL import Image
from tqdm import tqdm

from course_lib import exercises
from course_lib.__main__ import main
from course_lib.classroom.grading.grade import grade_class
from course_lib.classroom.grading.intake import submissions
from course_lib.classroom.grading.judgement import Limits
from course_lib.classroom.grading.report import output
from course_lib.classroom.notebooks import FOLDER
from tests.classroom.grading.submissions import (
    SETUP,
    hand_in,
    hand_in_course,
    processes_at_home,
    solution,
)
from tests.exercises.bank.right_answers import right_answers

BUILT = [stem for stem in exercises.COURSE if (FOLDER / f"{stem}.ipynb").exists()]
NAMES = [name for stem in BUILT for name in exercises.names(stem)]
# the sources of some known mistakes; the other exercises get an answer that is merely wrong
KNOWN = {
    "count_parameters": "def count_parameters(module):\n    return len(list(module.parameters()))",
    "conv_output_size": "def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1)"
    ":\n    return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1",
    "shortcut": "def shortcut(in_channels, out_channels, stride):\n    return nn.Identity()",
    "residual_forward": "def residual_forward(blocks, x):\n    for block in blocks:\n"
    "        x = block(x)\n    return x",
    "channel_shuffle": "def channel_shuffle(x, groups):\n    return x",
}


def wrong(name):
    return "@exercise\n" + KNOWN.get(name, f"def {name}(*args, **kwargs):\n    return 0.5")


def other_answers(name):
    """Right answers of another kind that are functions or classes with a name of their own."""
    named = [answer for answer in right_answers(name) if hasattr(answer, "__name__")]
    return [a for a in named if "<" not in a.__qualname__ and a.__module__.startswith("tests.")]


def hand_in_other_answers(folder, number):
    """Per chapter a notebook: the module of answers as helpers, and each exercise made of them."""
    names = []
    for stem in BUILT:
        cells = []
        for name in exercises.names(stem):
            if number < len(answers := other_answers(name)):
                answer = answers[number]
                module = inspect.getsource(inspect.getmodule(answer)).partition("\nRIGHT = ")[0]
                call = (
                    f"def {name}(*args, **kwargs):\n    return {answer.__name__}(*args, **kwargs)"
                )
                mine = f"class {name}({answer.__name__}):\n    pass" if isclass(answer) else call
                cells += [module] * (not cells) + [f"@exercise\n{mine}"]
                names.append(name)
        hand_in(folder, f"{stem}.ipynb", *cells)
    return names


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The rows of a class of honest learners, by name."""
    folder = tmp_path_factory.mktemp("class") / "submissions"
    hand_in_course(folder / "solved", solution)
    hand_in_course(folder / "shipped")
    hand_in_course(folder / "wrong", wrong)
    for number in range(2):
        hand_in_other_answers(folder / f"answers {number}", number)
    text, helper = solution("conv_output_size"), "def half(k):\n    return (k - 1) // 2"
    padding = "def same_padding(kernel_size, dilation=1):\n    return dilation * half(kernel_size)"
    # renamed; cells moved behind their users, split, copied, untagged; one in a strange chapter
    hand_in(
        folder / "mover",
        "homework final.ipynb",
        "!pip install torch",
        text.replace("+ 1", "+ 2"),
        padding,
        helper,
        text,
        "this is no Python",
        "# my answer\n" + solution("batch_norm", marked=False),
    )
    hand_in(folder / "mover", "sub/more.ipynb", SETUP, "%%time\n" + solution("zero_init_residual"))
    learners, _ = submissions.find(folder)
    with tqdm(disable=True) as bar:
        rows, _ = grade_class(learners, 2, Limits(seconds=30), bar)
    return {row.learner.name: row for row in rows}


def statuses(row, names=NAMES):
    return {row.grades[name].status for name in names}


def test_the_solved_course_is_all_correct(graded):
    wrong = {
        n: g for n, g in graded["solved"].grades.items() if n in NAMES and g.status != "correct"
    }
    assert wrong == {} and graded["solved"].solved == len(NAMES)


def test_the_course_as_shipped_is_not_attempted(graded):
    assert statuses(graded["shipped"]) == {"not attempted"}


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_answer_is_judged_as_in_the_notebook(graded, name):
    space = {"exercise": lambda attempt: attempt}
    exec(f"{SETUP}\nexercise = lambda attempt: attempt\n{wrong(name)}", space)
    report = exercises.get(name).grade(space[name])
    grade = graded["wrong"].grades[name]
    assert report.status in ("incorrect", "error")
    assert (grade.status, grade.report.diagnosis) == (report.status, report.diagnosis)
    assert grade.report.failures == report.failures
    assert name not in KNOWN or report.diagnosis in exercises.get(name).mistakes


@pytest.mark.parametrize("number", range(2))
def test_right_answers_of_another_kind_are_correct(graded, number):
    names = [name for name in NAMES if number < len(other_answers(name))]
    assert len(names) > 20
    grades = {name: graded[f"answers {number}"].grades[name] for name in names}
    assert {n: g for n, g in grades.items() if g.status != "correct"} == {}


def test_renamed_moved_copied_split_and_deleted(graded):
    grades = graded["mover"].grades
    correct = {name for name, grade in grades.items() if grade.status == "correct"}
    assert correct == {"conv_output_size", "same_padding", "batch_norm", "zero_init_residual"}
    assert statuses(graded["mover"], set(grades) - correct) == {"missing"}
    assert grades["conv_output_size"].copies == 1
    assert grades["conv_output_size"].where == "homework final.ipynb, cell 5"


@pytest.mark.parametrize(
    ("file", "learner"),
    [
        ("ada.ipynb", "ada"),
        ("Ada Lovelace.ipynb", "Ada Lovelace"),
        ("03_basic_block - Ada.ipynb", "Ada"),
        ("ada_04_bottleneck.ipynb", "ada"),
        ("05_ResNet (ada) (1).ipynb", "(ada)"),
        ("ada-Copy1.ipynb", "ada"),
        ("03_basic_block.ipynb", ""),
        ("03_basic_block-Copy2.ipynb", ""),
        ("李雷_09_resnext.ipynb", "李雷"),
    ],
)
def test_learner_by_the_files_name(file, learner):
    assert submissions.learner_name(file) == learner


def test_learners_of_a_folder(tmp_path):
    for name in ("ada.ipynb", "ADA_03_basic_block.ipynb", "bob/x.ipynb", "bob.ipynb"):
        hand_in(tmp_path, name, "1")
    for name in ("04_bottleneck.ipynb", "cleo/a.ipynb", "cleo/more/b.ipynb"):
        hand_in(tmp_path, name, "1")
    for name in (".hidden/a.ipynb", "cleo/.ipynb_checkpoints/a-checkpoint.ipynb", "grades/g.ipynb"):
        hand_in(tmp_path, name, "1")
    learners, warnings = submissions.find(tmp_path, leave_out=(tmp_path / "grades",))
    files = {learner.name: [path.name for path in learner.files] for learner in learners}
    assert files == {
        "04_bottleneck": ["04_bottleneck.ipynb"],
        "ADA": ["ADA_03_basic_block.ipynb"],
        "ada": ["ada.ipynb"],
        "bob": ["x.ipynb", "bob.ipynb"],
        "cleo": ["a.ipynb", "b.ipynb"],
    }
    assert len(warnings) == 3
    for words in ("no learner's name", "ADA and ada", "bob: a folder and a file"):
        assert any(words in warning for warning in warnings)


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What the command has written for a small class, and the folder."""
    folder = tmp_path_factory.mktemp("class")
    mistake = KNOWN["count_parameters"]
    for name in ("=1+1", "bob", "Cleo <b>"):
        hand_in(folder / "in", f"{name}.ipynb", SETUP, mistake)
    formula = "def conv_macs(*a, **k):\n    raise type('=1+1', (Exception,), {})('<script>')"
    hand_in(folder / "in", "eve.ipynb", SETUP, solution("count_parameters"), formula)
    (folder / "in" / "=broken.ipynb").write_text("")
    assert main(["grade", str(folder / "in"), "--out", str(folder / "grades.csv")]) == 0
    return folder


def test_grades_table(written):
    rows = {row["learner"]: row for row in read(written / "grades.csv")}
    assert list(rows) == ["'=1+1", "'=broken", "bob", "Cleo <b>", "eve"]
    assert list(rows["bob"]) == ["learner", "solved", *exercises.names(), "problems"]
    assert (rows["bob"]["count_parameters"], rows["bob"]["solved"]) == ("incorrect", "0")
    assert (rows["eve"]["count_parameters"], rows["eve"]["solved"]) == ("correct", "1")
    assert rows["'=broken"]["problems"] == "'=broken.ipynb is empty"


def test_details_and_mistakes(written):
    report = written / "grades"
    sentence = next(iter(exercises.get("count_parameters").mistakes))
    (bob,) = [row for row in read(report / "details.csv") if row["learner"] == "bob"]
    assert (bob["exercise"], bob["notebook"]) == ("count_parameters", "00_welcome")
    assert (bob["diagnosis"], bob["where"]) == (sentence, "bob.ipynb, cell 2")
    first, second = read(report / "mistakes.csv")
    assert first == {"learners": "3", "exercise": "count_parameters", "mistake": sentence}
    assert second["mistake"].startswith("an error")
    rows = read(written / "grades.csv") + read(report / "details.csv")
    cells = [cell for row in rows for cell in row.values()]
    assert cells and not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    with Image.open(report / "mistakes.png") as picture:
        assert picture.format == "PNG" and picture.width > 800


def test_feedback_says_what_is_wrong_and_never_the_answer(written):
    pages = {path.stem: path.read_text("utf-8") for path in (written / "grades/feedback").iterdir()}
    task = exercises.get("count_parameters")
    assert html.escape(next(iter(task.mistakes))) in pages["bob"]
    assert html.escape(task.hints[0]) in pages["bob"] and ">224</td>" in pages["bob"]
    answer = inspect.getsource(task.reference).splitlines()[-1].strip()
    assert not [name for name, page in pages.items() if html.escape(answer) in page]
    assert not [name for name, page in pages.items() if html.escape(task.hints[1]) in page]
    assert "Cleo &lt;b&gt;" in pages["Cleo <b>"] and "&lt;script&gt;" in pages["eve"]
    assert not [name for name, page in pages.items() if "<script" in page]


def test_nothing_is_overwritten_without_force(written, capsys):
    command = ["grade", str(written / "in"), "--out", str(written / "grades.csv")]
    before = (written / "grades.csv").read_bytes()
    assert main(command) == 1
    assert "--force" in capsys.readouterr().err
    (written / "in" / "eve.ipynb").rename(written / "in" / "zoe.ipynb")
    assert (written / "grades.csv").read_bytes() == before
    assert main([*command, "--force"]) == 0
    assert read(written / "grades.csv")[-1]["learner"] == "zoe"
    assert not (written / "grades/feedback/eve.html").exists()
    assert sorted(path.name for path in written.iterdir()) == ["grades", "grades.csv", "in"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--out", "g.csv"], "nowhere is no folder"),
        (["none", "--out", "g.csv"], "holds no submissions"),
        (["in", "--out", "grades"], "does not end in .csv"),
        (["in", "--out", "in.csv"], "holds the submissions"),
        (["in", "--out", "other.csv"], "already other"),
        (["in", "--out", "other.csv", "--force"], "not what an earlier grading has written"),
        (["in", "--out", "g.csv", "--time", "0"], "--time 0"),
        (["in", "--out", "g.csv", "--jobs", "-1"], "--jobs -1"),
        (["in", "--out", "g.csv", "--memory", "nan"], "--memory nan"),
    ],
)
def test_bad_input_is_refused_before_anything_happens(
    tmp_path, monkeypatch, capsys, arguments, words
):
    monkeypatch.chdir(tmp_path)
    hand_in(tmp_path, "in/ada.ipynb", "1")
    hand_in(tmp_path, "other/precious.ipynb", "1")
    (tmp_path / "none").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert main(["grade", *arguments]) == 1
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_refuses_to_run_among_the_submissions(tmp_path, monkeypatch, capsys):
    hand_in(tmp_path, "ada.ipynb", "1")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert main(["grade", str(tmp_path), "--out", str(tmp_path / "g.csv")]) == 1
    assert "another folder" in capsys.readouterr().err


def test_without_fork_the_error_names_the_remedy(tmp_path, monkeypatch, capsys):
    monkeypatch.delattr(os, "fork")
    assert main(["grade", str(tmp_path), "--out", "g.csv"]) == 1
    assert "WSL" in capsys.readouterr().err


def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    out = tmp_path / "grades.csv"
    out.write_text("old")
    monkeypatch.setattr(output.tables, "mistakes_png", lambda mistakes: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        output.write([], out)
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"] and out.read_text() == "old"


def test_interrupted_it_says_so_and_leaves_nothing(tmp_path):
    hand_in(tmp_path, "in/ada.ipynb", "def conv_macs(*a, **k):\n    while True: pass")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "course_lib",
            "grade",
            "in",
            "--out",
            "g.csv",
            "--time",
            "60",
            "--jobs",
            "1",
        ],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(FOLDER).parent)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while len(processes_at_home(tmp_path)) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)  # until there are a nursery, a worker and an attempt
    time.sleep(2)  # it may have been the one that reads the notebook
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted: 0 of 1" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert processes_at_home(tmp_path) == []
