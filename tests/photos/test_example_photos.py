"""The folder of practice pictures: readable kinds, two that are not, and nothing overwritten."""

import pytest
import torch
from PIL import Image

from course_lib import data
from course_lib.photos.example_photos import PIXELS, write_digits, write_test_digits
from course_lib.photos.image_folder import scan
from course_lib.photos.preprocessing import Preprocessing


def test_the_folder_has_what_it_promises(tmp_path):
    folder = scan(write_digits(tmp_path / "digits", per_class=5))
    assert folder.counts == dict.fromkeys("0123456789", 5)
    assert [line.partition(": ")[2] for line in folder.skipped] == [
        "cut off or damaged (image file is truncated)",
        "the file is empty",
    ]
    kinds = set()
    for file in folder.files:
        with Image.open(file) as image:
            assert image.size == (PIXELS, PIXELS)
            kinds.add((image.format, image.mode))
    odd = {("JPEG", "CMYK"), ("JPEG", "L"), ("GIF", "P"), ("PNG", "RGBA")}
    assert kinds == odd | {("PNG", "L")}


def test_every_picture_shows_its_digit(tmp_path):
    """Also those in other kinds of file: reduced again, each is nearest to its own original."""
    folder = scan(write_digits(tmp_path / "digits", per_class=4))
    digits = data.load("digits", "train")
    read = Preprocessing(8, 8, (0.5,), (0.5,)).read
    for number in range(10):
        originals = digits.images[digits.labels == number][:4].float()
        files = [f for f, label in zip(folder.files, folder.labels, strict=True) if label == number]
        nearest = {(originals - read(file).float()).abs().sum((1, 2, 3)).argmin() for file in files}
        assert len({int(each) for each in nearest}) == 4


def test_new_pictures_are_named_after_what_they_show(tmp_path):
    root = write_test_digits(tmp_path / "new", 5)
    labels = data.load("digits", "test").labels[:5].tolist()
    assert sorted(path.name for path in root.iterdir()) == [
        f"{place:03} is {label}.png" for place, label in enumerate(labels)
    ]


def test_wrong_numbers_and_folders_that_are_there(tmp_path):
    with pytest.raises(ValueError, match="4 to 1[0-9][0-9], got 3"):
        write_digits(tmp_path / "few", 3)
    with pytest.raises(ValueError, match="got 5000"):
        write_digits(tmp_path / "many", 5000)
    assert not (tmp_path / "few").exists()
    with pytest.raises(FileExistsError):
        write_digits(tmp_path)
    with pytest.raises(FileExistsError):
        write_test_digits(tmp_path)


def test_the_random_state_stays(tmp_path):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    write_digits(tmp_path / "digits", 4)
    assert torch.rand(1) == expected
