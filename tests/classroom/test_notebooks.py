"""Writing a pair anew without running it."""

import jupytext
import nbformat
import pytest

from course_lib.classroom.notebooks import FOLDER, keep_outputs

STEM = "01_convolution_arithmetic"


@pytest.fixture
def pair(tmp_path):
    script, notebook = tmp_path / "scripts" / f"{STEM}.py", tmp_path / f"{STEM}.ipynb"
    script.parent.mkdir()
    script.write_bytes(FOLDER.joinpath("scripts", script.name).read_bytes())
    notebook.write_bytes(FOLDER.joinpath(notebook.name).read_bytes())
    return script, notebook


def outputs(file):
    return [cell.outputs for cell in nbformat.read(file, 4).cells if cell.cell_type == "code"]


def test_nothing_to_do_changes_nothing(pair):
    before = [file.read_bytes() for file in pair]
    keep_outputs(pair[0])
    assert [file.read_bytes() for file in pair] == before


def test_prose_and_metadata_change_and_outputs_stay(pair):
    script, notebook = pair
    before = outputs(notebook)
    text = script.read_text("utf-8").replace(
        "## One window", "## A window\n\n# %% [markdown]\n# New", 1
    )
    script.write_text(text.replace('tags=["setup"]', 'tags=["setup", "added"]'), "utf-8")
    keep_outputs(script)
    assert outputs(notebook) == before
    saved = nbformat.read(notebook, 4)
    assert any(cell.source == "## A window" for cell in saved.cells)
    assert any("added" in cell.metadata.get("tags", []) for cell in saved.cells)
    assert jupytext.writes(saved, fmt="py:percent") == script.read_text("utf-8")


def test_changed_code_is_refused_before_anything_is_written(pair):
    script, notebook = pair
    script.write_text(script.read_text("utf-8").replace("range(5)", "range(6)"), "utf-8")
    before = [file.read_bytes() for file in pair]
    with pytest.raises(ValueError, match="build it"):
        keep_outputs(script)
    assert [file.read_bytes() for file in pair] == before
