"""The glossary's terms, found where a notebook explains them: for Sphinx.

The first bold mention of a term in the notebook that the glossary names gets an anchor. The search
ranks it first, since it scores entries of an index above all else, and the glossary links to it.
"""

import re
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

from course_lib.classroom.notebooks import FOLDER

GLOSSARY = FOLDER / "glossary.md"
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| \[[^\]]+\]\((\w+)\.ipynb\) \| ([^|]+) \|$", re.MULTILINE)


class Term(NamedTuple):
    name: str
    notebook: str  # the one that explains it, such as "03_basic_block"
    chinese: str

    @property
    def anchor(self) -> str:
        return f"term-{nodes.make_id(self.name)}"


def terms() -> list[Term]:
    """The glossary's rows, in order."""
    return [Term(*row) for row in ROW.findall(GLOSSARY.read_text(encoding="utf-8"))]


def same(name: str) -> str:
    """What is equal for all spellings of a term: upper or lower case, with or without a last s."""
    return name.lower().removesuffix("s")


def _anchor(app: Sphinx, document: nodes.document) -> None:
    """Anchors for the terms that this page explains, and entries of the index that name them."""
    bold: dict[str, nodes.strong] = {}
    for node in document.findall(nodes.strong):
        bold.setdefault(same(node.astext()), node)
    for term in terms():
        if app.env.docname != f"notebooks/{term.notebook}":
            continue
        if place := bold.get(same(term.name)):
            place["ids"].append(term.anchor)
            names = (term.name, term.chinese)
            entries = [("single", name, term.anchor, "main", None) for name in names]
            document.append(addnodes.index(entries=entries))
        else:
            logger = logging.getLogger(__name__)
            logger.warning("the glossary says that %s explains %r", app.env.docname, term.name)


def _link(app: Sphinx, document: nodes.document, page: str) -> None:
    """In the glossary, what leads to a term's notebook leads to the term in it."""
    if page != f"notebooks/{GLOSSARY.stem}":
        return
    anchors = {(same(term.name), term.notebook): term.anchor for term in terms()}
    for row in document.findall(nodes.row):
        term = same(row.children[0].astext())
        for link in row.findall(nodes.reference):
            notebook = link.get("refuri", "").removesuffix(".html")
            if anchor := anchors.get((term, notebook)):
                link["refuri"] += f"#{anchor}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", _anchor)
    app.connect("doctree-resolved", _link)
    return {"parallel_read_safe": True}
