"""install.py: what it runs, what it says where it cannot, and that it never starts in vain."""

import ast
import importlib.util
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib.saving import without_open_widgets

ROOT = Path(__file__).parents[1]


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script of a clone that is nothing but its pyproject.toml, and the commands it calls."""
    folder = tmp_path / "Müller's courses"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    shutil.copy(ROOT / "install.py", folder)
    spec = importlib.util.spec_from_file_location("install", folder / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.called = []

    def call(step):
        module.called.append([str(part) for part in step])
        (folder / ".venv").mkdir(exist_ok=True)
        return 0

    monkeypatch.setattr(module.subprocess, "call", call)
    room(monkeypatch, module, 100)
    return module


def room(monkeypatch, module, gigabytes):
    monkeypatch.setattr(
        module.shutil, "disk_usage", lambda path: SimpleNamespace(free=gigabytes * 1e9)
    )


def test_a_learner_gets_the_core_and_the_second_time_nothing_happens(script):
    assert script.main([]) is None
    environment, pip, course = script.called
    assert environment[1:3] == ["-m", "venv"] and "--upgrade" in pip
    assert course[-1] == script.ROOT and course[-2] == "--editable"
    assert script.main([]) is None and len(script.called) == 3


def test_kernels_and_the_server_are_told_what_the_course_adds(script):
    script.main([])
    etc = Path(script.ROOT, ".venv/etc")
    assert "'course_lib.reminder'" in (etc / "ipython/ipython_config.py").read_text()
    config = (etc / "jupyter/jupyter_server_config.py").read_text()
    assert f"'{without_open_widgets.__module__}.{without_open_widgets.__name__}'" in config


def test_the_tests_bring_what_a_learner_needs(script):
    assert script.main(["test"]) is None
    assert script.called[-1][-1] == f"{script.ROOT}[test]"
    calls = len(script.called)
    assert script.main([]) is None and script.main(["classroom"]) is None
    assert len(script.called) == calls


def test_a_changed_pyproject_is_installed_anew(script):
    script.main([])
    Path(script.ROOT, "pyproject.toml").write_text("new")
    script.main([])
    assert len(script.called) == 6


def test_exact_versions_are_installed_even_where_others_are(script):
    script.main([])
    script.main(["--exact"])
    assert "--constraint" in script.called[-1]
    assert script.called[-1][-3].endswith("constraints.txt")


def test_without_the_part_for_gpus_both_come_from_one_index(script):
    script.main(["--torch", "cpu"])
    (torch,) = [step for step in script.called if "torchvision" in step]
    assert torch[-4:-2] == ["torch", "torchvision"] and torch[-1].endswith("/cpu")


def test_a_disk_too_full_is_said_before_anything_is_made(script, monkeypatch):
    room(monkeypatch, script, 4.2)
    words = script.main([])
    assert "4.2 GB left" in words and "needs 7" in words and "--torch cpu" in words
    assert script.called == []
    assert script.main(["--torch", "cpu"]) is None


def test_a_folder_that_cannot_be_written_is_named(script, monkeypatch):
    monkeypatch.setattr(script.os, "access", lambda path, mode: False)
    assert script.main([]).startswith(f"{script.ROOT} cannot be written")


def test_a_step_that_fails_is_told_and_nothing_counts_as_installed(script, monkeypatch):
    monkeypatch.setattr(script.subprocess, "call", lambda step: 1)
    words = script.main([])
    assert "stopped in" in words and "start again" in words
    assert not list(Path(script.ROOT, ".venv").glob("installed*"))


def test_an_old_python_can_read_it_and_says_which_one_is_needed(script, monkeypatch):
    ast.parse(Path(script.__file__).read_text(), feature_version=(3, 4))
    monkeypatch.setattr(script.sys, "version_info", (3, 9, 1))
    words = script.main([])
    assert "needs Python 3.11 or later" in words and "is Python 3.9" in words
    assert script.called == []
