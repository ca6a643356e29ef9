import pytest

from course_lib.training import progress
from course_lib.training.history import History
from course_lib.training.progress import Progress


@pytest.mark.parametrize(("seconds", "looks"), [(0, True), (1e9, False)])
def test_the_loss_is_looked_at_in_a_log_too(monkeypatch, seconds, looks):
    """Or a training that has diverged would go on to the end of its epoch."""
    monkeypatch.setattr(progress, "OFTEN", seconds)
    with Progress(2, 0) as shown:
        assert shown.in_log  # pytest's standard error is no terminal
        assert shown.step(0.25) is looks


def test_a_log_has_a_line_an_epoch(capsys):
    with Progress(3, 1) as shown:
        shown.epoch(History(3, [2.0, 1.0], [0.1, 0.1], [0.5, 0.75], [0.4, 0.7], [99.0, 1234.0]))
    assert capsys.readouterr().err.splitlines() == [
        "2 of 3 epochs: training loss 1.000, training accuracy 75.0%, validation accuracy 70.0%, "
        "1,234 images a second"
    ]
