"""Run an experiment, and record its curves for the notebooks.

After each network the recording holds all so far, so that a run that is stopped is not lost.
CIFAR-10 is downloaded once, or read from the folder that the environment variable COURSE_DATA
names. The two experiments on all of CIFAR-10 want a GPU.
"""

import argparse
from pathlib import Path

from course_lib import experiments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", choices=experiments.MODULES, help=", ".join(experiments.MODULES)
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to (default: data/recorded/NAME.json)"
    )


def run(arguments: argparse.Namespace) -> None:
    import torch

    from course_lib.data import IN_CLONE, DataError
    from course_lib.experiments import recorded

    experiment = experiments.get(arguments.name)
    if not (arguments.out or IN_CLONE):
        raise ValueError("only a clone of the course holds recordings: name a file with --out")
    path = arguments.out or recorded.path_of(arguments.name)
    if arguments.out:
        recorded.check_replaceable(experiment, path)
    if experiment.one_thread:
        torch.set_num_threads(1)
    print(f"{arguments.name} takes {experiment.takes}. Recorded in {path}", flush=True)
    try:
        recorded.record(experiment, path)
    except (DataError, FloatingPointError) as error:
        raise ValueError(str(error)) from error
