"""Write files whole, so that a reader sees the new one or the old, never a half; and tables."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A draft to write, in the same folder, which takes the place of `path` when the block ends.

    The folder is created if need be. When the block raises, `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        draft = Path(scratch, path.name)
        yield draft
        os.replace(draft, path)


FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell


def as_text(words: str) -> str:
    """`words` as a cell that a spreadsheet shows and does not compute."""
    return f"'{words}" if words.startswith(FORMULA) else words
