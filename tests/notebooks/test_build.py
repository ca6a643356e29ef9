"""The build leaves the same bytes each time, and nothing of the learner's is touched."""

import json
import os

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from course_lib.classroom.notebooks import build, notebook_of

SCRIPT = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Small

# %%
import time
from course_lib import exercise, explorers

print("to stdout", flush=True)
print("again", flush=True)

# %% tags=["timing"]
print(time.time_ns())

# %% tags=["exercise"]
@exercise
def count_parameters(module):
    return 3

# %%
explorers.BasicBlock()
"""


@pytest.fixture
def script(tmp_path):
    file = tmp_path / "scripts" / "00_small.py"
    file.parent.mkdir()
    file.write_text(SCRIPT)
    return file


def test_building_twice_leaves_the_same_bytes(script):
    build(script)
    first = script.read_bytes(), notebook_of(script).read_bytes()
    build(script)
    assert (script.read_bytes(), notebook_of(script).read_bytes()) == first


def test_a_timing_is_taken_anew_when_its_cell_changes(script):
    def timing():
        notebook = nbformat.read(notebook_of(script), 4)
        return next(c for c in notebook.cells if "timing" in c.metadata.get("tags", [])).outputs

    build(script)
    before = timing()
    script.write_text(script.read_text().replace("time.time_ns()", "1 + time.time_ns()"))
    build(script)
    assert timing() != before


def test_outputs_are_pictures_and_text_without_widget_ids(script):
    build(script)
    text = notebook_of(script).read_text()
    assert "widget-view" not in text and "model_id" not in text
    explorer = json.loads(text)["cells"][-1]["outputs"][0]
    assert set(explorer["data"]) == {"text/html", "text/plain"}


def test_the_learners_progress_is_left_alone(script):
    before = os.path.exists(os.environ["COURSE_PROGRESS"])
    build(script)
    assert os.path.exists(os.environ["COURSE_PROGRESS"]) == before
    assert not (notebook_of(script).parent / ".course_progress.json").exists()


def test_a_cell_that_raises_stops_the_build_and_writes_nothing(script):
    broken = SCRIPT + "\n# %%\n1 / 0\n"
    script.write_text(broken)
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        build(script)
    assert script.read_text() == broken and not notebook_of(script).exists()
