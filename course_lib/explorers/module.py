"""The explorers' ES modules: one text that asks for no other file, and run without a browser.

A module's `import` lines say for editors and readers where its names come from. What travels is the
drawing, the runtime and the module one after another, in a scope of their own. A name such as
"basic_block+own_block" stands for two: the second is put around the first, its `inner`.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import quickjs

FOLDER = Path(__file__).parent
SHARED = ("draw", "runtime")
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?:draw|runtime)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|function)", re.MULTILINE)
DEFAULT = "export default explorer("


class Picture(NamedTuple):
    """A drawing, as the inside of an `<svg>`, and a sentence or two that say what it shows."""

    svg: str
    words: str


@cache
def bundle(name: str) -> str:
    """The module of that name as one ES module, whose default export has anywidget's shape."""
    *inner, outer = name.split("+")
    texts = [(FOLDER / f"{part}.js").read_text("utf-8") for part in (*SHARED, *inner)]
    texts = [text.replace(DEFAULT, "const inner = (") for text in texts]
    texts.append((FOLDER / f"{outer}.js").read_text("utf-8"))
    return "".join(EXPORT.sub("", IMPORT.sub("", text)) for text in texts)


def script(name: str) -> str:
    """The module as a script that brings the page's figures of that name to life."""
    live = bundle(name).replace(DEFAULT, "const shown = explorer(")
    return f"{live}mount(shown, {json.dumps(name)});\n"


class Drawing:
    """The module of that name in a JavaScript engine, with what PyTorch computed for it.

    Belongs to the thread that made it.
    """

    def __init__(self, name: str, computed: Any) -> None:
        self._context = quickjs.Context()
        shown = bundle(name).replace(DEFAULT, "globalThis.shown = (")
        self._context.eval(f"(() => {{ {shown} }})()")
        self._context.eval(f"globalThis.computed = {json.dumps(computed)}")
        width, height = json.loads(self._context.eval("JSON.stringify(shown.size)"))
        self.size: tuple[int, int] = (width, height)

    def picture(self, values: dict[str, Any]) -> Picture:
        """What the module draws for one value per control."""
        drawn = self._context.eval(
            f"JSON.stringify(shown.picture({json.dumps(values)}, globalThis.computed))"
        )
        return Picture(**json.loads(drawn))

    def assets(self) -> dict[str, str]:
        """What the module keeps for all its pictures, by the id under which they use it."""
        kept = "JSON.stringify(shown.assets?.(globalThis.computed) ?? {})"
        return json.loads(self._context.eval(kept))
