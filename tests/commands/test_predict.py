"""`python -m course_lib predict`."""

import csv
import os
import shutil

import pytest
import torch

from course_lib.__main__ import main
from course_lib.models.cifar import CifarResNet
from course_lib.photos.preprocessing import Preprocessing
from course_lib.trained import model_file
from course_lib.trained.recipe import Recipe
from tests.photos.folders import clothes, readable, unreadable

CLASSES = ("Bag", "=cmd|'/c calc'!A1", "Größe")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CifarResNet(8, width=4, in_channels=1, num_classes=3)
    recipe = Recipe("CifarResNet", {"depth": 8, "width": 4, "in_channels": 1, "num_classes": 3})
    model_file.save("m.safetensors", model, recipe, CLASSES, Preprocessing(28, 28, (0.3,), (0.35,)))
    return tmp_path


def test_files_and_folders_mixed(folder, capsys):
    good = readable(folder / "mixed")
    bad = unreadable(folder / "mixed" / "below")
    shutil.copy(good["rgb.png"], folder / "one.png")
    assert main(["predict", "m.safetensors", "one.png", "mixed", "mixed/rgb.png"]) == 0
    said, problems = capsys.readouterr()
    lines = said.splitlines()
    assert len(lines) == 1 + len(good)  # each once
    assert lines[0].startswith("one.png: ") and lines[0].count("%") == 3
    for name in good:
        assert any(line.startswith(f"mixed/{name}: ") for line in lines), name
    assert f"{len(bad)} of {len(lines) + len(bad)} pictures skipped" in problems
    for name, words in bad.items():
        assert any(name in line and words in line for line in problems.splitlines()), name


def test_a_table_of_more_than_one_batch(folder, capsys):
    clothes(folder / "many", count=11)
    assert main(["predict", "m.safetensors", "many", "--csv", "new/x.csv", "--top", "2"]) == 0
    assert "33 pictures in new/x.csv" in capsys.readouterr().out
    with open("new/x.csv", encoding="utf-8", newline="") as file:
        title, *rows = csv.reader(file)
    assert title == ["file", "class 1", "probability 1", "class 2", "probability 2"]
    assert [row[0] for row in rows] == [
        f"many/{c}/{i:02}.png" for c in ("Bag", "Sneaker", "Trouser") for i in range(11)
    ]
    for row in rows:
        assert 1 >= float(row[2]) >= float(row[4]) >= 0
    assert os.listdir("new") == ["x.csv"]


def test_cells_are_no_formulas(folder):
    names = ("=1+1.png", "+1.png", "-1.png", "@x.png", "\tx.png", "plain.png")
    good = readable(folder / "mixed")["rgb.png"]
    for name in names:
        shutil.copy(good, folder / name)
    assert main(["predict", "m.safetensors", "--csv", "x.csv", "--", *names]) == 0
    with open("x.csv", encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert "'=1+1.png" in cells and f"'{CLASSES[1]}" in cells and "plain.png" in cells


def test_an_existing_table_is_not_replaced(folder, capsys):
    clothes(folder / "many", count=1)
    table = folder / "x.csv"
    table.write_text("mine")
    assert main(["predict", "m.safetensors", "many", "--csv", "x.csv"]) == 1
    assert "x.csv is there already: --force" in capsys.readouterr().err
    assert table.read_text() == "mine"
    assert main(["predict", "m.safetensors", "many", "--csv", "x.csv", "--force"]) == 0
    assert table.read_text().startswith("file,class 1")


def test_a_failing_write_leaves_no_half_table(folder, monkeypatch, capsys):
    clothes(folder / "many", count=1)

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    assert main(["predict", "m.safetensors", "many", "--csv", "x.csv"]) == 1
    assert "error: disk full" in capsys.readouterr().err
    assert sorted(os.listdir()) == ["m.safetensors", "many"]


def test_names_that_are_no_unicode(folder, capsys):
    good = readable(folder / "mixed")["rgb.png"]
    shutil.copy(good, os.fsencode(folder) + b"/caf\xe9.png")
    (folder / os.fsdecode(b"bad\xe9.png")).write_bytes(b"")
    odd = [os.fsdecode(b"caf\xe9.png"), os.fsdecode(b"bad\xe9.png")]
    assert main(["predict", "m.safetensors", *odd, "--csv", "x.csv"]) == 0
    assert "bad\ufffd.png: the file is empty" in capsys.readouterr().err
    assert "caf\ufffd.png" in (folder / "x.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["m.safetensors", "nowhere.png"], "nowhere.png is missing"),
        (["m.safetensors", "empty"], "no pictures in empty"),
        (["m.safetensors", "empty.png"], "no picture could be read"),
        (["m.safetensors", "good.png", "--top", "0"], "--top must be at least 1, got 0"),
        (["good.png", "good.png"], "good.png is a picture (PNG), and no model"),
        (["nowhere", "good.png"], "nowhere is missing"),
    ],
)
def test_errors_are_one_line(folder, capsys, arguments, words):
    (folder / "empty").mkdir()
    (folder / "empty.png").write_bytes(b"")
    shutil.copy(readable(folder / "mixed")["rgb.png"], "good.png")
    assert main(["predict", *arguments]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ") and words in last
