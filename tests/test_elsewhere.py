"""A notebook opened where the course is not installed, imitating Colab: alone in a folder, another
Python environment that has PyTorch and ipywidgets 7."""

import json
import re
import subprocess
import sys
import sysconfig

import nbformat
import pytest

from course_lib.classroom.address import address, install_cell, main
from course_lib.classroom.notebooks import FOLDER, notebook_of, sources

ROOT = FOLDER.parent
SITE = sysconfig.get_path("purelib")
# what a link to GitHub, Colab, Kaggle or Binder calls the course
LINKED = re.compile(r"(?:github\.com|/github|/gh)/([\w.-]+/[\w.-]+)/(?:archive/|blob/)?HEAD")
RUN = """
import nbclient, nbformat
notebook = nbformat.read("here.ipynb", 4)
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, "executed.ipynb")
"""


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_a_notebook_begins_by_installing_what_is_missing(source):
    cells = [c for c in nbformat.read(notebook_of(source), 4).cells if c.cell_type == "code"]
    assert cells[0].source == install_cell(address())
    assert cells[0].outputs == [] and cells[0].metadata.jupyter.source_hidden


def test_every_link_leads_to_the_one_address():
    files = [ROOT / "README.md", *map(notebook_of, sources())]
    found = {file.name: set(LINKED.findall(file.read_text(encoding="utf-8"))) for file in files}
    assert set().union(*found.values()) == {address()}
    assert all(found.values()), found


def test_the_next_notebook_is_linked_in_colab_too():
    for source, following in zip(sources(), sources()[1:], strict=False):
        text = source.read_text(encoding="utf-8")
        assert f"]({following.stem}.ipynb) ([in Colab](https://colab" in text
        assert f"/blob/HEAD/notebooks/{following.stem}.ipynb))" in text


def test_a_new_address_is_written_everywhere(tmp_path, monkeypatch):
    files = [tmp_path / "pyproject.toml", tmp_path / "01.ipynb"]
    files[0].write_text(f'[project.urls]\nRepository = "https://github.com/{address()}"\n')
    files[1].write_text(json.dumps([install_cell(address())]))
    monkeypatch.setattr("course_lib.classroom.address.places", lambda: files)
    main(["someone/resnet-course"])
    assert 'github.com/someone/resnet-course"' in files[0].read_text()
    assert json.loads(files[1].read_text()) == [install_cell("someone/resnet-course")]
    with pytest.raises(SystemExit, match="got .*nonsense"):
        main(["nonsense"])


def test_the_cell_installs_the_course_alone_and_then_what_is_missing(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    present = {"torch", "torchvision", "numpy", "matplotlib", "tqdm"}
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name in present or None)
    monkeypatch.chdir(tmp_path)
    exec(install_cell("a/b"), {})
    course, missing = (command[5:] for command in calls)
    assert course == ["--no-deps", "https://github.com/a/b/archive/HEAD.zip"]
    assert missing == ["pillow", "safetensors", "quickjs-ng"]
    calls.clear()
    present |= {"PIL", "safetensors", "quickjs"}
    monkeypatch.chdir(FOLDER)  # in a clone the course is one folder up
    exec(install_cell("a/b"), {})
    assert [command[5:] for command in calls] == [["--no-deps", ".."]]
    calls.clear()
    present.add("course_lib")
    exec(install_cell("a/b"), {})
    assert calls == []


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A Python with this one's packages, but for the course, and with ipywidgets 7."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    [own] = (folder / "venv").glob("[lL]ib/**/site-packages")
    # not a site folder of that environment: what .pth files in it say, the course's too, is unread
    (own / "packages.pth").write_text(SITE)
    old = ["ipywidgets==7.7.5", "ipython_genutils", "widgetsnbextension<4"]
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps"]
    result = subprocess.run([*pip, *old], capture_output=True, text=True)
    if result.returncode:
        pytest.skip(f"ipywidgets 7 cannot be had here: {result.stderr.strip().splitlines()[-1]}")
    return folder, python


def test_a_notebook_alone_runs_where_ipywidgets_is_7(elsewhere, wheel):
    """Its first cell installs the course, from a wheel in place of the network."""
    folder, python = elsewhere
    missing = subprocess.run([python, "-c", "import course_lib"], cwd=folder, capture_output=True)
    assert b"No module named 'course_lib'" in missing.stderr
    notebook = nbformat.read(FOLDER / "04_bottleneck.ipynb", 4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    online = f"https://github.com/{address()}/archive/HEAD.zip"
    first.source = first.source.replace(online, str(wheel))
    nbformat.write(notebook, folder / "here.ipynb")
    subprocess.run([python, "-c", RUN], cwd=folder, check=True)
    cells = nbformat.read(folder / "executed.ipynb", 4).cells
    shown = [cell for cell in cells if cell.source.startswith("explorers.")]
    assert shown and all("<figure" in cell.outputs[0].data["text/html"] for cell in shown)
    assert "Kept in .course_progress.json" in str(cells[-2].outputs)
