"""The folder that a class has handed in: who the learners are, and which files are theirs."""

import os
import re
import stat
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from course_lib import exercises

SIZE_LIMIT = 20 << 20  # bytes in a notebook: the course's largest has less than a tenth
COPY = re.compile(r"[ _-]*(\(\d+\)|-?copy ?\d*)$", re.IGNORECASE)  # "ada (1)", "ada-Copy1"


@dataclass
class Learner:
    """A row of the grades. `problems` says what of it cannot be graded, and why."""

    name: str
    files: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find(folder: Path, leave_out: tuple[Path, ...] = ()) -> tuple[list[Learner], list[str]]:
    """The learners of a folder, by name, and warnings about what is ambiguous.

    A sub-folder is a learner, with all notebooks in it. A file is a learner by its name, less the
    name of a course's notebook in it and marks of a copy: `ada.ipynb`, `03_basic_block - ada.ipynb`
    and `ada_04_bottleneck (1).ipynb` all belong to ada. Hidden entries are passed over.

    Raises ValueError for a folder that holds nothing, NotADirectoryError for no folder.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder: give the one that holds the submissions")
    learners: dict[str, Learner] = {}
    kinds: dict[str, set[str]] = defaultdict(set)
    warnings = []
    for path in sorted(folder.iterdir()):
        if _hidden(path.name) or path.resolve() in leave_out:
            continue
        is_folder = path.is_dir() and not path.is_symlink()
        name = _clean(path.name) if is_folder else learner_name(path.name)
        if not name:
            name = _clean(path.stem)
            warnings.append(f"{name}: the file's name says no learner's name")
        learner = learners.setdefault(name, Learner(name))
        kinds[name].add("folder" if is_folder else "file")
        _add(learner, path, folder)
    if not learners:
        raise ValueError(f"{folder} holds no submissions: notebooks, or a sub-folder a learner")
    alike = defaultdict(list)
    for name in learners:
        alike[re.sub(r"[\W_]", "", name.casefold())].append(name)
    warnings += [f"{' and '.join(g)}: one learner or more?" for g in alike.values() if len(g) > 1]
    both = [name for name, found in kinds.items() if len(found) > 1]
    warnings += [f"{name}: a folder and a file of that name count as one learner" for name in both]
    return sorted(learners.values(), key=lambda learner: learner.name.casefold()), warnings


def learner_name(file: str) -> str:
    """The learner that a file's name tells; may be empty."""
    name = COPY.sub("", _clean(Path(file).stem))
    for notebook in exercises.COURSE:
        name = re.sub(re.escape(notebook), " ", name, flags=re.IGNORECASE)
    return COPY.sub("", name.strip(" -_.,")).strip(" -_.,")


def read(path: Path) -> str:
    """The text of a notebook file. Raises ValueError with the reason why it cannot be had."""
    try:
        # neither through a link that has just been made, nor waiting for a pipe's writer
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise ValueError(f"{path.name} is no ordinary file")
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror}") from None
    if len(content) > SIZE_LIMIT:
        raise ValueError(f"{path.name} has more than {SIZE_LIMIT >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not a notebook: its text is not UTF-8") from None


def _add(learner: Learner, path: Path, folder: Path) -> None:
    """Add the notebooks at `path`, a file or a folder, or what is wrong with it."""
    shown = _clean(str(path.relative_to(folder)))
    if path.is_symlink():
        learner.problems.append(f"{shown} is a link: hand in the file itself")
    elif path.is_dir():
        before = len(learner.files) + len(learner.problems)
        for parent, folders, files in os.walk(path):  # does not follow links
            folders[:] = sorted(name for name in folders if not _hidden(name))
            links = [name for name in folders if Path(parent, name).is_symlink()]
            notebooks = [name for name in files if name.endswith(".ipynb") and not _hidden(name)]
            for name in sorted(links + notebooks):
                if Path(parent, name).is_symlink():
                    _add(learner, Path(parent, name), folder)
                else:
                    learner.files.append(Path(parent, name))
        if len(learner.files) + len(learner.problems) == before:
            learner.problems.append(f"{shown} holds no notebook")
    elif path.suffix.lower() == ".ipynb":
        learner.files.append(path)
    else:
        learner.problems.append(f"{shown} is not a notebook: hand in the .ipynb file")


def _hidden(name: str) -> bool:
    return name.startswith((".", "__"))


def _clean(name: str) -> str:
    """A file's name as text that can be printed and written anywhere."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    return "".join(letter if letter.isprintable() else "?" for letter in name).strip()
