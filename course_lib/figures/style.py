"""How the course's pictures look, and how a notebook shows one with its alternative text."""

import io

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

# Okabe and Ito's palette: the eight colours stay apart for colour-blind readers too.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, BLACK)
GREY = "#767676"  # 4.5:1 on white: still readable as text
DPI = 100


def png(figure: Figure) -> bytes:
    """The figure as a PNG on white, `DPI` dots per inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    return buffer.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Display a figure once, with a description for those who cannot see it.

    `alt` also becomes the output's plain text, which the notebook tests compare word for word:
    put only numbers into it that are exact, or rounded well inside their spread.
    """
    display(
        {"image/png": png(figure), "text/plain": alt},
        metadata={"image/png": {"alt": alt}},
        raw=True,
    )
    plt.close(figure)  # or Jupyter shows an open figure a second time when the cell ends
