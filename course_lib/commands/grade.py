"""Grade a folder of submitted notebooks, each exercise in a process of its own.

A sub-folder is a learner, with all notebooks in it. A notebook beside them is a learner by its
name: ada.ipynb, "03_basic_block - ada.ipynb". The grades come as a table, and a folder of the same
name beside it gets each diagnosis, the class's most common mistakes with a chart, and a page of
feedback for each learner. What this protects from, and what not, stands in the README.
"""

import argparse
import os
import sys
import time
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the submissions")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="such as grades.csv")
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="at a time (default: cores)",
    )
    parser.add_argument(
        "--time",
        type=float,
        default=10,
        metavar="SECONDS",
        help="for one exercise, ten times that for a learner's together (default: 10)",
    )
    parser.add_argument(
        "--memory", type=float, default=2, metavar="GIB", help="for one exercise (default: 2)"
    )
    parser.add_argument("--force", action="store_true", help="replace the grades that are there")


def run(arguments: argparse.Namespace) -> int:
    if not hasattr(os, "fork"):
        raise OSError(
            "grading needs processes that Windows does not have: "
            "run it in WSL (wsl --install), or in a container with Linux"
        )
    from tqdm import tqdm

    from course_lib.classroom.grading.grade import grade_class
    from course_lib.classroom.grading.intake import submissions
    from course_lib.classroom.grading.judgement import Limits
    from course_lib.classroom.grading.report import output, tables

    folder, out = arguments.folder, arguments.out
    for name in ("jobs", "time", "memory"):
        if not 0 < getattr(arguments, name) < float("inf"):
            raise ValueError(f"--{name} {getattr(arguments, name)}: give a number above zero")
    if str(folder.resolve()) in {os.path.realpath(path) for path in sys.path}:
        raise ValueError(
            f"{folder} is where Python looks for modules, and it holds strangers' files: "
            "run the command from another folder"
        )
    output.check(out, folder, arguments.force)
    mine = (out.resolve(), output.report_folder(out).resolve())
    learners, warnings = submissions.find(folder, leave_out=mine)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    start = time.monotonic()
    limits = Limits(arguments.time, int(arguments.memory * 2**30))
    print(f"{len(learners)} learners, {arguments.jobs} exercises at a time", flush=True)
    with tqdm(desc="exercises", unit="", dynamic_ncols=True) as bar:
        try:
            rows, changed = grade_class(learners, arguments.jobs, limits, bar)
            written = output.write(rows, out)
        except KeyboardInterrupt:
            bar.close()
            done = f"{bar.n} of {bar.total or '?'} exercises were graded"
            print(f"interrupted: {done}, nothing is written", file=sys.stderr)
            return 130
    print(f"graded in {time.monotonic() - start:.0f} s")
    for name, words, count in tables.common_mistakes(rows)[:5]:
        print(f"{count:4} x {name}: {words}")
    print("written:", *written)
    if changed:
        print(
            f"WARNING: while the submissions ran, files of course_lib were changed: "
            f"{', '.join(changed)}. What judges had been "
            "loaded before. Look for who did it, and install the course anew.",
            file=sys.stderr,
        )
        return 1
    return 0
