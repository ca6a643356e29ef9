"""What is solved is remembered, in a file of the learner's own, and nothing breaks a lesson."""

import os
import sys
from types import ModuleType

import pytest

from course_lib import exercise, exercises
from course_lib.exercises.engine import progress_file
from course_lib.exercises.engine.report import Report, Status


@pytest.fixture
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / ".course_progress.json"))
    return tmp_path / ".course_progress.json"


def test_progress_keeps_the_best_result(own_progress):
    progress_file.record(Report("conv2d", "not attempted"))
    assert not own_progress.exists()
    progress_file.record(Report("conv2d", "incorrect"))
    assert progress_file.load() == {"conv2d": "incorrect"}
    progress_file.record(Report("conv2d", "correct"))
    progress_file.record(Report("conv2d", "error"))
    progress_file.record(Report("same_padding", "error"))
    assert progress_file.load() == {"conv2d": "correct", "same_padding": "error"}
    assert [file.name for file in own_progress.parent.iterdir()] == [".course_progress.json"]
    assert "1 of 6 solved" in exercises.progress("01_convolution_arithmetic").data


@pytest.mark.parametrize("broken", ["", "{", "[1, 2]"])
def test_progress_survives_a_broken_or_deleted_file(own_progress, broken):
    own_progress.write_text(broken)
    assert progress_file.load() == {}
    progress_file.record(Report("conv2d", "correct"))
    assert progress_file.load() == {"conv2d": "correct"}
    own_progress.unlink()
    assert "0 of 1 solved" in exercises.progress("00_welcome").data


@pytest.fixture
def beside_notebooks(tmp_path, monkeypatch):
    """A learner whose notebooks lie in a folder, and whose home is another one."""
    folder, home = tmp_path / "notebooks", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(folder)
    return folder, home


def test_it_lies_beside_the_notebooks(beside_notebooks):
    progress_file.record(Report("conv2d", Status.CORRECT))
    assert [file.name for file in beside_notebooks[0].iterdir()] == [progress_file.NAME]
    assert "Kept in .course_progress.json." in exercises.progress("00_welcome").data


def test_in_a_folder_that_cannot_be_written_it_goes_home_with_a_word(beside_notebooks, monkeypatch):
    folder, home = beside_notebooks
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    progress_file.record(Report("conv2d", Status.CORRECT))
    assert not list(folder.iterdir()) and (home / progress_file.NAME).exists()
    assert "Kept in ~/.course_progress.json: the folder" in exercises.progress("00_welcome").data
    assert progress_file.load() == {"conv2d": "correct"}


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner's number here")
def test_the_file_of_another_user_is_left_alone(beside_notebooks, monkeypatch):
    folder, home = beside_notebooks
    (folder / progress_file.NAME).write_text('{"conv2d": "error"}')
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    assert progress_file.load() == {}
    progress_file.record(Report("conv2d", Status.CORRECT))
    assert (folder / progress_file.NAME).read_text() == '{"conv2d": "error"}'
    assert (home / progress_file.NAME).exists()


def test_a_session_that_will_be_forgotten_says_so(beside_notebooks, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert "download it if you want to go on" in exercises.progress("00_welcome").data


def test_a_disk_that_is_full_costs_no_lesson(own_progress, monkeypatch, capsys):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)

    def count_parameters(module):
        return sum(parameter.numel() for parameter in module.parameters())

    assert exercise(count_parameters) is count_parameters
    assert "No space left on device" in progress_file.record(Report("conv2d", Status.ERROR))
