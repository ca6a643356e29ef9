import pytest

from course_lib.classroom.notebooks import FOLDER
from tests.browser.lab import CHROMIUM, open_lab


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a copy of the notebooks, with no notebook open yet."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium, or Chrome")
    with open_lab(tmp_path, FOLDER) as running:
        yield running
