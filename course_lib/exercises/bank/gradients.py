"""A probe for functions that must let gradients through."""

from typing import Any

from torch import Tensor

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Implementation, Probe
from course_lib.exercises.probes.call import randn, words


def gradients(*args: Any, at: str, label: str = "", **kwargs: Any) -> Probe:
    """The gradients of a weighted sum of the output at the tensors of `args`.

    `at` holds a word for each of these, what it is called.
    """

    def observe(implementation: Implementation, args: tuple, kwargs: dict) -> Any:
        leaves = [arg.requires_grad_() for arg in args if isinstance(arg, Tensor)]
        # times one: no leaf, so it may be changed in place
        given = [arg * 1 if isinstance(arg, Tensor) else arg for arg in args]
        output = implementation(*given, **kwargs)
        if not isinstance(output, Tensor):
            return output
        if not output.requires_grad:
            return Unusable("no gradient comes back")
        try:
            (output * randn(*output.shape, seed=9)).sum().backward()
        except RuntimeError as error:
            if "inplace" not in str(error):
                raise
            return Unusable("a value that backward() needs was changed in place")
        return {
            f"gradient at {name}": Unusable("none comes back") if leaf.grad is None else leaf.grad
            for name, leaf in zip(at.split(), leaves, strict=True)
        }

    return Probe(label or words(args, kwargs), observe, (args, kwargs))
