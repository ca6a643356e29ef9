"""What a newcomer installs: pyproject.toml and environment.yml say the same."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"pytorch": "torch"}


def requirement(text):
    """("torch", ">=2.6") from "pytorch>=2.6"."""
    name, bound = re.fullmatch(r"([\w-]+)(.*)", text).groups()
    return CONDA_NAMES.get(name, name), bound


def test_environment_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    conda = dict(requirement(entry) for entry in environment if isinstance(entry, str))
    # The oldest one that the course supports. Binder's builder overlooks a python>=3.11.
    assert conda.pop("python").replace("=", ">=") == PROJECT["requires-python"]
    assert conda.pop("pip") == ""
    assert pip[-1] == "-e ."
    both = conda | dict(map(requirement, pip[:-1]))
    assert both == dict(map(requirement, PROJECT["dependencies"]))


def test_torch_is_not_pinned_to_a_build():
    """A CPU-only torch beside the registry's torchvision fails when torchvision is imported."""
    assert not [entry for entry in PROJECT["dependencies"] if "+" in entry or "==" in entry]


def test_continuous_integration_calls_the_readme_command():
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert "make test" in (ROOT / "README.md").read_text()
