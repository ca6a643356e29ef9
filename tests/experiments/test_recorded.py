"""Recordings: what is missing, cut off or altered is said, with what to do about it."""

import pytest

from course_lib import data, experiments
from course_lib.experiments.recorded import Experiment, path_of, recorded

ALTERED = {
    "degradation": '{"runs": [{"depth": 8}]}',
    "cardinality": '{"runs": [{"seed": 8}]}',
    "planted_bugs": '{"runs": [{"seed": 8}]}',
    "transfer": '{"runs": [{"seed": 8}]}',
    "blocks_out": '{"runs": [{"out": [], "right": 1800}]}',
}


@pytest.mark.parametrize(("name", "module"), experiments.MODULES.items())
@pytest.mark.parametrize("content", ["", '{"runs": [', "altered", "another", "[]"])
def test_a_damaged_recording(tmp_path, monkeypatch, name, module, content):
    monkeypatch.setattr(data, "DATA", tmp_path)
    remedy = f"`python -m course_lib experiment {name}` records it anew"
    with pytest.raises(data.DataError, match=f"{name}.json is missing.*{remedy}"):
        recorded(name)
    path_of(name).parent.mkdir()
    another = '{"runs": [{"seed": 8, "accuracy": 0.5}]}'
    path_of(name).write_text({"altered": ALTERED[module], "another": another}.get(content, content))
    with pytest.raises(data.DataError, match=f"cut off or altered.*{remedy}"):
        recorded(name)


@pytest.mark.parametrize("name", experiments.MODULES)
def test_every_name_is_an_experiment(name):
    experiment = experiments.get(name)
    assert isinstance(experiment, Experiment) and experiment.takes
    assert path_of(name) == data.DATA / "recorded" / f"{name}.json"


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="unknown experiment 'digits': .*degradation_digits, .*tr"):
        recorded("digits")


def test_every_recording_is_of_an_experiment():
    assert {path.stem for path in (data.DATA / "recorded").glob("*.json")} <= set(
        experiments.MODULES
    )
