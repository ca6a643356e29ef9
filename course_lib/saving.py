"""What JupyterLab does before it writes a notebook: `install.py` enters it into .venv.

A widget lives in its kernel. Its view, saved, reads "Error displaying widget" the next day.
"""

from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def without_open_widgets(model: dict[str, Any], **_: Any) -> None:
    """Take out each view of a widget whose state is not saved along with it.

    What such an output also says in HTML stays in its place; a progress bar says nothing, and goes.
    A `pre_save_hook` of the server's contents manager.
    """
    content = model.get("content")
    if model.get("type") != "notebook" or not isinstance(content, dict):
        return
    kept = content.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {})
    for cell in content.get("cells", []):
        outputs = cell.get("outputs", [])
        for output in list(outputs):
            data = output.get("data", {})
            if VIEW in data and data[VIEW].get("model_id") not in kept:
                del data[VIEW]
                if "text/html" not in data:
                    outputs.remove(output)
