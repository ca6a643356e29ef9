"""Exercise `residual_jacobian`: what a small move of x does to x + f(x)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian

from course_lib.exercises.bank.residual_gradients.chains import single
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import residual_jacobian

ONE_LAYER = single(lambda: nn.Linear(3, 3))
TWO_LAYERS = single(lambda: nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5)))


def _three(x: Tensor) -> Tensor:
    a, b, c = x
    return torch.stack([a * b, c.square(), torch.sin(a) + 0 * b])


def _from_parts(combine: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Implementation:
    """The attempt that puts together the Jacobian of f, the identity and x."""
    return lambda f, x: combine(jacobian(f, x), torch.eye(len(x)), x)


EXERCISE = Exercise(
    name="residual_jacobian",
    title="The Jacobian of x + f(x)",
    difficulty=2,
    importance=5,
    minutes=10,
    reference=residual_jacobian,
    hints=(
        "Autograd differentiates one number at a time. Take the outputs one by one: the gradient "
        "of output i with respect to x is row i. Keep the graph until the last row is done.",
        "x = a copy of x that requires a gradient\n"
        "y = ...\n"
        "for each output in y:\n"
        "    row = torch.autograd.grad(output, x, retain_graph=True)[0]\n"
        "return the rows as one tensor of shape (n, n)",
    ),
    probes=(
        call(_three, torch.tensor([1.0, 2.0, 3.0]), label="f(a, b, c) = (a b, c², sin a)"),
        call(ONE_LAYER, randn(3), label="f a linear layer, n = 3"),
        call(TWO_LAYERS, randn(5), label="f two linear layers with a tanh, n = 5"),
        call(lambda x: 0 * x, randn(3), label="f(x) = 0"),
        call(lambda x: x * x.sum(), randn(2), label="f(x) = x times the sum of x, n = 2"),
        call(torch.exp, randn(1), label="f = exp, n = 1"),
    ),
    mistakes=(
        Mistake(
            "You returned the Jacobian of f alone: the x that is added has a derivative too, the "
            "identity.",
            _from_parts(lambda jac, eye, x: jac),
        ),
        Mistake(
            "Your Jacobian is transposed: rows belong to outputs, columns to inputs.",
            _from_parts(lambda jac, eye, x: (jac + eye).T),
        ),
        Mistake(
            "You kept only the diagonal: every output may depend on every input, so the entries "
            "beside it count as well.",
            _from_parts(lambda jac, eye, x: torch.diag((jac + eye).diagonal())),
        ),
        Mistake(
            "You returned the diagonal as a vector: the Jacobian is a matrix, one row for each "
            "output and one column for each input.",
            _from_parts(lambda jac, eye, x: (jac + eye).diagonal()),
        ),
        Mistake(
            "You differentiated the sum of the outputs, which adds all rows into one: each output "
            "needs a row of its own.",
            _from_parts(lambda jac, eye, x: (jac + eye).sum(dim=0)),
        ),
        Mistake(
            "You added 1 to every entry: input j moves output j directly and no other, so the "
            "ones stand on the diagonal only.",
            _from_parts(lambda jac, eye, x: jac + 1),
        ),
        Mistake(
            "You added x itself to the Jacobian of f: what belongs there is the derivative of x.",
            _from_parts(lambda jac, eye, x: jac + x),
        ),
        Mistake(
            "You counted the shortcut twice: the derivative of x + f(x) holds the identity "
            "already, so nothing more is to be added.",
            _from_parts(lambda jac, eye, x: jac + 2 * eye),
        ),
        Mistake(
            "You subtracted the identity: x is added, so its derivative is too.",
            _from_parts(lambda jac, eye, x: jac - eye),
        ),
        Mistake(
            "Only the shortcut is left in your Jacobian: f was cut out of the graph, by detach() "
            "or no_grad().",
            _from_parts(lambda jac, eye, x: eye),
        ),
        Mistake(
            "Each of your rows holds the sum of the rows before it too: backward() adds to x.grad, "
            "which you must clear between two outputs.",
            _from_parts(lambda jac, eye, x: (jac + eye).cumsum(dim=0)),
        ),
        Mistake(
            "You returned the rows in a list or a tuple: stack them to one tensor (n, n).",
            lambda f, x: list(residual_jacobian(f, x)),
        ),
        Mistake(
            "You differentiated f(x + f(x)), the next block's branch: the block itself is "
            "x + f(x), where f is called once.",
            lambda f, x: jacobian(lambda x: f(x + f(x)), x),
        ),
        Mistake(
            "You multiplied x by f(x): a residual block adds them.",
            lambda f, x: jacobian(lambda x: x * f(x), x),
        ),
    ),
)
