"""How far a training is: a bar where somebody looks on, and a line an epoch in a log."""

import sys
import time
from types import TracebackType
from typing import Self

from tqdm.auto import tqdm
from tqdm.notebook import tqdm as notebook_tqdm

from course_lib.training.history import History

OFTEN = 0.5  # seconds between two drawings: each is several messages, which programs may lose
SOON = 3.0  # seconds before which nothing is said of how long it may take
BAR = "{desc}{bar}{n:.1f} of {total} epochs, {elapsed}{postfix}"
IN_NOTEBOOK = issubclass(tqdm, notebook_tqdm)


class Progress:
    """The epochs of a training, of which `done` are over: `with Progress(...) as progress`.

    The bar is gone when the training ends, so that a notebook opened again shows no dead one. In a
    notebook a line stays that says how many epochs there were.
    """

    def __init__(self, epochs: int, done: int) -> None:
        self.epochs, self.done = epochs, done
        self.in_log = not IN_NOTEBOOK and not sys.stderr.isatty()

    def __enter__(self) -> Self:
        self.bar = tqdm(
            initial=self.done,
            total=self.epochs,
            bar_format=BAR,
            leave=False,
            disable=self.in_log,
            mininterval=OFTEN,
        )
        self.begun, self.now = time.perf_counter(), float(self.done)
        self.looked = self.begun
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.close()
        if IN_NOTEBOOK and error is None:
            stopped = "" if self.done == self.epochs else ", then stopped"
            print(f"{self.done} of {self.epochs} epochs{stopped}")

    def step(self, share: float) -> bool:
        """A part of an epoch is over. Returns whether to look at the loss now, bar or no bar."""
        self.now += share
        self.bar.update(share)
        if time.perf_counter() - self.looked < OFTEN:
            return False
        self.looked = time.perf_counter()
        return True

    def say(self, loss: float, accuracy: float) -> None:
        """Show these two beside the bar when it is drawn next: those of the epoch so far."""
        words = f"loss {loss:.3f}, accuracy {accuracy:.1%}"
        passed = time.perf_counter() - self.begun
        if passed > SOON:  # the first steps are slow and promise hours
            left = passed / (self.now - self.bar.initial) * (self.epochs - self.now)
            words += f", about {tqdm.format_interval(left)} left"
        self.bar.set_postfix_str(words, refresh=False)

    def epoch(self, history: History) -> None:
        """An epoch is over, the last of `history`."""
        self.done = len(history)
        if self.in_log:
            speed = f"{history.images_per_second[-1]:,.0f} images a second"
            print(f"{history.summary}, {speed}", file=sys.stderr, flush=True)
