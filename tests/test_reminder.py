"""What a notebook says where Python would be silent, or say something puzzling."""

import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_lib import exercises, reminder

STUB = "def conv2d(x):\n    return x\n"


@pytest.fixture
def shell():
    shell = InteractiveShell()
    reminder.load_ipython_extension(shell)
    yield shell
    InteractiveShell.clear_instance()


def test_before_the_setup_cell_the_message_says_to_run_it(shell, capsys):
    result = shell.run_cell("@exercise\n" + STUB)
    assert isinstance(result.error_in_exec, NameError)
    assert "Run the setup cell first" in capsys.readouterr().out


def test_after_it_other_names_that_are_missing_are_left_to_python(shell, capsys):
    shell.run_cell("from course_lib import exercise\nprint(absent)")
    out = capsys.readouterr().out
    assert "name 'absent' is not defined" in out and "setup cell" not in out


def test_a_definition_without_the_decorator_is_pointed_out(shell, capsys):
    shell.run_cell(STUB)
    assert "`conv2d` was defined without @exercise" in capsys.readouterr().out


@pytest.mark.parametrize(
    "cell",
    [
        "@exercise\n" + STUB,
        "from course_lib import exercises\n@exercises.exercise\n" + STUB.replace("conv2d", "f"),
        STUB + "conv2d = exercise(conv2d)\n",
        "def my_own(x):\n    return x\n",
        "%matplotlib inline\nthis is no Python",
    ],
)
def test_other_cells_are_left_alone(cell):
    assert exercises.names() and reminder.unchecked(cell) == []


def test_it_is_told_once(shell, capsys):
    reminder.load_ipython_extension(shell)
    shell.run_cell(STUB)
    assert capsys.readouterr().out.count("nothing was checked") == 1


def test_a_starting_kernel_loads_neither_torch_nor_the_exercises():
    code = "import course_lib.reminder, sys; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
