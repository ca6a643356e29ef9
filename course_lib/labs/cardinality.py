"""Groups against width: train small ResNeXts of your own making, and see what their cost buys."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib.experiments.cardinality import FASHION, small_network
from course_lib.experiments.seeds import errorbars, gathered
from course_lib.figures import BLUE
from course_lib.labs.lab import Lab, Result, Settings
from course_lib.models.cost import count_parameters
from course_lib.training import random_state
from course_lib.training.steps import accuracy, train_step

LR, BATCH = 0.05, 64


class Cardinality(Lab):
    """The test accuracy on small Fashion-MNIST after some steps, against the parameters."""

    title = "Lab: groups against width"
    question = "At about the same number of parameters: more groups, or the wider convolution?"
    answers = ("more groups", "the wider one", "no clear difference")
    controls = {
        "groups": ("groups", (1, 2, 4, 8), 4),
        "width": ("width of each", (4, 8, 12, 16, 24, 32, 48, 64), 24),
        "steps": ("steps", (50, 100, 200, 400), 100),
        "seeds": ("seeds", (1, 2, 3, 5), 3),
    }

    def __init__(self) -> None:
        super().__init__()
        self.train_images, self.test_images = (FASHION.load(split) for split in ("train", "test"))

    def train(self, run: Settings) -> Iterator[float | Result]:
        with random_state.own(run["seed"]):
            model = small_network(run["groups"], run["width"])
        optimizer = torch.optim.SGD(model.parameters(), LR, momentum=0.9, weight_decay=5e-4)
        generator = torch.Generator().manual_seed(run["seed"])
        images = self.train_images.normalize(self.train_images.images)
        batches = torch.randint(len(images), (run["steps"], BATCH), generator=generator)
        for step, batch in enumerate(batches, start=1):
            train_step(model, images[batch], self.train_images.labels[batch], optimizer)
            yield step / run["steps"]
        test = self.test_images
        pairs = zip(test.normalize(test.images).split(500), test.labels.split(500), strict=True)
        yield {
            "run": run,
            "seed": run["seed"],
            "network": (run["groups"], run["width"], run["steps"], count_parameters(model)),
            "accuracy": 100 * accuracy(model, list(pairs)),
        }

    def chart(self) -> Figure:
        figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
        for (groups, width, steps, parameters), scores in self._found().items():
            errorbars(axes, [parameters], scores[:, None], fmt="o", color=BLUE)
            name = f"{groups}×{width}d\n{steps} steps"
            axes.annotate(
                name,
                (parameters, scores.mean()),
                xytext=(8, 0),
                textcoords="offset points",
                fontsize=9,
            )
        axes.set(xlabel="parameters", ylabel="test accuracy in %")
        axes.margins(x=0.25, y=0.2)
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def finding(self) -> str:
        said = []
        for (groups, width, steps, parameters), scores in self._found().items():
            spread = f" ± {scores.std():.1f}" if len(scores) > 1 else ", one seed"
            network = f"{groups} groups of {width}, {parameters:,} parameters, {steps} steps"
            said.append(f"{network}: {scores.mean():.1f} %{spread}")
        return "test accuracy, mean ± standard deviation. " + "; ".join(said) + "."

    def _found(self) -> dict[tuple, Tensor]:
        """(groups, width, steps, parameters) -> the accuracy of each seed."""
        found = gathered(self.results, ("network",), "accuracy")
        return {network: scores for (network,), scores in sorted(found.items())}
