"""A folder of pictures with a sub-folder for each class: `scan("pets")`."""

import hashlib
import os
import unicodedata
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from course_lib.photos import decoding
from course_lib.photos.class_folders import class_folders
from course_lib.photos.preprocessing import Preprocessing


@dataclass(frozen=True, repr=False)
class ImageFolder:
    """Picture files and their classes: the picture `files[i]` is of class `classes[labels[i]]`.

    `skipped` has a line for each picture that cannot be used: where it is in `root`, and why.
    """

    root: Path
    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.files)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {count}" for name, count in self.counts.items())
        return f"ImageFolder {self.name!r}: {len(self)} pictures ({counts})"

    @property
    def name(self) -> str:
        return self.root.resolve().name

    @property
    def counts(self) -> dict[str, int]:
        """How many pictures each class has."""
        found = Counter(self.labels)
        return {name: found[label] for label, name in enumerate(self.classes)}

    def report(self, most: int = 10) -> str:
        """The pictures found and the pictures skipped, of which it names `most`."""
        lines = [repr(self)]
        if self.skipped:
            lines.append(f"{len(self.skipped)} skipped:")
            lines += [f"  {line}" for line in self.skipped[:most]]
        if (more := len(self.skipped) - most) > 0:
            lines.append(f"  and {more} more")
        return "\n".join(lines)

    def split(self, fraction: float = 0.2, seed: int = 0) -> tuple["ImageFolder", "ImageFolder"]:
        """Two parts: one to train on, and about `fraction` of each class to validate on.

        The names of the files and `seed` decide, so the split is the same on every machine, and
        few pictures change sides when you add some. A class with two pictures or more is in both
        parts; a single picture is trained on.

        Raises ValueError for a fraction that is not between 0 and 1, or if no class has two.
        """
        if not 0 < fraction < 1:
            raise ValueError(f"fraction must be between 0 and 1, got {fraction}")

        def draw(i: int) -> bytes:
            name = f"{seed}/{_relative(self.files[i], self.root)}"
            return hashlib.sha256(os.fsencode(name)).digest()

        members = defaultdict(list)
        for i, label in enumerate(self.labels):
            members[label].append(i)
        held_out = set()
        for some in members.values():
            count = min(max(1, round(fraction * len(some))), len(some) - 1)
            held_out.update(sorted(some, key=draw)[:count])
        if not held_out:
            raise ValueError(f"{self.root} has one picture a class: validation needs a second one")
        return self._part(set(range(len(self))) - held_out), self._part(held_out)

    def _part(self, chosen: set[int]) -> "ImageFolder":
        order = sorted(chosen)
        files, labels = tuple(self.files[i] for i in order), tuple(self.labels[i] for i in order)
        return replace(self, files=files, labels=labels, skipped=())

    def prepared(self, preprocessing: Preprocessing) -> "PictureFiles":
        """The same pictures, as `course_lib.training.fit` takes them."""
        return PictureFiles(self, preprocessing)


@dataclass(frozen=True, eq=False)
class PictureFiles(Dataset):
    """Pictures, read when they are needed: item i is a uint8 (C, size, size) and a label."""

    folder: ImageFolder
    preprocessing: Preprocessing

    def __len__(self) -> int:
        return len(self.folder)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.read(index), self.folder.labels[index]

    def read(self, index: int, augment: bool = False) -> Tensor:
        return self.preprocessing.read(self.folder.files[index], augment)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.folder.classes

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def source(self) -> str:
        """Which pictures these are, in words. Other files or other preprocessing: other words."""
        folder = self.folder
        names = [_relative(file, folder.root) for file in folder.files]
        digest = hashlib.sha256(os.fsencode("\n".join(names))).hexdigest()[:8]
        return f"{len(self)} pictures in {folder.name} (files {digest}), {self.preprocessing}"

    def normalize(self, images: Tensor) -> Tensor:
        return self.preprocessing.normalize(images)


def scan(folder: str | Path) -> ImageFolder:
    """Find and check the pictures in `folder`, which has a sub-folder for each class.

    Every picture is decoded once. One that cannot be read is left out and named in `skipped`.
    Classes come in the order of their names. Hidden files and loops of links are left out.

    Raises ValueError for a folder that is missing or empty, has no or only one sub-folder, or a
    sub-folder without a readable picture.
    """
    root = Path(folder).expanduser()
    members = class_folders(root)
    found = {path: label for label, member in enumerate(members) for path in decoding.find(member)}
    skipped: dict[Path, str] = {}
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,  # decoding lets other threads run
        tqdm(total=len(found), unit=" pictures", desc="checking") as bar,
    ):
        for path, problem in zip(found, pool.map(_problem, found), strict=True):
            if problem:
                skipped[path] = f"{decoding.shown(path.relative_to(root))}: {problem}"
            bar.update()
        if skipped:
            bar.set_postfix_str(f"{len(skipped)} skipped, see report()")
    classes = tuple(unicodedata.normalize("NFC", decoding.shown(member.name)) for member in members)
    files = tuple(path for path in found if path not in skipped)
    labels = tuple(found[path] for path in files)
    used = set(labels)
    for label, member in enumerate(members):
        if label not in used:
            problems = [line for path, line in skipped.items() if found[path] == label]
            first = f" The first problem: {problems[0]}" if problems else ""
            raise ValueError(
                f"{member} has no picture that can be read: add some, or remove the folder.{first}"
            )
    return ImageFolder(root, classes, files, labels, tuple(skipped.values()))


def _problem(path: Path) -> str | None:
    """Why the picture cannot be used, or None."""
    try:
        decoding.read(path, least=1)  # reads all bytes, and keeps few pixels
    except decoding.PictureError as error:
        return error.reason
    return None


def _relative(path: Path, root: Path) -> str:
    return unicodedata.normalize("NFC", path.relative_to(root).as_posix())
