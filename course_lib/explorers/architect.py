"""A ResNet of any depth: every part's shape, parameters and MACs, against the paper's row."""

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import Any

from course_lib.explorers.explorer import Choice, Explorer, Slider

STAGES = ("stage1", "stage2", "stage3", "stage4")
KINDS = ("BasicBlock", "Bottleneck")
BLOCKS = range(1, 41)  # that a stage can have
OWN = "own"


def _network(kind: str, *blocks: int) -> dict[str, Any]:
    return {"block": kind} | dict(zip(STAGES, blocks, strict=True))


# What each choice of the first control sets. He et al. 2015, table 1, has the first five; your own
# begins with one block a stage.
NETWORKS: dict[Any, dict[str, Any]] = {
    18: _network("BasicBlock", 2, 2, 2, 2),
    34: _network("BasicBlock", 3, 4, 6, 3),
    50: _network("Bottleneck", 3, 4, 6, 3),
    101: _network("Bottleneck", 3, 4, 23, 3),
    152: _network("Bottleneck", 3, 8, 36, 3),
    OWN: dict.fromkeys(STAGES, 1),
}
PAPER = [depth for depth in NETWORKS if depth != OWN]
WIDTHS = (16, 32, 64, 96, 128)
SIZES = (32, 64, 96, 128, 160, 192, 224, 256, 320, 448)


class ResNetArchitect(Explorer):
    """The parts side by side: their output, their blocks, and bars for parameters and MACs.

    `depth` sets the block and the four stages. The stages always count: where they and the block
    are no network of the paper, `depth` is "own".
    """

    title = "ResNet architect"
    controls = (
        Choice("depth", "network", {f"ResNet-{n}": n for n in PAPER} | {"your own": OWN}, 50),
        *(
            Slider(stage, f"{place} stage", BLOCKS, NETWORKS[50][stage])
            for stage, place in zip(STAGES, ("first", "second", "third", "fourth"), strict=True)
        ),
        Slider("width", "width", WIDTHS, 64),
        Slider("size", "image size", SIZES, 224),
        Choice("block", "block", {kind: kind for kind in KINDS}, "Bottleneck"),
    )

    @cached_property
    def computed(self) -> Any:
        """The networks that the first control sets: written down once, for the page as well."""
        return list(NETWORKS.items())

    def grid(self) -> Iterator[dict[str, Any]]:
        """Each value of a control with each of another's, but for the blocks of two stages.

        A stage's cost does not depend on how many blocks another has.
        """
        for depth in PAPER:
            yield self._complete({"depth": depth})
            for i, size in enumerate(SIZES):
                yield self._complete(
                    {"depth": depth, "width": WIDTHS[i % len(WIDTHS)], "size": size}
                )
        for first, (i, size) in product(BLOCKS, enumerate(SIZES)):
            width = (first + i) % len(WIDTHS)
            blocks = [(first + 9 * stage) % len(BLOCKS) + 1 for stage in range(len(STAGES))]
            yield self._complete(
                _network(KINDS[(width + i) % 2], *blocks) | {"width": WIDTHS[width], "size": size}
            )

    def _complete(self, values: dict[str, Any], rest: dict[str, Any] | None = None) -> dict:
        """What is named counts most, then the network named by its depth; the depth follows."""
        complete = super()._complete(values, rest)
        complete |= NETWORKS.get(values.get("depth"), {}) | values
        same = (n for n, network in NETWORKS.items() if network.items() <= complete.items())
        return complete | {"depth": next(same, OWN)}
