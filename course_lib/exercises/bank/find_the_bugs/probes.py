"""Probes that put a piece where it belongs, and question the block or the network around it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.bank.block_probes import pixels
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

    def prepare(piece: Implementation, *arguments: Any) -> Any:
        return probe.prepare(build(piece), *arguments) if probe.prepare else {}

    steps = prepare if probe.prepare else None
    return replace(probe, observe=observe, prepare=steps, is_call=False)


def block_probes(slot: Implementation, channels: int = 8, **options: int) -> tuple[Probe, ...]:
    """Probes for a piece in the place of `slot` in a block which is right in all else.

    First whether the two paths meet, with the layers that ran if not; then everything that
    `module_probe` asks, for blocks with and without a projection, and on maps of uneven size. A
    piece with layers is given the stride by place, by name, or not at all where it is 1.
    """
    _, kind, part = slot.__name__.split("_")

    def build(piece: Implementation, **pieces: Implementation) -> BlockClass:
        return block_class(kind, **({slot.__name__: piece} | pieces))

    def build_skipping(piece: Implementation) -> BlockClass:
        return build(piece, fix_shortcut=_skip)

    def build_by_name(piece: Implementation) -> BlockClass:
        return build(_by_name(piece) if part == "layers" else piece)

    reference = block_class(kind)
    same = channels * reference.expansion  # with as many input channels the shortcut is empty

    def module(in_channels: int, stride: int, x: Tensor) -> Probe:
        return module_probe(reference, in_channels, channels, stride, x=x, **options)

    probes = [
        around(build, paths_probe(same, channels, x=randn(2, same, 5, 7), **options)),
        around(build_skipping, paths_probe(same, channels, 2, x=randn(2, same, 9, 8), **options)),
        around(build_by_name, module(same, 1, 5 * randn(2, same, 5, 7))),
        around(build, module(4, 1, randn(2, 4, 5, 6))),
        around(build_by_name, module(same, 2, randn(2, same, 8, 7))),
        around(build, gradients_probe(4, channels, x=randn(2, 4, 5, 6), **options)),
    ]
    if part == "layers":
        uneven = randn(2, same, 5, 6)
        probes.append(around(build, equal_weights_probe(same, channels, 2, x=uneven, **options)))
    else:
        image = randn(1, same, 3, 3)
        probes.append(around(build, _evaluation_probe(same, channels, x=image, **options)))
    return tuple(replace(probe, label=f"a block built with {probe.label}") for probe in probes)


def _skip(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """A way past the block that has no layers, for as many channels as go in."""
    return pixels(stride)


def _by_name(layers: Implementation) -> Implementation:
    def called(
        self: nn.Module, in_channels: int, channels: int, stride: int, **options: int
    ) -> None:
        named = options if stride == 1 else options | {"stride": stride}
        layers(self, in_channels, channels, **named)

    return called


def gradients_probe(*args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """How many of the module's parameters are learned, after a backward pass from its output."""

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> dict:
        model = implementation(*args, **kwargs).train()
        output = model(x)
        (output * randn(*output.shape)).sum().backward()
        parameters = list(model.parameters())
        having = sum(parameter.grad is not None for parameter in parameters)
        return {"parameters with a gradient": f"{having} of {len(parameters)}"}

    return Probe(words(args, kwargs), observe, (args, kwargs, x), is_call=True)


def _evaluation_probe(*args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """Whether the block in evaluation mode leaves its input alone, and repeats its answer."""

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> dict:
        model, given = implementation(*args, **kwargs).eval(), x.clone()
        with torch.no_grad():
            first = model(given).clone()
            kept = torch.equal(given, x)
            again = torch.equal(model(x.clone()), first)
        return {
            "output shape in evaluation mode": tuple(first.shape),
            "in evaluation mode, its input": "is as it was" if kept else "is overwritten",
            "the same input again": "has the same output" if again else "has another output",
        }

    return Probe(words(args, kwargs), observe, (args, kwargs, x))


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
        self.noted = {
            "in_channels": in_channels,
            "channels": channels,
            "stride": stride,
            "groups": groups,
            "width_per_group": width_per_group,
        }


class NotedBasicBlock(NotedBlock):
    """One that takes no options."""

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__(in_channels, channels, stride)


def stage_probe(*args: Any, **options: int) -> Probe:
    """What each block of the stage is given. No block runs."""

    def observe(piece: Implementation, args: tuple, options: dict) -> dict[str, Any]:
        stage = piece(*args, **options)
        found = {"blocks": len(stage), "different blocks": len(set(stage))}
        noted = [block.noted for block in stage]
        return found | {f"{name} of each": [each[name] for each in noted] for name in noted[0]}

    return Probe(words(args, options), observe, (args, options), is_call=True)
