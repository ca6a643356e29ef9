"""For the tests in this folder."""

import pytest
import torch
from hypothesis import settings

# Drawn examples are the same in every run, and none are kept; how long one takes is not judged.
settings.register_profile("course", derandomize=True, database=None, deadline=None, max_examples=60)
settings.load_profile("course")


@pytest.fixture(autouse=True)
def seed():
    """Each test begins with the same random numbers, whatever ran before it."""
    torch.manual_seed(0)
