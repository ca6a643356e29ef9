"""The curves of a training."""

import matplotlib.pyplot as plt
import pytest

from course_lib.training.history import History


def test_histories_add_up_and_plot():
    one = History(4, [2.0, 1.0], [0.1, 0.2], [0.5], [0.6], [100.0])
    two = one + History(4, [0.5, 0.3], [0.2, 0.1], [0.7], [0.8], [200.0])
    assert (one.epochs, len(one), len(two)) == (4, 1, 2)
    assert two.train_loss == pytest.approx([1.5, 0.4])
    assert repr(History(4)) == "History of 0 of 4 epochs"
    assert repr(two) == (
        "History of 2 of 4 epochs: training loss 0.400, training accuracy 70.0%, "
        "validation accuracy 80.0%"
    )
    figure = two.plot()
    left, right = figure.axes
    steps, means = left.lines
    assert steps.get_xdata().tolist() == [0.5, 1.0, 1.5, 2.0]
    assert means.get_xdata().tolist() == [0.5, 1.5]
    assert means.get_ydata().tolist() == pytest.approx([1.5, 0.4])
    assert right.lines[1].get_ydata().tolist() == pytest.approx([60, 80])
    plt.close(figure)
    plt.close(History(4).plot())  # nothing yet is a picture too
