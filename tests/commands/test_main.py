"""The command line itself: an error is a sentence."""

import sys

import pytest

from course_lib.__main__ import main


@pytest.mark.parametrize("command", ["slides", "site"])
def test_a_command_that_needs_more_packages_names_what_brings_them(command, monkeypatch, capsys):
    for package in ("playwright", "playwright.sync_api", "sphinx", "sphinx.application"):
        monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    for module in [name for name in sys.modules if name.startswith("course_lib.c")]:
        monkeypatch.delitem(sys.modules, module)
    assert main([command]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert f"error: {command} needs " in message and "python install.py classroom" in message


def test_a_missing_module_of_the_course_itself_is_a_bug_and_shown_as_one(monkeypatch):
    for module in [name for name in sys.modules if name.startswith("course_lib.c")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "course_lib.classroom.site.sphinx_source", None)
    with pytest.raises(ModuleNotFoundError):
        main(["site"])
