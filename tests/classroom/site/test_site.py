"""The web pages: built once, their links followed in the files, then each opened in Chromium."""

import functools
import http.server
import threading
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from course_lib.__main__ import main
from course_lib.classroom.notebooks import FOLDER, sources
from course_lib.classroom.site import build, sphinx_source
from tests.browser.lab import CHROMIUM
from tests.notebooks.runs import shipped

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
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
    overflow: dict[str, int]  # pixels that do not fit the screen's width
    violations: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "site"
    build.build(folder)
    return folder


@pytest.fixture(scope="module")
def pages(built):
    """Every page's parsed HTML by its path, as "notebooks/00_welcome.html"."""
    return {
        path.relative_to(built).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in sorted(built.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def address(built):
    """A plain web server on the site."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium, or Chrome")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield running
        running.close()


@pytest.fixture
def tab(browser):
    tab = browser.new_page(viewport=DESKTOP)
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def visits(browser, pages, address):
    """Every page, opened once over HTTP."""
    return {name: visit(browser, f"{address}/{name}") for name in pages}


def visit(browser, url):
    tab, requested, errors = browser.new_page(viewport=DESKTOP), set(), []
    tab.on("request", lambda request: requested.add(request.url))
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(url)
    tab.wait_for_function("!window.MathJax || window.MathJax.startup.promise")
    tab.evaluate("window.MathJax?.startup.promise")
    opened = tab.locator("details[open]").count()
    text = tab.locator("article").inner_text()
    formulas = (
        tab.locator(".math").count(),
        tab.locator(".math > mjx-container:not(:has([data-mml-node=merror]))").count(),
    )
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
    return Visit(requested, errors, opened, formulas, text, overflow, violations)


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


def test_every_notebook_and_the_glossary_have_a_page(pages):
    expected = {f"notebooks/{source.stem}.html" for source in sources()}
    assert expected | {"index.html", "search.html", "notebooks/glossary.html"} <= set(pages)


def test_every_link_leads_somewhere(built, pages):
    anchors = {
        name: {element["id"] for element in page.select("[id]")} for name, page in pages.items()
    }
    broken = []
    for name, page in pages.items():
        for element in page.select("[href], [src]"):
            link = urlsplit(element.get("href") or element.get("src") or "")
            if link.scheme or link.netloc:
                continue
            target = ((built / name).parent / unquote(link.path)).resolve()
            target = target if link.path else built / name
            inside = target.is_file() and target.is_relative_to(built)
            other = target.relative_to(built).as_posix() if inside else ""
            anchor = unquote(link.fragment)
            if not inside or (anchor and other in pages and anchor not in anchors[other]):
                broken.append((name, link.geturl()))
    assert not broken


def test_notebooks_link_to_each_other_and_the_glossary_to_them(pages):
    links = {link["href"] for link in pages["notebooks/glossary.html"].select("article a")}
    assert len(links & {f"{source.stem}.html" for source in sources()}) > 5
    assert pages["notebooks/00_welcome.html"].select("article a[href='glossary.html']")


def test_every_picture_has_alternative_text(pages):
    pictures = [image for page in pages.values() for image in page.find_all("img")]
    assert len(pictures) > 50
    assert not [image for image in pictures if not image.get("alt")]


def test_an_explorer_says_where_it_is_live(pages):
    for source in sources():
        cells = shipped(source.stem).cells
        shown = sum(cell.source.startswith("explorers.") for cell in cells)
        captions = pages[f"notebooks/{source.stem}.html"].select("figcaption")
        assert len(captions) == shown
        assert all("needs JupyterLab" in caption.get_text() for caption in captions)


def test_exercises_show_their_stub_and_collapsed_hints_and_solution(pages):
    page = pages["notebooks/01_convolution_arithmetic.html"]
    assert "raise NotImplementedError" in page.get_text()
    summaries = [summary.get_text() for summary in page.select("article details > summary")]
    assert summaries.count("Reference solution") == len(page.select(".tag_exercise")) == 6


def test_code_that_is_only_about_a_figure_is_folded_up(pages):
    for source in sources():
        tags = [cell.metadata.get("tags", []) for cell in shipped(source.stem).cells]
        folded = pages[f"notebooks/{source.stem}.html"].select(".tag_hide-input > details.hide")
        assert len(folded) == sum("hide-input" in each for each in tags)


def test_no_request_leaves_the_site(visits, address):
    requested = {url for visit in visits.values() for url in visit.requested}
    assert {url for url in requested if not url.startswith((address, "data:"))} == set()


def test_no_page_has_an_error_in_the_console(visits):
    assert {name: visit.errors for name, visit in visits.items() if visit.errors} == {}


def test_everything_collapsed_is_closed_at_first(visits):
    assert {name: visit.opened for name, visit in visits.items() if visit.opened} == {}


def test_math_is_typeset(visits):
    assert visits["notebooks/02_residual_gradients.html"].formulas[0] > 50
    for visit in visits.values():
        assert visit.formulas[0] == visit.formulas[1]
        assert "$$" not in visit.text and "\\frac" not in visit.text


def test_no_page_scrolls_sideways(visits):
    assert {
        name: visit.overflow for name, visit in visits.items() if any(visit.overflow.values())
    } == {}


def test_axe_finds_nothing_serious(visits):
    found = [f"{name}: {line}" for name, visit in visits.items() for line in visit.violations]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_search_finds_a_term(protocol, tab, built, address):
    errors = []
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.goto(f"{address if protocol == 'http' else built.as_uri()}/index.html")
    tab.get_by_role("textbox", name="Search").fill("cardinality")
    tab.keyboard.press("Enter")
    found = tab.locator("#search-results li a", has_text="ResNeXt")
    found.first.wait_for()
    assert not errors
    found.first.click()
    assert tab.locator("h1").inner_text().startswith("ResNeXt")


def test_the_keyboard_skips_to_the_content_and_reaches_wide_code(tab, address):
    tab.goto(f"{address}/notebooks/01_convolution_arithmetic.html")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className").startswith("skip-to-content")
    tab.set_viewport_size(PHONE)
    wide = tab.locator("pre", has_text="conv_output_size(").first
    wide.and_(tab.locator("[tabindex='0']")).wait_for()
    wide.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("document.activeElement.scrollLeft > 0")


def test_the_keyboard_opens_the_menu_of_a_phone(tab, address):
    tab.set_viewport_size(PHONE)
    tab.goto(f"{address}/index.html")
    menu = tab.locator(".sidebar-drawer")
    assert not menu.is_visible()
    for key in ("Tab", "Tab", "Space"):  # past the link that skips to the content
        tab.keyboard.press(key)
    menu.wait_for()
    assert tab.get_by_role("link", name="00 Welcome").first.is_visible()


@pytest.fixture
def quick(monkeypatch):
    """Instead of the notebooks and Sphinx, one page that says which number of build it is."""
    builds = []

    def run(source, pages):
        builds.append(pages)
        pages.mkdir()
        (pages / "index.html").write_text(f"build {len(builds)}")

    monkeypatch.setattr(
        sphinx_source, "write", lambda folder: (folder / sphinx_source.PICTURES).mkdir(parents=True)
    )
    monkeypatch.setattr(build, "_run_sphinx", run)


def test_an_earlier_site_is_replaced(quick, tmp_path):
    out = tmp_path / "site"
    for number in (1, 2):
        assert main(["site", "--out", str(out)]) == 0
        assert (out / "index.html").read_text() == f"build {number}"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_other_folders_are_refused_and_left_alone(quick, tmp_path, capsys):
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter.txt").write_text("years of work")
    for out, words in (
        (mine, "holds other files"),
        (mine / "chapter.txt", "is a file"),
        (tmp_path / "none" / "site", "create it first"),
    ):
        assert main(["site", "--out", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert (mine / "chapter.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["chapter.txt", "thesis"]


def test_an_interrupted_build_leaves_the_earlier_site(quick, tmp_path, monkeypatch):
    out = tmp_path / "site"
    build.build(out)

    def interrupted(source, pages):
        pages.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_run_sphinx", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.build(out)
    assert (out / "index.html").read_text() == "build 1"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_warning_is_an_error(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# Start\n\nGo to [nowhere](nothing.md).\n")
    with pytest.raises(ValueError, match="nothing.md"):
        build._run_sphinx(source, tmp_path / "pages")


def test_a_picture_without_alternative_text_is_refused(tmp_path):
    notebook = shipped("00_welcome")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
    with pytest.raises(ValueError, match="no alternative text"):
        sphinx_source.for_reading(notebook, tmp_path)


def test_a_link_to_what_the_site_leaves_out_is_its_text():
    text = "[one](glossary.md), [two](../data/__init__.py), [three](https://a.b/c), [four](gone.md)"
    kept = sphinx_source._without_dead_ends(text, FOLDER / "x.ipynb", [FOLDER / "glossary.md"])
    assert kept == "[one](glossary.md), two, [three](https://a.b/c), [four](gone.md)"
