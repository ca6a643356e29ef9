"""Who sees whom in a grouped convolution, its weight as a block-diagonal matrix, and its cost."""

from collections.abc import Iterator
from typing import Any

from course_lib.explorers.explorer import Explorer, Slider

CHANNELS = (4, 6, 8, 12, 16)
GROUPS = (1, 2, 3, 4, 6, 8, 12, 16)


class GroupedConvolution(Explorer):
    """The connections, the weight as it is stored, and the dense weight of the same function.

    One output channel is followed through all three.
    """

    title = "Grouped convolution"
    controls = (
        Slider("in_channels", "channels in", CHANNELS, 8),
        Slider("out_channels", "channels out", CHANNELS, 8),
        Slider("groups", "groups", GROUPS, 2),
        Slider("kernel_size", "kernel size", (1, 3, 5), 3),
        Slider("output", "follow output", range(max(CHANNELS)), 3),
    )

    def grid(self) -> Iterator[dict[str, Any]]:
        """Follows no output that is not there; the module settles on the last one instead."""
        for values in super().grid():
            yield {**values, "output": min(values["output"], values["out_channels"] - 1)}
