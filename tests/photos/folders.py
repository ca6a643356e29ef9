"""Small folders of pictures, in every kind that people have, made from the bundled images."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from course_lib import data

FASHION = data.load("fashion_mnist_10k", "test")


def clothes(root: Path, count: int = 8, classes=("Bag", "Sneaker", "Trouser")) -> Path:
    """`count` grey pictures of 28 x 28 pixels for each class."""
    for name in classes:
        (root / name).mkdir(parents=True)
        chosen = (FASHION.labels == FASHION.classes.index(name)).nonzero().flatten()[:count]
        for number, index in enumerate(chosen):
            pixels = FASHION.images[index, 0].numpy()
            Image.fromarray(pixels).save(root / name / f"{number:02}.png")
    return root


def colours() -> Image.Image:
    """40 x 30 pixels: red, green, blue and white quarters, clockwise from the top left."""
    pixels = np.zeros((30, 40, 3), np.uint8)
    pixels[:15, :20] = 255, 0, 0
    pixels[:15, 20:] = 0, 255, 0
    pixels[15:, 20:] = 0, 0, 255
    pixels[15:, :20] = 255, 255, 255
    return Image.fromarray(pixels)


def readable(folder: Path) -> dict[str, Path]:
    """`colours`, or its grey version, in each kind of file that can be read."""
    rgb = colours()
    grey = rgb.convert("L")
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {
        "rgb.png": rgb,
        "rgb.webp": rgb,
        "rgb.bmp": rgb,
        "rgb.tif": rgb,
        "grey.png": grey,
        "grey.jpg": grey,
        "palette.png": rgb.quantize(8),
        "palette.gif": rgb.quantize(8),
        "cmyk.jpg": rgb.convert("CMYK"),
        "cmyk.tif": rgb.convert("CMYK"),
        "one bit.png": grey.point(lambda value: 255 * (value > 100)).convert("1"),
        "opaque rgba.png": rgb.convert("RGBA"),
        "opaque la.png": grey.convert("LA"),
        "Größe 大.JPG": rgb,
        "no ending": rgb,
    }
    for name, image in kinds.items():
        options = {"lossless": True} if name.endswith("webp") else {"quality": 95}
        image.save(folder / name, format="PNG" if name == "no ending" else None, **options)
    sixteen = np.asarray(grey).astype(np.uint16) * 257
    Image.fromarray(sixteen).save(folder / "sixteen bit.png")
    Image.fromarray(sixteen).save(folder / "sixteen bit.tif")
    (folder / "sixteen bit.pgm").write_bytes(b"P5 40 30 65535\n" + sixteen.astype(">u2").tobytes())

    rotated = rgb.transpose(Image.Transpose.ROTATE_90)  # as a camera on its side stores it
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me clockwise"
    rotated.save(folder / "rotated.jpg", exif=exif, quality=95)
    rgb.quantize(8).save(
        folder / "animated.gif", save_all=True, append_images=[Image.new("RGB", rgb.size)]
    )
    return {path.name: path for path in folder.iterdir()}


def unreadable(folder: Path) -> dict[str, str]:
    """Files that are no usable pictures, and words from the reason that is due."""
    folder.mkdir(parents=True, exist_ok=True)
    rgb = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))
    for name in ("cut off.jpg", "cut off.png", "cut off.webp"):
        rgb.save(folder / name)
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
    (folder / "zero.jpg").write_bytes(b"")
    (folder / "text.png").write_text("I am no picture.\n")
    (folder / "code.eps.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    huge_png(folder / "large.png", 8_000, 8_000)
    huge_png(folder / "enormous.png", 60_000, 60_000)
    Image.fromarray(np.zeros((4, 4), np.float32)).save(folder / "float.tif")
    Image.fromarray(np.zeros((4, 4), np.int32)).save(folder / "integer.tif")
    (folder / "linked.png").symlink_to(folder / "nowhere.png")
    return {
        "cut off.jpg": "cut off or damaged",
        "cut off.png": "cut off or damaged",
        "cut off.webp": "cut off or damaged",
        "zero.jpg": "the file is empty",
        "text.png": "not a picture",
        "code.eps.png": "not a picture",
        "large.png": "8000 x 8000 pixels, more than the limit of 50 million",
        "enormous.png": "more than the limit of 50 million",
        "float.tif": "32 bits",
        "integer.tif": "32 bits",
        "linked.png": "no such file",
    }


def huge_png(path: Path, width: int, height: int) -> None:
    """A file of some bytes whose header announces a picture of that size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    path.write_bytes(start + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
