"""`python -m course_lib experiment`."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from course_lib import data
from course_lib.__main__ import main
from course_lib.experiments import degradation
from course_lib.experiments.degradation import Short
from course_lib.experiments.recorded import path_of

NAME = "degradation_digits"
TINY = Short("digits", depths=(8,), steps=2, seeds=2, images=150, size=6)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    small = replace(degradation.EXPERIMENTS[NAME], settings=TINY)
    monkeypatch.setitem(degradation.EXPERIMENTS, NAME, small)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def networks(path):
    return len(json.loads(path.read_text())["runs"])


def test_it_records_on_one_thread(tmp_path, capsys):
    path = tmp_path / "new folder" / "mine.json"
    torch.set_num_threads(2)
    assert main(["experiment", NAME, "--out", str(path)]) == 0
    assert torch.get_num_threads() == 1
    assert networks(path) == 4
    said = capsys.readouterr().out
    assert "takes ten minutes on a CPU" in said and str(path) in said


def test_without_out_it_records_where_the_notebooks_read(tmp_path, monkeypatch):
    digits = data.load("digits", "train")
    monkeypatch.setattr(data, "load", lambda name, split: digits)
    monkeypatch.setattr(data, "DATA", tmp_path)
    path_of(NAME).parent.mkdir()
    path_of(NAME).write_text("cut off")  # this is the remedy for it
    assert main(["experiment", NAME]) == 0
    assert networks(tmp_path / "recorded" / f"{NAME}.json") == 4


def test_an_earlier_recording_is_replaced(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(path_of(NAME).read_text())
    assert networks(path) == 30
    assert main(["experiment", NAME, "--out", str(path)]) == 0
    assert networks(path) == 4


@pytest.mark.parametrize(
    "content", ["", "my notes", "[1, 2]", '{"runs": [{"seed": 1}]}', b"\xff", None]
)
def test_any_other_file_stays(tmp_path, capsys, monkeypatch, content):
    monkeypatch.setattr(Short, "load", lambda settings: pytest.fail("it began"))
    path = tmp_path / "mine.json"
    if content is None:
        content = path_of("transfer").read_text()
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(content)
    assert main(["experiment", NAME, "--out", str(path)]) == 1
    assert "mine.json is there already, and is no recording of this" in capsys.readouterr().err
    assert path.read_bytes() == content


def test_a_run_that_is_stopped_keeps_its_networks(tmp_path, capsys, monkeypatch):
    curves, calls = Short.curves, iter(range(9))

    def stopped(*arguments):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return curves(*arguments)

    monkeypatch.setattr(Short, "curves", stopped)
    assert main(["experiment", NAME, "--out", str(tmp_path / "mine.json")]) == 130
    assert networks(tmp_path / "mine.json") == 3


def test_data_that_cannot_be_had_are_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert main(["experiment", "cardinality_cifar10", "--out", str(tmp_path / "mine.json")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: COURSE_DATA=") and "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_is_answered_with_the_choices(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["experiment", "digits"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert (
        "invalid choice: 'digits'" in said and "degradation_digits" in said and "transfer" in said
    )


def test_help_needs_no_pytorch():
    for command in ([], ["experiment"]):
        code = (
            "import sys; from course_lib.__main__ import main\n"
            f"try: main({[*command, '--help']})\n"
            "finally: print('torch' in sys.modules)"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert run.stdout.endswith("False\n"), run
        assert "experiment" in run.stdout
