"""A folder of picture files to practise on: handwritten digits, and a few awkward pictures."""

from pathlib import Path

from PIL import Image

from course_lib import data

PIXELS = 32  # the digits have 8 x 8, which is small for a picture file


def write_digits(root: str | Path, per_class: int = 80) -> Path:
    """Write `root`/0/ ... `root`/9/, each with `per_class` PNG files of the digits' training split.

    Among them are files as people have them: a CMYK and a greyscale JPEG, a GIF with a palette, a
    PNG with a transparent corner, and two that cannot be read: one cut off, one empty.

    Raises FileExistsError if `root` is there, and ValueError for more pictures than there are.
    """
    digits, root = data.load("digits", "train"), Path(root)
    most = digits.labels.bincount().min().item()
    if not 4 <= per_class <= most:
        raise ValueError(f"per_class must be 4 to {most}, got {per_class}")
    root.mkdir(parents=True)
    for number, name in enumerate(digits.classes):
        (root / name).mkdir()
        for number_in_class, index in enumerate(
            (digits.labels == number).nonzero().flatten()[:per_class]
        ):
            picture(digits, index).save(root / name / f"{number_in_class:03}.png")

    _save_as(root / "1" / "001.png", "printed.jpg", "CMYK")
    _save_as(root / "2" / "001.png", "scanned.jpg", "L")
    _save_as(root / "3" / "001.png", "drawn.gif", "P")
    corner = Image.open(root / "4" / "001.png").convert("RGBA")
    corner.putpixel((0, 0), (0, 0, 0, 0))
    corner.save(root / "4" / "transparent.png")
    (root / "4" / "001.png").unlink()
    whole = (root / "5" / "001.png").read_bytes()
    (root / "5" / "cut off.png").write_bytes(whole[: len(whole) // 2])
    (root / "6" / "empty.jpg").touch()
    return root


def write_test_digits(root: str | Path, count: int = 100) -> Path:
    """Write `count` PNG files of the digits' test split to `root`, not sorted into classes.

    Each is named after its number and what it shows, as "017 is 4.png".
    """
    digits, root = data.load("digits", "test"), Path(root)
    root.mkdir(parents=True)
    for index in range(count):
        picture(digits, index).save(root / f"{index:03} is {digits.labels[index]}.png")
    return root


def picture(digits: data.Images, index: int) -> Image.Image:
    """Picture `index` of the set, enlarged to `PIXELS`."""
    small = Image.fromarray(digits.images[index, 0].numpy())
    return small.resize((PIXELS, PIXELS), Image.Resampling.BICUBIC)


def _save_as(path: Path, name: str, mode: str) -> None:
    """Write the picture at `path` under another name and in another mode, and remove the old."""
    with Image.open(path) as image:
        image.convert(mode).save(path.with_name(name), quality=95)
    path.unlink()
