"""A notebook, made for reading on a page: nothing is executed there, and nobody is judged."""

from html import escape

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from course_lib import exercises
from course_lib.classroom.notebooks import exercise_name
from course_lib.exercises.engine.feedback import solution


def for_reading(notebook: NotebookNode, bar: str, description: str, solutions: bool) -> None:
    """Change it: `bar` under its title, exercises as tasks, imports folded, no table of progress.

    `solutions`: whether each task ends with its solution, folded.
    """
    notebook.metadata = NotebookNode(
        language_info={"name": "python", "pygments_lexer": "ipython3"},
        myst={"html_meta": {"description": description}},
    )
    title, _, rest = notebook.cells[0].source.partition("\n")
    notebook.cells[0].source = f"{title}\n\n{bar}\n\n{rest.strip()}"
    read = []
    for cell in notebook.cells:
        if name := exercise_name(cell):
            read.append(new_markdown_cell(task(name, cell.source, solutions)))
        elif not cell.source.startswith("exercises.progress("):
            read.append(cell)
            tags = cell.metadata.setdefault("tags", [])
            if cell.source.startswith("explorers."):  # it is its own controls
                tags.append("remove-input")
            if "setup" in tags:
                tags.append("hide-input")
    notebook.cells = read


def without_solutions(notebook: NotebookNode) -> None:
    """Take the outputs of the exercises out of the notebook, for they hold the solutions."""
    for cell in notebook.cells:
        if exercise_name(cell):
            cell.outputs, cell.execution_count = [], None


def task(name: str, code: str, solution_too: bool) -> str:
    """An exercise as Markdown: the code to begin with; hints, and the solution, folded."""
    exercise = exercises.get(name)
    folds = {
        "Hint 1": f"<p>{escape(exercise.hints[0])}</p>",
        "Hint 2": _code(exercise.hints[1]),
        "Solution": _code(solution(exercise.reference), "python") if solution_too else "",
    }
    facts = (
        f"<p><b>Your turn.</b> Difficulty {exercise.difficulty} of 5, importance "
        f"{exercise.importance} of 5, about {exercise.minutes} minutes. In the notebook this cell "
        "checks what you write.</p>"
    )
    parts = [facts, _code(code, "python")]
    for summary, text in folds.items():
        if text:
            parts.append(f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>")
    return "::::{container} course-task\n" + "\n\n".join(parts) + "\n::::"


def _code(text: str, language: str = "none") -> str:
    return f"```{language}\n{text.rstrip()}\n```"
