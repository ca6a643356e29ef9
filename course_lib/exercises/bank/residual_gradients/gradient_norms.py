"""Exercise `gradient_norms`: how large the gradient still is in front of each block."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.bank.residual_gradients.chains import Scale, chain
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import gradient_norms

LINEAR = chain(lambda: nn.Linear(4, 6), nn.Tanh, lambda: nn.Linear(6, 3))
CONVOLUTIONS = chain(
    lambda: nn.Conv2d(2, 4, 3, padding=1),
    lambda: nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(inplace=True)),
    lambda: nn.Conv2d(4, 3, 3, stride=2),
)


def _tanh_layer() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 5), nn.Tanh())


def _second_call(implementation: Implementation, blocks: list[nn.Module], x: Tensor) -> Any:
    implementation(blocks, x)
    norms = implementation(blocks, x)
    if not isinstance(norms, list | tuple):
        return norms
    return {"norms": norms, "x requires a gradient afterwards": x.requires_grad}


LEAF, NOTE = "x = x.detach().requires_grad_()", "        inputs.append(x)\n"
RUN = "x = block(x.clone())  # a clone, because a block may change its input in place\n"
NORM, GRADIENTS = "gradient.norm().item()", "torch.autograd.grad(x.sum(), inputs)"
# Where each block has an output of its own to be differentiated, not the chain's last one.
EACH_OUTPUT = {"inputs = []": "inputs, total = [], 0", "x.sum(), inputs": "total, inputs"}

EXERCISE = Exercise(
    gradient_norms,
    title="Gradient norms through a chain of blocks",
    difficulty=3,
    importance=4,
    minutes=15,
    insight=(
        "He et al. checked such norms in their plain networks, and what they found is not what "
        "most people quote them for: see the end of this notebook."
    ),
    hints=(
        "Keep what goes into each block in a list while you apply the blocks. At the end, one "
        "backward pass gives the gradients at all of them.",
        "x = a copy of x that requires a gradient\n"
        "for each block: note x, then let x become ...\n"
        "torch.autograd.grad(<the number to differentiate>, <list of tensors>) returns one "
        "gradient for each tensor of the list, in its order.",
    ),
    probes=(
        call([Scale(2.0), Scale(3.0)], torch.arange(4.0), label="double, then triple, 4 numbers"),
        call(LINEAR, randn(2, 4), label="linear, tanh, linear"),
        call(chain(*[_tanh_layer] * 4), randn(3, 5), label="four blocks of one shape"),
        call(
            CONVOLUTIONS, randn(2, 2, 7, 6), label="convolution, batch norm and ReLU, convolution"
        ),
        call(chain(_tanh_layer), randn(3, 5), label="one block"),
        Probe("a second call", _second_call, (LINEAR, randn(2, 4))),
    ),
    mistakes={
        "Your list starts with the last block: walk through it from the input, first block "
        "first.": {"inputs)]": "inputs)][::-1]"},
        "You returned squared norms: the square root is missing.": {
            NORM: "gradient.square().sum().item()"
        },
        "You differentiated the mean of the output, and the exercise asks for its sum: all "
        "your norms are too small by the same factor.": {"x.sum()": "x.mean()"},
        "You differentiated the norm of the output, and the exercise asks for its sum.": {
            "x.sum()": "x.norm()"
        },
        "You differentiated the sum of the squared outputs: the exercise asks for the sum of "
        "the outputs as they are.": {"x.sum()": "x.square().sum()"},
        "You added up absolute values, the L1 norm: the L2 norm is the square root of the sum "
        "of squares.": {NORM: "gradient.abs().sum().item()"},
        "You took the largest entry of each gradient: the L2 norm counts them all.": {
            NORM: "gradient.abs().max().item()"
        },
        "You divided by the number of entries, a root mean square: the L2 norm is the root of "
        "the plain sum of squares.": {NORM: "gradient.square().mean().sqrt().item()"},
        "You added up the entries of each gradient, where plus and minus cancel: a norm "
        "squares them first.": {NORM: "gradient.sum().item()"},
        "You took a norm for each row of the batch and averaged them: one norm over all entries "
        "of a gradient is asked for.": {NORM: "gradient.norm(dim=-1).mean().item()"},
        "You measured the gradients of the parameters: asked for are those of what goes into "
        "each block.": {
            NOTE: "        block.zero_grad()\n",
            f"return [{NORM} for gradient in {GRADIENTS}]": (
                "x.sum().backward()\n    return ["
                "sum(p.grad.square().sum().item() for p in block.parameters()) ** 0.5 "
                "for block in blocks]"
            ),
        },
        "You measured the signals, not the gradients: these are the norms of the blocks' "
        "inputs themselves.": {GRADIENTS: "inputs"},
        "You are one place too far: you took the gradient at what comes out of each block, and "
        "asked for is what goes in.": {NOTE: "", RUN: RUN + NOTE},
        "Your list has one entry too many: the output of the last block is the input of none.": {
            "x.sum(), inputs": "x.sum(), [*inputs, x]"
        },
        "You returned the gradient at x alone: one number for each block is asked for.": {
            "inputs)]": "inputs)[:1]]"
        },
        "You cut the chain between the blocks, so each of them is differentiated alone: the "
        "gradient must come from the end of the whole chain.": {
            **EACH_OUTPUT,
            NOTE: f"        {LEAF}\n{NOTE}",
            RUN: f"{RUN}        total = total + x.sum()\n",
        },
        "You differentiated the output of each block with respect to x: it is the other way "
        "round, the one final output with respect to the input of each block.": {
            LEAF: f"start = {LEAF}",
            NOTE: "",
            RUN: RUN + NOTE,
            f"for gradient in {GRADIENTS}": (
                "for output in inputs for gradient in "
                "torch.autograd.grad(output.sum(), start, retain_graph=True)"
            ),
        },
        "You fed x to every block: the output of one block is the input of the next.": {
            **EACH_OUTPUT,
            NOTE: "        inputs.append(x.clone())\n",
            "x = block(x.clone())": "total = total + block(inputs[-1].clone()).sum()",
        },
        "You ran backward() once for every block, and gradients add up in .grad: one backward "
        "pass holds them all.": {
            f"[{NORM} for gradient in {GRADIENTS}]": (
                f"[i * {NORM} for i, gradient in enumerate({GRADIENTS}, 1)]"
            )
        },
        "You left a gradient behind in the caller's x, and the next call adds to it: work on "
        "a copy, x.detach().clone().": {
            LEAF: "x.requires_grad_()",
            NOTE: f"{NOTE}        x.retain_grad()\n",
            GRADIENTS: "torch.autograd.backward(x.sum()) or [x.grad for x in inputs]",
        },
        "You switched on requires_grad in the caller's own x, and there it stays on: work on a "
        "copy, x.detach().clone().": {LEAF: "x.requires_grad_()"},
        "Your list holds tensors: asked for are floats, as .item() gives them.": {".item()": ""},
    },
)
