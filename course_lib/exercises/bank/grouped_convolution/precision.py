"""A probe for functions whose output must be as precise as what they are given."""

from typing import Any

from torch import Tensor

from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.probes.call import words


def in_double(*args: Any) -> Probe:
    """The output for the tensors of `args` in double precision, and how precise it is there.

    It is asked for single precision too, in which the tensors of `args` are.
    """

    def observe(implementation: Implementation, *args: Any) -> Any:
        single = implementation(*args)
        double = implementation(*(a.double() if isinstance(a, Tensor) else a for a in args))
        if not isinstance(single, Tensor) or not isinstance(double, Tensor):
            return double
        return {
            "output": double,
            "its precision": _name(double),
            "in single precision": _name(single),
        }

    return Probe(f"{words(args, {})} in double precision", observe, args)


def _name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
