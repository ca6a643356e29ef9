"""Where the course's own trained network looks: activation maps over stages and classes."""

import functools
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from course_lib import data
from course_lib.explorers.base import Choice, Explorer, Slider, boxes, move
from course_lib.figures import BLACK, PURPLE, SKY, VERMILION
from course_lib.models.activation_map import class_activation_map, stages
from course_lib.trained import shipped

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
PLACES = {"layer1": 28, "layer2": 14, "layer3": 7}  # of each stage's feature maps, in a row
PREDICTED = "predicted"
CLASSES = data.load("fashion_mnist_10k", "test").classes
STRONG = 0.5  # an outline is drawn where a map exceeds this part of its strongest place


class Found(NamedTuple):
    """Everything that is shown, for all pictures: computed once."""

    images: np.ndarray  # (pictures, 28, 28), 0 black
    labels: np.ndarray  # (pictures,)
    logits: np.ndarray  # (pictures, 10)
    bias: np.ndarray  # (10,), the head's
    maps: dict[tuple[str, int], np.ndarray]  # (stage, class) -> (pictures, 28, 28)


@functools.cache
def found() -> Found:
    """Runs the trained network, forward and backward, on the eight pictures."""
    with torch.random.fork_rng(devices=[]):  # building the network draws its first weights
        model, recipe = shipped.load_shipped()
    test = data.load(recipe["data"]["name"], "test")
    images, labels = (each[list(PICTURES.values())] for each in (test.images, test.labels))
    normalized = test.normalize(images)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two threads on such small tensors only wait for each other
    try:
        with torch.no_grad():
            logits = model(normalized)
        maps = {
            (stage, number): class_activation_map(model, normalized, number, stage).numpy()
            for stage in stages(model)
            for number in range(len(CLASSES))
        }
    finally:
        torch.set_num_threads(threads)
    bias = model.fc.bias.detach().numpy()
    return Found(images[:, 0].numpy(), labels.numpy(), logits.numpy(), bias, maps)


def outline(inside: np.ndarray) -> np.ndarray:
    """The edges (n, 2, 2) between the cells that are `inside` (rows, columns) and the others."""
    padded = np.pad(inside, 1)
    row, column = np.nonzero(padded[:, 1:] != padded[:, :-1])
    upright = [[column, row - 1], [column, row]]
    below, left = np.nonzero(padded[1:] != padded[:-1])
    level = [[left - 1, below], [left, below]]
    edges = np.concatenate([np.moveaxis(np.array(each), -1, 0) for each in (upright, level)])
    return edges - 0.5


