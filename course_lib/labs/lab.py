"""What every lab is: a question, a guess, controls, a training to stop, and a chart that stays."""

import asyncio
import html
from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets as widgets
from IPython.display import display
from matplotlib.figure import Figure

from course_lib.figures import drawn
from course_lib.labs.clicked import clicked
from course_lib.saving import VIEW
from course_lib.training.threads import one_thread

LOOK = {"style": {"description_width": "110px"}, "layout": {"width": "330px"}}
Settings = dict[str, Any]
Result = dict[str, Any]


class Lab:
    """A panel on a running kernel. As the last expression of a cell it shows itself.

    Results gather in the object, over all its runs. With the panel closed, at the end or in a
    notebook that is run as a whole, what stays is HTML: the guess, the chart and a line.

    A lab is a subclass with a `title`, a `question` with its `answers`, `controls` (names, labels,
    values and the first one; one of them is "seeds"), and the methods that raise
    NotImplementedError here. Each result holds the `run` that it is of.
    """

    title: str
    question: str
    answers: tuple[str, ...]
    controls: dict[str, tuple[str, Sequence[Any], Any]]

    def __init__(self) -> None:
        self.guess: str | None = None
        self.results: list[Result] = []

    def runs(self, settings: Settings) -> list[Settings]:
        """The trainings that the settings ask for, one a seed, and that are not done yet."""
        done = [result["run"] for result in self.results]
        alike = {name: value for name, value in settings.items() if name != "seeds"}
        wanted = [alike | {"seed": seed} for seed in range(settings["seeds"])]
        return [run for run in wanted if run not in done]

    def train(self, run: Settings) -> Iterator[float | Result]:
        """One training: how much of it is done, after each step, and at the end its result."""
        raise NotImplementedError

    def chart(self) -> Figure:
        """All results so far."""
        raise NotImplementedError

    def finding(self) -> str:
        """What all results so far show, in a line."""
        raise NotImplementedError

    def output(self) -> dict[str, str]:
        """What stays in the notebook."""
        if self.results:
            finding, guess = self.finding(), self.guess or "nothing in particular"
            said = {"You expected": guess, "Measured": finding}
            lines = [f"<p>{words}: {html.escape(said[words])}</p>" for words in said]
            return {
                "text/html": drawn(self.chart(), finding) + "".join(lines),
                "text/plain": finding,
            }
        words = f"{self.title}: run this cell by itself to open it."
        return {"text/html": f"<p>{html.escape(words)}</p>", "text/plain": words}

    def _ipython_display_(self) -> None:
        if clicked():
            Panel(self).open()
        else:
            display(self.output(), raw=True)


class Panel:
    """The widgets of one open lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.task: asyncio.Task | None = None
        self.guess = widgets.RadioButtons(options=lab.answers, value=None, layout={"width": "auto"})
        self.controls = {
            name: widgets.Dropdown(options=values, value=first, description=label, **LOOK)
            for name, (label, values, first) in lab.controls.items()
        }
        self.run = widgets.Button(description="Run", button_style="primary", disabled=True)
        self.stop = widgets.Button(description="Stop", disabled=True)
        self.done = widgets.Button(description="Done")
        self.bar = widgets.FloatProgress(min=0, max=1, layout={"width": "330px"})
        self.words = widgets.HTML("Choose what you expect. Then the lab runs.")
        self.chart = widgets.HTML()
        self.whole = widgets.VBox(
            [
                widgets.HTML(f"<b>{html.escape(lab.title)}</b><br>{html.escape(lab.question)}"),
                self.guess,
                widgets.Box(list(self.controls.values()), layout={"flex_flow": "row wrap"}),
                widgets.HBox([self.run, self.stop, self.done]),
                widgets.HBox([self.bar, self.words]),
                self.chart,
            ]
        )
        self.guess.observe(self._guessed, names="value")
        self.run.on_click(lambda _: self._begin())
        self.stop.on_click(lambda _: self.task and self.task.cancel())
        self.done.on_click(lambda _: self._close())

    def open(self) -> None:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.whole.model_id}
        # the HTML beside the view is what is saved of a lab that is open: see course_lib.saving
        self.shown = display({VIEW: view} | self.lab.output(), raw=True, display_id=True)

    def _guessed(self, change: dict[str, Any]) -> None:
        self.lab.guess, self.run.disabled = change["new"], False
        self.words.value = ""

    def _begin(self) -> None:
        settings = {name: control.value for name, control in self.controls.items()}
        self.guess.disabled = True  # a guess is made before the results
        self.task = asyncio.get_running_loop().create_task(self._train(settings))

    async def _train(self, settings: Settings) -> None:
        """In small pieces, between which the kernel hears the Stop button."""
        self.run.disabled, self.stop.disabled = True, False
        plan = self.lab.runs(settings)
        try:
            for number, run in enumerate(plan):
                self.words.value = f"network {number + 1} of {len(plan)}"
                steps = self.lab.train(run)
                while (step := self._next(steps)) is not None:
                    if isinstance(step, dict):
                        self.lab.results.append(step)
                        self.chart.value = self.lab.output()["text/html"]
                    else:
                        self.bar.value = (number + step) / len(plan)
                    await asyncio.sleep(0)
            self.words.value = "Run another one, or close the lab with Done."
        except asyncio.CancelledError:
            self.words.value = "Stopped. What was finished is in the chart."
        except Exception as error:
            self.words.value = html.escape(f"{type(error).__name__}: {error}")
            raise
        finally:
            self.run.disabled, self.stop.disabled = False, True

    @staticmethod
    def _next(steps: Iterator[float | Result]) -> float | Result | None:
        with one_thread():  # only here: between two steps the learner's own cells may run
            return next(steps, None)

    def _close(self) -> None:
        if self.task:
            self.task.cancel()
        self.shown.update(self.lab.output(), raw=True)  # in place of the view: none is saved dead
        self.whole.close()
