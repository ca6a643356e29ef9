"""Panels that train for real under the learner's hand, on a running kernel.

    from course_lib import labs

    labs.Depth()

as the last expression of a cell that is run by itself opens one. When it is done or stopped, the
panel goes and its chart stays, as an ordinary output.
"""

from course_lib.labs.cardinality import Cardinality
from course_lib.labs.clicked import watch
from course_lib.labs.depth import Depth

watch()

__all__ = ["Cardinality", "Depth"]
