"""Run an experiment and record it; read the recording: `recorded("degradation_digits")`."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from course_lib import data, experiments
from course_lib.files import replacing

Runs = list[dict[str, Any]]


@dataclass(frozen=True)
class Experiment:
    """Networks to train once, all alike but for what is compared.

    `settings` is a dataclass, which the recording repeats. `start(settings)` loads the data and
    gives their source in words, and the runs: a dict of numbers, text and lists for each network,
    trained when it is asked for. `read(runs)` is what a notebook takes from them; it raises
    LookupError, TypeError or ValueError for runs that are not this experiment's.
    """

    settings: Any
    start: Callable[[Any], tuple[str, Iterator[dict[str, Any]]]]
    read: Callable[[Runs], object]
    takes: str  # about how long
    one_thread: bool = True  # two threads on tiny networks only wait for each other


def path_of(name: str) -> Path:
    """Where the experiment `name` is recorded."""
    return data.DATA / "recorded" / f"{name}.json"


def recorded(name: str) -> dict[str, Any]:
    """The recording of the experiment `name`: "data", "settings", "machine", "versions", "runs".

    Raises ValueError for an unknown name, and DataError for a file that is missing, cut off or
    altered.
    """
    experiment, path = experiments.get(name), path_of(name)
    remedy = f"`python -m course_lib experiment {name}` records it anew."
    try:
        return _read(experiment, path)
    except FileNotFoundError as error:
        raise data.DataError(f"{path} is missing. {remedy}") from error
    except _UNUSABLE as error:
        raise data.DataError(f"{path} is cut off or altered: {error}. {remedy}") from error


def record(experiment: Experiment, path: Path) -> None:
    """Run the experiment. After each network the JSON file at `path` has all runs so far."""
    source, runs = experiment.start(experiment.settings)
    content: dict[str, Any] = {
        "data": source,
        "settings": asdict(experiment.settings),
        "machine": machine(),
        "versions": versions(),
        "runs": [],
    }
    for run in runs:
        content["runs"].append(_rounded(run))
        with replacing(path) as draft:
            draft.write_text(json.dumps(content) + "\n", encoding="utf-8")


def check_replaceable(experiment: Experiment, path: Path) -> None:
    """Raise ValueError if `path` is a file, and no earlier recording of this experiment."""
    if path.exists():
        try:
            _read(experiment, path)
        except _UNUSABLE as error:
            raise ValueError(
                f"{path} is there already, and is no recording of this experiment: "
                "delete it, or name another file"
            ) from error


def machine() -> str:
    """The machine in general words, for a recording."""
    cores = f"{os.cpu_count()} CPU cores"
    return f"{torch.cuda.get_device_name()}, {cores}" if torch.cuda.is_available() else cores


def versions() -> dict[str, str]:
    """The releases that a recording was made with."""
    return {"python": platform.python_version(), "torch": torch.__version__.partition("+")[0]}


_UNUSABLE = (ValueError, LookupError, TypeError)  # what damaged JSON, or another's, leads to


def _read(experiment: Experiment, path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    experiment.read(content["runs"])
    return content


def _rounded(value: Any) -> Any:
    """Four places after the point are enough for a curve, and a quarter of the bytes."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value
