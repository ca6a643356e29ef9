"""What a training leaves behind: its curves."""

from dataclasses import dataclass, field, fields, replace
from typing import Self

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from course_lib.figures import BLUE, ORANGE, SKY


@dataclass(frozen=True, repr=False)
class History:
    """The finished epochs of a training that is planned for `epochs` of them.

    `losses` and `rates` (the learning rate) have one number a step, the other lists one an epoch.
    `train_accuracy` is measured in passing: in train mode, on augmented images, while the weights
    still change. `validation_accuracy` is measured after the epoch, in eval mode.
    """

    epochs: int
    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    images_per_second: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.validation_accuracy)

    def __add__(self, later: Self) -> Self:
        """This history, followed by another one of the same training."""
        lists = [curve.name for curve in fields(self) if curve.name != "epochs"]
        return replace(self, **{name: getattr(self, name) + getattr(later, name) for name in lists})

    def __repr__(self) -> str:
        return f"History of {self.summary}"

    @property
    def summary(self) -> str:
        """How far it came and how good the last epoch was, in a line."""
        done = f"{len(self)} of {self.epochs} epochs"
        if len(self) == 0:
            return done
        return (
            f"{done}: training loss {self.train_loss[-1]:.3f}, "
            f"training accuracy {self.train_accuracy[-1]:.1%}, "
            f"validation accuracy {self.validation_accuracy[-1]:.1%}"
        )

    @property
    def train_loss(self) -> list[float]:
        """The mean training loss of each epoch."""
        steps = len(self.losses) // max(1, len(self))
        return [sum(self.losses[i * steps : (i + 1) * steps]) / steps for i in range(len(self))]

    @property
    def best_epoch(self) -> int:
        """The epoch of the highest validation accuracy, counted from 1; of several the last.

        The last, because by then the learning rate is the lowest. Raises ValueError for no epoch.
        """
        scores = self.validation_accuracy
        return max(range(1, len(scores) + 1), key=lambda epoch: (scores[epoch - 1], epoch))

    def plot(self) -> Figure:
        """The loss of every step and the accuracies of every epoch, side by side."""
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
        epochs = range(1, len(self) + 1)
        progress = [(i + 1) * len(self) / len(self.losses) for i in range(len(self.losses))]
        left.plot(progress, self.losses, color=SKY, linewidth=1, label="each step")
        middles = [epoch - 0.5 for epoch in epochs]
        left.plot(middles, self.train_loss, "o-", color=BLUE, label="mean of the epoch")
        left.set(xlabel="epoch", ylabel="training loss", ylim=(0, None))
        passing, validation = (
            [100 * value for value in values]
            for values in (self.train_accuracy, self.validation_accuracy)
        )
        right.plot(epochs, passing, "o--", color=BLUE, label="training, in passing")
        right.plot(epochs, validation, "s-", color=ORANGE, label="validation")
        right.set(xlabel="epoch", ylabel="accuracy in %")
        for axes in (left, right):
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False)
        return figure
