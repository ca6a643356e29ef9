"""Folders of pictures: every kind of file, the split, and what goes wrong with folders."""

import os
import pickle
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib.photos import decoding
from course_lib.photos.decoding import PictureError
from course_lib.photos.image_folder import scan
from course_lib.photos.preprocessing import IMAGENET, Preprocessing
from tests.photos.folders import clothes, colours, huge_png, readable, unreadable


def difference(image: Image.Image, expected: Image.Image) -> float:
    """The median difference of the values: JPEG's blur at the edges does not count."""
    assert image.size == expected.size and image.mode == expected.mode
    return np.median(np.abs(np.asarray(image, float) - np.asarray(expected, float)))


KINDS = ["grey", "one bit", "sixteen bit", "opaque la"]


def test_every_kind_of_picture_becomes_rgb_and_grey(tmp_path):
    files = readable(tmp_path)
    assert len(files) == 20
    for name, path in files.items():
        expected = colours()
        if name.startswith(tuple(KINDS)):
            expected = expected.convert("L")
            if name.startswith("one bit"):
                expected = expected.point(lambda value: 255 * (value > 100))
        # CMYK has no exact red, green and blue
        limit = 40 if name.startswith("cmyk.jpg") else 4
        assert difference(decoding.read(path), expected.convert("RGB")) <= limit, name
        assert difference(decoding.read(path, channels=1), expected.convert("L")) <= limit, name


@pytest.mark.parametrize("kind", ["RGBA", "LA", "palette", "grey key", "rgb key", "webp"])
def test_transparent_parts_become_white(tmp_path, kind):
    left_transparent = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    left_transparent.paste((200, 200, 200, 255), (10, 0, 20, 10))
    path = tmp_path / "picture.png"
    if kind == "palette":
        image = Image.new("P", (20, 10), 0)
        image.putpalette([0, 0, 0, 200, 200, 200])
        image.paste(1, (10, 0, 20, 10))
        image.save(path, transparency=0)
    elif kind == "grey key":
        left_transparent.convert("L").save(path, transparency=0)
    elif kind == "rgb key":
        left_transparent.convert("RGB").save(path, transparency=(0, 0, 0))
    elif kind == "webp":
        path = tmp_path / "picture.webp"
        left_transparent.save(path, lossless=True)
    else:
        left_transparent.convert(kind).save(path)
    pixels = np.asarray(decoding.read(path))
    assert (pixels[:, :10] == 255).all() and (pixels[:, 10:] == 200).all()


def test_half_transparent_is_mixed_with_white(tmp_path):
    Image.new("RGBA", (4, 4), (255, 0, 0, 127)).save(tmp_path / "half.png")
    red, green, blue = np.asarray(decoding.read(tmp_path / "half.png"))[0, 0].tolist()
    assert red == 255 and green == blue == pytest.approx(128, abs=1)


def test_unreadable_pictures_are_refused_with_the_reason(tmp_path):
    for name, words in unreadable(tmp_path).items():
        with pytest.raises(PictureError) as caught:
            decoding.read(tmp_path / name)
        message = str(caught.value)
        assert message.startswith(f"{tmp_path / name}: ") and words in message, message
        assert "\n" not in message


