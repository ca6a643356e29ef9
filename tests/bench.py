"""How long things take on this machine: `make bench`. Prints tables, judges nothing.

The key-press times are those of a real JupyterLab in Chromium: from the key to the new picture in
the page.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import jupytext
import nbformat

from course_lib import exercises, explorers
from course_lib.classroom.notebooks import execute, sources
from tests.browser.lab import CHROMIUM, open_lab

Row = tuple[str, list[float]]
KEYS = 25  # presses for each explorer

# Resolves with the milliseconds from the next key press to the next change of the explorer's image.
WATCH = """(cell) => {
    window.elapsed = new Promise((resolve) => {
        let start;
        document.addEventListener("keydown", () => { start = performance.now(); },
                                  {capture: true, once: true});
        const changed = new MutationObserver(() => {
            changed.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - start));
        });
        const picture = cell.querySelector("img").parentElement;
        changed.observe(picture, {childList: true, subtree: true, attributes: true});
    });
}"""


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
            ("last known mistake", task.mistakes[-1].implementation),
        ):
            times = [1000 * seconds(lambda: task.grade(attempt)) for _ in range(repeats)]  # noqa: B023
            yield f"{name}, {words}", times


def run_times() -> Iterable[Row]:
    """Seconds that a notebook takes, with the start of its kernel."""
    for source in sources():
        notebook = jupytext.read(source)
        yield source.stem, [seconds(lambda: execute(notebook))]  # noqa: B023 - called at once


def key_press_times() -> Iterable[Row]:
    """Milliseconds from a key press on an explorer's first slider to its new picture."""
    names = [explorer.__name__ for explorer in explorers.EXPLORERS]
    cells = [f"from course_lib import explorers\nexplorers.{name}()" for name in names]
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder, "only_explorers")
        notebooks.mkdir()
        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
        nbformat.write(notebook, notebooks / "explorers.ipynb")
        with open_lab(Path(folder), notebooks) as lab:
            lab.open("explorers.ipynb")
            lab.run_all()
            for number, name in enumerate(names):
                yield name, list(_presses(lab, number))


def _presses(lab, number: int) -> Iterable[float]:
    cell = lab.page.locator(".jp-CodeCell").nth(number)
    cell.get_by_role("slider").first.focus()
    for press in range(KEYS):
        cell.evaluate(WATCH)
        lab.page.keyboard.press("ArrowLeft" if press % 2 else "ArrowRight")
        yield lab.page.evaluate("window.elapsed")


if __name__ == "__main__":
    print_table("check of an exercise, milliseconds", check_times())
    if CHROMIUM:
        print_table("key press to picture, milliseconds", key_press_times())
    else:
        print("\nkey press to picture: not measured, there is no Chromium on this machine")
    print_table("run of a notebook, seconds", run_times())
