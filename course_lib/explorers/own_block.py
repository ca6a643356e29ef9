"""The learner's own block in an explorer of the course's block: the two, side by side.

    explorers.BasicBlock(block=MyBlock)

An explorer of a block derives from `BlockExplorer`, names the course's class as `course_block`, and
says in `trial` how its controls' values build a block and how large the maps are on which it runs.
Two rows under the picture and a sentence more then come by themselves: the explorer's own module
knows nothing of them. Its `computed`, if it has one, is `super().computed | {...}`.
"""

import inspect
import itertools
from functools import cached_property
from typing import Any

from torch import nn

from course_lib.explorers.explorer import Explorer
from course_lib.explorers.trial import Pair, Text, Trial

__all__ = ["BlockExplorer", "Trial"]


class BlockExplorer(Explorer):
    """An explorer of a block of the course, which sets the learner's own beside it.

    `block` is the learner's class. Raises TypeError unless it is a class of nn.Module.
    """

    course_block: type[nn.Module]

    def __init__(self, block: type[nn.Module] | None = None, **first: Any) -> None:
        super().__init__(**first)
        self.block = block
        if block is not None:
            _check(block)
            self.lines = type(self).lines + 3

    def trial(self, values: dict[str, Any]) -> Trial:
        """How one combination of the controls' values builds and runs a block."""
        raise NotImplementedError

    @cached_property
    def module(self) -> str:
        return super().module if self.block is None else f"{super().module}+own_block"

    @cached_property
    def computed(self) -> dict[str, Any]:
        return {} if self.block is None else {"own": self._beside(self.block)}

    def _beside(self, block: type[nn.Module]) -> dict[str, Any]:
        """What the module own_block.js shows, for each combination of the controls that matter.

        A combination is [index into `texts`, figures of the course's block, of the learner's];
        the last are 0 if they equal the course's, and None without an output.
        """
        pair = Pair(block, self.course_block)
        pair.told(self.trial(self.first))  # what is seen first, should the time not suffice
        choices = {
            control.name: control.values
            for control in self.controls
            if len({self.trial(self.first | {control.name: v}) for v in control.values}) > 1
        }
        texts: dict[Text, int] = {}
        found = []
        for values in itertools.product(*choices.values()):
            trial = self.trial(self.first | dict(zip(choices, values, strict=True)))
            course, own, lines = pair.told(trial)
            found.append([texts.setdefault(lines, len(texts)), course, 0 if own == course else own])
        names = {"course": self.course_block.__name__, "own": pair.name}
        return {"names": names, "choices": choices, "texts": [*texts], "found": found}


def _check(block: Any) -> None:
    """Raises TypeError, which says what to give instead."""
    if inspect.isclass(block) and issubclass(block, nn.Module):
        return
    if inspect.isclass(block):
        wrong = f"the class {block.__name__}, which does not derive from nn.Module"
    elif callable(block) and not isinstance(block, nn.Module):
        wrong = f"{getattr(block, '__name__', block)!s}, which is not a class"
    else:
        wrong = f"an object of type {type(block).__name__}"
    raise TypeError(
        f"block is {wrong}: give the class of your block itself, without calling it, as in "
        "block=MyBlock where that begins with class MyBlock(nn.Module)"
    )
