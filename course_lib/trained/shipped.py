"""The course's own trained network: small, and in the repository, so that it needs no network."""

import json
from typing import Any

from safetensors.torch import load

from course_lib import data
from course_lib.models.cifar import CifarResNet

NAME = "fashion_resnet20"
_REMEDY = data.restore("data/checkpoints")


def load_shipped() -> tuple[CifarResNet, dict[str, Any]]:
    """The trained network, on the CPU and in eval mode, and its recipe.

    The network maps normalised images (N, 1, 28, 28) of the data set `recipe["data"]["name"]` to
    logits (N, 10). The recipe also holds "network" and "training" (the arguments that it was built
    and trained with), "measured" (its accuracy), "curves", "machine" and "versions".

    Raises DataError for a file that is missing, cut off or altered.
    """
    folder = data.DATA / "checkpoints"
    recipe_path, weights_path = folder / f"{NAME}.json", folder / f"{NAME}.safetensors"
    if not recipe_path.is_file():
        raise data.DataError(f"{recipe_path} is missing. {_REMEDY}")
    try:
        recipe = json.loads(recipe_path.read_text(encoding="utf-8"))
        weights, network = recipe["weights"], recipe["network"]
        size, digest = weights["bytes"], weights["sha256"]
    except (ValueError, LookupError, TypeError) as error:
        raise data.DataError(f"{recipe_path} is cut off or altered: {error}. {_REMEDY}") from error
    data.check(weights_path, "sha256", digest, _REMEDY, size)
    model = CifarResNet(**network)
    model.load_state_dict(load(weights_path.read_bytes()))
    return model.eval(), recipe
