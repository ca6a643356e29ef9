"""A page for each learner: what is solved, what is wrong and in which cases, and a first hint."""

from html import escape

from course_lib import exercises
from course_lib.classroom.grading.grade import Row
from course_lib.classroom.grading.judgement import Grade, Unjudged
from course_lib.exercises.engine.feedback import VERDICTS, findings
from course_lib.exercises.engine.report import Status

SIGNS = VERDICTS | {
    Unjudged.STOPPED: ("!", "Stopped", "#D55E00"),
    Unjudged.SOLUTION: ("!", "Uses the course's solution", "#D55E00"),
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
section { border-left: 4px solid; padding-left: 12px; margin: 1.5rem 0 }
table { border-collapse: collapse } td, th { border: 1px solid #767676; padding: 2px 8px }
pre { white-space: pre-wrap }
"""


def page(row: Row) -> str:
    """The learner's page, as HTML. It holds hint 1 of what is not solved, never a solution."""
    handed_in = {n: grade for n, grade in row.grades.items() if grade.status != Unjudged.MISSING}
    title = f"{escape(row.learner.name)}: {row.solved} of {len(handed_in)} solved"
    problems = "".join(f"<p><b>{escape(problem)}</b></p>" for problem in row.learner.problems)
    sections = []
    for notebook, names in exercises.COURSE.items():
        if present := [name for name in names if name in handed_in]:
            sections.append(f"<h2>{notebook}</h2>")
            sections += [_section(name, handed_in[name]) for name in present]
            absent = [name for name in names if name not in handed_in]
            if absent:
                sections.append(f"<p>Not found in your files: {', '.join(absent)}.</p>")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{problems}{''.join(sections)}"
        "</body></html>\n"
    )


def _section(name: str, grade: Grade) -> str:
    sign, words, colour = SIGNS[grade.status]
    task = exercises.get(name)
    heading = f"<h3>{sign} {words}: <code>{name}</code>, {escape(task.title)}</h3>"
    if grade.status == Status.CORRECT:
        return f'<section style="border-color: {colour}">{heading}</section>'
    where = f"<p>Graded: {escape(grade.where)}.</p>"
    if grade.copies:
        where = f"<p>Graded: {escape(grade.where)}; it is defined {grade.copies + 1} times.</p>"
    hint = f"<p><b>Hint:</b> {escape(task.hints[0])}</p>"
    body = heading + findings(grade.report) + hint + where
    return f'<section style="border-color: {colour}">{body}</section>'
