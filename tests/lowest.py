"""The suite on the oldest versions that pyproject.toml allows.

    python -m tests.lowest            # strict nbval on all notebooks, and all tests
    python -m tests.lowest --short    # what CI runs: imports, two notebooks, one bank

uv picks the lowest version of each direct requirement, into .venv-lowest.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv-lowest"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
SHORT = {
    "notebooks": ("notebooks/01_convolution_arithmetic.ipynb", "notebooks/04_bottleneck.ipynb"),
    "tests": ("tests/test_layout.py", "tests/exercises/bank/test_bank.py", "-k", "conv or layout"),
}
ALL = {"notebooks": ("notebooks",), "tests": ("tests",)}
IMPORTS = (
    "import importlib, pkgutil, course_lib\n"
    "for module in pkgutil.walk_packages(course_lib.__path__, 'course_lib.'):\n"
    "    if not module.name.endswith(('__main__', 'sphinx.conf', 'jupyterhub_config', 'start')):\n"
    "        importlib.import_module(module.name)\n"
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="imports, two notebooks, one bank")
    chosen = SHORT if parser.parse_args(arguments).short else ALL
    install()
    print(subprocess.check_output([*UV, "freeze", "--python", PYTHON], text=True))
    steps = (
        ["-c", IMPORTS],
        ["-m", "pytest", "--nbval", *chosen["notebooks"]],
        ["-m", "pytest", *chosen["tests"]],
    )
    # every step, so that one failure does not hide the next
    return max(subprocess.call([PYTHON, *step], cwd=ROOT) for step in steps)


UV = (sys.executable, "-m", "uv", "pip")


def install() -> None:
    """The environment, made anew unless it is there: uv needs a minute or two."""
    if not PYTHON.exists():
        subprocess.check_call(
            [sys.executable, "-m", "uv", "venv", "--seed", "--python", sys.executable, VENV]
        )
    lowest = ("install", "--python", PYTHON, "--resolution", "lowest-direct", "-e", f"{ROOT}[test]")
    subprocess.check_call([*UV, *lowest])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
