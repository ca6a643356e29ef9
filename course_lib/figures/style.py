"""How the course's pictures look, and how a notebook shows one with its alternative text.

Pictures have no ground of their own and are at home on a light page and on a dark one: what is
drawn in `INK` takes the page's own colour of letters.
"""

import base64
import html
import io
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

# Okabe and Ito's palette: its colours stay apart for colour-blind readers too.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
# Where the page's own colour cannot be had, a grey that can be read on white and on black.
INK = "#757575"
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, INK)
GREY = "#8C8C8C"  # lines that only guide the eye; not for letters
DPI = 100  # dots of the page per inch of a figure
SHARP = 2  # dots of a picture per dot of the page, where it has dots at all
INLINE = Path(__file__).with_name("inline.js").read_text("utf-8")

LETTERS_AND_LINES = (
    *("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"),
    *("hatch.color", "patch.edgecolor"),
)
LOOK: dict[Any, Any] = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.prop_cycle": plt.cycler(color=PALETTE),
    "legend.facecolor": "none",
    "legend.edgecolor": GREY,
    "grid.color": GREY,
    "grid.alpha": 0.4,
    "svg.hashsalt": "course",  # or the names inside a drawing differ each time
}
plt.rcParams.update(LOOK | dict.fromkeys(LETTERS_AND_LINES, INK))


def png(figure: Figure) -> bytes:
    """The figure as a PNG on white, for a file of its own."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=SHARP * DPI, facecolor="white")
    return buffer.getvalue()


def svg(figure: Figure) -> str:
    """The figure as an SVG, whose `INK` is the colour of letters around it, or grey without any."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", dpi=SHARP * DPI, metadata={"Date": None, "Creator": None})
    drawn = buffer.getvalue().decode()
    drawn = drawn[drawn.index("<svg") :].replace(INK.lower(), "currentColor")
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    return re.sub(r'width="([\d.]+)pt" height="([\d.]+)pt"', _sized, drawn, count=1)


def _sized(points: re.Match) -> str:
    """The size in dots of the page: matplotlib writes points, 72 an inch."""
    width, height = (round(float(side) * DPI / 72) for side in points.groups())
    return f'width="{width}" height="{height}" color="{INK}"'


def drawn(figure: Figure, alt: str) -> str:
    """The figure as HTML, with a description for those who cannot see it."""
    data = base64.b64encode(svg(figure).encode()).decode()
    plt.close(figure)  # or Jupyter shows an open figure a second time when the cell ends
    image = f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{data}">'
    return f'<figure data-drawing>{image}</figure>\n<script type="module">\n{INLINE}</script>'


def show(figure: Figure, alt: str) -> None:
    """Display a figure once, with a description for those who cannot see it.

    `alt` is compared word for word by the notebook tests: put only numbers into it that are exact,
    or rounded well inside their spread.
    """
    display({"text/html": drawn(figure, alt), "text/plain": alt}, raw=True)
