"""What is too much for every run: a fixed sample of it, or with `make test-all` the whole."""

import os
import random
from collections.abc import Sequence
from typing import TypeVar

ALL = bool(os.environ.get("COURSE_TEST_ALL"))
NOTE = (
    "all mutants, wrong answers and pictures of explorers, and many pairs"
    if ALL
    else "a fixed sample of mutants, pairs, wrong answers and pictures; make test-all runs all"
)
Item = TypeVar("Item")


def sample(items: Sequence[Item], count: int) -> list[Item]:
    """So many of the items, always the same ones and in their order; all, if all are asked for."""
    if ALL or len(items) <= count:
        return list(items)
    chosen = random.Random(0).sample(range(len(items)), count)
    return [items[index] for index in sorted(chosen)]
