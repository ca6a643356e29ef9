"""Probes that put a piece where it belongs, and question the block or the network around it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.probes.block import equal_weights_probe, paths_probe
from course_lib.exercises.probes.call import randn, words
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory.network import block_class
from course_lib.models.blocks import BlockClass


def around(build: Callable[[Implementation], Implementation], probe: Probe) -> Probe:
    """`probe`, put to `build(piece)` in place of the piece itself."""

    def observe(piece: Implementation, *arguments: Any) -> Any:
        return probe.observe(build(piece), *arguments)

    return replace(probe, observe=observe)


def block_probes(kind: str, slot: str, channels: int = 8, **options: int) -> tuple[Probe, ...]:
    """Probes for the piece `slot` in a block of that `kind` which is right in all else.

    First whether the two paths meet, with the layers that ran if not; then everything that
    `module_probe` asks, for blocks with and without a projection, and on maps of uneven size.
    """

    def build(piece: Implementation) -> BlockClass:
        return block_class(kind, **{slot: piece})

    def build_skipping(piece: Implementation) -> BlockClass:
        return block_class(kind, **{slot: piece, "fix_shortcut": _skip})

    reference = block_class(kind)
    same = channels * reference.expansion  # with as many input channels the shortcut is empty

    def module(in_channels: int, stride: int, x: Tensor) -> Probe:
        return module_probe(reference, in_channels, channels, stride, x=x, **options)

    probes = [
        around(build, paths_probe(same, channels, x=randn(2, same, 5, 7), **options)),
        around(build_skipping, paths_probe(same, channels, 2, x=randn(2, same, 9, 8), **options)),
        around(build, module(same, 1, randn(2, same, 5, 7))),
        around(build, module(4, 2, randn(2, 4, 9, 8))),
        around(build, module(4, 1, randn(2, 4, 5, 6))),
        around(build, module(same, 2, randn(2, same, 8, 7))),
        around(build, equal_weights_probe(same, channels, x=randn(2, same, 5, 6), **options)),
    ]
    return tuple(replace(probe, label=f"a block built with {probe.label}") for probe in probes)


def _skip(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """A way past the block that has no layers, for as many channels as go in."""
    return nn.MaxPool2d(kernel_size=1, stride=stride)


class NotedBlock(nn.Module):
    """A block without layers, which notes what a stage hands to it."""

    expansion = 4

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        groups: int = 1,
        width_per_group: int = 64,
    ) -> None:
        super().__init__()
        self.noted = (
            f"in_channels={in_channels}, channels={channels}, stride={stride}, "
            f"groups={groups}, width_per_group={width_per_group}"
        )


class NotedBasicBlock(NotedBlock):
    expansion = 1


def stage_probe(*args: Any, **options: int) -> Probe:
    """What each block of the stage is given. No block runs."""

    def observe(piece: Implementation, args: tuple, options: dict) -> dict[str, Any]:
        stage = piece(*args, **options)
        noted = {f"block {i}": block.noted for i, block in enumerate(stage, start=1)}
        return {"blocks": len(stage), "different blocks": len(set(stage))} | noted

    return Probe(words(args, options), observe, (args, options))
