import pytest

from course_lib import explorers


@pytest.fixture(scope="module")
def explorer(request):
    """The explorer that the test module is named after: test_basic_block has the BasicBlock."""
    name = request.module.__name__.rpartition("test_")[2]
    return next(kind for kind in explorers.EXPLORERS if kind.__module__.endswith(f".{name}"))()
