"""Exercise `gradient_norms`: how large the gradient still is in front of each block."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.bank.residual_gradients.chains import chain
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
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
    return implementation(blocks, x)


def _gradients(
    blocks: list[nn.Module], x: Tensor, goal: Callable[[Tensor], Tensor] = torch.sum
) -> tuple[list[Tensor], list[Tensor]]:
    """All signals, from x to the output, and the gradient of goal(output) at each."""
    signals = [x.detach().requires_grad_()]
    for block in blocks:
        signals.append(block(signals[-1] * 1))
    return signals, list(torch.autograd.grad(goal(signals[-1]), signals))


def _measured(
    measure: Callable[[Tensor], Any] = lambda gradient: gradient.norm().item(),
    goal: Callable[[Tensor], Tensor] = torch.sum,
    places: slice = slice(None, -1),
) -> Implementation:
    """The right answer, but for what is given."""
    return lambda blocks, x: [measure(g) for g in _gradients(blocks, x, goal)[1][places]]


def _of_parameters(blocks: list[nn.Module], x: Tensor) -> list[float]:
    output = nn.Sequential(*blocks)(x)
    norms = []
    for block in blocks:
        own = list(block.parameters())
        gradients = torch.autograd.grad(output.sum(), own, retain_graph=True) if own else ()
        norms.append(sum(g.square().sum().item() for g in gradients) ** 0.5)
    return norms


def _of_signals(blocks: list[nn.Module], x: Tensor) -> list[float]:
    return [signal.norm().item() for signal in _gradients(blocks, x)[0][:-1]]


def _each_block_alone(blocks: list[nn.Module], x: Tensor) -> list[float]:
    norms = []
    for block in blocks:
        norms += gradient_norms([block], x)
        x = block(x).detach()
    return norms


def _of_every_output_at_x(blocks: list[nn.Module], x: Tensor) -> list[float]:
    return [gradient_norms(blocks[: end + 1], x)[0] for end in range(len(blocks))]


def _x_into_every_block(blocks: list[nn.Module], x: Tensor) -> list[float]:
    return [gradient_norms([block], x)[0] for block in blocks]


def _accumulating(blocks: list[nn.Module], x: Tensor) -> list[float]:
    return [(i + 1) * norm for i, norm in enumerate(gradient_norms(blocks, x))]


def _leaving_a_gradient(blocks: list[nn.Module], x: Tensor) -> list[float]:
    inputs = []
    signal = x.requires_grad_()
    for block in blocks:
        inputs.append(signal)
        signal.retain_grad()
        signal = block(signal)
    signal.sum().backward()
    return [one.grad.norm().item() for one in inputs if one.grad is not None]


EXERCISE = Exercise(
    name="gradient_norms",
    title="Gradient norms through a chain of blocks",
    difficulty=3,
    importance=4,
    minutes=15,
    reference=gradient_norms,
    hints=(
        "Keep what goes into each block in a list while you apply the blocks. At the end, one "
        "backward pass gives the gradients at all of them.",
        "x = a copy of x that requires a gradient\n"
        "for each block: note x, then let x become ...\n"
        "torch.autograd.grad(<the number to differentiate>, <list of tensors>) returns one "
        "gradient for each tensor of the list, in its order.",
    ),
    probes=(
        call(LINEAR, randn(2, 4), label="linear, tanh, linear"),
        call(chain(*[_tanh_layer] * 4), randn(3, 5), label="four blocks of one shape"),
        call(
            CONVOLUTIONS, randn(2, 2, 7, 6), label="convolution, batch norm and ReLU, convolution"
        ),
        call(chain(_tanh_layer), randn(3, 5), label="one block"),
        Probe("a second call with the same x", _second_call, (LINEAR, randn(2, 4))),
    ),
    mistakes=(
        Mistake(
            "Your list starts with the last block: walk through it from the input, first block "
            "first.",
            lambda blocks, x: gradient_norms(blocks, x)[::-1],
        ),
        Mistake(
            "You returned squared norms: the square root is missing.",
            _measured(lambda g: g.square().sum().item()),
        ),
        Mistake(
            "You differentiated the mean of the output, and the exercise asks for its sum: all "
            "your norms are too small by the same factor.",
            _measured(goal=torch.mean),
        ),
        Mistake(
            "You differentiated the norm of the output, and the exercise asks for its sum.",
            _measured(goal=torch.norm),
        ),
        Mistake(
            "You differentiated the sum of the squared outputs: the exercise asks for the sum of "
            "the outputs as they are.",
            _measured(goal=lambda output: output.square().sum()),
        ),
        Mistake(
            "You added up absolute values, the L1 norm: the L2 norm is the square root of the sum "
            "of squares.",
            _measured(lambda g: g.abs().sum().item()),
        ),
        Mistake(
            "You took the largest entry of each gradient: the L2 norm counts them all.",
            _measured(lambda g: g.abs().max().item()),
        ),
        Mistake(
            "You divided by the number of entries, a root mean square: the L2 norm is the root of "
            "the plain sum of squares.",
            _measured(lambda g: g.square().mean().sqrt().item()),
        ),
        Mistake(
            "You added up the entries of each gradient, where plus and minus cancel: a norm "
            "squares them first.",
            _measured(lambda g: g.sum().item()),
        ),
        Mistake(
            "You measured the gradients of the parameters: asked for are those of what goes into "
            "each block.",
            _of_parameters,
        ),
        Mistake(
            "You measured the signals, not the gradients: these are the norms of the blocks' "
            "inputs themselves.",
            _of_signals,
        ),
        Mistake(
            "You are one place too far: you took the gradient at what comes out of each block, and "
            "asked for is what goes in.",
            _measured(places=slice(1, None)),
        ),
        Mistake(
            "Your list has one entry too many: the output of the last block is the input of none.",
            _measured(places=slice(None)),
        ),
        Mistake(
            "You returned the gradient at x alone: one number for each block is asked for.",
            _measured(places=slice(0, 1)),
        ),
        Mistake(
            "You cut the chain between the blocks, so each of them is differentiated alone: the "
            "gradient must come from the end of the whole chain.",
            _each_block_alone,
        ),
        Mistake(
            "You differentiated the output of each block with respect to x: it is the other way "
            "round, the one final output with respect to the input of each block.",
            _of_every_output_at_x,
        ),
        Mistake(
            "You fed x to every block: the output of one block is the input of the next.",
            _x_into_every_block,
        ),
        Mistake(
            "You ran backward() once for every block, and gradients add up in .grad: one backward "
            "pass holds them all.",
            _accumulating,
        ),
        Mistake(
            "You left a gradient behind in the caller's x, and the next call adds to it: work on "
            "a copy, x.detach().clone().",
            _leaving_a_gradient,
        ),
        Mistake(
            "Your list holds tensors: asked for are floats, as .item() gives them.",
            _measured(torch.norm),
        ),
    ),
)
