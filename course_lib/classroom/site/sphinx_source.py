"""What Sphinx reads to make the course's web pages: a copy of the notebooks, made for reading.

The copy keeps the repository's folders, so that the links between its files stay as they are. The
start page is an explorer, a card for each notebook, and parts of the README.
"""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat

from course_lib import explorers
from course_lib.classroom.editions import pristine
from course_lib.classroom.notebooks import FOLDER
from course_lib.classroom.site import contents
from course_lib.classroom.site.reading import for_reading, without_solutions

ROOT = FOLDER.parent
DOWNLOADS = "downloads"  # what goes into the site as it is, not as a page
README_PARTS = ("The notebooks", "Start", "Licence")
TABLE = re.compile(r"^(?:\|.*\n)+", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:\s]+)\)")  # to a file: no web address, no anchor


def write(folder: Path, solutions: bool = True, slides: bool = False) -> None:
    """Write it into `folder`, a new one; into its folder `DOWNLOADS`, the notebooks themselves.

    `solutions`: whether exercises come with theirs. `slides`: whether pages link to decks. Raises
    ValueError for a notebook that has been worked in, or of which too little is said.
    """
    entries = contents.entries()
    notebooks = [FOLDER / f"{entry.name}.ipynb" for entry in entries]
    data = ROOT / "data"
    documents = [FOLDER / "glossary.md", data / "README.md", *sorted(data.glob("*/README.md"))]
    files = [ROOT / "LICENSE", *(data / "LICENSES").iterdir()]
    copies = {path: folder / path.relative_to(ROOT) for path in [*notebooks, *documents, *files]}
    for copy in copies.values():
        copy.parent.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy(path, copies[path])
    for path in documents:
        text = _without_dead_ends(path.read_text("utf-8"), path, copies)
        copies[path].write_text(_front_matter(text.split("\n\n")[1]) + text, "utf-8")
    (folder / DOWNLOADS / "notebooks").mkdir(parents=True)
    for place, (path, entry) in enumerate(zip(notebooks, entries, strict=True)):
        notebook = pristine(path)
        if not solutions:
            without_solutions(notebook)
        nbformat.write(notebook, folder / DOWNLOADS / "notebooks" / path.name)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _without_dead_ends(cell.source, path, copies)
        bar = contents.bar(entries, place, deck=slides)
        for_reading(notebook, bar, entry.description, solutions)
        nbformat.write(notebook, copies[path])
    names = [f"{entry.numbered} <notebooks/{entry.name}>" for entry in entries]
    text = _without_dead_ends(start_page(entries), contents.README, copies)
    text += _contents("Notebooks", names)
    text += _contents("To look things up", [_page(path) for path in documents])
    (folder / "index.md").write_text(text, "utf-8")


def start_page(entries: list[contents.Entry]) -> str:
    """The README's opening words, a living picture, and parts of the README, its table as cards."""
    opening, *parts = re.split(r"^## ", contents.README.read_text("utf-8"), flags=re.MULTILINE)
    titled = {part.partition("\n")[0]: f"## {part.rstrip()}" for part in parts}
    title, words, *_ = opening.split("\n\n")
    blocks = [
        _front_matter(words, "hide-toc: true") + title,
        words,
        f"~~~~~~{{raw}} html\n{explorers.InsideResNet()._repr_html_()}\n~~~~~~",
        contents.beginning(entries[0]),
        *(TABLE.sub(lambda table: contents.cards(entries), titled[part]) for part in README_PARTS),
    ]
    return "\n\n".join(blocks) + "\n\n"


def _front_matter(description: str, *settings: str) -> str:
    """What a page says of itself: a description, without marks of Markdown, and settings."""
    said = f"  html_meta:\n    description: {json.dumps(re.sub('[`*]', '', description))}"
    return "\n".join(["---", *settings, "myst:", said, "---"]) + "\n\n"


def _without_dead_ends(text: str, path: Path, pages: Iterable[Path]) -> str:
    """The Markdown of `path`; a link to a file that is not among `pages` becomes its text alone.

    A link to nothing at all stays, so that Sphinx reports it.
    """

    def kept(link: re.Match) -> str:
        target = (path.parent / link[2]).resolve()
        return link[1] if target.exists() and target not in pages else link[0]

    return LINK.sub(kept, text)


def _page(path: Path) -> str:
    """What Sphinx calls the page of a file."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def _contents(caption: str, pages: list[str]) -> str:
    """A part of the side bar: pages, as "page" or "title <page>"."""
    lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"]
    return "\n".join(lines) + "\n\n"
