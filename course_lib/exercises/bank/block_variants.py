"""Mistakes in a block that is an nn.Module: the reference, each time with one thing changed."""

from collections.abc import Callable
from typing import Any

from torch import nn

from course_lib.exercises.engine.exercise import Mistake


class BlockMistakes:
    """A bank of mistakes, filled by decorators for the functions that make them.

    The bank is bound to no block: `of` makes its mistakes in any whose layers have the names that
    the functions use. So blocks that are alike share a bank.
    """

    def __init__(self) -> None:
        self._makers: list[tuple[str, Callable[[type[nn.Module]], type[nn.Module]]]] = []

    def of(self, reference: type[nn.Module]) -> tuple[Mistake, ...]:
        """The mistakes, in the order of the bank, made in `reference`."""
        return tuple(Mistake(sentence, make(reference)) for sentence, make in self._makers)

    def block(self, sentence: str) -> Callable:
        """Decorates a `make(reference)` that returns the whole wrong class."""

        def add(make: Callable) -> Callable:
            self._makers.append((sentence, make))
            return make

        return add

    def forward(self, sentence: str) -> Callable:
        """Decorates a `forward(block, x)`: a mistake in what the block computes."""

        def add(function: Callable) -> Callable:
            @self.block(sentence)
            def make(reference: type[nn.Module]) -> type[nn.Module]:
                return type("Block", (reference,), {"forward": function})

            return function

        return add

    def built(self, sentence: str) -> Callable:
        """Decorates a `change(block, in_channels, channels, stride)`: a mistake in its layers."""

        def add(change: Callable) -> Callable:
            @self.block(sentence)
            def make(reference: Any) -> type[nn.Module]:  # Any: a base known at runtime only
                class Block(reference):
                    def __init__(self, in_channels, channels, stride=1, *options, **named):
                        super().__init__(in_channels, channels, stride, *options, **named)
                        change(self, in_channels, channels, stride)

                return Block

            return change

        return add


def changed(conv: nn.Conv2d, **arguments: Any) -> nn.Conv2d:
    """A new convolution like `conv`, but for these arguments of nn.Conv2d."""
    same: dict[str, Any] = {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "kernel_size": conv.kernel_size,
        "stride": conv.stride,
        "padding": conv.padding,
        "groups": conv.groups,
        "bias": conv.bias is not None,
    }
    return nn.Conv2d(**(same | arguments))
