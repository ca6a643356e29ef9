"""Mistakes in a block that is an nn.Module: the reference, each time with one thing changed."""

from collections.abc import Callable

from torch import nn

from .definition import Mistake


class BlockMistakes:
    """A bank of mistakes, filled by two decorators for the functions that make them."""

    def __init__(self, reference: type[nn.Module]) -> None:
        self.reference = reference
        self.mistakes: list[Mistake] = []

    def forward(self, sentence: str) -> Callable:
        """Decorates a `forward(block, x)`: a mistake in what the block computes."""

        def add(function: Callable) -> Callable:
            wrong = type("Block", (self.reference,), {"forward": function})
            self.mistakes.append(Mistake(sentence, wrong))
            return function

        return add

    def built(self, sentence: str) -> Callable:
        """Decorates a `change(block, in_channels, channels, stride)`: a mistake in its layers."""

        def add(change: Callable) -> Callable:
            class Block(self.reference):
                def __init__(
                    self, in_channels, channels, stride=1, downsample=None, *options, **named
                ):
                    super().__init__(in_channels, channels, stride, downsample, *options, **named)
                    change(self, in_channels, channels, stride)

            self.mistakes.append(Mistake(sentence, Block))
            return change

        return add
