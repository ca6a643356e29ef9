"""A look at one page in Chromium: what it asks for, what it shows, and what axe has against it."""

from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 740}
NO_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => (each.open = true))"
# Contrast takes axe seconds on a long page. Elements with the same tags and classes around them
# look the same: keep one of each kind.
ONE_OF_EACH_KIND = """() => {
  const kinds = new Map([[document.body, ""]]), seen = new Set(), copies = [];
  for (const element of document.body.querySelectorAll("*")) {
    const look = `${element.tagName}.${element.getAttribute("class")}.${element.style?.cssText}`;
    const kind = kinds.get(element.parentElement) + ">" + look;
    kinds.set(element, kind);
    if (seen.has(kind)) copies.push(element);
    seen.add(kind);
  }
  for (const element of copies.reverse()) if (!element.childElementCount) element.remove();
}"""


class Visit(NamedTuple):
    """What one page showed. `violations` are axe's serious and critical ones."""

    requested: set[str]
    errors: list[str]
    opened: int  # collapsed boxes that are open at first
    formulas: tuple[int, int]  # in the page, and of these typeset without an error
    text: str
    pictures: tuple[int, int]  # figures in the page, and of these alive
    overflow: dict[str, int]  # pixels that do not fit the screen's width
    violations: list[str]


def visited(browser, url):
    tab, requested, errors = browser.new_page(viewport=DESKTOP), set(), []
    tab.on("request", lambda request: requested.add(request.url))
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(url)
    opened = tab.locator("details[open]").count()
    text = tab.locator("article").inner_text()
    formulas = (tab.locator(".math").count(), tab.locator(".math > math:not(:has(merror))").count())
    pictures = (tab.locator("figure").count(), tab.locator("figure[data-live]").count())
    tab.evaluate(OPEN_ALL)
    overflow, violations = {"desktop": wider(tab)}, serious(tab, NO_CONTRAST)
    tab.set_viewport_size(PHONE)
    overflow["phone"] = wider(tab)
    violations += serious(tab, {"runOnly": ["scrollable-region-focusable"]})
    tab.evaluate(ONE_OF_EACH_KIND)
    for screen in (DESKTOP, PHONE):
        tab.set_viewport_size(screen)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            violations += serious(tab, {"runOnly": ["color-contrast"]})
    tab.close()
    return Visit(requested, errors, opened, formulas, text, pictures, overflow, violations)


def wider(tab):
    """By how many pixels the page, or the box with all its content, is wider than it shows."""
    return tab.evaluate(
        "Math.max(...[document.documentElement, document.querySelector('.content')]"
        ".map((box) => box.scrollWidth - box.clientWidth))"
    )


def serious(tab, options):
    """The serious and critical violations that axe finds, as readable lines."""
    found = (
        Axe()
        .run(tab, options=options | {"resultTypes": ["violations"], "preload": False})
        .response["violations"]
    )
    return [
        f"{finding['id']}: {node['html'][:200]} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
