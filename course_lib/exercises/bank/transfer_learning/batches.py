"""Exercise `batches`: cut a long list into pieces, none lost."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.photos.prediction import batches


def _observe(implementation: Implementation, items: Sequence[Any], size: int) -> list:
    """The batches as lists. A generator of batches, and batches that are tuples, are as good."""
    found = list(implementation(items, size))  # all at once, as one who keeps them
    return [
        list(batch) if isinstance(batch, list | tuple) else Unusable(f"a {type(batch).__name__}")
        for batch in found
    ]


def _probe(items: Sequence[Any], size: int, label: str) -> Probe:
    return Probe(f"{label}, size {size}", _observe, (items, size))


NAMES = ["cat.png", "dog.jpg", "owl.png", "bee.gif", "ant.jpg"]


def _last_dropped(items: Sequence[Any], size: int) -> list:
    return [items[i * size : (i + 1) * size] for i in range(len(items) // size)]


def _empty_at_the_end(items, size):
    return [items[i * size : (i + 1) * size] for i in range(len(items) // size + 1)]


def _one_short(items, size):
    return [items[i : i + size - 1] for i in range(0, len(items), size)]


def _one_too_many(items, size):
    return [items[i : i + size + 1] for i in range(0, len(items), size)]


def _sliding(items, size):
    return [items[i : i + size] for i in range(len(items))]


def _last_item_lost(items, size):
    return [items[i : i + size] for i in range(0, len(items) - 1, size)]


def _second_item_first(items, size):
    return [items[i : i + size] for i in range(1, len(items), size)]


def _filled_up(items, size):
    found = batches(items, size)
    if found and len(found[-1]) < size:
        found[-1] = (list(items) * size)[len(items) - len(found[-1]) :][:size]
    return found


def _filled_with_none(items, size):
    return [list(batch) for batch in itertools.zip_longest(*[iter(items)] * size)]


def _last_repeated(items, size):
    found = batches(items, size)
    return [*found[:-1], items[-size:]] if found else found


def _small_rest_joined(items, size):
    found = [list(batch) for batch in batches(items, size)]
    if len(found) > 1 and len(found[-1]) < size:
        found[-2:] = [found[-2] + found[-1]]
    return found


def _so_many_batches(items, size):
    each = -(-len(items) // size) or 1
    return batches(items, each)


def _every_nth(items, size):
    number = -(-len(items) // size)
    return [items[i::number] for i in range(number)]


def _same_list_each_time(items: Sequence[Any], size: int) -> Iterator[list]:
    batch: list = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch.clear()
    if batch:
        yield batch


def _never_emptied(items, size):
    batch, found = [], []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            found.append(list(batch))
    return found


def _return_in_the_loop(items, size):
    for start in range(0, len(items), size):
        return [items[start : start + size]]
    return []


def _flat(items, size):
    return [item for batch in batches(items, size) for item in batch]


def _used_up_once_read(items: Sequence[Any], size: int) -> Iterator:
    rest = iter(items)
    for _ in range(0, len(items), size):
        yield itertools.islice(rest, size)


def _items_taken_out(items, size):
    found = []
    while items:
        found.append([items.pop(0) for _ in range(min(size, len(items)))])
    return found


EXERCISE = Exercise(
    name="batches",
    title="Cut a long list into batches",
    difficulty=1,
    importance=4,
    minutes=6,
    reference=batches,
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
        _probe(list(range(3)), 1, "the numbers 0 to 2"),
        _probe([], 4, "no items"),
    ),
    mistakes=(
        Mistake(
            "You drop what does not fill a batch: the last pictures of the folder would never be "
            "looked at.",
            _last_dropped,
        ),
        Mistake(
            "You end with an empty batch where the size divides the number of items: a network "
            "cannot take a batch of nothing.",
            _empty_at_the_end,
        ),
        Mistake(
            "Each of your batches is one short, and the item between two of them is lost: a slice "
            "leaves out its end by itself.",
            _one_short,
        ),
        Mistake(
            "Each of your batches has one item too many, the first of the next one: a slice "
            "leaves out its end by itself.",
            _one_too_many,
        ),
        Mistake(
            "Your batches overlap: the next one starts size items later, not one.",
            _sliding,
        ),
        Mistake(
            "You stop before the last item: where a batch would consist of it alone, it is lost.",
            _last_item_lost,
        ),
        Mistake(
            "Your first batch starts at the second item: counting starts at 0.",
            _second_item_first,
        ),
        Mistake(
            "You filled up the last batch with items from the start: every item comes once, and "
            "the last batch may be smaller.",
            _filled_up,
        ),
        Mistake(
            "You filled up the last batch with None, which is no item: the last batch may be "
            "smaller.",
            _filled_with_none,
        ),
        Mistake(
            "Your last batch reaches back for items that were in the one before it: every item "
            "comes once, and the last batch may be smaller.",
            _last_repeated,
        ),
        Mistake(
            "You added the rest to the batch before it, which is then larger than size: memory "
            "may not hold that.",
            _small_rest_joined,
        ),
        Mistake(
            "You took size for the number of batches: it is the number of items in each.",
            _so_many_batches,
        ),
        Mistake(
            "You dealt the items out in turn: each batch should have neighbours, in order.",
            _every_nth,
        ),
        Mistake(
            "You hand out one and the same list each time and clear it afterwards: whoever keeps "
            "the batches ends with that list, several times. Start a new list for each batch.",
            _same_list_each_time,
        ),
        Mistake(
            "Your list of the current batch is never emptied, so that only one batch ever has the "
            "right size.",
            _never_emptied,
        ),
        Mistake(
            "You returned the first batch only: does your return stand inside the loop?",
            _return_in_the_loop,
        ),
        Mistake(
            "You returned the items without the lists around them: a batch is a list.",
            _flat,
        ),
        Mistake(
            "Your batches are iterators: they have no length, and are used up once they are read. "
            "Make a list of each.",
            _used_up_once_read,
        ),
        Mistake(
            "You took the items out of the caller's list, which is empty now: a slice copies.",
            _items_taken_out,
        ),
    ),
)
