"""Trained networks to start from: published ones, the course's own, or one of yours."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from course_lib.models import resnet
from course_lib.photos.preprocessing import IMAGENET, Preprocessing
from course_lib.trained import model_file, published, shipped
from course_lib.trained.recipe import PUBLISHED, Recipe

DEFAULT = "resnet18"


@dataclass(frozen=True)
class Backbone:
    """A trained network on the CPU, how it is built, what it wants to see, and what to expect."""

    model: nn.Module
    recipe: Recipe
    preprocessing: Preprocessing
    description: str


def load_backbone(name: str | Path | None = None) -> Backbone:
    """The network of that name: one of torchvision's ten, "fashion_resnet20" or a model file.

    Without a name you get resnet18 with its published weights, and where those cannot be had the
    course's own network; `description` says which it is, and why.

    Raises ValueError for an unknown name, `published.WeightsUnavailable` for published weights
    that you asked for by name, and DataError if the course's own file is missing or altered.
    """
    if name is None:
        try:
            return _published(DEFAULT)
        except published.WeightsUnavailable as error:
            return _own(f"There are {error} In its place: ")
    if name == shipped.NAME:
        return _own()
    if str(name) in PUBLISHED:
        return _published(str(name))
    if not Path(name).exists():
        names = ", ".join(PUBLISHED)
        raise ValueError(f"no network {name}: name a file, {shipped.NAME}, or one of {names}")
    saved = model_file.load(name)
    classes = ", ".join(saved.classes)
    words = f"Your network {name}, trained on {classes}."
    return Backbone(saved.model, saved.recipe, saved.preprocessing, words)


def _published(name: str) -> Backbone:
    weights = published.weights(name)
    model = getattr(resnet, name)()
    model.load_state_dict(weights)
    words = (
        f"{name} with torchvision's published weights. It was trained on ImageNet, photographs of "
        "1,000 kinds of things: a good start for photographs."
    )
    return Backbone(model.eval(), Recipe(name, {}), IMAGENET, words)


def _own(reason: str = "") -> Backbone:
    model, facts = shipped.load_shipped()
    images = facts["data"]
    preprocessing = Preprocessing(28, 28, tuple(images["mean"]), tuple(images["std"]))
    words = (
        f"{reason}the course's own {shipped.NAME}, trained on small grey pictures of clothes. "
        "It sees your pictures grey and 28 pixels wide: enough to tell simple shapes apart, and "
        "not much for photographs."
    )
    recipe = Recipe("CifarResNet", facts["network"])
    return Backbone(model, recipe, preprocessing, words[0].upper() + words[1:])
