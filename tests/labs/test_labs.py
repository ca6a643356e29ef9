"""The labs without a browser: what they train, what they say, and how a panel runs and stops."""

import asyncio

import pytest
import torch

from course_lib.labs import Cardinality, Depth
from course_lib.labs.clicked import clicked
from course_lib.labs.lab import Lab, Panel

DEPTH = {"depth": 8, "kind": "residual", "steps": 60, "width": 4, "seeds": 2}
WIDTHS = {"groups": 4, "width": 12, "steps": 50, "seeds": 1}


def finished(lab, settings):
    """The lab after all trainings of the settings; a part of each step is checked on the way."""
    for run in lab.runs(settings):
        *steps, result = lab.train(run)
        assert steps == sorted(steps) and steps[-1] == 1 and len(steps) == settings["steps"]
        lab.results.append(result)
    return lab


def test_depth_trains_what_was_asked_and_never_twice():
    lab = finished(Depth(), DEPTH)
    assert [result["seed"] for result in lab.results] == [0, 1]
    assert all(result["final_loss"] < 2.2 for result in lab.results)  # guessing is log 10, 2.3
    assert lab.runs(DEPTH) == [] and len(lab.runs(DEPTH | {"seeds": 3})) == 1
    assert len(lab.runs(DEPTH | {"kind": "plain"})) == 2
    said = lab.output()["text/plain"]
    assert "residual 8" in said and "±" in said and "60 steps, width 4" in said


def test_cardinality_counts_what_the_network_has():
    lab = finished(Cardinality(), WIDTHS)
    (found,) = lab.results
    assert found["network"][:3] == (4, 12, 50) and found["accuracy"] > 20
    said = lab.output()["text/html"]
    assert f"{found['network'][3]:,} parameters" in said and "one seed" in said


def test_a_lab_shows_its_guess_beside_what_was_measured():
    lab = Depth()
    assert "run this cell by itself" in lab.output()["text/html"]
    lab.guess = "44 layers"
    html = finished(lab, DEPTH | {"seeds": 1}).output()["text/html"]
    assert "You expected: 44 layers" in html and "<img alt=" in html


@pytest.mark.parametrize("lab", [Depth, Cardinality])
def test_every_choice_can_be_built(lab):
    """The smallest and the largest of everything: a network and one step."""
    for place in (0, -1):
        made = lab()
        settings = {name: values[place] for name, (_, values, _) in made.controls.items()}
        assert 0 < next(made.train(made.runs(settings)[0])) <= 1


class Small(Lab):
    title, question, answers = "small", "which?", ("a", "b")
    controls = {"n": ("n", (1, 2), 2)}

    def runs(self, settings):
        return [{"n": n} for n in range(settings["n"])]

    def train(self, run):
        yield from (0.5, 1.0)
        if run["n"] == 1:
            raise ValueError("no <such> network")
        yield run

    def chart(self):
        return CHART

    def finding(self):
        return f"{len(self.results)} results"


CHART = Depth.chart(Depth())


def opened(lab):
    panel = Panel(lab)
    panel.shown = type("Handle", (), {"update": lambda *_, **__: None})
    return panel


def test_a_panel_runs_only_after_a_guess_and_shows_what_went_wrong():
    panel = opened(Small())
    assert panel.run.disabled
    panel.guess.value = "b"
    assert not panel.run.disabled and panel.lab.guess == "b"

    async def run():
        panel._begin()
        with pytest.raises(ValueError, match="such"):
            await panel.task

    asyncio.run(run())
    assert len(panel.lab.results) == 1 and panel.guess.disabled
    assert "1 results" in panel.chart.value and "&lt;such&gt;" in panel.words.value
    assert not panel.run.disabled and panel.stop.disabled


def test_a_panel_can_be_stopped_between_two_steps():
    panel = opened(Small())

    async def run():
        panel._begin()
        await asyncio.sleep(0)
        panel.stop.click()
        await panel.task

    threads = torch.get_num_threads()
    asyncio.run(run())
    assert "Stopped" in panel.words.value and panel.lab.results == []
    assert torch.get_num_threads() == threads
    panel.done.click()


def test_nothing_opens_without_a_page():
    assert not clicked()
