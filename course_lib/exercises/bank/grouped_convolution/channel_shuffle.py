"""Exercise `channel_shuffle`: deal the channels out, so that every group gets some of each."""

from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.groups import channel_shuffle


def _order(channels: int, groups: int) -> Probe:
    """Asks where each channel ends up: readable in the table, unlike a tensor of noise."""

    def observe(implementation: Implementation, x: Tensor) -> Any:
        output = implementation(x, groups)
        if not isinstance(output, Tensor) or output.shape != x.shape:
            return output
        return output[0, :, 0, 0].round().int().tolist()

    numbers = torch.arange(channels, dtype=torch.float32).view(1, channels, 1, 1)
    label = f"order of channels 0 to {channels - 1} after a shuffle of {groups} group"
    return Probe(label + "s" * (groups > 1), observe, (numbers.expand(2, -1, 3, 3).clone(),))


def _through(*shape: str, swap: tuple[int, int], flat: bool = True) -> Implementation:
    """Reshape to `shape` (names of sizes), swap two axes, and flatten unless told not to."""

    def attempt(x: Tensor, groups: int) -> Tensor:
        n, channels, height, width = x.shape
        size = {"n": n, "groups": groups, "each": channels // groups, "h": height, "w": width}
        table = x.reshape([size[name] for name in shape]).transpose(*swap)
        return table.reshape(x.shape) if flat else table

    return attempt


EXERCISE = Exercise(
    name="channel_shuffle",
    title="Shuffle channels between the groups",
    difficulty=2,
    importance=3,
    minutes=10,
    reference=channel_shuffle,
    hints=(
        "Write the channel numbers as a table with one row for each group. In which direction do "
        "you read it to get the first of each group, then the second of each?",
        "(N, C, H, W)\n"
        "-> (N, ..., ..., H, W)      a table: rows are groups\n"
        "-> swap rows and columns\n"
        "-> (N, C, H, W)\n"
        "After a transposition view() refuses; reshape() copies where it must.",
    ),
    probes=(
        _order(6, 2),
        _order(6, 3),
        _order(8, 2),
        _order(4, 4),
        _order(4, 1),
        call(randn(2, 6, 3, 2), 2),
        call(randn(2, 12, 2, 2), 3),
        call(randn(3, 6, 2, 4).transpose(2, 3), 3, label="x not in one piece in memory, 3 groups"),
    ),
    mistakes=(
        Mistake(
            "You swapped the groups and the channels in a group: your table has a row for each "
            "place in a group, where it needs a row for each group.",
            _through("n", "each", "groups", "h", "w", swap=(1, 2)),
        ),
        Mistake(
            "Your shuffle leaves every channel where it was: reshaping there and back moves "
            "nothing, the swap of rows and columns in between does.",
            lambda x, groups: x.clone(),
        ),
        Mistake(
            "You left the channels on two axes. Flatten them: the output has the shape of x.",
            _through("n", "groups", "each", "h", "w", swap=(1, 2), flat=False),
        ),
        Mistake(
            "You mixed the images of the batch: the batch axis must stay the first one through "
            "all the steps.",
            _through("groups", "each", "n", "h", "w", swap=(0, 1)),
        ),
        Mistake(
            "You swapped the channels with the rows of the image. Swap the two axes that the "
            "channels were split into.",
            _through("n", "groups", "each", "h", "w", swap=(2, 3)),
        ),
        Mistake(
            "You swapped the groups with the batch axis: images got each other's channels.",
            _through("n", "groups", "each", "h", "w", swap=(0, 1)),
        ),
        Mistake(
            "You moved whole groups to another place: their channels stay together, and nothing "
            "was dealt out.",
            lambda x, groups: x.roll(x.shape[1] // groups, dims=1),
        ),
        Mistake(
            "You put the groups in reverse order: their channels stay together, and nothing was "
            "dealt out.",
            lambda x, groups: torch.cat(x.chunk(groups, dim=1)[::-1], dim=1),
        ),
        Mistake(
            "You turned the order of all the channels round: take the first of each group, then "
            "the second of each.",
            lambda x, groups: x.flip(1),
        ),
        Mistake(
            "You shuffled at random: this shuffle is a fixed one, the same in every call.",
            lambda x, groups: x[:, torch.randperm(x.shape[1])],
        ),
    ),
)
