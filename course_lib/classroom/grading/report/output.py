"""Write the grades: all files, complete, or none."""

import os
import signal
import tempfile
from pathlib import Path

from course_lib.classroom.grading.grade import Row
from course_lib.classroom.grading.report import pages, tables

MARK = "details.csv"  # a folder with this file is a report, and may be replaced by --force


def report_folder(out: Path) -> Path:
    """The folder beside `grades.csv` that holds the rest: `grades`."""
    return out.with_suffix("")


def check(out: Path, submissions: Path, force: bool) -> None:
    """Raise before anything is done, if the grades could not be written to `out` in the end.

    ValueError for a name that is no .csv file's, or that would put the grades over the submissions;
    FileExistsError for what is there already and may not, or must not, be replaced.
    """
    report = report_folder(out)
    if out.suffix != ".csv":
        raise ValueError(f"{out} does not end in .csv: give a name such as grades.csv")
    if submissions.resolve().is_relative_to(report.resolve()):
        raise ValueError(f"{report} holds the submissions: give --out another name")
    existing = [str(path) for path in (out, report) if os.path.lexists(path)]
    if existing and not force:
        raise FileExistsError(
            f"there is already {' and '.join(existing)}: give --out another name, or --force"
        )
    if out.is_dir() or os.path.lexists(report) and not _is_replaceable(report):
        raise FileExistsError(
            f"{report} or {out} is not what an earlier grading has written: "
            "move it away, or give --out another name"
        )


def _is_replaceable(report: Path) -> bool:
    return report.is_dir() and not report.is_symlink() and (report / MARK).is_file()


def write(rows: list[Row], out: Path) -> list[Path]:
    """Write the grades to `out` and the rest into the folder beside it. Returns what is new."""
    report = report_folder(out)
    mistakes = tables.common_mistakes(rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.stem}-", dir=out.parent) as scratch:
        draft, folder = Path(scratch, "new"), Path(scratch, "new", "feedback")
        folder.mkdir(parents=True)
        Path(scratch, out.name).write_bytes(tables.grades_csv(rows))
        (draft / MARK).write_bytes(tables.details_csv(rows))
        (draft / "mistakes.csv").write_bytes(tables.mistakes_csv(mistakes))
        (draft / "mistakes.png").write_bytes(tables.mistakes_png(mistakes))
        taken: set[str] = set()
        for row in rows:
            name = _file_name(row.learner.name, taken)
            (folder / name).write_text(pages.page(row), encoding="utf-8")
        # both or neither: a Ctrl-C waits until the new files are in their places
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            if report.exists():
                os.rename(report, Path(scratch, "old"))
            os.rename(draft, report)
            os.replace(Path(scratch, out.name), out)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return [out, report]


def _file_name(learner: str, taken: set[str]) -> str:
    """A learner's page, by name; a number tells two that some disks would take for one."""
    name, number = learner, 1
    while name.casefold() in taken:
        number += 1
        name = f"{learner}-{number}"
    taken.add(name.casefold())
    return f"{name}.html"
