"""What a teacher opens in a spreadsheet: the grades, each diagnosis, the class's mistakes."""

import csv
import io
from collections import Counter
from collections.abc import Iterable

from matplotlib.figure import Figure

from course_lib import exercises, figures
from course_lib.classroom.grading.grade import Row
from course_lib.classroom.grading.judgement import Unjudged
from course_lib.exercises.engine.report import Report, Status
from course_lib.files import as_text

SHOWN = 12  # mistakes in the chart
NOTHING_TO_SAY = (Status.CORRECT, Status.NOT_ATTEMPTED, Unjudged.MISSING)


def grades_csv(rows: list[Row]) -> bytes:
    """A row a learner: how many are solved, the status of each exercise, what cannot be graded."""
    names = exercises.names()
    return _csv(
        ["learner", "solved", *names, "problems"],
        (
            [row.learner.name, row.solved]
            + [row.grades[name].status for name in names]
            + ["; ".join(row.learner.problems)]
            for row in rows
        ),
    )


def details_csv(rows: list[Row]) -> bytes:
    """A row for each exercise that a learner has handed in: for filtering by any column."""
    return _csv(
        ["learner", "notebook", "exercise", "status", "diagnosis", "where", "other definitions"],
        (
            [row.learner.name, notebook, name, grade.status, grade.diagnosis, grade.where]
            + [grade.copies]
            for row in rows
            for notebook, names in exercises.COURSE.items()
            for name in names
            if (grade := row.grades[name]).status != Unjudged.MISSING
        ),
    )


def common_mistakes(rows: list[Row]) -> list[tuple[str, str, int]]:
    """(exercise, diagnosis, how many learners), the most frequent first.

    Of several mistakes in one answer each counts. What no known mistake explains is counted by the
    kind of error, or as such: what is said of it holds for one learner's lines.
    """
    counts: Counter = Counter()
    for row in rows:
        for name, grade in row.grades.items():
            if grade.status not in NOTHING_TO_SAY:
                for words in _kinds(grade.report):
                    counts[name, words] += 1
    order = {name: position for position, name in enumerate(exercises.names())}
    found = [(name, words, count) for (name, words), count in counts.items()]
    return sorted(found, key=lambda item: (-item[2], order[item[0]], item[1]))


def _kinds(report: Report) -> tuple[str, ...]:
    """The known mistakes in a report, or what else can be said of more than one learner."""
    if report.mistakes:
        return report.mistakes
    if report.diagnosis and not report.is_open:
        return (report.diagnosis,)
    kind = report.error.partition(":")[0]
    return (f"an error: {kind}" if kind else "wrong, and no known mistake",)


def mistakes_csv(mistakes: list[tuple[str, str, int]]) -> bytes:
    """The class's mistakes, the most frequent first."""
    return _csv(
        ["learners", "exercise", "mistake"], ([n, name, text] for name, text, n in mistakes)
    )


def mistakes_png(mistakes: list[tuple[str, str, int]]) -> bytes:
    """A bar for each of the class's most frequent mistakes, as a picture."""
    shown = mistakes[:SHOWN]
    figure = Figure(figsize=(11, 1.4 + 0.5 * max(len(shown), 1)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(range(len(shown)), [count for *_, count in shown], color=figures.BLUE)
    labels = [f"{name}\n{_start(words)}" for name, words, _ in shown]
    axes.set_yticks(range(len(shown)), labels, parse_math=False)
    for row, (*_, count) in enumerate(shown):
        axes.annotate(f" {count}", (count, row), va="center")
    axes.invert_yaxis()
    axes.locator_params("x", integer=True)
    axes.margins(x=0.08)
    axes.set_xlabel("learners")
    axes.set_title("The most common mistakes" if shown else "No mistakes")
    axes.spines[["top", "right"]].set_visible(False)
    return figures.png(figure)


def _start(words: str, limit: int = 75) -> str:
    """The first clause, if it is short enough."""
    words = words.partition(":")[0] if words.find(":") > 12 else words
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def _csv(head: list[str], rows: Iterable[list]) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> object:
    return as_text(" ".join(value.split())) if isinstance(value, str) else value  # one line
