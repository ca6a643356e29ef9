"""How often wrong answers are named truly, falsely, or not at all: python -m tests.bench answers.

Known mistakes alone and in pairs, mechanical mutants of the references, and wrong answers as people
write them. "Named": by known mistakes that are really in it, which is known beforehand; of a mutant
those that concern the statement which was changed. "Placed": by what reading the code, the kinds of
its answers, the arguments, an error or a run beside the reference have shown. "Falsely": by known
mistakes that are not in it. Of answers as people write them a pattern says what a true diagnosis
mentions; "other words" are those that do not match, to be read.

A file of answers of your own is a Python file with BANK[exercise]["wrong"], a list of (label,
function or class), and META[exercise, label], a (kind, pattern).
"""

import ast
import itertools
import re
import runpy
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib import exercises
from course_lib.edits import Clash, places, source_of
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.report import Report
from tests.exercises.bank.wrong_answers import wrong_answers
from tests.exercises.mutants import first_line, mutants
from tests.sampling import sample

NAMED, PLACED, FALSE, OTHER = "named", "placed", "falsely", "other words"
NONE, ACCEPTED = "not named", "accepted"
COLUMNS = (NAMED, PLACED, FALSE, OTHER, NONE, ACCEPTED)
PAIRS, MUTANTS = 25, 25  # of an exercise, unless all are asked for


def banks(name: str, every: bool = False) -> Iterator[tuple[str, str, Report]]:
    """(what it is, verdict, report) of the exercise's mistakes and of pairs of them."""
    task = exercises.get(name)
    for sentence in task.mistakes:
        yield sentence, *_judged(task, task.wrong(sentence), {sentence})
    pairs = list(itertools.combinations(task.mistakes, 2))
    for pair in pairs if every else sample(pairs, PAIRS):
        try:
            answer = task.wrong(*pair)
        except Clash:
            continue
        verdict, report = _judged(task, answer, set(pair))
        if verdict != ACCEPTED:  # two mistakes may undo each other
            yield " + ".join(pair), verdict, report


def _judged(task: Check, answer: Any, truth: set[str]) -> tuple[str, Report]:
    report = task.grade(answer)
    if report.mistakes:
        # two may be together what another one is alone
        is_true = len(report.mistakes) == 1 or set(report.mistakes) <= truth
        return NAMED if is_true else FALSE, report
    return _said(report), report


def mutated(name: str, every: bool = False) -> Iterator[tuple[str, str, Report]]:
    """The same of mechanical changes of the reference; those that change nothing are left out."""
    task = exercises.get(name)
    found = list(mutants(task.reference))
    for words, answer in found if every else sample(found, MUTANTS):
        report = task.grade(answer)
        if report.status == "correct":
            continue
        verdict = _said(report)
        if report.mistakes:
            touched = {line for m in report.mistakes for line in _lines(task, m)}
            verdict = NAMED if words.partition(" -> ")[0] in touched else FALSE
        yield words, verdict, report


def _lines(task: Check, sentence: str) -> set[str]:
    """The reference's statements that a known mistake changes, as `mutants` words them."""
    change = task.mistakes[sentence]
    if callable(change):
        return set()
    source = source_of(task.reference)
    tree = ast.parse(source)
    numbers = set()
    for start, end in places(task.reference, change):
        numbers |= set(range(source.count("\n", 0, start) + 1, source.count("\n", 0, end) + 2))
    return {
        first_line(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and numbers & set(range(node.lineno, node.end_lineno + 1))
    }


def as_people_write(name: str, answers: list[tuple[str, Any, str]]) -> Iterator:
    """The same of answers with a pattern of what a true diagnosis says."""
    task = exercises.get(name)
    for label, answer, pattern in answers:
        if not pattern:
            continue
        report = task.grade(answer)
        told = f"{report.diagnosis} {report.error}"
        is_true = report.status != "correct" and re.search(pattern, told, re.IGNORECASE)
        known = NAMED if report.mistakes else PLACED
        yield label, known if is_true else _said(report, OTHER), report


def _said(report: Report, something: str = PLACED) -> str:
    if report.status == "correct":
        return ACCEPTED
    return something if report.diagnosis else NONE


def _file(path: Path) -> dict[str, list[tuple[str, Any, str]]]:
    sys.path.insert(0, str(path.parent))
    found = runpy.run_path(str(path), run_name=path.stem)
    answers = defaultdict(list)
    for name, kinds in found["BANK"].items():
        for label, answer in kinds["wrong"]:
            answer.__name__ = name
            answers[name].append((label, answer, found["META"][name, label][1]))
    return answers


def main(arguments: list[str]) -> None:
    """Print a table for each source of answers.

    --every takes every pair and mutant, and not a sample; --show prints what is not named truly.
    """
    every, shows = "--every" in arguments, "--show" in arguments
    files = [Path(argument) for argument in arguments if not argument.startswith("--")]
    ours = {
        name: [(answer.title, answer, says) for answer, says in wrong_answers(name)]
        for name in exercises.names()
    }
    sources: dict[str, Any] = {
        "known mistakes, alone and in pairs": lambda name: banks(name, every),
        "mutants of the references": lambda name: mutated(name, every),
        "wrong answers as people write them": lambda name: as_people_write(name, ours[name]),
    }
    if files:
        sources = {}
    for path in files:
        answers = _file(path)
        sources[path.name] = lambda name, a=answers: as_people_write(name, a.get(name, []))
    for title, source in sources.items():
        _table(title, source, shows)


def _table(title: str, source: Any, shows: bool) -> None:
    print(f"\n{title:50}" + "".join(f"{column:>13}" for column in COLUMNS) + f"{'slowest, s':>12}")
    total: Counter[str] = Counter()
    times = []
    for name in exercises.names():
        counts: Counter[str] = Counter()
        slowest, start = 0.0, time.process_time()
        for label, verdict, report in source(name):
            counts[verdict] += 1
            times.append(time.process_time() - start)
            slowest = max(slowest, times[-1])
            if shows and verdict not in (NAMED, PLACED):
                print(f"  {verdict} | {name} | {label[:90]}\n      {report.diagnosis or '-'}")
            start = time.process_time()
        total += counts
        if counts:
            print(f"{name:50}{_cells(counts)}{slowest:12.2f}", flush=True)
    share = (total[NAMED] + total[PLACED]) / max(1, total.total())
    print(f"{f'all: {share:.0%} named or placed':50}{_cells(total)}{max(times, default=0):12.2f}")
    if times:
        print(f"median {1000 * statistics.median(times):.0f} ms of computing")


def _cells(counts: Counter[str]) -> str:
    return "".join(f"{counts[column]:13}" for column in COLUMNS)