class ActivationMap(Explorer):
    """A picture, what speaks for a class in it and where, and what the network says."""

    title = "Activation map"
    controls = (
        Slider("picture", "picture", tuple(PICTURES), "boot"),
        Choice("stage", "stage", STAGES, "layer3"),
        Slider("target", "class", (PREDICTED, *CLASSES), PREDICTED),
    )

    def set_up(self, figure: Figure) -> list[Artist]:
        self.heading = figure.text(0.5, 0.955, "", fontsize=12, ha="center", va="center")
        self.sum = figure.text(0.335, 0.03, "", fontsize=9, ha="center", va="center")
        left = figure.add_axes((0.02, 0.2, 0.31, 0.62), title="picture")
        middle = figure.add_axes((0.345, 0.2, 0.31, 0.62), title="map")
        blank = np.zeros((28, 28))
        self.image = left.imshow(blank, cmap="gray_r", vmin=0, vmax=255)
        self.map = middle.imshow(blank, cmap="PuOr_r", vmin=-1, vmax=1)
        self.outlines = []
        for axes, edges in ((left, (VERMILION, PURPLE)), (middle, (BLACK, BLACK))):
            for color, style in zip(edges, ("-", ":"), strict=True):
                lines = LineCollection([], colors=color, linestyles=style, linewidths=2)
                axes.add_collection(lines)
                self.outlines.append(lines)
        still: list[Artist] = []
        for axes in (left, middle):
            axes.set(xlim=(-0.7, 27.7), ylim=(27.7, -0.7))
            axes.axis("off")
            still.append(axes.title)
        bar = figure.add_axes((0.385, 0.14, 0.23, 0.03))
        figure.colorbar(self.map, cax=bar, orientation="horizontal", ticks=[-1, 0, 1])
        bar.set_xticklabels(["against it", "0", "for it"], fontsize=9)
        key = figure.text(
            0.175,
            0.125,
            f"outline: more than {STRONG:.0%} of the strongest place,\nsolid for the class, "
            "dotted against it",
            fontsize=8,
            ha="center",
            linespacing=1.3,
        )
        right = figure.add_axes((0.79, 0.2, 0.19, 0.62), title="the network says")
        right.set(xlim=(0, 112), xticks=[0, 50, 100], ylim=(9.6, -0.6), xlabel="probability in %")
        right.set_yticks(range(10), CLASSES, fontsize=9)
        right.spines[["top", "right"]].set_visible(False)
        self.bars = [
            PolyCollection([], facecolor=color, edgecolor=BLACK, hatch=hatch)
            for color, hatch in ((SKY, None), (VERMILION, "////"))
        ]
        for bars in self.bars:
            right.add_collection(bars)
        (self.truth,) = right.plot([], [], "*", color=BLACK, markersize=9)
        note = figure.text(0.885, 0.045, "striped: the map's class\n★: the true class", fontsize=8)
        note.set(ha="center", va="center", linespacing=1.3)
        return [*still, bar, key, note, right.xaxis, right.yaxis, right.title]

    def update(self, picture: str, stage: str, target: str) -> str:
        everything, place = found(), list(PICTURES).index(picture)
        logits, label = everything.logits[place], everything.labels[place]
        powers = np.exp(logits - logits.max())
        probabilities = 100 * powers / powers.sum()
        best = int(logits.argmax())
        number = best if target == PREDICTED else CLASSES.index(target)
        heat = everything.maps[stage, number][place]
        heat = heat / np.abs(heat).max()

        self.image.set_data(everything.images[place])
        self.map.set_data(heat)
        for i, edges in enumerate((outline(heat > STRONG), outline(heat < -STRONG)) * 2):
            move(self.outlines[i], edges)
        rows = np.arange(10)
        bars = boxes(0, rows - 0.4, probabilities, 0.8)
        move(self.bars[0], bars[rows != number])
        move(self.bars[1], bars[rows == number])
        self.truth.set_data([probabilities[label] + 7], [label])

        method = "Class activation map" if stage == "layer3" else "Grad-CAM"
        which = f"{next(words for words, name in STAGES.items() if name == stage)} stage"
        side = PLACES[stage]
        self.heading.set_text(f"{method} for “{CLASSES[number]}”, {which}: {side} × {side} places")
        total, bias = logits[number] - everything.bias[number], everything.bias[number]
        if stage == "layer3":
            meaning = (
                f"The map's mean {total:.2f} and the head's bias {bias:+.2f} make the class's "
                f"logit, {logits[number]:.2f}."
            )
        else:
            meaning = (
                f"An estimate of what raises the logit, {logits[number]:.2f}. The map's mean is "
                "not the logit."
            )
        self.sum.set_text(meaning)
        strong, against = (heat > STRONG).mean(), (heat < -STRONG).mean()
        return (
            f"{picture}, in truth {CLASSES[label]}. The network says {CLASSES[best]} "
            f"({probabilities[best]:.0f} %). {method} for {CLASSES[number]} "
            f"({probabilities[number]:.0f} %) on the {which}, which has {side} × {side} places, "
            f"drawn smoothly. More than half as strong as the strongest place: {strong:.0%} of the "
            f"picture for the class, {against:.0%} against it. {meaning}"
        )

    def prepare(self) -> None:
        found()
