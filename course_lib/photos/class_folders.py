"""How a folder of pictures must be laid out: a sub-folder for each class."""

import unicodedata
from pathlib import Path

from course_lib.photos.decoding import is_ignored

_PARTS = frozenset(["train", "training", "test", "testing", "val", "valid", "validation"])


def class_folders(root: Path) -> list[Path]:
    """The sub-folders of `root`, one a class, in the order of their names.

    Raises ValueError unless there are two at least, which are not the parts of a split.
    """
    here = root.resolve()
    layout = f"it needs a sub-folder for each class, as {here.name}/cat and {here.name}/dog"
    if not root.is_dir():
        raise ValueError(f"{root} is {'not a folder' if root.exists() else 'missing'}: {layout}")
    entries = [path for path in root.iterdir() if not is_ignored(path)]
    members = [
        path for path in entries if path.is_dir() and path.resolve() not in (here, *here.parents)
    ]
    members.sort(key=lambda path: unicodedata.normalize("NFC", path.name))
    if not entries:
        raise ValueError(f"{root} is empty: {layout}")
    if not members:
        raise ValueError(f"{root} has pictures or other files but no sub-folders: {layout}")
    names = [path.name for path in members]
    if {name.lower() for name in names} <= _PARTS:
        raise ValueError(
            f"the sub-folders of {root} are called {' and '.join(names)}, which are no classes: "
            f"name one of them, as {root / names[0]}"
        )
    if len(members) == 1:
        raise ValueError(f"{root} has one class only, {names[0]!r}: {layout}")
    return members
