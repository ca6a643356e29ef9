"""The shapes along both paths of a BasicBlock, and what its shortcut costs."""

from typing import Any

from course_lib.explorers.explorer import Slider
from course_lib.explorers.own_block import BlockExplorer, Trial
from course_lib.models import blocks

WIDTHS = (16, 32, 64, 128, 256, 512)


class BasicBlock(BlockExplorer):
    """The block as a diagram, and under it the share of each part in its parameters."""

    title = "BasicBlock"
    course_block = blocks.BasicBlock
    controls = (
        Slider("in_channels", "channels in", WIDTHS, 64),
        Slider("channels", "channels out", WIDTHS, 128),
        Slider("stride", "stride", (1, 2), 2),
        Slider("size", "input size", (7, 15, 28, 32, 56), 56),
    )

    def trial(self, values: dict[str, Any]) -> Trial:
        return Trial(**values)
