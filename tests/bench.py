"""How long things take on this machine: `make bench`. Prints tables, judges nothing.

`python -m tests.bench moves` measures the explorers alone.
`python -m tests.bench answers [FILE]` prints how many wrong answers are named truly: see `answers`.

The explorers' times are those of Chromium: from a key or a move of the mouse to the changed
picture, with everything at its largest, in JupyterLab, on a page and in a deck. What the browser
then takes to show the next frame stands beside it.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import jupytext
import nbformat
import psutil
import torch
import torchvision
from playwright.sync_api import Page
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib import data, exercises, explorers
from course_lib.__main__ import main
from course_lib.classroom.notebooks import execute, sources
from course_lib.classroom.slides import deck
from course_lib.models import resnet
from course_lib.models.cifar import CifarResNet
from course_lib.training.fit import fit
from course_lib.training.steps import accuracy, one_cycle, train_step
from course_lib.training.timing import median_times
from tests import answers
from tests.browser import moving
from tests.browser.lab import CHROMIUM, open_lab
from tests.classroom.grading.submissions import hand_in_course, solution

Row = tuple[str, list[float]]
MOVES = 200  # key presses, and as many moves of the mouse, for each explorer


def print_table(title: str, rows: Iterable[Row]) -> None:
    """The median and the 95th percentile of each row."""
    print(f"\n{title:50} {'median':>8} {'95 %':>8}")
    for name, times in rows:
        high = sorted(times)[round(0.95 * (len(times) - 1))]
        print(f"{name:50} {statistics.median(times):8.1f} {high:8.1f}", flush=True)


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def check_times(repeats: int = 7) -> Iterable[Row]:
    """Milliseconds that a check takes: of the reference, and of the bank's last mistake."""
    for name in exercises.names():
        task = exercises.get(name)
        for words, attempt in (
            ("right", task.reference),
            ("last known mistake", task.wrong(list(task.mistakes)[-1])),
        ):
            times = [1000 * seconds(lambda: task.grade(attempt)) for _ in range(repeats)]  # noqa: B023
            yield f"{name}, {words}", times


def run_times() -> Iterable[Row]:
    """Seconds that a notebook takes, with the start of its kernel."""
    for source in sources():
        notebook = jupytext.read(source)
        yield source.stem, [seconds(lambda: execute(notebook))]  # noqa: B023 - called at once


