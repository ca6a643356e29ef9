"""Depth against shortcut: train plain and residual networks, and see which learn."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from course_lib.experiments.degradation import Short, group, network
from course_lib.experiments.seeds import errorbars
from course_lib.figures import BLUE, VERMILION
from course_lib.labs.lab import Lab, Result, Settings

FILLS = ("full", "none", "left", "top")  # of a marker: which steps and width it belongs to
KINDS = {"plain": (False, VERMILION, "o"), "residual": (True, BLUE, "s")}


class Depth(Lab):
    """The loss after some steps on the digits, against the depth, with and without shortcuts."""

    title = "Lab: depth against shortcut"
    question = "Plain networks, 8 layers and 44, trained alike: which has the lower training loss?"
    answers = ("8 layers", "44 layers", "no clear difference")
    controls = {
        "depth": ("layers", (8, 14, 20, 32, 44, 56), 44),
        "kind": ("network", tuple(KINDS), "plain"),
        "steps": ("steps", (60, 120, 250, 500), 120),
        "width": ("width", (4, 8, 16), 8),
        "seeds": ("seeds", (1, 2, 3, 5), 3),
    }

    def train(self, run: Settings) -> Iterator[float | Result]:
        settings = Short("digits", (run["depth"],), run["steps"], width=run["width"])
        images, residual = settings.load(), KINDS[run["kind"]][0]
        model = network(run["depth"], residual, run["seed"], run["width"], images)
        for step, _ in enumerate(settings.losses(model, images, run["seed"]), start=1):
            yield step / run["steps"]
        which = {"depth": run["depth"], "residual": residual, "seed": run["seed"]}
        yield which | {"run": run, "final_loss": settings.final_loss(model, images)}

    def chart(self) -> Figure:
        figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
        for ((steps, width), results), fill in zip(self._alike().items(), cycle(FILLS)):
            found = group(results, "final_loss")
            for name, (residual, color, marker) in KINDS.items():
                look: dict[str, Any] = {"fmt": marker, "color": color, "fillstyle": fill}
                for depth in sorted(depth for depth, kind in found if kind == residual):
                    losses = found[depth, residual][:, None]
                    label = f"{name}, {steps} steps, width {width}"
                    errorbars(axes, [depth], losses, label=label, **look)
        handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside right upper", fontsize=9)
        axes.set(xlabel="layers", ylabel="final training loss", xlim=(0, 60))
        axes.set_ylim(0, None)
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def finding(self) -> str:
        said = []
        for (steps, width), results in self._alike().items():
            for (depth, residual), losses in sorted(group(results, "final_loss").items()):
                kind = "residual" if residual else "plain"
                spread = f" ± {losses.std():.2f}" if len(losses) > 1 else ", one seed"
                said.append(
                    f"{kind} {depth}: {losses.mean():.2f}{spread} ({steps} steps, width {width})"
                )
        return "final training loss, mean ± standard deviation. " + "; ".join(said) + "."

    def _alike(self) -> dict[tuple[int, int], list[Result]]:
        """The results by steps and width: only these can be compared."""
        found: dict[tuple[int, int], list[Result]] = {}
        for result in self.results:
            found.setdefault((result["run"]["steps"], result["run"]["width"]), []).append(result)
        return found
