"""The hourglass of a Bottleneck beside a BasicBlock of the same outer width, and what both cost."""

from typing import Any

from course_lib.explorers.explorer import Choice, Slider
from course_lib.explorers.own_block import BlockExplorer, Trial
from course_lib.models import blocks

SIZE = 56  # height and width of x; any even size gives the same ratios


class Bottleneck(BlockExplorer):
    """Both blocks as diagrams in which height means channels, and bars of what they cost."""

    title = "Bottleneck"
    course_block = blocks.Bottleneck
    controls = (
        Slider("in_channels", "channels in", (64, 128, 256, 512, 1024, 2048), 256),
        Slider("channels", "channels", (64, 128, 256, 512), 128),
        Choice("v1", "stride is in", {"3×3 (v1.5)": False, "first 1×1 (v1)": True}, False),
        Slider("stride", "stride", (1, 2), 2),
    )
    lines = 3

    def trial(self, values: dict[str, Any]) -> Trial:
        return Trial(**values, size=SIZE)