def move_times() -> Iterable[Row]:
    """Milliseconds from an event to an explorer's changed picture, and on to the next frame."""
    cells = [nbformat.v4.new_code_cell("from course_lib import explorers")]
    for explorer in explorers.EXPLORERS:
        cells.append(nbformat.v4.new_code_cell(f"explorers.{explorer.__name__}()"))
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "made").mkdir()
        nbformat.write(notebook, folder / "made/all.ipynb")
        with open_lab(folder, folder / "made") as lab:
            lab.open("all.ipynb")
            lab.run_all()
            yield from _moves_of_all(lab.page, "JupyterLab")
            execute(notebook)
            for cell in notebook.cells[1:]:
                cell.metadata["slideshow"] = {"slide_type": "slide", "states": [{}]}
            nbformat.write(notebook, folder / "all.ipynb")
            shown = "".join(explorer()._repr_html_() for explorer in explorers.EXPLORERS)
            (folder / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{shown}")
            lab.page.goto((folder / "page.html").as_uri())
            yield from _moves_of_all(lab.page, "page")
            lab.page.goto(deck.write(folder / "all.ipynb", folder).as_uri())
            lab.page.wait_for_function("window.Reveal?.isReady()")
            yield from _moves_of_all(lab.page, "deck", slides=True)


def _moves_of_all(page: Page, where: str, slides: bool = False) -> Iterable[Row]:
    for number, kind in enumerate(explorers.EXPLORERS):
        if slides:
            page.evaluate(f"Reveal.slide({number + 1})")
        explorer = moving.host(page, number)
        explorer.scroll_into_view_if_needed()
        moving.to_largest(explorer)
        times = list(moving.moves(page, explorer, MOVES))
        yield f"{kind.__name__}, {where}", [changed for changed, _ in times]
        yield f"{kind.__name__}, {where}: the next frame", [frame for _, frame in times]


def model_ratios() -> Iterable[tuple[str, float]]:
    """Our time over torchvision's, at batch 8 and 224 pixels, called in turn."""
    images = torch.randn(8, 3, 224, 224)
    for name in ("resnet18", "resnet50"):
        pair = [getattr(resnet, name)(), getattr(torchvision.models, name)()]

        def forward(model: nn.Module) -> None:
            with torch.no_grad():
                model.eval()(images)

        def both(model: nn.Module) -> None:
            model.train()(images).sum().backward()

        for words, action in (("forward", forward), ("forward + backward", both)):
            ours, theirs = median_times([partial(action, model) for model in pair], rounds=15)
            yield f"{name}, {words}: ours / torchvision's", ours / theirs


def plain_training(train: data.Images, test: data.Images, epochs: int) -> float:
    """The loop that `fit` stands against: float32, NCHW, a DataLoader with two workers.

    Same network, data, batch, schedule and epochs, and like `fit` it measures the accuracy on
    `test` after each epoch. Returns the last one.
    """
    torch.manual_seed(0)
    model = CifarResNet(20, in_channels=1)
    pairs = TensorDataset(train.normalize(train.images), train.labels)
    loader = DataLoader(pairs, 128, shuffle=True, num_workers=2, drop_last=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)
    judges = TensorDataset(test.normalize(test.images), test.labels)
    step, total, judged = 0, epochs * len(loader), 0.0
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.param_groups[0]["lr"] = one_cycle(step + 1, total + 2, 0.1)
            train_step(model, images, labels, optimizer)
            step += 1
        judged = accuracy(model, DataLoader(judges, 512))
    return judged


def training_ratio(epochs: int = 2) -> None:
    """Print what `fit` and a plain loop need for the same training, and how good both get."""
    train, test = (data.load("fashion_mnist_10k", split) for split in data.SPLITS)
    accuracies: dict[str, float] = {}

    def ours() -> None:
        torch.manual_seed(0)
        history = fit(CifarResNet(20, in_channels=1), train, test, epochs=epochs, augment=False)
        accuracies["fit"] = history.validation_accuracy[-1]

    def plain() -> None:
        accuracies["plain loop"] = plain_training(train, test, epochs)

    times = {"fit": seconds(ours), "plain loop": seconds(plain)}
    print(f"\ntraining ResNet-20 for {epochs} epochs")
    for name, duration in times.items():
        print(f"{name:50} {duration:8.1f} s   test accuracy {accuracies[name]:.1%}")
    print(f"{'plain loop / fit':50} {times['plain loop'] / times['fit']:8.2f}")


def grade_a_class(learners: int = 100, jobs: int | None = None) -> None:
    """Print what grading a class takes: each learner hands in all notebooks, two of three solved.

    The others are as shipped. The memory is that of all processes together, what they share counted
    once, looked at twice a second.
    """
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.5):
            family = [psutil.Process(), *psutil.Process().children(recursive=True)]
            used = 0
            for process in family:
                with suppress(psutil.Error):  # it has just ended
                    about = process.memory_full_info()
                    used += getattr(about, "pss", about.uss)  # macOS has no pss
            peak = max(peak, used)

    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place, "submissions"), Path(place, "grades.csv")
        for number in range(learners):
            hand_in_course(folder / f"{number:03d}", solution if number % 3 else None)
        watcher = threading.Thread(target=watch)
        watcher.start()
        command = ["grade", str(folder), "--out", str(out)]
        duration = seconds(lambda: main([*command, *(["--jobs", str(jobs)] if jobs else [])]))
        done.set()
        watcher.join()
        size = sum(path.stat().st_size for path in folder.rglob("*.ipynb"))
        print(f"\ngrading {learners} submissions of the whole course, {size / 1e6:.0f} MB")
        print(f"{'time':50} {duration:8.1f} s   {duration / learners:.2f} s each")
        print(f"{'peak memory of all processes':50} {peak / 2**30:8.2f} GiB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["moves"]:
        sys.exit(print_table("move to picture, milliseconds", move_times()))
    if sys.argv[1:2] == ["answers"]:
        sys.exit(answers.main(sys.argv[2:]))
    print("\nratios of time, ours over torchvision's")
    for words, ratio in model_ratios():
        print(f"{words:50} {ratio:8.2f}", flush=True)
    training_ratio()
    print_table("check of an exercise, milliseconds", check_times())
    grade_a_class()
    if CHROMIUM:
        print_table("move to picture, milliseconds", move_times())
    else:
        print("\nmove to picture: not measured, there is no Chromium on this machine")
    print_table("run of a notebook, seconds", run_times())
