"""Write files so that a reader sees the whole new one or what was there before, never a half."""

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
