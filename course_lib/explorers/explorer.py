"""What every explorer is: controls, and an ES module that draws a picture of their values.

A new explorer is a subclass of `Explorer` with a `title` and its `controls`, and beside its file a
module of the same name, `picture(values, computed) -> {svg, words}`. What only PyTorch can compute
comes from `computed`.
"""

import base64
import html
import inspect
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from course_lib.explorers.module import Drawing, Picture, script
from course_lib.figures import GREY

FULL_GRID = 400  # combinations up to which `grid` lists them all
MOVE = "Run this cell to move it."


class Control:
    """One thing the reader sets: its keyword, its label, and the values it can take.

    `options` maps the words the reader sees to the values.
    """

    kind: str  # how the runtime shows it

    def __init__(self, name: str, label: str, options: dict[str, Any], default: Any) -> None:
        self.name, self.label, self.options, self.default = name, label, options, default
        self.check(default)

    @property
    def values(self) -> list[Any]:
        return list(self.options.values())

    def check(self, value: Any) -> None:
        """Raises ValueError where the control cannot take `value`."""
        if value not in self.values:
            raise ValueError(f"{self.name}={value!r} is not among the values {self.values}")

    def described(self) -> dict[str, Any]:
        """What the runtime has to know of it."""
        options = list(self.options.items())
        return {"kind": self.kind, "name": self.name, "label": self.label, "options": options}


class Slider(Control):
    """A row of ordered values. The arrow keys go from one to the next."""

    kind = "slider"

    def __init__(self, name: str, label: str, values: Sequence[Any], default: Any) -> None:
        super().__init__(name, label, {f"{value}": value for value in values}, default)


class Choice(Control):
    """A few named options, all in view; with two of them, a switch."""

    kind = "choice"


class Switches(Control):
    """Named options of which any number is chosen, none at first: the value lists the chosen."""

    kind = "switches"

    def __init__(self, name: str, label: str, options: dict[str, Any]) -> None:
        super().__init__(name, label, options, [])

    @property
    def values(self) -> list[list[Any]]:
        """Every list of options: the one at place i is chosen in list number s if s has bit i."""
        options = list(self.options.values())
        return [
            [option for i, option in enumerate(options) if number >> i & 1]
            for number in range(2 ** len(options))
        ]

    def check(self, value: Any) -> None:
        if value not in self.values:
            options = list(self.options.values())
            raise ValueError(f"{self.name}={value!r} is no list of some of {options}, in order")


class Explorer:
    """A picture that answers to its controls. As the last expression of a cell it shows itself.

    It needs no kernel: it lives in a notebook opened again, on a web page and on a slide. Where
    scripts may not run, the picture of the first values stays.

    Keyword arguments replace the controls' defaults as the first values shown. Raises ValueError
    for a value that its control does not have, TypeError for a control that does not exist.
    """

    title: str
    controls: tuple[Control, ...]
    lines = 2  # of words under the picture, at most: room is kept for them

    def __init__(self, **first: Any) -> None:
        self.first = self._complete(first)

    @cached_property
    def computed(self) -> Any:
        """What only PyTorch can compute, as JSON has it, rounded well inside its spread."""
        return {}

    @cached_property
    def module(self) -> str:
        """The ES module's name: that of the Python module in which the class stands."""
        return Path(inspect.getfile(type(self))).stem

    @cached_property
    def drawing(self) -> Drawing:
        return Drawing(self.module, self.computed)

    def picture(self, **values: Any) -> Picture:
        """The drawing and its words; controls that are not named keep their first value."""
        return self.drawing.picture(self._complete(values, self.first))

    def grid(self) -> Iterator[dict[str, Any]]:
        """All combinations of the controls' values, or of every two controls if they are many.

        Above `FULL_GRID` combinations it lists a selection: for any two controls, each value of
        the one still meets each value of the other.
        """
        names = [control.name for control in self.controls]
        choices = [control.values for control in self.controls]
        if math.prod(map(len, choices)) <= FULL_GRID:
            combinations: Iterator[tuple[Any, ...]] = itertools.product(*choices)
        else:
            combinations = _every_pair(choices)
        for combination in combinations:
            yield dict(zip(names, combination, strict=True))

    def model(self) -> dict[str, Any]:
        """What the module is told, but for `computed`."""
        controls = [control.described() for control in self.controls]
        return {"controls": controls, "values": self.first, "lines": self.lines}

    def _repr_html_(self) -> str:
        """One piece of HTML that stands alone: the first picture, and the script that moves it."""
        model, computed = (html.escape(json.dumps(each)) for each in (self.model(), self.computed))
        return (
            f'<figure data-explorer="{self.module}" data-model="{model}" '
            f'data-computed="{computed}">{self._still()}<figcaption>{MOVE}</figcaption></figure>\n'
            f'<script type="module">\n{script(self.module)}</script>'
        )

    def __repr__(self) -> str:
        return self.picture().words

    def _still(self) -> str:
        """The first picture as an image, in a grey that can be read on light and on dark pages."""
        width, height = self.drawing.size
        drawn, words = self.picture()
        used = (asset for id, asset in self.drawing.assets().items() if f"#{id}" in drawn)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" color="{GREY}" font-family="sans-serif">'
            f"<defs>{''.join(used)}</defs>{drawn}</svg>"
        )
        data = base64.b64encode(svg.encode()).decode()
        return (
            f'<img alt="{html.escape(words)}" width="{width}" height="{height}" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def _complete(self, values: dict[str, Any], rest: dict[str, Any] | None = None) -> dict:
        """One allowed value per control: the given one, or the one in `rest`, or the default."""
        controls = {control.name: control for control in self.controls}
        for name, value in values.items():
            if name not in controls:
                raise TypeError(f"{name!r} is not a control of {self.title!r}: {list(controls)}")
            controls[name].check(value)
        rest = rest or {control.name: control.default for control in self.controls}
        return rest | values


def _every_pair(choices: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """Few combinations in which any two controls take each pair of their values at least once.

    The lines of a plane over a prime field: for two slopes i and j, (a + i b, a + j b) runs
    through every pair modulo p as (a, b) does.
    """
    prime = max(len(choices), *map(len, choices))
    while any(prime % divisor == 0 for divisor in range(2, prime)):
        prime += 1
    for a, b in itertools.product(range(prime), repeat=2):
        yield tuple(
            values[(a + slope * b) % prime % len(values)] for slope, values in enumerate(choices)
        )
