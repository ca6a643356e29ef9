"""The course as an installed wheel, away from the clone: its data come along, its tests pass."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.wheel import ROOT, pip

RUN = (  # a part of the suite that asks something of every room that a learner uses
    "tests/models/test_conv.py",
    "tests/models/test_blocks.py",
    "tests/trained",
    "tests/experiments/test_recorded.py",
    "tests/exercises/engine",
    "tests/commands/test_predict.py",
)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the installed package, and with the tests beside no clone."""
    folder = tmp_path_factory.mktemp("elsewhere")
    pip("install", "--quiet", "--no-deps", "--target", folder / "site", wheel)
    shutil.copytree(ROOT / "tests", folder / "tests")
    shutil.copy(ROOT / "conftest.py", folder)
    return folder


def run(folder, *arguments):
    """Python in the folder, where `course_lib` is the installed one."""
    environment = os.environ | {"PYTHONPATH": str(folder / "site"), "XDG_CACHE_HOME": str(folder)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_it_carries_the_data_and_their_licences_and_no_scripts(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "/bundled/" in name}
    found = {name.removeprefix("course_lib/bundled/") for name in names}
    folders = ("checkpoints", "recorded", "LICENSES")
    files = [path for folder in folders for path in (ROOT / "data" / folder).iterdir()]
    files += [*(ROOT / "data").glob("*.npz"), ROOT / "data/README.md", ROOT / "data/__init__.py"]
    assert found == {str(path.relative_to(ROOT / "data")) for path in files}


def test_it_reads_what_it_carries_and_writes_nothing_into_itself(installed):
    program = (
        "from course_lib import data; from course_lib.trained.shipped import load_shipped; "
        "from course_lib.experiments.recorded import recorded; import course_lib; "
        "load_shipped(); recorded('transfer'); print(data.load('digits', 'train').source); "
        "print(course_lib.__file__, data.DOWNLOADS, data.IN_CLONE, sep='\\n')"
    )
    result = run(installed, "-c", program)
    assert result.returncode == 0, result.stderr
    source, package, downloads, in_clone = result.stdout.splitlines()
    assert source.endswith("bundled") and in_clone == "False"
    assert Path(package).is_relative_to(installed / "site")
    assert Path(downloads) == installed / "course_lib"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["experiment", "transfer"], "only a clone of the course holds recordings"),
        (["edition", "learner", "out"], "this needs a clone of the course, and its notebooks"),
    ],
)
def test_what_needs_the_clone_says_so(installed, arguments, words):
    result = run(installed, "-m", "course_lib", *arguments)
    assert result.returncode == 1 and words in result.stderr and "Traceback" not in result.stderr


def test_the_tests_pass_against_it(installed):
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "-x")
    result = run(installed, *command, *RUN)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
    assert " passed" in result.stdout
