"""Remember which exercises are solved, in one small file beside the notebooks."""

import json
import os
from pathlib import Path

from course_lib.exercises.engine.report import Report, Status
from course_lib.files import replacing


def path() -> Path:
    """The progress file: `COURSE_PROGRESS`, or `.course_progress.json` in the working folder."""
    return Path(os.environ.get("COURSE_PROGRESS", ".course_progress.json"))


def load() -> dict[str, str]:
    """The best status so far of each attempted exercise. Nothing, if the file is gone or broken.

    A broken file is not worth an error in the middle of a lesson: it is rewritten by the next
    check, and all it loses are ticks.
    """
    try:
        saved = json.loads(path().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return saved if isinstance(saved, dict) else {}


def record(report: Report) -> None:
    """Keep the report's status, unless nothing was attempted or the exercise is solved already."""
    saved = load()
    if report.status == Status.NOT_ATTEMPTED or saved.get(report.name) == Status.CORRECT:
        return
    saved[report.name] = report.status
    with replacing(path()) as draft:
        draft.write_text(json.dumps(saved, indent=1), encoding="utf-8")
