"""What JupyterLab writes of a notebook with widgets."""

import copy

from course_lib.saving import STATE, VIEW, without_open_widgets


def saved(state=None, **data):
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    metadata = {"widgets": {STATE: {"state": state}}} if state else {}
    content = {"cells": [{"cell_type": "code", "outputs": [output]}], "metadata": metadata}
    model = {"type": "notebook", "content": content}
    without_open_widgets(model=model, path="a.ipynb", contents_manager=None)
    return [output["data"] for output in content["cells"][0]["outputs"]]


def test_an_open_widget_becomes_what_it_says_in_its_place_and_a_bar_goes():
    view = {VIEW: {"model_id": "a"}}
    assert saved(**view, **{"text/html": "<p>x</p>"}) == [{"text/html": "<p>x</p>"}]
    assert saved(**view, **{"text/plain": "HBox()"}) == []


def test_what_will_live_on_stays():
    view = {VIEW: {"model_id": "a"}}
    assert saved(state={"a": {}}, **view) == [view]
    assert saved(**{"text/html": "<b>1</b>"}) == [{"text/html": "<b>1</b>"}]


def test_files_and_notebooks_without_outputs_pass():
    for model in (
        {"type": "file", "content": "x"},
        {"type": "notebook", "content": None},
        {"type": "notebook", "content": {"cells": [{"cell_type": "markdown"}]}},
    ):
        before = copy.deepcopy(model)
        without_open_widgets(model=model)
        assert model == before
