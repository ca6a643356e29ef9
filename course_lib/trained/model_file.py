"""A trained network in a file, with its classes and its preprocessing: all that prediction needs.

The file is in the safetensors format, which holds no code. Its header has, as JSON, what the
weights alone do not say.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import nn

from course_lib.files import replacing
from course_lib.photos.preprocessing import Preprocessing
from course_lib.trained.recipe import Recipe

_FORMAT = "course_lib model 1"


@dataclass(frozen=True)
class SavedModel:
    """A network on the CPU in eval mode, how it is built, the names of its outputs, and what it
    wants to see."""

    model: nn.Module
    recipe: Recipe
    classes: tuple[str, ...]
    preprocessing: Preprocessing


def save(
    path: str | Path,
    model: nn.Module,
    recipe: Recipe,
    classes: tuple[str, ...],
    preprocessing: Preprocessing,
) -> None:
    """Write the network to `path`, all of it or nothing. Replaces a file that is there.

    `recipe` is the network's, with the number of classes that it has now. Raises ValueError for a
    network that is not built so, or whose outputs are not as many as `classes`.
    """
    recipe.check(model)
    _check_outputs(model, classes)
    facts = {
        "network": recipe.network,
        "arguments": recipe.arguments,
        "classes": list(classes),
        "preprocessing": asdict(preprocessing),
    }
    weights = {name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = serialize(weights, {"format": _FORMAT, "facts": json.dumps(facts)})
    with replacing(path) as draft:
        draft.write_bytes(content)


def load(path: str | Path) -> SavedModel:
    """What `save` wrote. Runs no code from the file.

    Raises ValueError for a file that is missing, damaged or of another kind, and says of which.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path} is {'a folder' if path.is_dir() else 'missing'}: name a model")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is {_kind(path)}, and no model file of this course.") from error
    if metadata.get("format") != _FORMAT:
        raise ValueError(
            f"{path} holds weights of another program, such as {next(iter(weights), 'none')!r}, "
            "without the names of the classes: it is no model file of this course."
        )
    try:
        facts = json.loads(metadata["facts"])
        values = facts["preprocessing"]
        preprocessing = Preprocessing(
            **values | {"mean": tuple(values["mean"]), "std": tuple(values["std"])}
        )
        recipe = Recipe(facts["network"], facts["arguments"])
        model = recipe.layout()
        model.load_state_dict(weights, assign=True)
        classes = tuple(facts["classes"])
        _check_outputs(model, classes)
    except (ValueError, LookupError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path} was altered, or is of another release: {reason}") from error
    return SavedModel(model.eval(), recipe, classes, preprocessing)


def _check_outputs(model: nn.Module, classes: tuple[str, ...]) -> None:
    """Raise ValueError unless the model has as many outputs as there are `classes`."""
    outputs = len(model.get_parameter("fc.bias"))
    if len(classes) != outputs:
        raise ValueError(f"{len(classes)} classes for {outputs} outputs")


def _kind(path: Path) -> str:
    """What kind of file it is, as far as one can tell."""
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        return "an empty file"
    if start.startswith((b"PK\x03\x04", b"\x80")):
        return "a file of torch.save (a checkpoint or a state dict) or another archive"
    try:
        with Image.open(path) as image:
            return f"a picture ({image.format})"
    except UnidentifiedImageError:
        pass
    if start[8:9] == b"{":
        return "a safetensors file that is cut off or damaged"
    return "text" if start.isascii() and b"\0" not in start else "of an unknown kind"
