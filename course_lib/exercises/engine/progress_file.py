"""Remember which exercises are solved, in one small file of the learner's own."""

import json
import os
import sys
from pathlib import Path

from course_lib.exercises.engine.report import Report, Status
from course_lib.files import replacing

NAME = ".course_progress.json"


def path() -> Path:
    """The progress file: what `COURSE_PROGRESS` names, or `NAME` in the working folder.

    Where that folder cannot be written, or holds the file of somebody else, it is in your home.
    """
    if named := os.environ.get("COURSE_PROGRESS"):
        return Path(named)
    return Path(NAME) if _is_mine() else Path.home() / NAME


def whereabouts() -> str:
    """Where progress is kept, in a sentence for the learner."""
    if "google.colab" in sys.modules or "KAGGLE_KERNEL_RUN_TYPE" in os.environ:
        return f"Kept in {NAME}, which goes with this session: download it if you want to go on."
    if os.environ.get("COURSE_PROGRESS") or _is_mine():
        return f"Kept in {path().name}."
    return f"Kept in ~/{NAME}: the folder of the notebooks is not yours to write."


def _is_mine() -> bool:
    file = Path(NAME)
    owned = not hasattr(os, "getuid") or not file.exists() or file.stat().st_uid == os.getuid()
    return owned and os.access(".", os.W_OK)


def load() -> dict[str, str]:
    """The best status so far of each attempted exercise. Nothing, if the file is gone or broken.

    A broken file is not worth an error in the middle of a lesson: it is rewritten by the next
    check, and all it loses are ticks.
    """
    try:
        saved = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return saved if isinstance(saved, dict) else {}


def record(report: Report) -> str:
    """Keep the report's status, unless nothing was attempted or the exercise is solved already.

    Returns why it could not be kept (a full disk, say) in a sentence, or "".
    """
    saved = load()
    if report.status == Status.NOT_ATTEMPTED or saved.get(report.name) == Status.CORRECT:
        return ""
    saved[report.name] = report.status
    try:
        with replacing(path()) as draft:
            draft.write_text(json.dumps(saved, indent=1), encoding="utf-8")
    except OSError as error:
        return f"Your progress could not be kept: {error}."
    return ""
