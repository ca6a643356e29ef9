"""Where the course lives: the one place is `[project.urls]` in pyproject.toml.

    python -m course_lib.classroom.address OWNER/REPOSITORY

writes it there, and into what repeats it: the README's badges, and in each notebook the cell that
installs the course and the link to the next one in Colab.
"""

import re
import sys
import tomllib
from pathlib import Path

from course_lib.classroom.notebooks import FOLDER, notebook_of, sources
from course_lib.files import replacing

ROOT = FOLDER.parent


def address() -> str:
    """The course's owner and repository on GitHub, as in "someone/resnet-course"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"].removeprefix("https://github.com/")


def places() -> list[Path]:
    """The files that hold the address, pyproject.toml first."""
    scripts = sources()
    notebooks = [notebook_of(script) for script in scripts]
    return [ROOT / "pyproject.toml", ROOT / "README.md", *scripts, *notebooks]


def install_cell(owner_and_repository: str) -> str:
    """The source of each notebook's first code cell. Plain Python: scripts comment magics out."""
    return f"""\
# Where the course is missing, as on Colab and Kaggle, install it. Elsewhere this does nothing.
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

if not find_spec("course_lib"):
    online = "https://github.com/{owner_and_repository}/archive/HEAD.zip"
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    course = ".." if Path("../course_lib").exists() else online
    subprocess.run([*pip, "--no-deps", course], check=True)
    names = ("torch", "torchvision", "numpy", "matplotlib", "PIL", "safetensors", "tqdm", "quickjs")
    called = {{"PIL": "pillow", "quickjs": "quickjs-ng"}}
    if missing := [called.get(name, name) for name in names if not find_spec(name)]:
        subprocess.run([*pip, *missing], check=True)
    invalidate_caches()"""


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not re.fullmatch(r"[\w.-]+/[\w.-]+", arguments[0]):
        sys.exit(f"one owner and repository, as in someone/resnet-course; got {arguments}")
    old, new = address(), arguments[0]
    for file in places():
        text = file.read_text(encoding="utf-8")
        with replacing(file) as draft:
            draft.write_text(text.replace(old, new), encoding="utf-8")
    print(f"{len(places())} files say {new} in place of {old}")


if __name__ == "__main__":
    main(sys.argv[1:])
