"""A picture's way through the course's trained network, whose blocks can be taken out."""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from course_lib import data
from course_lib.experiments.blocks_out import BLOCKS, residual_blocks, without
from course_lib.experiments.recorded import recorded
from course_lib.explorers.explorer import Explorer, Slider, Switches
from course_lib.explorers.png import png
from course_lib.figures import BLUE, ORANGE
from course_lib.models.cifar import CifarResNet
from course_lib.trained import shipped
from course_lib.training import random_state
from course_lib.training.threads import one_thread

PICTURES = ("boot", "trousers", "pullover", "wedge sandal", "long coat")  # in the recording's order
LIMIT, LEVELS = 2, 7  # maps are drawn from -LIMIT to LIMIT, in LEVELS steps on either side of 0
COLORS = [BLUE] * LEVELS + [ORANGE] * (LEVELS + 1)
ALPHAS = [round(255 * abs(level) / LEVELS) for level in range(-LEVELS, LEVELS + 1)]
GAP = len(COLORS)  # the palette's entry between the maps: its last, and clear
COLUMNS = {16: 4, 32: 6, 64: 8}  # of a sheet of so many maps


def maps(model: CifarResNet, images: Tensor) -> dict[str, Tensor]:
    """What the picture shows: y0 is what the stem puts out, y1 to y9 what the blocks do.

    f1 to f9 is what the blocks add. s4 and s7 is what those put out which change the shape, when
    they are taken out; with the other blocks that is what came in.
    """
    x = F.relu(model.bn1(model.conv1(images)))
    found = {"y0": x}
    for number, block in enumerate(residual_blocks(model), 1):
        found[f"f{number}"] = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
        found[f"y{number}"] = y = block(x)
        if y.shape != x.shape:
            found[f"s{number}"] = without(block, x)
        x = y
    return found


def sheet(maps: np.ndarray) -> str:
    """The maps (C, H, H) side by side, as a PNG: orange above zero, blue below, clear at zero."""
    channels, side, _ = maps.shape
    columns, step = COLUMNS[channels], side + 1
    levels = (maps * LEVELS / LIMIT).round().clip(-LEVELS, LEVELS) + LEVELS
    pixels = np.full((-(-channels // columns) * step - 1, columns * step - 1), GAP, np.uint8)
    for number, map in enumerate(levels):
        top, left = (step * place for place in divmod(number, columns))
        pixels[top : top + side, left : left + side] = map
    image = Image.fromarray(pixels)
    image.putpalette(b"".join(bytes.fromhex(color[1:]) for color in [*COLORS, "#000000"]))
    return png(image, transparency=bytes([*ALPHAS, 0]))


@functools.cache
def found() -> dict[str, Any]:
    """Everything that is shown, of all pictures."""
    recording = recorded("blocks_out")
    with random_state.own(0):  # building the network draws weights, which are replaced
        model, recipe = shipped.load_shipped()
    test = data.load(recipe["data"]["name"], "test")
    chosen = recording["settings"]["pictures"]
    images = test.normalize(test.images[chosen])
    with one_thread(), torch.no_grad():  # in double precision: rounded, no machine differs
        parts = maps(model.double(), images.double())
    runs, pictures = recording["runs"], {}
    for i, name in enumerate(PICTURES):
        per_cent = [share for run in runs for share in run["per_cent"][i]]
        pictures[name] = {
            "label": test.labels[chosen[i]].item(),
            "png": png(Image.fromarray(test.images[chosen[i], 0].numpy())),
            "maps": {part: sheet(each[i].numpy()) for part, each in parts.items()},
            "answers": "".join(str(run["answers"][i]) for run in runs),
            "per_cent": bytes(per_cent).hex(),
        }
    facts = {"classes": test.classes, "of": len(test), "limit": LIMIT}
    return facts | {"right": [run["right"] for run in runs], "pictures": pictures}


class InsideResNet(Explorer):
    """What comes into each block, what it adds and what goes out; and the network without it.

    The answers are recorded for every set of blocks taken out. The maps are the whole network's,
    computed when the explorer is made.
    """

    title = "Inside a ResNet"
    controls = (
        Slider("picture", "picture", PICTURES, "boot"),
        Slider("block", "block", tuple(BLOCKS), 1),
        Switches("out", "blocks taken out", {f"{block}": block for block in BLOCKS}),
    )

    @functools.cached_property
    def computed(self) -> dict[str, Any]:
        return found()

    def grid(self) -> Iterator[dict[str, Any]]:
        """Each set of blocks once; each block and picture, with and without that block."""
        pictures, blocks, sets = (control.values for control in self.controls)
        for number, out in enumerate(sets):
            block, rest = blocks[number % len(blocks)], number // len(blocks)
            yield {"picture": pictures[rest % len(pictures)], "block": block, "out": out}
