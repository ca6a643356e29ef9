"""Exercise `residual_jacobian`: what a small move of x does to x + f(x)."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.bank.residual_gradients.chains import single
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import residual_jacobian

ONE_LAYER = single(lambda: nn.Linear(3, 3))
TWO_LAYERS = single(lambda: nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5)))


def _three(x: Tensor) -> Tensor:
    a, b, c = x
    return torch.stack([a * b, c.square(), torch.sin(a) + 0 * b])


def _what_becomes_of_x(implementation: Implementation, f: nn.Module, x: Tensor) -> Any:
    jacobian = implementation(f, x)
    if not isinstance(jacobian, Tensor):
        return jacobian
    return {"Jacobian": jacobian, "x requires a gradient afterwards": x.requires_grad}


LEAF, SUM, STACK = "x = x.detach().requires_grad_()", "y = x + change", "torch.stack(rows)"

EXERCISE = Exercise(
    residual_jacobian,
    title="The Jacobian of x + f(x)",
    difficulty=2,
    importance=5,
    minutes=10,
    insight=(
        "Chain 16 such blocks, as many as ResNet-50 has, and the product of the I + J has 65,536 "
        "terms: one for each way through f or around it."
    ),
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
        Probe("a second look at the linear layer", _what_becomes_of_x, (ONE_LAYER, randn(3))),
    ),
    mistakes={
        "You returned the Jacobian of f alone: the x that is added has a derivative too, the "
        "identity.": {SUM: "y = change"},
        "Your Jacobian is transposed: rows belong to outputs, columns to inputs.": {
            STACK: "torch.stack(rows, dim=1)"
        },
        "You kept only the diagonal: every output may depend on every input, so the entries "
        "beside it count as well.": {STACK: f"{STACK}.diagonal().diag()"},
        "You returned the diagonal as a vector: the Jacobian is a matrix, one row for each "
        "output and one column for each input.": {STACK: f"{STACK}.diagonal()"},
        "You differentiated the sum of the outputs, which adds all rows into one: each output "
        "needs a row of its own.": {STACK: "sum(rows)"},
        "You differentiated the sum of f's outputs, one row for all of them, and added the "
        "identity to it: each output needs a row of its own.": {
            SUM: "y = change",
            STACK: "sum(rows) + torch.eye(len(x))",
        },
        "You added 1 to every entry: input j moves output j directly and no other, so the "
        "ones stand on the diagonal only.": {SUM: "y = change", STACK: f"{STACK} + 1"},
        "You added x itself to the Jacobian of f: what belongs there is the derivative of x.": {
            SUM: "y = change",
            STACK: f"{STACK} + x",
        },
        "You counted the shortcut twice: the derivative of x + f(x) holds the identity "
        "already, so nothing more is to be added.": {SUM: "y = x + x + change"},
        "You subtracted the identity: x is added, so its derivative is too.": {
            SUM: "y = change - x"
        },
        "Only the shortcut is left in your Jacobian: f was cut out of the graph, by detach() "
        "or no_grad().": {"f(x)\n    if": "f(x).detach()\n    if"},
        "Each of your rows holds the sum of the rows before it too: backward() adds to x.grad, "
        "which you must clear between two outputs.": {"output in y": "output in y.cumsum(dim=0)"},
        "All your rows are the sum of all the rows: x.grad is one tensor that every backward() "
        "adds to, so keep a copy of each row and clear x.grad in between.": {
            STACK: "torch.stack([sum(rows)] * len(rows))"
        },
        "All your rows are the last one: x.grad is one tensor that you write into again and "
        "again, so keep a copy of each row, x.grad.clone().": {
            STACK: "torch.stack(rows[-1:] * len(rows))"
        },
        "All your entries are zero: x.grad is one tensor, and you clear it after you have put it "
        "into your list. Keep a copy of each row, x.grad.clone().": {STACK: f"0 * {STACK}"},
        "You freed the graph with the first row: keep it for the rows to come, with "
        "retain_graph=True, or compute x + f(x) anew for each.": {", retain_graph=True": ""},
        "You returned the rows in a list or a tuple: stack them to one tensor (n, n).": {
            STACK: "rows"
        },
        "You differentiated f(x + f(x)), the next block's branch: the block itself is "
        "x + f(x), where f is called once.": {SUM: "y = f(x + change)"},
        "You multiplied x by f(x): a residual block adds them.": {SUM: "y = x * change"},
        "You switched on requires_grad in the caller's own x, and there it stays on: work on a "
        "copy, x.detach().clone().": {LEAF: "x.requires_grad_()"},
        "You laid the rows end to end (cat): stack puts them under one another, as the rows of a "
        "matrix.": {STACK: "torch.cat(rows)"},
        "You differentiated the sum of the outputs, one row for all of them, and put it on a "
        "diagonal: each output needs a row of its own.": {STACK: "sum(rows).diag()"},
    },
)
