"""The failed cases as HTML: one in full, the others folded."""

from html import escape

from course_lib.exercises.engine.report import Failure, Grid

CELL = 'style="text-align: left; vertical-align: top"'


def cases(failures: tuple[Failure, ...]) -> str:
    """The first failed case, open, and the rest in a fold; the same error is told once."""
    told = {failure.yours: failure for failure in reversed(failures) if _is_error(failure)}
    shown = [f for f in failures if not _is_error(f) or f is told[f.yours]]
    repeats = len(failures) - len(shown)
    if not shown:
        return ""
    rest = "".join(_case(failure) for failure in shown[1:])
    rest += f"<p>{repeats} more with the same error.</p>" if repeats else ""
    count = len(failures) - 1
    words = f"{count} more failed case{'s' if count > 1 else ''}"
    fold = f"<details><summary>{words}</summary>{rest}</details>" if rest else ""
    return _case(shown[0]) + fold


def _is_error(failure: Failure) -> bool:
    return failure.expected == "no error"


def _case(failure: Failure) -> str:
    rows = [("expected", failure.expected), ("yours", failure.yours)]
    cells = "".join(
        f"<tr><th {CELL}>{name}</th><td {CELL}>{escape(text)}</td></tr>" for name, text in rows
    )
    table = f"<table><caption {CELL}>{escape(failure.case)}</caption>{cells}</table>"
    return table + (_grids(failure.grid) if failure.grid else "")


def _grids(grid: Grid) -> str:
    """Both parts side by side, with a frame around the first number that differs."""
    where = f", part {escape(grid.part)}" if grid.part else ""
    sides = (("expected", grid.expected), ("yours", grid.yours))
    halves = "".join(
        f'<td style="vertical-align: top">{name}{where}{_numbers(rows, grid.differs)}</td>'
        for name, rows in sides
    )
    return f"<table><tr>{halves}</tr></table>"


def _numbers(rows: list[list[str]], differs: tuple[int, int]) -> str:
    lines = []
    for number, row in enumerate(rows):
        cells = ""
        for column, text in enumerate(row):
            first = (number, column) == differs
            frame = "; outline: 2px solid; font-weight: bold" if first else ""
            mark = ' title="the first that differs"' if first else ""
            cells += f'<td style="text-align: right{frame}"{mark}>{escape(text)}</td>'
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"
