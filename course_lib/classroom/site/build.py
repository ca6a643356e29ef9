"""The course as static web pages, for any web server or straight from the disk.

Sphinx, with the settings in `sphinx/conf.py`, turns what `sphinx_source` writes into pages. The
notebooks' saved outputs are shown; nothing is executed.
"""

import io
import shutil
import tempfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from course_lib.classroom.notebooks import notebook_of, sources
from course_lib.classroom.site import sphinx_source
from course_lib.classroom.slides import deck

SETTINGS = Path(__file__).with_name("sphinx")
MARKER = ".course_site"  # tells a folder that may be replaced from any other


def build(out: str | Path, solutions: bool = True, slides: bool = False) -> int:
    """Write the site into the folder `out`, in place of an earlier one. Returns its pages' number.

    `solutions`: whether exercises come with theirs, folded. `slides`: whether the decks are built
    as well, for the pages to link to.

    The site is made beside `out` and moved there when it is whole. Raises ValueError where `out`
    is anything but a new, an empty or an earlier site's folder, and for whatever Sphinx warns of,
    such as a broken link.
    """
    out = Path(out).resolve()
    _check_replaceable(out)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        source, pages = Path(scratch, "source"), Path(scratch, "pages")
        sphinx_source.write(source, solutions, slides)
        _run_sphinx(source, pages)
        shutil.copytree(source / sphinx_source.DOWNLOADS, pages, dirs_exist_ok=True)
        count = len(list(pages.rglob("*.html")))
        for script in sources() if slides else []:
            deck.write(notebook_of(script), pages / "slides")
        (pages / MARKER).touch()
        (pages / ".nojekyll").touch()  # or GitHub leaves out the folders that begin with "_"
        if out.exists():
            out.replace(Path(scratch, "earlier"))
        pages.replace(out)
    return count


def _check_replaceable(out: Path) -> None:
    remedy = "give the folder of an earlier site, or one that does not exist yet"
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file: {remedy}")
    if out.exists() and not (out / MARKER).exists() and any(out.iterdir()):
        raise ValueError(f"{out} holds other files, which a site would replace: {remedy}")
    if not out.parent.is_dir():
        raise ValueError(f"{out.parent} is no folder: create it first")


def _run_sphinx(source: Path, pages: Path) -> None:
    """Raises ValueError with all of Sphinx's warnings, if there are any."""
    nocolor()
    warnings = io.StringIO()
    with patch_docutils(SETTINGS), docutils_namespace():
        Sphinx(
            srcdir=source,
            confdir=SETTINGS,
            outdir=pages,
            doctreedir=source.with_name("doctrees"),
            buildername="html",
            status=None,
            warning=warnings,
            freshenv=True,
        ).build()
    if warnings.getvalue():
        raise ValueError(f"no site is written, for Sphinx warns:\n{warnings.getvalue().strip()}")
