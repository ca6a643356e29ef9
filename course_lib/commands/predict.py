"""Say what pictures show, with a network that `train` wrote."""

import argparse
import csv
import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

import torch
from tqdm.auto import tqdm

from course_lib.files import as_text, replacing
from course_lib.photos import decoding
from course_lib.photos.prediction import Prediction, predict_files
from course_lib.trained import model_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", type=Path, help="a file that `train` wrote")
    add("pictures", metavar="PICTURES", type=Path, nargs="+", help="files, and folders of them")
    add("--top", metavar="K", type=int, default=3, help="classes a picture, default: %(default)s")
    add("--csv", metavar="FILE", type=Path, help="write a table, in place of the lines")
    add("--force", action="store_true", help="let --csv replace a file that is there")


def run(arguments: argparse.Namespace) -> None:
    table = arguments.csv
    if arguments.top < 1:
        raise ValueError(f"--top must be at least 1, got {arguments.top}")
    if table and table.exists() and not arguments.force:
        raise ValueError(f"{table} is there already: --force replaces it, or name another file")
    saved = model_file.load(arguments.model)
    if saved.preprocessing.size < 100:
        torch.set_num_threads(1)  # with so little work each, two would mostly wait for each other
    files = _files(arguments.pictures)
    found = predict_files(saved.model, files, saved.classes, saved.preprocessing, arguments.top)
    rows: list[tuple[Path, Prediction]] = []
    skipped = 0
    for file, answer in tqdm(found, total=len(files), unit=" pictures", disable=len(files) < 2):
        if isinstance(answer, decoding.PictureError):
            skipped += 1
            tqdm.write(f"skipped: {answer}", file=sys.stderr)
            continue
        rows.append((file, answer))
        if not table:
            words = ", ".join(f"{name} {probability:.1%}" for name, probability in answer)
            tqdm.write(f"{decoding.shown(file)}: {words}")
    if skipped:
        print(f"{skipped} of {len(files)} pictures skipped", file=sys.stderr)
    if not rows:
        raise ValueError("no picture could be read")
    if table:
        _write(table, rows)
        print(f"{len(rows)} pictures in {table}")


def _files(paths: Iterable[Path]) -> list[Path]:
    """The files, and the pictures in the folders, each once and in the order given."""
    files: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path} is missing: name pictures, or folders of pictures")
        files |= dict.fromkeys(decoding.find(path) if path.is_dir() else [path])
    if not files:
        raise ValueError(f"no pictures in {', '.join(map(str, paths))}")
    return list(files)


def _write(table: Path, rows: list[tuple[Path, Prediction]]) -> None:
    """A row a picture: its file, then class and probability, best first. All of it or nothing."""
    ranks = range(1, len(rows[0][1]) + 1)
    titles = ((f"class {rank}", f"probability {rank}") for rank in ranks)
    with replacing(table) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *itertools.chain(*titles)])
        for picture, answer in rows:
            cells = ((as_text(name), f"{probability:.4f}") for name, probability in answer)
            writer.writerow([as_text(decoding.shown(picture)), *itertools.chain(*cells)])
