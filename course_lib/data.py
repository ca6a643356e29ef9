"""Real images by name: `load("digits", "train")`. What the course brings lies in `DATA`.

Two sets are bundled and need no network. Two are the full sets: `load` reads them from the folder
named by the environment variable COURSE_DATA or, where that is not set, downloads them once.
"""

import hashlib
import http.client
import importlib.resources
import io
import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import torch
from PIL import Image

_CLONE = Path(__file__).resolve().parents[1]


def _bundled() -> Path:
    """The folder data/ of a clone, or the same files inside an installed package."""
    try:
        return Path(str(importlib.resources.files("course_lib.bundled")))
    except ModuleNotFoundError:  # a clone that is on the path without having been installed
        return _CLONE / "data"


DATA = _bundled()
IN_CLONE = DATA == _CLONE / "data"  # an installed package is not written to
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "course_lib")
DOWNLOADS = DATA / "downloads" if IN_CLONE else CACHE
SPLITS = ("train", "test")


class _Set(NamedTuple):
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]  # of the training split, one number a channel, black 0 and white 1
    std: tuple[float, ...]


# fmt: off
_FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer",
            "dog", "frog", "horse", "ship", "truck")
_SETS = {
    "digits": _Set("UCI digits", tuple("0123456789"), (0.3052,), (0.3757,)),
    "fashion_mnist_10k": _Set("Fashion-MNIST, class-balanced subset", _FASHION,
                              (0.2872,), (0.3542,)),
    "fashion_mnist": _Set("Fashion-MNIST", _FASHION, (0.2860,), (0.3530,)),
    "cifar10": _Set("CIFAR-10", _CIFAR10, (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
}
# fmt: on
# Bytes and sha256 of the bundled files NAME.npz, as in data/README.md.
_BUNDLED = {
    "digits": (47260, "17d833193e010b0945b4c31d26656db115ada5e05e61221e71a51c7444c1b295"),
    "fashion_mnist_10k": (
        5292280,
        "e4c0e053e512ba5a730911169c10b9c85d68f8615f052f7dd8e771a6cd17a894",
    ),
}
# What may hold a full set, best first: torchvision's folder, or a file of JPEG images.
_JPEG = "cifar10_jpeg.npz"
_FULL = {"fashion_mnist": ("FashionMNIST",), "cifar10": ("cifar-10-batches-py", _JPEG)}
_TORCHVISION = {"fashion_mnist": "FashionMNIST", "cifar10": "CIFAR10"}
# torchvision knows the sums of Fashion-MNIST's packed files only; these are the unpacked ones'.
_FASHION_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


class DataError(RuntimeError):
    """A file is missing, cut off or altered, or a download failed. The message says what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Images:
    """One split of one data set.

    `images` is uint8 (N, C, H, W), 0 black and 255 white; `labels` is int64 (N,), indices into
    `classes`. `mean` and `std` have one number a channel: those of the training split, for images
    divided by 255. `source` says in words which data these are.
    """

    images: torch.Tensor
    labels: torch.Tensor
    classes: tuple[str, ...]
    name: str
    split: str
    source: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"Images({self.name!r}, {self.split!r}, {tuple(self.images.shape)})"

    def normalize(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 images (B, C, H, W) as float32 with about mean 0 and standard deviation 1."""
        mean = torch.tensor(self.mean, device=images.device).view(-1, 1, 1)
        std = torch.tensor(self.std, device=images.device).view(-1, 1, 1)
        return (images.float() / 255 - mean) / std


def names() -> tuple[str, ...]:
    """The names that `load` knows."""
    return tuple(_SETS)


def available() -> tuple[str, ...]:
    """The names whose files are on this machine: `load` needs no network for them."""
    return tuple(name for name in _SETS if name in _BUNDLED or _find(name))


def load(name: str, split: str) -> Images:
    """The split ("train" or "test") of the data set `name`, one of `names()`.

    Never takes other data in place of what you asked for. Raises ValueError for an unknown name or
    split, and DataError for a missing, cut-off or altered file or a failed download.
    """
    if name not in names():
        raise ValueError(f"unknown data set {name!r}: choose one of {', '.join(names())}")
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}: choose one of {', '.join(SPLITS)}")
    title, classes, mean, std = _SETS[name]
    if name in _BUNDLED:
        images, labels = _read_bundled(name, split)
        origin = "bundled"
    else:
        path = _find(name) or _download(name)
        if path.name == _JPEG:
            title += " re-encoded as JPEG (lossy)"
            images, labels = _read_jpeg(path, split)
        else:
            images, labels = _read_torchvision(name, path, split)
        here = "data/downloads" if IN_CLONE else str(DOWNLOADS)
        origin = "from COURSE_DATA" if os.environ.get("COURSE_DATA") else f"from {here}"
    kind = "training" if split == "train" else "test"
    source = f"{title}, {len(images):,} {kind} images, {origin}"
    return Images(images, labels.long(), classes, name, split, source, mean, std)


def _find(name: str) -> Path | None:
    """Where the full set `name` lies, whole or not; None if it is not on this machine."""
    root = Path(os.environ.get("COURSE_DATA") or DOWNLOADS)
    return next((root / entry for entry in _FULL[name] if (root / entry).exists()), None)


def _download(name: str) -> Path:
    """Download the full set `name`. It appears under its name only when it is complete."""
    title, folder = _SETS[name].title, _FULL[name][0]
    if root := os.environ.get("COURSE_DATA"):
        raise DataError(
            f"COURSE_DATA={root} holds no {' and no '.join(_FULL[name])}, so {title} cannot be "
            "read from there. Put it there, or unset COURSE_DATA to download it."
        )
    import torchvision.datasets  # here, not above: it costs a second or more that few calls need

    target = DOWNLOADS / folder
    try:
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        # Removed however this block ends: by an error, or by Ctrl-C or the stop button.
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=DOWNLOADS) as partial:
            getattr(torchvision.datasets, _TORCHVISION[name])(partial, download=True)
            if not target.exists():  # else another process was faster
                os.rename(Path(partial, folder), target)
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{title} could not be downloaded: {reason}\n"
            "Load again when there is a network. Without one, use the bundled set "
            f'"fashion_mnist_10k", or set COURSE_DATA to a folder that holds {folder}.'
        ) from error
    return target


