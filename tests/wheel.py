"""The course as a wheel, built from this clone."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pip(*arguments):
    result = subprocess.run(
        [sys.executable, "-m", "pip", *map(str, arguments)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def build(source: Path, out: Path) -> Path:
    """The wheel in `out`, built from a copy in `source`, for building leaves files beside it."""
    for name in ("course_lib", "data"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("downloads"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    options = ("--quiet", "--no-deps", "--no-build-isolation")
    pip("wheel", *options, "--wheel-dir", out, source)
    [file] = out.glob("*.whl")
    return file
