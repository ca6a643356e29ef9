"""For the tests in this folder."""

import pytest
import torch


@pytest.fixture(autouse=True)
def seed():
    """Each test begins with the same random numbers, whatever ran before it."""
    torch.manual_seed(0)
