"""Many narrow branches or few wide ones: the paths of a ResNeXt block, and what they cost."""

from typing import Any

from course_lib.explorers.explorer import Choice, Slider
from course_lib.explorers.own_block import BlockExplorer, Trial
from course_lib.models.resnext import ResNeXtBottleneck

CARDINALITIES = (1, 2, 4, 8, 16, 32, 64)
WIDTHS = (1, 2, 3, 4, 6, 8, 14, 16, 24, 32, 40, 64, 128)
BLOCK, NETWORK = "one block", "whole network"


class Cardinality(BlockExplorer):
    """The branches of a block, the paper's choices, and its cost beside that of one branch."""

    title = "Cardinality"
    course_block = ResNeXtBottleneck
    controls = (
        Slider("cardinality", "cardinality", CARDINALITIES, 32),
        Slider("width", "branch width", WIDTHS, 4),
        Slider("channels", "channels", (64, 128, 256, 512, 1024), 256),
        Choice("scope", "count", {BLOCK: BLOCK, NETWORK: NETWORK}, BLOCK),
    )

    def trial(self, values: dict[str, Any]) -> Trial:
        channels = values["channels"]
        per_group = values["width"] * 256 / channels  # it is meant for 256 channels, and scales
        if per_group == int(per_group):
            per_group = int(per_group)
        return Trial(channels, channels // 4, 1, 56, values["cardinality"], per_group)