def check(path: Path, algorithm: str, digest: str, remedy: str, size: int | None = None) -> None:
    """Raise DataError unless the file at `path` has the checksum `digest`; `remedy` ends it."""
    expected = f"Expected: {f'{size:,} bytes, ' if size else ''}{algorithm} {digest}. {remedy}"
    if not path.is_file():
        raise DataError(f"{path} is missing. {expected}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != digest:
        has = f"{path.stat().st_size:,} bytes, {algorithm} {found}"
        raise DataError(f"{path} is cut off or altered. It has: {has}. {expected}")


def restore(path: str) -> str:
    """How a file that ships with the course, such as "data/digits.npz", is put back."""
    return f"Restore it with `git checkout -- {path}`." if IN_CLONE else "Install the course anew."


def _read_bundled(name: str, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    size, sha256 = _BUNDLED[name]
    path = DATA / f"{name}.npz"
    check(path, "sha256", sha256, restore(f"data/{path.name}"), size)
    with np.load(path) as arrays:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    return torch.from_numpy(images), torch.from_numpy(labels)


def _read_torchvision(name: str, folder: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    import torchvision.datasets

    dataset = getattr(torchvision.datasets, _TORCHVISION[name])
    remedy = (
        "Copy the file there again."
        if os.environ.get("COURSE_DATA")
        else f"Delete the folder {folder} and load again: it will be downloaded anew."
    )
    if name == "cifar10":
        meta = (dataset.meta["filename"], dataset.meta["md5"])
        for file, md5 in (*dataset.train_list, *dataset.test_list, meta):
            check(folder / file, "md5", md5, remedy)
    else:
        for file, sha256 in _FASHION_SHA256.items():
            check(folder / "raw" / file, "sha256", sha256, remedy)
    loaded = dataset(folder.parent, train=split == "train")
    images = torch.as_tensor(loaded.data)
    images = images.unsqueeze(1) if images.dim() == 3 else images.permute(0, 3, 1, 2).contiguous()
    return images, torch.as_tensor(loaded.targets)


# What NumPy, zip and the JPEG decoder raise when a file is damaged.
_UNREADABLE = (OSError, EOFError, LookupError, ValueError, BadZipFile, zlib.error)


def _read_jpeg(path: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All files end to end in `jpeg`; file i is jpeg[offsets[i]:offsets[i + 1]]."""
    try:
        with np.load(path) as file:
            if tuple(file["classes"]) != _CIFAR10:
                raise ValueError(f"its classes are {file['classes'].tolist()}")
            jpeg, offsets = file["jpeg"], file["offsets"]
            chosen = np.flatnonzero(file["split"] == SPLITS.index(split))
            labels = torch.from_numpy(file["labels"][chosen])
        # Pillow, because torchvision is giving up its own decoder.
        encoded = [io.BytesIO(jpeg[offsets[i] : offsets[i + 1]]) for i in chosen]
        images = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in encoded])
    except _UNREADABLE as error:
        raise DataError(
            f"{path} is cut off or altered ({error}). Expected are the arrays jpeg, offsets, "
            "labels, split and classes. Copy the file there again."
        ) from error
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), labels