def test_an_enormous_picture_is_not_decoded(tmp_path, monkeypatch, recwarn):
    def decode(*arguments):
        pytest.fail("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    for side in (7_072, 9_500, 12_000, 60_000):  # below and above Pillow's own two limits
        huge_png(tmp_path / "huge.png", side, side)
        with pytest.raises(PictureError, match="limit of 50 million"):
            decoding.read(tmp_path / "huge.png")
    assert not recwarn.list


def test_a_large_jpeg_may_come_reduced(tmp_path):
    colours().resize((1600, 1200)).save(tmp_path / "large.jpg")
    reduced = decoding.read(tmp_path / "large.jpg", least=100)
    assert 100 <= reduced.height < 400
    assert decoding.read(tmp_path / "large.jpg").size == (1600, 1200)


def test_scan_finds_pictures_and_names_the_others(tmp_path):
    root = tmp_path / "pets"
    good = readable(root / "cat")
    reasons = unreadable(root / "dog" / "bad ones")
    shutil.copy(good["rgb.png"], root / "dog" / "good.PNG")
    for leftover in (".hidden.png", "Thumbs.db", "desktop.ini", "notes.txt"):
        (root / "dog" / leftover).write_text("not a picture, and says so")
    (root / ".ipynb_checkpoints").mkdir()
    (root / "__MACOSX").mkdir()
    (root / "README.txt").write_text("about the pictures")
    (root / "dog" / "loop").symlink_to(root)
    os.mkfifo(root / "dog" / "pipe")
    (root / "loop").symlink_to(root)

    folder = scan(root)
    assert folder.classes == ("cat", "dog")
    assert folder.counts == {"cat": len(good), "dog": 1}
    assert len(folder) == len(folder.files) == len(folder.labels) == len(good) + 1
    assert len(folder.skipped) == len(reasons)
    for name, words in reasons.items():
        place = f"{Path('dog', 'bad ones', name)}: "
        assert any(line.startswith(place) and words in line for line in folder.skipped), name
    report = folder.report(most=3)
    assert "11 skipped" in report and "and 8 more" in report and report.count("bad ones") == 3


def test_classes_come_in_the_order_of_their_names(tmp_path, monkeypatch):
    names = ("b", "a", "Z", "10", "9", "ähre")
    for name in names:
        (tmp_path / name).mkdir()
        colours().save(tmp_path / name / "x.png")
    expected = scan(tmp_path)
    assert expected.classes == ("10", "9", "Z", "a", "b", "ähre")
    shuffled = Path.iterdir
    monkeypatch.setattr(
        Path, "iterdir", lambda self: random.Random(1).sample(list(shuffled(self)), k=6)
    )
    assert scan(tmp_path) == expected


def test_linked_classes_are_followed(tmp_path):
    clothes(tmp_path / "real")
    (tmp_path / "view").mkdir()
    for name in ("Bag", "Trouser"):
        (tmp_path / "view" / name).symlink_to(tmp_path / "real" / name)
    assert scan(tmp_path / "view").counts == {"Bag": 8, "Trouser": 8}


def test_split_is_the_same_everywhere(tmp_path, monkeypatch):
    root = clothes(tmp_path / "one", count=10)
    parts = scan(root).split(fraction=0.3, seed=4)
    train, validation = parts
    assert train.counts == {"Bag": 7, "Sneaker": 7, "Trouser": 7}
    assert validation.counts == {"Bag": 3, "Sneaker": 3, "Trouser": 3}
    assert not set(train.files) & set(validation.files)
    for part in parts:
        assert [part.classes[label] for label in part.labels] == [
            file.parent.name for file in part.files
        ]

    def names(parts):
        return [[str(file.relative_to(part.root)) for file in part.files] for part in parts]

    original = os.walk

    def reversed_walk(top, onerror):
        for place, folders, files in original(top, onerror=onerror):
            yield place, folders, files[::-1]

    monkeypatch.setattr(os, "walk", reversed_walk)
    elsewhere = scan(shutil.copytree(root, tmp_path / "elsewhere"))
    assert names(elsewhere.split(fraction=0.3, seed=4)) == names(parts)
    assert names(elsewhere.split(fraction=0.3, seed=5)) != names(parts)


@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.99])
def test_every_class_is_in_both_parts(tmp_path, fraction):
    root = clothes(tmp_path / "x", count=2)
    (root / "Bag" / "01.png").unlink()
    train, validation = scan(root).split(fraction)
    assert train.counts == {"Bag": 1, "Sneaker": 1, "Trouser": 1}
    assert validation.counts == {"Bag": 0, "Sneaker": 1, "Trouser": 1}


@pytest.mark.parametrize("fraction", [0, 1, -0.2, float("nan")])
def test_a_fraction_that_makes_no_sense_is_named(tmp_path, fraction):
    with pytest.raises(ValueError, match=f"got {fraction}"):
        scan(clothes(tmp_path / "x", count=2)).split(fraction)


def test_one_picture_a_class_cannot_be_split(tmp_path):
    with pytest.raises(ValueError, match="one picture a class"):
        scan(clothes(tmp_path / "x", count=1)).split()


def lay_out(root: Path, kind: str) -> None:
    if kind == "missing":
        return
    if kind == "a file":
        root.write_text("x")
        return
    root.mkdir()
    if kind == "loose pictures":
        colours().save(root / "cat.png")
    elif kind == "one class":
        clothes(root / "..", classes=("Bag",))
        (root.parent / "Bag").rename(root / "Bag")
    elif kind in ("empty class", "unreadable class"):
        clothes(root / "more", classes=("Bag", "Trouser"))
        for name in ("Bag", "Trouser"):
            (root / "more" / name).rename(root / name)
        (root / "more").rename(root / "Shirt")
        if kind == "unreadable class":
            (root / "Shirt" / "x.jpg").write_bytes(b"")
    elif kind == "splits":
        for part in ("train", "val"):
            clothes(root / part, count=1)


