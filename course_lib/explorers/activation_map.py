"""Where the course's own trained network looks: activation maps over stages and classes."""

import functools
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from course_lib import data
from course_lib.explorers.explorer import Choice, Explorer, Slider
from course_lib.explorers.png import png
from course_lib.trained import shipped
from course_lib.training.threads import one_thread

# Test pictures, which the network was not trained on: three of them it gets wrong.
PICTURES = {
    "boot": 9,
    "handbag": 21,
    "wedge sandal": 47,
    "trousers": 24,
    "pullover": 13,
    "sleeveless": 153,
    "long coat": 29,
    "shoulder bag": 137,
}
STAGES = {"first": "layer1", "second": "layer2", "last": "layer3"}
PREDICTED = "predicted"
CLASSES = data.load("fashion_mnist_10k", "test").classes
LEVELS = "HGFEDCBA-abcdefgh"  # a place's strength in eighths of the strongest place's


def answers(images: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """The trained network's logits (N, 10), its head's bias, and maps (N, 10, places, places).

    In double precision: whatever the machine, rounding then gives the same numbers. The last
    stage's maps are class activation maps, those before it Grad-CAM's.
    """
    with torch.random.fork_rng(devices=[]):  # building the network draws its first weights
        model = shipped.load_shipped()[0].double()
    kept: dict[str, Tensor] = {}
    for stage in STAGES.values():
        part = getattr(model, stage)
        part.register_forward_hook(lambda _module, _, out, stage=stage: kept.update({stage: out}))
    with one_thread(), torch.enable_grad():
        logits = model(images.double())
        gradients = [  # of a class's logits: none depends on another picture
            torch.autograd.grad(each, [*kept.values()], retain_graph=True) for each in logits.sum(0)
        ]
    maps = {}
    for (stage, features), each in zip(kept.items(), zip(*gradients, strict=True), strict=True):
        weights = torch.stack(each, 1).mean((3, 4))
        maps[stage] = torch.einsum("nkc,nchw->nkhw", weights, features.detach())
    maps["layer3"] *= 7 * 7  # there the gradient is the head's weight, divided by the places
    return logits.detach(), model.fc.bias.detach(), maps


def letters(map: Tensor) -> str:
    """Each place's strength as a letter of `LEVELS`, or "=": as the place above it."""
    middle = len(LEVELS) // 2
    levels = (middle * map / map.abs().max()).trunc().int()
    above = torch.cat([torch.zeros_like(levels[:1]), levels[:-1]])
    places = zip(levels.flatten().tolist(), above.flatten().tolist(), strict=True)
    return "".join("=" if level == before else LEVELS[level + middle] for level, before in places)


def tenths(map: Tensor) -> str:
    return " ".join(str(value) for value in (10 * map).round().int().flatten().tolist())


def shortened(texts: list[str]) -> tuple[list[str], str]:
    """The texts with a letter for each of the commonest pairs of letters, and what it stands for.

    A letter's pair may hold letters that stand for pairs themselves. So a third is left.
    """
    text, pairs = "\n".join(texts), ""
    free = set(map(chr, range(ord("#"), 127))) - set(text) - set("&'<>\\")  # HTML and JSON
    for letter in sorted(free):
        codes = np.frombuffer(text.encode(), np.uint8).astype(int)
        counts = np.bincount(128 * codes[:-1] + codes[1:], minlength=128 * 128).reshape(128, 128)
        counts[ord("\n")] = counts[:, ord("\n")] = 0
        first, second = np.unravel_index(counts.argmax(), counts.shape)
        text = text.replace(chr(first) + chr(second), letter)
        pairs += letter + chr(first) + chr(second)
    return text.split("\n"), pairs


@functools.cache
def found() -> dict[str, Any]:
    """Everything that is shown, for all pictures."""
    test = data.load("fashion_mnist_10k", "test")
    images, labels = (each[list(PICTURES.values())] for each in (test.images, test.labels))
    logits, bias, maps = answers(test.normalize(images))
    pictures: dict[str, dict[str, Any]] = {}
    for i, name in enumerate(PICTURES):
        pictures[name] = {
            "png": png(Image.fromarray(images[i, 0].numpy())),
            "label": int(labels[i]),
            "logits": rounded(logits[i], 2),
            "means": rounded(maps["layer3"][i].mean((1, 2)), 2),
            "shares": rounded(logits[i].softmax(0), 3),
        }
    pairs = {}
    for stage, each in maps.items():
        written = tenths if stage == "layer3" else letters
        texts, pairs[stage] = shortened([written(map) for map in each.flatten(0, 1)])
        for i, name in enumerate(PICTURES):
            pictures[name][stage] = texts[len(CLASSES) * i : len(CLASSES) * (i + 1)]
    return {"classes": CLASSES, "bias": rounded(bias, 2), "pictures": pictures, "pairs": pairs}


def rounded(values: Tensor, digits: int) -> list[float]:
    return [round(value, digits) for value in values.tolist()]


class ActivationMap(Explorer):
    """A picture, what speaks for a class in it and where, and what the network says."""

    title = "Activation map"
    lines = 3
    controls = (
        Choice("stage", "stage", STAGES, "layer3"),
        Slider("picture", "picture", tuple(PICTURES), "boot"),
        Slider("target", "class", (PREDICTED, *CLASSES), PREDICTED),
    )

    @functools.cached_property
    def computed(self) -> dict[str, Any]:
        return found()
