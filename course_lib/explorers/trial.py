"""Two blocks on trial, a learner's and the course's: what each puts out, and whether that is equal.

Both are built as `make_layer` does it, `block(in_channels, channels, stride, downsample)`. Shapes
and parameters are those of each trial at its full size, with layers that compute nothing. Outputs
are compared on numbers, in a smaller trial of the same kind.
"""

import math
import textwrap
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.ask import raised
from course_lib.exercises.engine.compare import Raised, describe, same
from course_lib.exercises.engine.guard import SideEffects, guarded
from course_lib.exercises.engine.weights import WeightsDiffer, copy_weights
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import randomize, unseen_layers
from course_lib.models.blocks import shortcut
from course_lib.models.cost import count_parameters
from course_lib.models.resnext import resnext_width

SECONDS = 6  # of work for all trials, which take one or two; what is left then is not run
LONGEST, WIDE = 160, 110  # letters of a message, and of a line in the picture
Figures = list[int]  # [parameters, *shape of the output for one map]
Text = tuple[str, tuple[str, ...], str]  # how the outputs compare, lines that say it, a note
SAME, OTHER, UNKNOWN = "=", "≠", "?"


class Trial(NamedTuple):
    """How a block is built, and the height and width of the maps that it gets."""

    in_channels: int
    channels: int
    stride: int
    size: int
    groups: int = 1
    width_per_group: int = 64
    v1: bool = False  # of the course's block alone: a learner's has no such option

    @property
    def options(self) -> dict[str, int]:
        """What is given by name, where it is not the default."""
        asked = self._asdict()
        names = ("groups", "width_per_group", "v1")
        return {name: asked[name] for name in names if asked[name] != self._field_defaults[name]}

    def build(self, block: Any) -> nn.Module:
        """The block with its way past, if it needs one."""
        out_channels = self.channels * block.expansion
        agree = self.stride == 1 and self.in_channels == out_channels
        past = None if agree else shortcut(self.in_channels, out_channels, self.stride)
        return block(self.in_channels, self.channels, self.stride, past, **self.options)

    def smaller(self) -> "Trial":
        """One of the same kind that is quickly computed on numbers.

        The channels keep their ratio, odd sizes stay odd, and several groups stay several.
        """
        few, many = sorted((self.in_channels, self.channels))
        factor = max(1, few // 16, many // 128)
        in_channels, channels = self.in_channels // factor, self.channels // factor
        small = self._replace(in_channels=in_channels, channels=channels, size=8 - self.size % 2)
        if (self.groups, self.width_per_group) == (1, 64):
            return small
        width = min(4, resnext_width(self.channels, 1, self.width_per_group))
        return small._replace(groups=min(4, self.groups), width_per_group=64 * width // channels)

    def words(self, name: str) -> str:
        """The call as the learner would write it, and the size."""
        options = {"stride": self.stride, **self.options}
        named = ", ".join(f"{option}={value}" for option, value in options.items())
        return f"{name}({self.in_channels}, {self.channels}, {named}) on {self.size}×{self.size}"


def _conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Zeros, of a size that one channel tells. What does not fit is left to PyTorch's words."""
    fits = input.ndim == 4 and input.shape[1] == groups * weight.shape[1]
    if not fits or len(weight) % groups or input.dtype != weight.dtype:
        return torch.conv2d(input, weight, bias, stride, padding, dilation, groups)
    one, kernel = (torch.zeros(1, 1, *each.shape[2:], device="cpu") for each in (input, weight))
    size = torch.conv2d(one, kernel, None, stride, padding, dilation).shape[2:]
    return input.new_zeros(len(input), len(weight), *size)


def _batch_norm(x: Tensor, *vectors: Any, **named: Any) -> Tensor:
    held = [each for each in (*vectors, *named.values()) if isinstance(each, Tensor)]
    if any(each.shape != x.shape[1:2] for each in held):
        return F.batch_norm(x, *vectors, **named)
    return x


def _unchanged(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
    return tensor


# functions of PyTorch that take their time, and what takes their place where numbers do not matter
OUTLINES: dict[Any, Callable[..., Tensor]] = {
    torch.empty: torch.zeros,  # what only happens to be in memory may be no number
    torch.conv2d: _conv2d,
    F.batch_norm: _batch_norm,
    F.relu: _unchanged,
    nn.init.kaiming_uniform_: _unchanged,
    nn.init.kaiming_normal_: _unchanged,
    nn.init.uniform_: _unchanged,
    nn.init.normal_: _unchanged,
}


class Outlines(TorchFunctionMode):
    """Inside, layers give zeros of the right shape and compute nothing: any width is quick.

    All else is PyTorch's own, so that what does not fit fails as it does in a network.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        return OUTLINES.get(func, func)(*args, **(kwargs or {}))


class Pair:
    """The learner's block and the course's, on the same trials. Each is run only once."""

    def __init__(self, own: Any, course: Any) -> None:
        self.own, self.course = own, course
        self.name = own.__name__[:24]
        self.effects = SideEffects()  # what the learner's code prints stays here
        self.known: dict[tuple, Any] = {}
        # one block is for maps of all sizes
        self.built = lru_cache(maxsize=4)(lambda trial, block, device: trial.build(block))
        self.start = (time.thread_time(), time.monotonic())

    def told(self, trial: Trial) -> tuple[Figures | None, Figures | None, Text]:
        """The figures of the course's block and of the learner's, and what else there is to say."""
        course = self._once(self._figures, self.course, trial, "meta")
        course = None if isinstance(course, Raised) else course
        if self._late():
            return course, None, _text(UNKNOWN, f"Not run: the others took {SECONDS} seconds.")
        own = self._once(self._own_figures, trial._replace(v1=False))
        if isinstance(own, Raised):
            return course, None, _text(OTHER, describe(own), own.line[2:-1])
        if course and own[1:] != course[1:]:
            return course, own, _text(OTHER, "The outputs have different shapes.")
        small = trial.smaller()
        found = self._once(self._comparison, small)
        where = f"Tried on numbers: {small._replace(v1=False).words(self.name)}."
        if isinstance(found, Raised):
            said = f"The outputs cannot be compared. {describe(found)}"
            return course, own, _text(UNKNOWN, said, where)
        sign, said = found
        return course, own, _text(sign, said, where)

    def _late(self) -> bool:
        """By the work done: on a busy machine that takes longer. A block may sleep, too."""
        worked, passed = time.thread_time() - self.start[0], time.monotonic() - self.start[1]
        return max(worked, passed / 5) > SECONDS

    def _once(self, ask: Callable[..., Any], *arguments: Any) -> Any:
        """What a method answers, whatever the learner's code does: an error is an answer too."""
        key = (ask.__name__, *arguments)
        if key not in self.known:
            with guarded(self.effects):
                try:
                    self.known[key] = ask(*arguments)
                except KeyboardInterrupt:
                    raise  # the stop button
                except BaseException as error:  # SystemExit too must not end the learner's kernel
                    self.known[key] = raised(error)
        return self.known[key]

    def _own_figures(self, trial: Trial) -> Figures:
        try:
            return self._figures(self.own, trial, "meta")
        except Exception:  # perhaps for want of numbers; and PyTorch's words are others there
            return self._figures(self.own, trial, "cpu")

    def _figures(self, block: Any, trial: Trial, device: str) -> Figures:
        with torch.device(device), torch.no_grad(), Outlines():
            model = self.built(trial._replace(size=0), block, device)
            output = model(torch.zeros(2, trial.in_channels, trial.size, trial.size))
        if not isinstance(output, Tensor):
            raise TypeError(f"forward returned {type(output).__name__}, not a tensor")
        if output.shape[:1] != (2,):
            raise ValueError(f"two maps went in, and out came the shape {tuple(output.shape)}")
        return [count_parameters(model), *output.shape[1:]]

    def _comparison(self, trial: Trial) -> tuple[str, str]:
        """How the outputs of both differ when they have the same weights."""
        x = randn(4, trial.in_channels, trial.size, trial.size)
        course, own = trial.build(self.course), trial._replace(v1=False).build(self.own)
        randomize(course)
        try:
            copy_weights(course, own, x)
        except WeightsDiffer as error:
            why = unseen_layers(own, own(x.clone())) or f"The weights differ: {error}."
            return UNKNOWN, f"The outputs cannot be compared. {why}"
        gaps = {}
        for mode in ("training", "evaluation"):
            given = x.clone()
            with torch.no_grad():
                right = course.train(mode == "training")(x)
                yours = own.train(mode == "training")(given)
            if not torch.equal(given, x):
                return OTHER, "Yours changes its input x in place, which the shortcut still needs."
            if not same(right, yours):
                gaps[mode] = (right - yours).abs().max().item()
        if not gaps:
            return SAME, "With the same weights both put out the same, in training and evaluation."
        if not math.isfinite(sum(gaps.values())):
            return OTHER, "With the same weights your output has entries that are not numbers."
        gap, only = max(gaps.values()), f", in {next(iter(gaps))} only" if len(gaps) == 1 else ""
        return OTHER, f"With the same weights the outputs differ by up to {gap:.2g}{only}."


def _text(sign: str, message: str, note: str = "") -> Text:
    return sign, (*textwrap.wrap(_cut(message, LONGEST), WIDE, max_lines=2),), _cut(note, WIDE)


def _cut(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
