"""For the tests in this folder."""

import pytest
import torch
from hypothesis import settings

from tests.sampling import NOTE
from tests.wheel import build

# Drawn examples are the same in every run, and none are kept; how long one takes is not judged.
settings.register_profile("course", derandomize=True, database=None, deadline=None, max_examples=60)
settings.load_profile("course")


def pytest_report_header():
    """Say what this run leaves out."""
    return f"tests: {NOTE}"


@pytest.fixture(autouse=True)
def seed():
    """Each test begins with the same random numbers, whatever ran before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The course as a wheel."""
    return build(tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel"))
