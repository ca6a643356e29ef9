"""What the pages say of each notebook before it is read: on its card and in its bar."""

import re
from html import escape
from typing import NamedTuple

import nbformat

from course_lib.classroom.notebooks import FOLDER, notebook_of, sources
from course_lib.exercises import COURSE

README = FOLDER.parent / "README.md"
MINUTES = re.compile(r"takes (about (?:an hour|\d+ minutes))")
# In the README: a notebook's row in the table, and a badge that opens the first notebook elsewhere.
ROW = re.compile(r"^\| \[[^\]]+\]\(notebooks/(\w+)\.ipynb\) \| ([^|]+) \|", re.MULTILINE)
BADGE = re.compile(r"\[!\[([^\]]+)\]\([^)]+\)\]\((https://[^)]+)\)")

QUESTIONS = {
    "00_welcome": "What is it like to train a network, and how does this course work?",
    "01_convolution_arithmetic": "How large is what a convolution puts out, and what does it cost?",
    "02_residual_gradients": "What does a plus sign do for gradients, and what does it not do?",
    "03_basic_block": "When is a shortcut free, and when does it need weights of its own?",
    "04_bottleneck": "How can a block be four times as wide and hardly dearer?",
    "05_resnet": "How do five networks come out of a block and four numbers?",
    "06_training": "What has to happen in a training step, and what goes wrong if it does not?",
    "07_deeper": "Does a deeper network learn better, and how would you know?",
    "08_grouped_convolution": "What do you save, and what do you lose, if channels form groups?",
    "09_resnext": "At equal cost, are many narrow branches better than a wide one?",
    "10_find_the_bugs": "How do you find a mistake that raises no error?",
    "11_transfer_learning": "How do a few dozen pictures become a network of your own?",
    "12_family": "What became of the idea, and how much of it was the recipe?",
    "13_speed_and_scale": "Where does the time go, and how far do two minutes take you?",
}


class Entry(NamedTuple):
    """One notebook, as the pages announce it."""

    name: str  # such as "03_basic_block"
    title: str
    question: str
    builds: str
    minutes: str  # such as "about 50 minutes"

    @property
    def numbered(self) -> str:
        return f"{self.name[:2]} {self.title}"

    @property
    def description(self) -> str:
        return f"{self.question} In this notebook: {self.builds}."

    @property
    def size(self) -> str:
        """How much there is to do, such as "about 50 minutes · 3 exercises"."""
        count = len(COURSE.get(self.name, ()))
        exercises = f" · {count} exercise{'s' * (count > 1)}" if count else ""
        return self.minutes + exercises


def entries() -> list[Entry]:
    """All notebooks in order. Raises ValueError where something is not said of one."""
    builds = dict(ROW.findall(README.read_text("utf-8")))
    found = []
    for source in sources():
        opening = nbformat.read(notebook_of(source), 4).cells[0].source
        minutes = MINUTES.search(opening)
        said = {
            "its question, in course_lib/classroom/site/contents.py": QUESTIONS.get(source.stem),
            "what it builds, in the README's table": builds.get(source.stem),
            'that it "takes about ... minutes", in its first cell': minutes and minutes[1],
        }
        if missing := [where for where, words in said.items() if not words]:
            raise ValueError(f"{source.stem}: say {'; '.join(missing)}")
        title = opening.splitlines()[0].lstrip("# ")
        found.append(Entry(source.stem, title, *map(str, said.values())))
    return found


def cards(entries: list[Entry]) -> str:
    """A card for each notebook, as HTML for the start page."""
    items = (
        f'<li><a href="notebooks/{entry.name}.html"><b>{escape(entry.numbered)}</b>'
        f"<span>{escape(entry.question)}</span>"
        f"<small>{escape(entry.builds)}</small><small>{entry.size}</small></a></li>"
        for entry in entries
    )
    return f'<ul class="course-cards">{"".join(items)}</ul>'


def beginning(first: Entry) -> str:
    """Where to begin, as HTML for the start page."""
    link = f'<a href="notebooks/{first.name}.html">Begin with {escape(first.numbered)}</a>'
    return f'<div class="course-bar"><nav aria-label="Begin">{link} {_run(first, "")}</nav></div>'


def bar(entries: list[Entry], place: int, deck: bool) -> str:
    """What stands under the title of the notebook at `place`: how long, where to run it, where on.

    `deck`: whether there are slides of it.
    """
    entry = entries[place]
    slides = f'<a href="../slides/{entry.name}.html">Slides</a>' if deck else ""
    neighbours = [
        f'<a rel="{relation}" href="{other.name}.html">{words} {other.name[:2]}</a>'
        for relation, words, others in (
            ("prev", "Back to", entries[:place][-1:]),
            ("next", "On to", entries[place + 1 :][:1]),
        )
        for other in others
    ]
    return (
        f'<div class="course-bar"><p>{escape(entry.question)}</p><p>{entry.size}</p>'
        f'<nav aria-label="This notebook">{_run(entry, "../")} '
        f'<a href="{entry.name}.ipynb" download>Download</a> {slides} '
        f"<span>{' '.join(neighbours)}</span></nav></div>"
    )


def _run(entry: Entry, start: str) -> str:
    """Links to where it runs; `start` leads to the start page's folder."""
    badges = BADGE.findall(README.read_text("utf-8"))
    links = {
        words.removeprefix("Open in "): url.replace("00_welcome", entry.name)
        for words, url in badges
    }
    links["your machine"] = f"{start}index.html#start"
    return "Run it on " + " ".join(
        f'<a href="{escape(url)}">{words}</a>' for words, url in links.items()
    )
