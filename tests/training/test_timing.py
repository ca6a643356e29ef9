"""The order of the calls, and the median on a clock that is set by hand."""

import pytest

from course_lib.training import timing
from course_lib.training.timing import median_times


def test_rounds_go_through_all_functions_after_a_warm_up():
    calls = []
    times = median_times([lambda: calls.append("a"), lambda: calls.append("b")], rounds=3)
    assert calls == list("ab" * 4)
    assert len(times) == 2 and all(seconds >= 0 for seconds in times)


def test_it_takes_the_median_and_leaves_out_the_warm_up(monkeypatch):
    clock, needed = [0.0], iter([50.0, 1.0, 9.0, 2.0])  # the warm-up, then three rounds

    def work():
        clock[0] += next(needed)

    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock[0])
    assert median_times([work], rounds=3) == [2.0]


def test_no_rounds_are_refused():
    with pytest.raises(ValueError, match="got 0"):
        median_times([], rounds=0)
