"""Grade a class: take every exercise out, have each one run, and judge what it answered."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from tqdm import tqdm

import course_lib
from course_lib import exercises
from course_lib.classroom.grading.intake.extraction import Extract
from course_lib.classroom.grading.intake.submissions import Learner, read
from course_lib.classroom.grading.judgement import (
    Grade,
    Limits,
    grade,
    out_of_time,
    with_place,
    without_running,
)
from course_lib.classroom.grading.sandbox import wire
from course_lib.classroom.grading.sandbox.pool import Outcome, Pool, Task
from course_lib.exercises.engine.compare import describe
from course_lib.exercises.engine.key import AnswerKey
from course_lib.exercises.engine.report import Status

EXTRACTION = Limits(seconds=60)


@dataclass
class Row:
    """A learner's grades, by exercise, and what could not be graded."""

    learner: Learner
    grades: dict[str, Grade] = field(default_factory=dict)

    @property
    def solved(self) -> int:
        return sum(item.status == Status.CORRECT for item in self.grades.values())


def grade_class(
    learners: list[Learner], jobs: int, limits: Limits, bar: tqdm
) -> tuple[list[Row], list[str]]:
    """The grades of all learners, in their order, and files of the course that changed meanwhile.

    `bar` is moved on by one for each exercise that is done. Interrupted, it ends all processes.
    """
    keys = {name: exercises.get(name).key for name in exercises.names()}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the other cores are the workers'
    try:
        with Pool(jobs) as pool:
            extracts = _extract(pool, learners)
            before = fingerprints()  # no line of a submission has run yet
            return _grade(pool, learners, extracts, keys, limits, bar), changed_files(before)
    finally:
        torch.set_num_threads(threads)


def _extract(pool: Pool, learners: list[Learner]) -> dict[int, dict[str, Extract]]:
    """What each learner (by its id) has handed in. All files are read here, before any code runs
    that could change or delete them."""
    extracts = {}
    for task, outcome in pool.run(_extractions(learners)):
        extracts[id(task.about)] = _extracts(task.about, outcome)
    return extracts


def _grade(
    pool: Pool,
    learners: list[Learner],
    extracts: dict[int, dict[str, Extract]],
    keys: dict[str, AnswerKey],
    limits: Limits,
    bar: tqdm,
) -> list[Row]:
    rows = {id(learner): Row(learner) for learner in learners}
    pending = []
    for learner in learners:
        for name in keys:
            found = extracts[id(learner)].get(name)
            if certain := without_running(name, found):
                rows[id(learner)].grades[name] = certain
            elif found:
                pending.append((learner, name, found))
    bar.reset(total=len(pending))
    spent: dict[int, float] = defaultdict(float)

    def attempts() -> Iterator[Task]:
        for learner, name, found in pending:
            if spent[id(learner)] < limits.total_seconds:
                arguments = (name, vars(found))
                about = (learner, name, found)
                yield Task("attempt", arguments, limits.seconds, limits.memory, about)
            else:
                rows[id(learner)].grades[name] = out_of_time(name, found, limits)
                bar.update()

    opened = []
    for task, outcome in pool.run(attempts()):
        learner, name, found = task.about
        spent[id(learner)] += outcome.seconds
        rows[id(learner)].grades[name] = graded = grade(found, outcome, keys[name], limits)
        bar.update()
        if graded.report.is_open and spent[id(learner)] < limits.total_seconds:
            arguments = (*task.arguments, bool(graded.report.error))
            opened.append(replace(task, work="locate", arguments=arguments))
    for task, outcome in pool.run(iter(opened)):
        learner, name, _ = task.about
        rows[id(learner)].grades[name] = with_place(rows[id(learner)].grades[name], outcome)
    return list(rows.values())


def _extractions(learners: list[Learner]) -> Iterator[Task]:
    for learner in learners:
        texts = []
        for path in learner.files:
            try:
                texts.append((path.name, read(path)))
            except ValueError as error:
                learner.problems.append(str(error))
        yield Task("extract", (texts,), EXTRACTION.seconds, EXTRACTION.memory, learner)


def _extracts(learner: Learner, outcome: Outcome) -> dict[str, Extract]:
    """What was found in a learner's files; what was amiss is added to the learner's problems."""
    # no submitted line has run, but a file may be made to break the parser
    sent = wire.decode(outcome.message) if outcome.message else {}
    if "found" not in sent:
        why = describe(sent["failed"]) if sent else f"{outcome.end}, status {outcome.code}"
        learner.problems.append(f"the notebooks cannot be read: {why}")
        return {}
    learner.problems += sent["problems"]
    return {name: Extract(**found) for name, found in sent["found"].items()}


def fingerprints() -> dict[Path, bytes]:
    """A hash of every file of the installed course."""
    folder = Path(course_lib.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".pyc"))
    return {path: hashlib.sha256(path.read_bytes()).digest() for path in files}


def changed_files(before: dict[Path, bytes]) -> list[str]:
    """Which files of the course have changed or gone since `before`; new ones do not count."""
    after = fingerprints()
    return [str(path) for path, digest in before.items() if after.get(path) != digest]
