"""Exercise `batches`: cut a long list into pieces, none lost."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course_lib.exercises.engine.compare import Told
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.photos.prediction import batches


def _observe(implementation: Implementation, items: Sequence[Any], size: int) -> list | Told:
    """The batches as lists. A generator of batches, and batches that are tuples, are as good."""
    found = list(implementation(items, size))  # all at once, as one who keeps them
    for batch in found:
        if not isinstance(batch, list | tuple) and not any(batch is item for item in items):
            return Told(_other_kind(batch))
    return [list(batch) if isinstance(batch, list | tuple) else batch for batch in found]


def _other_kind(batch: Any) -> str:
    kind = "an iterator" if isinstance(batch, Iterator) else f"of type {type(batch).__name__}"
    return f"A batch of yours is {kind}: asked for is a list, which holds any items as they are."


def _probe(items: Sequence[Any], size: int, label: str) -> Probe:
    return Probe(f"{label}, size {size}", _observe, (items, size))


NAMES = ["cat.png", "dog.jpg", "owl.png", "bee.gif", "ant.jpg"]


def _same_list_each_time(items: Sequence[Any], size: int) -> Iterator[list]:
    batch: list = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch.clear()
    if batch:
        yield batch


def _never_emptied(items: Sequence[Any], size: int) -> list:
    batch, found = [], []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            found.append(list(batch))
    return found


def _array_split(items: Sequence[Any], size: int) -> list:
    return [list(part) for part in np.array_split(items, size)]


BATCH, STARTS = "items[start : start + size]", "range(0, len(items), size)"
NUMBER = "-(-len(items) // size)"  # of batches

EXERCISE = Exercise(
    batches,
    title="Cut a long list into batches",
    difficulty=1,
    importance=4,
    minutes=6,
    insight=(
        "As float32 tensors of 224 pixels ImageNet's 1.28 million photographs would fill 770 GB; "
        "in batches of 32 they need 19 MB at a time."
    ),
    hints=(
        "Where does each batch start? At 0, at size, at 2 * size, ... A slice that reaches beyond "
        "the end is cut off by Python itself.",
        "for start in range(0, <how many items?>, <which step?>):\n    items[start : ...]",
    ),
    probes=(
        _probe(list(range(7)), 3, "the numbers 0 to 6"),
        _probe(list(range(6)), 2, "the numbers 0 to 5"),
        _probe(NAMES, 4, "five names of files"),
        _probe(list(range(10, 17)), 2, "the numbers 10 to 16"),
        _probe(NAMES, 8, "five names of files"),
        _probe(NAMES, 5, "five names of files"),
        _probe(list(range(3)), 1, "the numbers 0 to 2"),
        _probe(["cat", "dog", "cat", "cat", "", None, "dog", 0, (1, 2)], 2, "items of all kinds"),
        _probe([], 4, "no items"),
    ),
    mistakes={
        "Your slices end at size, wherever they start, so that only the first batch has items: "
        "each ends size items after its start.": {"start + size]": "size]"},
        "Your slices have no end, so that each batch holds all items that are left: it ends size "
        "items after its start.": {"start + size]": "]"},
        "Your first batch is empty: whoever hands a batch on where a new one begins has none yet "
        "at the very first item.": {"return [": "return [[]] + ["},
        "np.array_split takes the number of parts, and makes arrays of them: size is the number of "
        "items in each batch.": _array_split,
        "You drop what does not fill a batch: the last pictures of the folder would never be "
        "looked at.": {"len(items)": "len(items) - size + 1"},
        "You end with an empty batch where the size divides the number of items: a network "
        "cannot take a batch of nothing.": {"len(items)": "len(items) + 1"},
        "Each of your batches is one short, and the item between two of them is lost: a slice "
        "leaves out its end by itself.": {"size] for": "size - 1] for"},
        "Each of your batches has one item too many, the first of the next one: a slice "
        "leaves out its end by itself.": {"size] for": "size + 1] for"},
        "Your batches overlap: the next one starts size items later, not one.": {", size)]": ")]"},
        "You stop before the last item: where a batch would consist of it alone, it is lost.": {
            "len(items)": "len(items) - 1"
        },
        "Your first batch starts at the second item: counting starts at 0.": {"range(0": "range(1"},
        "You filled up the last batch with items from the start: every item comes once, and "
        "the last batch may be smaller.": {"items[start": "(items * size)[start"},
        "You filled up the last batch with None, which is no item: the last batch may be "
        "smaller.": {"items[start": "(items + [None] * size)[start"},
        "Your last batch reaches back for items that were in the one before it: every item "
        "comes once, and the last batch may be smaller.": {
            "items[start": "items[max(min(start, len(items) - size), 0)"
        },
        "You added the rest to the batch before it, which is then larger than size: memory "
        "may not hold that.": {
            "start + size]": "start + size if start + 2 * size <= len(items) else None]",
            "len(items)": "len(items) - len(items) % size or len(items)",
        },
        "You took size for the number of batches: it is the number of items in each.": {
            "    return": f"    size = {NUMBER} or 1\n    return"
        },
        "You dealt the items out in turn: each batch should have neighbours, in order.": {
            BATCH: f"items[start :: {NUMBER}]",
            STARTS: f"range({NUMBER})",
        },
        "You hand out one and the same list each time and clear it afterwards: whoever keeps "
        "the batches ends with that list, several times. Start a new list for each batch.": (
            _same_list_each_time
        ),
        "Your list of the current batch is never emptied, so that only one batch ever has the "
        "right size.": _never_emptied,
        "Your loop ends a whole batch too early: the last one may start anywhere before the end "
        "of the list, and is then a smaller one.": {"len(items)": "len(items) - size"},
        "You returned the first batch only: does your return stand inside the loop?": {
            "size)]": "size)][:1]"
        },
        "You returned the items without the lists around them: a batch is a list.": {
            "return [": "return [item for batch in [",
            "size)]": "size)] for item in batch]",
        },
        "Your batches are iterators: they have no length, and are used up once they are read. "
        "Make a list of each.": {BATCH: f"iter({BATCH})"},
        "You took the items out of the caller's list, which is empty now: a slice copies.": {
            "return [": "found = [",
            "size)]": "size)]\n    items.clear()\n    return found",
        },
    },
)
