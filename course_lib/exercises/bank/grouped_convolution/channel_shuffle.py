"""Exercise `channel_shuffle`: deal the channels out, so that every group gets some of each."""

from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.bank.left_aside import left_aside, named
from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.groups import channel_shuffle


def _order(channels: int, groups: int) -> Probe:
    """Asks where each channel ends up: readable in the table, unlike a tensor of noise."""

    def observe(implementation: Implementation, x: Tensor) -> Any:
        output = implementation(x, groups)
        if not isinstance(output, Tensor):
            return output
        if output.shape != x.shape:
            return Unusable("a tensor of another shape")
        return output[0, :, 0, 0].round().int().tolist()

    numbers = torch.arange(channels, dtype=torch.float32).view(1, channels, 1, 1)
    label = f"order of channels 0 to {channels - 1} after a shuffle of {groups} group"
    return Probe(label + "s" * (groups > 1), observe, (numbers.expand(2, -1, 3, 3).clone(),))


SPLIT, SWAP = "n, groups, channels // groups,", "table.transpose(1, 2)"

EXERCISE = Exercise(
    channel_shuffle,
    title="Shuffle channels between the groups",
    difficulty=2,
    importance=3,
    minutes=10,
    insight=(
        "Shuffle once more, with C / groups groups, and every channel is back in its place: "
        "nothing is lost, no weight is used, and still the groups meet."
    ),
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
        call(randn(2, 12, 2, 2), groups=3),
        call(randn(3, 6, 2, 4).transpose(2, 3), 3, label="x not in one piece in memory, 3 groups"),
        call(randn(2, 6, 1, 1), 2),
        call(randn(1, 6, 2, 3), 2),
        left_aside(
            "torch's channel shuffle", randn(1, 6, 2, 3), 2, unwanted=named("channel_shuffle")
        ),
    ),
    mistakes={
        "You swapped the groups and the channels in a group: your table has a row for each "
        "place in a group, where it needs a row for each group.": {
            SPLIT: "n, channels // groups, groups,"
        },
        "Your shuffle leaves every channel where it was: reshaping there and back moves "
        "nothing, the swap of rows and columns in between does.": {SWAP: "table"},
        "You left the channels on two axes. Flatten them: the output has the shape of x.": {
            ".reshape(n, channels, height, width)": ""
        },
        "You mixed the images of the batch: the batch axis must stay the first one through "
        "all the steps.": {
            SPLIT: "groups, channels // groups, n,",
            SWAP: "table.transpose(0, 1)",
        },
        "You swapped the channels with the rows of the image. Swap the two axes that the "
        "channels were split into.": {SWAP: "table.transpose(2, 3)"},
        "You swapped the groups with the batch axis: images got each other's channels.": {
            SWAP: "table.transpose(0, 1)"
        },
        "You cut the batch into pieces: chunk and split cut along the first axis unless told "
        "dim=1.": {
            SWAP: "torch.stack(x.chunk(groups), dim=2)",
            ".reshape(n, channels, height, width)": ".flatten(1, 2)",
        },
        "You moved whole groups to another place: their channels stay together, and nothing "
        "was dealt out.": {SWAP: "table.roll(1, dims=1)"},
        "You put the groups in reverse order: their channels stay together, and nothing was "
        "dealt out.": {SWAP: "table.flip(1)"},
        "You turned the order of all the channels round: take the first of each group, then "
        "the second of each.": {SWAP: "table.flip(1, 2)"},
        "You shuffled at random: this shuffle is a fixed one, the same in every call.": {
            SWAP: "x[:, torch.randperm(channels)]"
        },
        "You called view() after the swap, but swapped axes do not lie in one piece in memory: "
        "reshape() copies where it must, and so does contiguous().": {
            "transpose(1, 2).reshape(": "transpose(1, 2).view("
        },
        "The order is right, but torch's own shuffle made it: leave nn.ChannelShuffle aside, and "
        "write it with operations on the shape.": {SWAP: "F.channel_shuffle(x, table.shape[1])"},
    },
)
