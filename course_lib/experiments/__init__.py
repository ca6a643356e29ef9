"""Experiments that take too long for a notebook: run once, recorded, and drawn from the recording.

A module holds the settings of an experiment, its networks, its run, and how a notebook reads and
draws what came out. `recorded` runs, writes and reads them all.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_lib.experiments.recorded import Experiment

# Name -> module. Names only, because PyTorch, which every module needs, takes seconds to import.
MODULES = {
    "degradation_digits": "degradation",
    "degradation_cifar10_small": "degradation",
    "degradation_cifar10": "degradation",
    "cardinality_fashion": "cardinality",
    "cardinality_cifar10": "cardinality",
    "planted_bugs": "planted_bugs",
    "transfer": "transfer",
    "blocks_out": "blocks_out",
}


def get(name: str) -> "Experiment":
    """The experiment `name`. Raises ValueError for a name that is not one of `MODULES`."""
    if name not in MODULES:
        raise ValueError(f"unknown experiment {name!r}: choose one of {', '.join(MODULES)}")
    return importlib.import_module(f"{__name__}.{MODULES[name]}").EXPERIMENTS[name]
