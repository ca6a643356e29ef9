"""Formulas as MathML, which browsers set themselves: for Sphinx, no script and nothing to load.

The letters and signs come from `sphinx/static/STIXTwoMath.woff2`.
"""

from html import escape
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging

CONVERTER = LatexToMathML(fancy_error=False)


def mathml(latex: str, display: bool = False) -> str:
    """Raises LatexError for what is no formula, or has a command that is not known."""
    return CONVERTER.convert_with_local_state(latex, displaystyle=display)


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(f'<span class="math">{_converted(node)}</span>')
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{_converted(node, display=True)}</div>\n')
    raise nodes.SkipNode


def _converted(node: nodes.Element, display: bool = False) -> str:
    """What cannot be converted stays as it is written, with a warning, which ends the build."""
    try:
        return mathml(node.astext(), display)
    except LatexError as error:
        logging.getLogger(__name__).warning("%s in $%s$", error, node.astext(), location=node)
        return f"<code>{escape(node.astext())}</code>"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True}
