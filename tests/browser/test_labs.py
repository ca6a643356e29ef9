"""A lab in a real JupyterLab: it opens on a click, trains, stops, and leaves an ordinary output."""

import json

import nbformat
import pytest

from course_lib.saving import VIEW
from tests.browser.lab import CHROMIUM, TOKEN, open_lab
from tests.browser.test_explorers import DEAD, notebook

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: install Debian's package chromium"
)
SMALL = """
from course_lib import data, labs
from course_lib.models.cifar import CifarResNet
from course_lib.training.fit import fit
"""
FIT = """
digits = [data.load("digits", split) for split in data.SPLITS]
history = fit(CifarResNet(8, in_channels=1, width=4), *digits, epochs=1, augment=False)
"""
SHORT = "lab = labs.Depth()\nlab.controls = {**lab.controls, 'depth': ('layers', (8,), 8)}\nlab"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "made").mkdir()
    nbformat.write(notebook(SMALL, SHORT, FIT, SHORT), folder / "made/labs.ipynb")
    with open_lab(folder, folder / "made") as running:
        running.saved = folder / "notebooks/labs.ipynb"
        yield running


def saved_outputs(lab):
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("Control+S")
    lab.page.wait_for_timeout(2000)
    return [cell.get("outputs") for cell in json.loads(lab.saved.read_text())["cells"]]


def test_from_click_to_the_next_day(lab):
    lab.open("labs.ipynb")
    lab.run_all()
    page = lab.page
    cells = page.locator(".jp-CodeCell")
    first, last = cells.nth(1), cells.nth(3)
    # Run All opens none, and the training's bar is gone
    for cell in (first, last):
        assert "run this cell by itself" in cell.locator(".jp-OutputArea").inner_text()
    assert cells.nth(2).locator(".jp-OutputArea").inner_text().strip() == "1 of 1 epochs"
    assert page.get_by_role("button", name="Run", exact=True).count() == 0

    for cell in (first, last):
        cell.locator(".cm-content").click()
        page.wait_for_timeout(500)
        page.keyboard.press("Shift+Enter")
        cell.get_by_role("button", name="Run", exact=True).wait_for()
    run = first.get_by_role("button", name="Run", exact=True)
    assert run.is_disabled()  # until something is expected
    first.get_by_text("no clear difference").click()
    lab.until(lambda: not run.is_disabled())
    run.click()
    lab.until(lambda: "Measured" in first.inner_text(), seconds=240)
    first.get_by_role("button", name="Stop").click()
    lab.until(lambda: "Stopped" in first.inner_text() or "Run another" in first.inner_text())
    first.get_by_role("button", name="Done").click()
    lab.until(lambda: first.get_by_role("button", name="Done").count() == 0)
    assert "You expected: no clear difference" in first.inner_text()

    # one lab is closed, the other still open: neither is saved as a widget
    outputs = saved_outputs(lab)
    assert VIEW not in json.dumps(outputs)
    assert "Measured" in json.dumps(outputs[1]) and "run this cell" in json.dumps(outputs[3])
    page.goto(f"{lab.url}/doc/tree/labs.ipynb?token={TOKEN}&reset")
    page.get_by_text("You expected: no clear difference").wait_for()
    assert page.get_by_text(DEAD).count() == 0
    assert page.locator(".jp-OutputArea figure[data-drawing] svg").count() == 1