def test_a_folder_that_may_not_be_read_is_not_passed_over(tmp_path, monkeypatch):
    root = clothes(tmp_path / "x")
    (root / "Bag" / "private").mkdir()
    original = os.scandir

    def scandir(path):
        if os.path.basename(path) == "private":
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError, match="private"):
        scan(root)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "is missing"),
        ("a file", "is not a folder"),
        ("empty", "is empty"),
        ("loose pictures", "no sub-folders"),
        ("one class", "one class only, 'Bag'"),
        ("empty class", "Shirt has no picture that can be read"),
        ("unreadable class", "x.jpg: the file is empty"),
        ("splits", "called train and val, which are no classes"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path, kind, words):
    root = tmp_path / "pictures"
    lay_out(root, kind)
    with pytest.raises(ValueError) as caught:
        scan(root)
    assert words in str(caught.value) and str(root) in str(caught.value)


def test_the_first_problem_is_one_of_the_class_without_a_picture(tmp_path):
    root = clothes(tmp_path / "x", count=1)
    (root / "Bag" / "broken.png").write_bytes(b"")
    (root / "Shirt").mkdir()
    with pytest.raises(ValueError, match="Shirt has no picture") as caught:
        scan(root)
    assert "broken.png" not in str(caught.value)
    (root / "Shirt" / "also.png").write_bytes(b"")
    with pytest.raises(ValueError, match=f"problem: {Path('Shirt', 'also.png')}: the file is"):
        scan(root)


def test_an_error_can_be_sent_from_a_worker_process(tmp_path):
    with pytest.raises(PictureError) as caught:
        decoding.read(tmp_path / "x.png")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) == f"{tmp_path / 'x.png'}: there is no such file"
    assert again.reason == "there is no such file"


def test_preprocessing_is_torchvisions(tmp_path):
    from torchvision.models import ResNet18_Weights

    colours().resize((400, 300)).save(tmp_path / "x.png")
    ours = IMAGENET.normalize(IMAGENET.read(tmp_path / "x.png").unsqueeze(0))
    theirs = ResNet18_Weights.IMAGENET1K_V1.transforms()(Image.open(tmp_path / "x.png"))
    torch.testing.assert_close(ours[0], theirs, rtol=0, atol=1e-5)


def test_a_long_thin_picture_fits_into_memory(tmp_path):
    Image.new("L", (1, 500_000), 77).save(tmp_path / "thin.png")
    for augment in (False, True):
        image = IMAGENET.read(tmp_path / "thin.png", augment)
        assert image.shape == (3, 224, 224) and (image == 77).all()


def test_augmentation_differs_by_the_random_state(tmp_path):
    colours().save(tmp_path / "x.png")
    grey = Preprocessing(resize=32, size=28, mean=(0.5,), std=(0.2,))

    def draw(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return grey.read(tmp_path / "x.png", augment=True)

    assert draw(0).shape == (1, 28, 28) and draw(0).dtype == torch.uint8
    assert torch.equal(draw(0), draw(0)) and not torch.equal(draw(0), draw(1))


@pytest.mark.parametrize("flip", [True, False])
def test_flip_is_optional(tmp_path, flip):
    colours().save(tmp_path / "x.png")
    chosen = Preprocessing(resize=32, size=28, mean=(0.5,) * 3, std=(0.2,) * 3, flip=flip)
    torch.manual_seed(0)
    greens = [chosen.read(tmp_path / "x.png", augment=True)[1, 0] for _ in range(20)]
    mirrored = [bool(row[0] > row[-1]) for row in greens]  # green is on the right, at the top
    assert any(mirrored) == flip and not all(mirrored)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 0}, "got 0"),
        ({"size": 300}, "got 300"),
        ({"mean": (0.1, 0.2)}, "1 or 3 numbers"),
        ({"std": (0.0,) * 3}, "std must be positive"),
    ],
)
def test_preprocessing_that_makes_no_sense(changes, words):
    settings = {"resize": 256, "size": 224, "mean": (0.5,) * 3, "std": (0.2,) * 3}
    with pytest.raises(ValueError, match=words):
        Preprocessing(**settings | changes)
