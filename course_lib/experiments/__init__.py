"""Longer experiments that are run once and recorded, so that a notebook can show their curves."""

import json
import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from course_lib.data import DataError
from course_lib.files import replacing


def machine() -> str:
    """The machine in general words, for a recording."""
    cores = f"{os.cpu_count()} CPU cores"
    return f"{torch.cuda.get_device_name()}, {cores}" if torch.cuda.is_available() else cores


def versions() -> dict[str, str]:
    """The releases that a recording was made with."""
    return {"python": platform.python_version(), "torch": torch.__version__.partition("+")[0]}


def write(
    path: Path, source: str, settings: dict[str, Any], runs: Iterable[dict[str, Any]]
) -> None:
    """After each of `runs` the JSON file at `path` has all so far. `source`: which data."""
    content = {
        "data": source,
        "settings": settings,
        "machine": machine(),
        "versions": versions(),
        "runs": [],
    }
    for result in runs:
        content["runs"].append(_rounded(result))
        with replacing(path) as draft:
            draft.write_text(json.dumps(content) + "\n", encoding="utf-8")


def read(path: Path, command: str, check: Callable[[Any], object]) -> Any:
    """What `write` wrote. Raises DataError when there is no such file, or `check` cannot use it."""
    remedy = f"`python -m {command}` records it anew."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        check(content)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing. {remedy}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise DataError(f"{path} is cut off or altered: {error}. {remedy}") from error
    return content


def _rounded(value: Any) -> Any:
    """Four places after the point are enough for a curve, and a quarter of the bytes."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value
