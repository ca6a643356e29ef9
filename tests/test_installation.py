"""What a newcomer installs: pyproject.toml and environment.yml say the same."""

import ntpath
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"pytorch": "torch"}


ONLY_ON_PYPI = {"quickjs-ng"}
NOTEBOOKS_NEED = ("nbval", "pytest", "pytest-xdist")  # for `pytest --nbval notebooks/`


def requirement(text):
    """("torch", ">=2.6") from "pytorch>=2.6"."""
    name, bound = re.fullmatch(r"([\w-]+)(.*)", text).groups()
    return CONDA_NAMES.get(name, name), bound


def test_environment_is_the_core_and_what_runs_the_notebooks():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    conda = dict(requirement(entry) for entry in environment if isinstance(entry, str))
    # The oldest one that the course supports. Binder's builder overlooks a python>=3.11.
    assert conda.pop("python").replace("=", ">=") == PROJECT["requires-python"]
    assert conda.pop("pip") == ""
    assert pip.pop() == "-e ."
    only = dict(map(requirement, pip))
    assert set(only) == ONLY_ON_PYPI
    tests = PROJECT["optional-dependencies"]["test"]
    runs = [entry for entry in tests if re.split(r"[>\[]", entry)[0] in NOTEBOOKS_NEED]
    assert conda | only == dict(map(requirement, [*PROJECT["dependencies"], *runs]))


def test_torch_is_not_pinned_to_a_build():
    """A CPU-only torch beside the registry's torchvision fails when torchvision is imported."""
    assert not [entry for entry in PROJECT["dependencies"] if "+" in entry or "==" in entry]


def test_continuous_integration_calls_the_readme_command():
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert "make test" in (ROOT / "README.md").read_text()


def test_constraints_are_names_and_versions_that_pyproject_allows():
    lines = (ROOT / "constraints.txt").read_text().splitlines()[1:]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.!]+", line) for line in lines), lines
    exact = dict(line.split("==") for line in lines)
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["classroom"], *extras["test"]]
    for text in asked:
        if (wanted := Requirement(text)).name != PROJECT["name"]:
            assert exact[wanted.name] in wanted.specifier, text


def test_the_commands_for_windows_are_such_as_windows_reads():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme[readme.index("Without make, on Windows") :].split("```")[1].strip()
    install, start = block.splitlines()
    assert install.split() == ["python", "install.py"] and (ROOT / "install.py").is_file()
    python, *arguments = start.split()
    assert python == ntpath.join(".venv", "Scripts", "python")
    assert arguments[:3] == ["-m", "jupyter", "lab"] and (ROOT / arguments[3]).is_file()


def test_the_readme_says_which_versions_were_tried():
    """The lowest of pyproject.toml, and those of constraints.txt."""
    [words] = re.findall(r"\*\*Versions\.\*\* .*", (ROOT / "README.md").read_text(encoding="utf-8"))
    lowest = dict(map(requirement, PROJECT["dependencies"]))
    lines = (ROOT / "constraints.txt").read_text().splitlines()[1:]
    exact = dict(line.split("==") for line in lines)
    for name in ("torch", "torchvision", "numpy", "matplotlib", "jupyterlab", "ipywidgets"):
        assert lowest[name].removeprefix(">=") in words, name
        assert exact[name] in words, name
