"""A residual block as boxes from top to bottom: for the three forms of ResNeXt (figure 3)."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from course_lib.figures.style import BLUE, GREY, INK, SKY

COLUMNS = {1: (0.5,), 3: (0.12, 0.5, 0.88)}  # where one box stands, or three


def block_diagram(axes: Axes, title: str, rows: Sequence[Sequence[str]]) -> None:
    """Draws x, the `rows` of one or of three boxes, and the addition of x with its shortcut.

    Rows of equally many boxes are joined box by box, others by a fan. "…" stands beside its line.
    """
    rows = [["x"], *rows, ["+"]]
    for number, row in enumerate(rows):
        columns = COLUMNS[len(row)]
        for text, column in zip(row, columns, strict=True):
            if text == "…":
                axes.text(column + 0.03, -number, text, va="center")
                continue
            box = {"boxstyle": "round", "facecolor": SKY, "edgecolor": BLUE}
            at = (column, -number)
            axes.text(*at, text, ha="center", va="center", fontsize=9, color="black", bbox=box)
        if number:
            above = COLUMNS[len(rows[number - 1])]
            same = len(above) == len(columns)
            pairs = zip(above, columns, strict=True) if same else [
                (one, other) for one in above for other in columns
            ]  # fmt: skip
            for one, other in pairs:
                axes.plot([one, other], [1 - number, -number], color=GREY, zorder=0)
    last, side = 1 - len(rows), 1.1
    axes.plot([0.5, side, side, 0.5], [0, 0, last, last], color=INK, zorder=0)
    axes.set(xlim=(-0.08, 1.15), ylim=(last - 0.4, 0.4), title=title)
    axes.axis("off")
