"""How the course's pictures look (`style`), its tables, and drawings for more than one place."""

from course_lib.figures.style import (
    BLUE,
    DPI,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALETTE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    drawn,
    png,
    show,
)
from course_lib.figures.table import table

__all__ = [
    "BLUE",
    "DPI",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "PALETTE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "YELLOW",
    "drawn",
    "png",
    "show",
    "table",
]
