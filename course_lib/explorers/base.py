"""What every explorer is: a pure function from its controls' values to a picture, made live.

A new explorer is a subclass of `Explorer` with a `title`, its `controls`, `set_up` and `update`.
"""

import base64
import html
import io
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imsave

from course_lib.figures import DPI

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LOOK = {"style": {"description_width": "120px"}, "layout": {"width": "390px", "margin": "2px 4px"}}
CAPTION = "margin: 0; line-height: 1.4"
FULL_GRID = 400  # combinations up to which `grid` lists them all


class Control:
    """One thing the reader sets: its keyword in `update`, its label, and the values it can take.

    `options` maps the words the reader sees to the values that `update` gets.
    """

    view: type[widgets.DOMWidget]  # the ipywidget that shows it
    view_options: dict[str, Any] = {}

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

    def widget(self, value: Any) -> widgets.DOMWidget:
        return self.view(
            options=list(self.options.items()),
            value=value,
            description=self.label,
            **LOOK | self.view_options,
        )


class Slider(Control):
    """A row of ordered values. The arrow keys go from one to the next."""

    view = widgets.SelectionSlider

    def __init__(self, name: str, label: str, values: Sequence[Any], default: Any) -> None:
        super().__init__(name, label, {f"{value}": value for value in values}, default)

    def widget(self, value: Any) -> widgets.DOMWidget:
        first, last = self.values[0], self.values[-1]
        if not isinstance(first, int) or self.values != list(range(first, last + 1)):
            return super().widget(value)
        # screen readers hear this one's values; of the other they hear the places in the row
        return widgets.IntSlider(value, first, last, description=self.label, **LOOK)


class Choice(Control):
    """A few named options, all in view; with two of them, a switch."""

    view = widgets.RadioButtons
    view_options = {
        "orientation": "horizontal",
        "layout": LOOK["layout"] | {"display": "flex", "align_items": "baseline"},
    }


class Explorer:
    """A live picture. As the last expression of a cell it shows itself.

    With a running kernel the reader sees the controls and the picture they lead to. Elsewhere
    (a web page, a slide, a notebook that was not run yet) the picture of the first values.

    Keyword arguments replace the controls' defaults as the first values shown. Raises ValueError
    for a value that its control does not have, TypeError for a control that does not exist.
    """

    title: str
    controls: tuple[Control, ...]
    size: tuple[float, float] = (8.0, 4.0)  # inches, at 100 dots each

    def __init__(self, **first: Any) -> None:
        self.first = self._complete(first)
        # older releases of matplotlib cut 4.6 inches, a hair below 460 dots, down to 459
        width, height = (
            side if int(side * DPI) == round(side * DPI) else math.nextafter(side, math.inf)
            for side in self.size
        )
        self.figure = Figure(figsize=(width, height), dpi=DPI)
        self.canvas = FigureCanvasAgg(self.figure)
        self._ground = self._drawn_once(self.set_up(self.figure) or ())

    def set_up(self, figure: Figure) -> Sequence[Artist] | None:
        """Creates, once, every artist that `update` will move. Few artists draw fast.

        May return artists that stay as they are whatever the values: they are drawn now, and then
        only copied, beneath all others. Worth it for a legend and for the axes' ticks and spines.
        """
        raise NotImplementedError

    def update(self, *_: Any, **values: Any) -> str:  # *_: each explorer names its own values
        """Moves the artists to where the values put them, and describes the picture in words.

        Gets one value per control. Sets everything that an earlier call may have changed. Values
        that make no sense together are explained, in the picture and in the description.
        """
        raise NotImplementedError

    def prepare(self) -> None:
        """Computes, before the controls appear, what would make a first move of one slow."""

    def picture(self, **values: Any) -> tuple[bytes, str]:
        """The PNG and its description; controls that are not named keep their first value."""
        description = self.update(**self._complete(values, self.first))
        renderer = self.canvas.get_renderer()
        self.canvas.restore_region(self._ground)
        self.figure.draw(renderer)
        return self._png(), description

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

    def widget(self) -> widgets.Widget:
        """The controls above the picture, and under it its description."""
        self.prepare()
        views = {
            control.name: control.widget(self.first[control.name]) for control in self.controls
        }
        image, caption = widgets.HTML(), widgets.HTML(layout={"width": f"{self._pixels[0]}px"})

        def show(_: Any = None) -> None:
            picture, description = self.picture(**{name: v.value for name, v in views.items()})
            image.value = self._image_tag(picture, description)
            caption.value = f'<p role="status" style="{CAPTION}">{html.escape(description)}</p>'

        for view in views.values():
            view.observe(show, names="value")
        show()
        panel = widgets.Box(
            list(views.values()), layout={"flex_flow": "row wrap", "width": f"{self._pixels[0]}px"}
        )
        return widgets.VBox([panel, image, caption])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        """The live view, and for wherever no kernel runs the first picture and its description."""
        picture, description = self.picture()
        # ipywidgets 8 would write this itself; 7, which Colab has, cannot
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget().model_id}
        data = {WIDGET_VIEW: view, "image/png": picture, "text/plain": description}
        width, height = self._pixels
        return data, {"image/png": {"alt": description, "width": width, "height": height}}

    def _drawn_once(self, still: Sequence[Artist]) -> Any:
        """A copy of the canvas with the artists that stay; `Figure.draw` no longer draws them."""
        self.figure.draw_without_rendering()  # lays out what a later draw would
        renderer = self.canvas.get_renderer()
        self.figure.patch.draw(renderer)
        for artist in sorted(still, key=Artist.get_zorder):
            artist.draw(renderer)
        for artist in (self.figure.patch, *still):
            artist.set_visible(False)
        return self.canvas.copy_from_bbox(self.figure.bbox)

    def _png(self) -> bytes:
        buffer = io.BytesIO()
        imsave(buffer, self.canvas.buffer_rgba(), format="png", pil_kwargs={"compress_level": 1})
        return buffer.getvalue()

    @property
    def _pixels(self) -> tuple[int, int]:
        return round(self.size[0] * DPI), round(self.size[1] * DPI)

    def _image_tag(self, picture: bytes, description: str) -> str:
        data = base64.b64encode(picture).decode()  # decoded in step with the page: no flicker
        width, height = self._pixels
        return (
            f'<img src="data:image/png;base64,{data}" alt="{html.escape(description)}" '
            f'width="{width}" height="{height}" decoding="sync">'
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


def boxes(left: Any, bottom: Any, width: Any = 1.0, height: Any = 1.0) -> np.ndarray:
    """Corners (n, 4, 2) of n rectangles, for one `PolyCollection` instead of n patches.

    Each argument is a number or n numbers; an empty one gives no rectangle.
    """
    left, bottom, width, height = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(side, dtype=float)) for side in (left, bottom, width, height))
    )
    x = np.stack([left, left + width, left + width, left], axis=-1)
    y = np.stack([bottom, bottom, bottom + height, bottom + height], axis=-1)
    return np.stack([x, y], axis=-1)


def move(collection: PolyCollection | LineCollection, corners: np.ndarray) -> None:
    """Puts the polygons or lines of a collection where `corners` (n, k, 2) says."""
    collection.set_verts(corners)  # type: ignore[arg-type]  # its hints leave arrays out


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
