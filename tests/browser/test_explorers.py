"""The explorers where readers meet them: running, reopened, restarted, elsewhere, exported."""

import subprocess
import sys

import nbformat
import pytest

from course_lib import explorers
from course_lib.classroom.slides import deck
from tests.browser.lab import CHROMIUM, TOKEN, open_lab
from tests.browser.moving import answers, host, words
from tests.explorers.reading import SWEPT, numbers
from tests.sampling import sample

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: install Debian's package chromium"
)
NAMES = [explorer.__name__ for explorer in explorers.EXPLORERS]
CELLS = ["from course_lib import explorers", *(f"explorers.{name}()" for name in NAMES)]
DEAD = "Error displaying widget"
MODULE = """
import anywidget, traitlets
from course_lib.explorers import BasicBlock
from course_lib.explorers.module import bundle

class Widget(anywidget.AnyWidget):
    _esm = bundle("basic_block")
    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    computed = traitlets.Dict().tag(sync=True)
    lines = traitlets.Int().tag(sync=True)

Widget(**BasicBlock().model())
"""


def notebook(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return made


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab with the notebook of all explorers, which it has run and saved."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "made").mkdir()
    nbformat.write(notebook(*CELLS), folder / "made/all.ipynb")
    nbformat.write(notebook(MODULE), folder / "made/anywidget.ipynb")
    with open_lab(folder, folder / "made") as running:
        running.saved = folder / "notebooks/all.ipynb"
        running.open("all.ipynb")
        running.run_all()
        running.page.keyboard.press("Control+S")
        running.until(lambda: "data-explorer" in running.saved.read_text())
        yield running


@pytest.fixture
def browser(lab):
    return lab.page.context.browser


def all_answer(page):
    for number, name in enumerate(NAMES):
        explorer = host(page, number)
        explorer.scroll_into_view_if_needed()
        assert answers(explorer), name
    assert page.get_by_text(DEAD).count() == 0
    return True


def test_running_and_after_a_restart_of_the_kernel(lab):
    assert all_answer(lab.page)
    lab.restart_kernels()
    assert all_answer(lab.page)
    # the notebook's own keys still work: nothing was typed into it, and saving is Ctrl+S
    assert lab.page.locator(".jp-CodeCell").count() == len(CELLS)
    assert lab.outside_requests() == []


def test_reopened_without_a_kernel_and_in_two_tabs(lab):
    lab.page.goto(f"{lab.url}/doc/tree/all.ipynb?token={TOKEN}&reset")
    assert all_answer(lab.page)
    other = lab.page.context.browser.new_page()
    other.goto(f"{lab.url}/lab/workspaces/other/tree/all.ipynb?token={TOKEN}")
    assert all_answer(other)
    other.close()


def test_in_notebook_7(lab):
    lab.page.goto(f"{lab.url}/notebooks/all.ipynb?token={TOKEN}")
    assert all_answer(lab.page)


def test_a_notebook_from_elsewhere_keeps_its_pictures(lab):
    untrusted = lab.saved.with_name("elsewhere.ipynb")
    saved = nbformat.read(lab.saved, 4)
    saved.cells.insert(0, nbformat.v4.new_markdown_cell("# From elsewhere"))
    nbformat.write(saved, untrusted)
    lab.open("elsewhere.ipynb")
    pictures = lab.page.locator(".jp-OutputArea figure img")
    assert pictures.count() == len(NAMES)
    for number, name in enumerate(NAMES):
        alt = pictures.nth(number).get_attribute("alt")
        assert alt == repr(getattr(explorers, name)())
        assert pictures.nth(number).evaluate("(image) => image.naturalWidth") > 300
    assert lab.page.get_by_text("Run this cell to move it.").count() == len(NAMES)


def test_a_module_runs_under_anywidget(lab):
    lab.open("anywidget.ipynb")
    lab.run_all()
    explorer = host(lab.page)
    explorer.wait_for()
    assert answers(explorer)


def test_exported_as_html_and_on_a_slide(lab, browser, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", tmp_path]
    subprocess.run([*command, lab.saved], check=True, capture_output=True)
    page = browser.new_page()
    page.goto((tmp_path / "all.html").as_uri())
    assert all_answer(page)
    page.close()

    saved = nbformat.read(lab.saved, 4)
    for cell in saved.cells:
        cell.metadata["slideshow"] = {"slide_type": "slide", "states": [{}]}
    saved.cells[0] = nbformat.v4.new_markdown_cell(
        "# All", metadata={"slideshow": {"slide_type": "slide"}}
    )
    nbformat.write(saved, tmp_path / "all.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(deck.write(tmp_path / "all.ipynb", tmp_path).as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    for number, name in enumerate(NAMES):
        page.evaluate(f"Reveal.slide({number + 1})")
        assert answers(host(page, number)), name
        assert page.evaluate("Reveal.getIndices().h") == number + 1  # the key was the slider's
    page.close()


@pytest.mark.parametrize("kind", explorers.EXPLORERS, ids=lambda explorer: explorer.__name__)
def test_every_combination_in_the_page_is_what_was_swept(browser, kind, tmp_path):
    """The page's numbers and words against those of the same module without a browser, which
    tests/explorers holds against PyTorch."""
    shown = kind()
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{shown._repr_html_()}")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    explorer = host(page)
    words(explorer)
    for values in sample(list(shown.grid()), SWEPT):
        drawn = shown.picture(**values)
        chosen = [
            (control.kind, control.label, control.values.index(values[control.name]))
            for control in shown.controls
        ]
        svg, said = explorer.evaluate(SET, chosen)
        assert said == drawn.words, values
        assert numbers(svg) == pytest.approx(numbers(drawn.svg), rel=1e-9), values
    page.close()


# Sets the controls as a reader's hand does, and returns the picture and its words.
SET = """(host, chosen) => {
  const root = host.shadowRoot;
  for (const [kind, label, index] of chosen) {
    if (kind === "slider") {
      const input = root.querySelector(`input[aria-label="${label}"]`);
      if (+input.value === index) continue;
      input.value = index;
      input.dispatchEvent(new Event("input", {bubbles: true}));
    } else {
      const set = [...root.querySelectorAll("fieldset")].find(
        (each) => each.querySelector("legend").textContent === label);
      const inputs = [...set.querySelectorAll("input")];
      // of switches the one at place i is on if the index has bit i
      const on = (i) => (kind === "switches" ? Boolean((index >> i) & 1) : i === index);
      for (const [i, input] of inputs.entries())
        if (input.checked !== on(i) && (kind === "switches" || on(i))) input.click();
    }
  }
  const svg = root.querySelector("svg.picture");
  return [svg.innerHTML, root.querySelector("p[role=status]").textContent];
}"""
