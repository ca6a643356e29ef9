"""Pictures in files: which files are pictures, and one of them as an RGB or a grey image."""

import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000  # decoded, such a picture takes up to 200 MB of memory

# What Pillow may try. Not its whole list: some of the others start programs or fetch files.
Image.init()
_KNOWN = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
FORMATS = tuple(name for name in _KNOWN if name in Image.OPEN)
# A file with one of these endings says that it is a picture, so it is named if it cannot be read.
ENDINGS = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"}
    | {".avif", ".heic", ".heif"}
)
_NO_PICTURES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})  # Windows and macOS leave them
_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_opening = threading.Lock()  # to change the warnings' filters is to change them for every thread


class PictureError(ValueError):
    """A file that is no usable picture. The message names the file; `reason` only says why."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(path, reason)  # both, so that it can be sent from a worker process
        self.reason = reason

    def __str__(self) -> str:
        return f"{shown(self.args[0])}: {self.reason}"


class _Refused(Exception):
    """A picture that is not to be read, for the reason in the message."""


def is_ignored(path: Path) -> bool:
    """Whether `path` is hidden, or one of the files that systems leave beside pictures."""
    return path.name.startswith(".") or path.name.lower() in _NO_PICTURES


def shown(path: str | Path) -> str:
    """`path` in words that can be printed: old archives leave names that are no Unicode."""
    return os.fsencode(path).decode(errors="replace")


def find(folder: Path) -> Iterator[Path]:
    """The files in `folder` and below that are, or say they are, pictures; in a stable order.

    Hidden files are left out, and linked folders are not entered, so that a loop has an end.
    Raises OSError for a folder that may not be read.
    """

    def fail(error: OSError) -> None:
        raise error

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not is_ignored(Path(name)))
        for path in (Path(parent, name) for name in sorted(names)):
            if not is_ignored(path) and (path.suffix.lower() in ENDINGS or _is_picture(path)):
                yield path


def read(path: str | Path, channels: int = 3, least: int | None = None) -> Image.Image:
    """The picture in the file `path`, upright, in mode "RGB" or, with `channels=1`, "L".

    Transparent parts become white. Of an animation you get the first frame. With `least`, a large
    JPEG may come reduced, at least that many pixels wide and high: this saves most of the time.

    Raises PictureError for a file that is missing, damaged or no picture, and before decoding it
    for a picture of more than `MAX_PIXELS`.
    """
    try:
        if not Path(path).is_file():
            raise _Refused("there is no such file")
        with _open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _Refused(_too_large(f"{image.width} x {image.height} pixels"))
            if least:
                image.draft(None, (least, least))
            plain = _opaque(ImageOps.exif_transpose(image), image.format)
            return plain.convert("RGB" if channels == 3 else "L")
    except Exception as error:  # damaged bytes make Pillow raise errors of many kinds
        raise PictureError(path, _reason(path, error)) from error


def _open(path: str | Path) -> Image.Image:
    """The picture with its header read and nothing decoded."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        return Image.open(path, formats=FORMATS)


def _is_picture(path: Path) -> bool:
    """By its content. Only asked of a file whose name does not say that it is one."""
    try:
        if not path.is_file():  # a pipe, for instance, would keep us waiting
            return False
        with _open(path):
            return True
    except Image.DecompressionBombError:
        return True
    except Exception:  # it never said that it was a picture, so there is nothing to report
        return False


def _opaque(image: Image.Image, file_format: str | None) -> Image.Image:
    """`image` with 8 bits a channel, on white where it is transparent."""
    if image.mode.startswith("I;16") or (image.mode == "I" and file_format != "TIFF"):
        values = np.asarray(image).astype(np.uint32)  # 0 to 65535
        return Image.fromarray(((values + 128) // 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise _Refused("32 bits a pixel do not say what is white: save it with 8 or 16 bits")
    if image.mode in _ALPHA or "transparency" in image.info:
        canvas = Image.new("RGBA", image.size, "white")
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas
    return image


def _too_large(size: str) -> str:
    return f"{size}, more than the limit of {MAX_PIXELS // 1_000_000} million: save it smaller"


def _reason(path: str | Path, error: Exception) -> str:
    """Why the picture cannot be used, in one line."""
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, Image.DecompressionBombError):
        return _too_large("far too many pixels")
    if isinstance(error, PermissionError):
        return "you may not read this file"
    if Path(path).stat().st_size == 0:
        return "the file is empty"
    if isinstance(error, Image.UnidentifiedImageError):
        return "not a picture, or of a kind that cannot be read here: save it as JPEG or PNG"
    return f"cut off or damaged ({' '.join(str(error).split())})"
