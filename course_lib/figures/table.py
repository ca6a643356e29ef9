"""Tables in a notebook, as tables: a screen reader can walk them, and no word breaks at a line."""

import html
import re
from collections.abc import Iterable, Sequence

from IPython.display import display

NUMBER = re.compile(r"[-−+±≈~<>]?\s?[\d.,]+(?:e[-+]?\d+)?\s?(?:%|s|ms|M|G|k|x|×|±.*)?|[-–—]|")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Display `rows` under the headings `columns`; a column of numbers stands to the right.

    Numbers are shown as `str` has them, integers with commas: round others before. The first column
    names its row. Raises ValueError for a row of another length.
    """
    written = [[_text(cell) for cell in row] for row in rows]
    for row in written:
        if len(row) != len(columns):
            raise ValueError(f"the row {row} has {len(row)} cells for the {len(columns)} {columns}")
    sides = [
        "right" if all(NUMBER.fullmatch(row[place]) for row in written) else "left"
        for place in range(len(columns))
    ]

    def line(cells: Sequence[str], heads: str) -> str:
        """A row; `heads` says what its first cell is the heading of, and the others are data."""
        others = 'th scope="col"' if heads == "col" else "td"
        tags = [f'th scope="{heads}"', *[others] * (len(cells) - 1)]
        return "".join(
            f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag[:2]}>'
            for tag, side, cell in zip(tags, sides, cells, strict=True)
        )

    head = line(columns, "col")
    body = "\n".join(f"<tr>{line(row, 'row')}</tr>" for row in written)
    widths = [max(map(len, column)) for column in zip(columns, *written, strict=True)]
    plain = "\n".join(
        "  ".join(
            cell.rjust(width) if side == "right" else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        ).rstrip()
        for row in [list(columns), *written]
    )
    shown = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    display({"text/html": shown, "text/plain": plain}, raw=True)


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
