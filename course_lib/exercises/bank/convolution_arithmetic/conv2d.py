"""Exercise `conv2d`: a convolution without torch's convolutions."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.conv import conv2d


def _torchs_convolutions(implementation: Implementation, x: Tensor, weight: Tensor) -> int:
    """How many convolutions of torch's own stand in the graph, by whatever name they were called.

    (A TorchDispatchMode would see them too, but its first use imports for seconds.)
    """
    output = implementation(x.requires_grad_(), weight)
    start = output.grad_fn if isinstance(output, Tensor) else None
    found, seen, stack = 0, set(), [start]
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            found += "Convolution" in node.name()
            stack += [child for child, _ in node.next_functions]
    return found


def _gradients(implementation: Implementation, x: Tensor, weight: Tensor, bias: Tensor) -> Any:
    """The gradient of a weighted sum of the output at x, weight and bias."""
    inputs = {"x": x, "weight": weight, "bias": bias}
    for tensor in inputs.values():
        tensor.requires_grad_()
    output = implementation(x * 1, weight, bias, padding=1)  # times one: may be changed in place
    if not isinstance(output, Tensor):
        return output
    if not output.requires_grad:
        return Unusable("no gradient comes back")
    (output * randn(*output.shape, seed=2)).sum().backward()
    return {f"gradient at {name}": tensor.grad for name, tensor in inputs.items()}


def _zeros_around(x: Tensor, padding: int) -> Tensor:
    return F.pad(x, (padding,) * 4)


def _windows(x: Tensor, size: tuple[int, ...], stride: int) -> Tensor:
    return x.unfold(2, size[0], stride).unfold(3, size[1], stride)


def _add(y: Tensor, bias: Tensor) -> Tensor:
    return y + bias.view(-1, 1, 1)


def _with(
    pad: Callable[[Tensor, int], Tensor] = _zeros_around,
    windows: Callable[[Tensor, tuple[int, ...], int], Tensor] = _windows,
    kernels: Callable[[Tensor], Tensor] = lambda weight: weight,
    combine: Callable[[Tensor, Tensor], Tensor] = lambda windows, weight: torch.einsum(
        "nchwij,ocij->nohw", windows, weight
    ),
    add: Callable[[Tensor, Tensor], Tensor] = _add,
) -> Implementation:
    """The right answer, but for what is given."""

    def attempt(x, weight, bias=None, stride=1, padding=0):
        weight = kernels(weight)
        y = combine(windows(pad(x, padding), tuple(weight.shape[2:]), stride), weight)
        return y if bias is None else add(y, bias)

    return attempt


def _einsum(equation: str) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda windows, weight: torch.einsum(equation, windows, weight)


def _reshaped_without_permuting(windows: Tensor, weight: Tensor) -> Tensor:
    by_position = torch.einsum("nchwij,ocij->nhwo", windows, weight)
    n, height, width, channels = by_position.shape
    return by_position.reshape(n, channels, height, width)


def _flattened_otherwise(windows: Tensor, weight: Tensor) -> Tensor:
    rows = windows.permute(0, 2, 3, 4, 5, 1).flatten(3)  # rows, columns, channels
    return torch.einsum("nhwk,ok->nohw", rows, weight.flatten(1))  # channels, rows, columns


def _right_size_at_stride_one(x: Tensor, size: tuple[int, ...], stride: int) -> Tensor:
    rows, columns = _windows(x, size, stride).shape[2:4]
    return _windows(x, size, 1)[:, :, :rows, :columns]


def _size_before_padding(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    rows, columns = _windows(x, tuple(weight.shape[2:]), stride).shape[2:4]
    return conv2d(x, weight, bias, stride, padding)[:, :, :rows, :columns]


def _bias_in_every_product(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    products = None if bias is None else bias * weight[0].numel()
    return conv2d(x, weight, products, stride, padding)


EXERCISE = Exercise(
    name="conv2d",
    title="A convolution of your own",
    difficulty=4,
    importance=4,
    minutes=15,
    reference=conv2d,
    hints=(
        "Pad first. Then either take every window and multiply it by every kernel, or go over the "
        "kernel's cells: each cell sees one shifted and strided piece of the input, and the "
        "pieces, times their weights, add up to the output.",
        "padded = F.pad(x, (left, right, top, bottom))\n"
        "padded.unfold(dim, size, step)      # windows along one axis, their cells on a new last "
        "axis\n"
        "windows: (N, in, H', W', kh, kw)    # unfold twice, once for each axis\n"
        "weight:  (out, in, kh, kw)\n"
        'torch.einsum("nchwij,ocij->...", windows, weight)    # sums over c, i and j',
    ),
    probes=(
        call(
            torch.arange(16.0).view(1, 1, 4, 4),
            torch.arange(9.0).view(1, 1, 3, 3),
            label="x = 0 to 15 in 4x4, weight = 0 to 8 in 3x3",
        ),
        call(randn(2, 3, 5, 7), randn(4, 3, 3, 3, seed=1)),
        call(randn(1, 2, 6, 5), randn(3, 2, 2, 3, seed=1)),
        call(randn(2, 2, 4, 6), randn(2, 2, 1, 1, seed=1), label="2 channels to 2, kernel 1x1"),
        call(randn(2, 3, 8, 7), randn(2, 3, 3, 3, seed=1), stride=2),
        call(randn(1, 2, 4, 5), randn(3, 2, 3, 3, seed=1), padding=1),
        call(randn(2, 3, 5, 4), randn(4, 3, 3, 3, seed=1), randn(4, seed=2)),
        call(randn(1, 2, 3, 3), randn(3, 2, 1, 1, seed=1), randn(3, seed=2), label="3x3, bias"),
        call(randn(2, 3, 9, 8), randn(4, 3, 3, 5, seed=1), randn(4, seed=2), stride=3, padding=2),
        Probe(
            "x (1, 2, 4, 5)",
            _gradients,
            (randn(1, 2, 4, 5), randn(3, 2, 2, 3, seed=1), randn(3, seed=2)),
        ),
        Probe(
            "how many of torch's convolutions it used",
            _torchs_convolutions,
            (randn(1, 1, 3, 3), randn(1, 1, 2, 2, seed=1)),
        ),
    ),
    mistakes=(
        Mistake(
            "You padded one side only: zeros belong on the left and the right, above and below.",
            _with(pad=lambda x, padding: F.pad(x, (0, padding, 0, padding))),
        ),
        Mistake(
            "You padded one side only, the left and the top: zeros belong on all four sides.",
            _with(pad=lambda x, padding: F.pad(x, (padding, 0, padding, 0))),
        ),
        Mistake(
            "You padded the width and not the height: F.pad counts from the last axis, and two "
            "numbers pad that one alone.",
            _with(pad=lambda x, padding: F.pad(x, (padding, padding))),
        ),
        Mistake(
            "You ignored the padding.",
            _with(pad=lambda x, padding: x),
        ),
        Mistake(
            "You repeated the border where zeros are due.",
            _with(pad=lambda x, padding: F.pad(x, (padding,) * 4, mode="replicate")),
        ),
        Mistake(
            "You ignored the stride.",
            _with(windows=lambda x, size, stride: _windows(x, size, 1)),
        ),
        Mistake(
            "Your output has the right size, but the windows moved by one cell at a time: the "
            "window of output (i, j) starts at stride times i and stride times j.",
            _with(windows=_right_size_at_stride_one),
        ),
        Mistake(
            "You computed the output size from the image before padding: into the padded image "
            "more windows fit.",
            _size_before_padding,
        ),
        Mistake(
            "You used the stride on one axis only: windows step by it downwards and to the right.",
            _with(
                windows=lambda x, size, stride: x.unfold(2, size[0], stride).unfold(3, size[1], 1)
            ),
        ),
        Mistake(
            "You took the kernel size as the stride, so that windows do not overlap: they step by "
            "stride.",
            _with(
                windows=lambda x, size, stride: x.unfold(2, *size[:1] * 2).unfold(3, *size[1:] * 2)
            ),
        ),
        Mistake(
            "You turned the kernel upside down, as mathematicians do: torch lays it on the window "
            "as it is, which is a cross-correlation.",
            _with(kernels=lambda weight: weight.flip(2, 3)),
        ),
        Mistake(
            "You swapped the kernel's rows and columns: the third axis of weight goes down, the "
            "fourth to the right.",
            _with(kernels=lambda weight: weight.transpose(2, 3)),
        ),
        Mistake(
            "You took the kernel for a square of its height: its width, the last axis, may differ.",
            _with(windows=lambda x, size, stride: _windows(x, (size[0], size[0]), stride)),
        ),
        Mistake(
            "You swapped the first two axes of weight: output channels come first, then input "
            "channels.",
            _with(kernels=lambda weight: weight.transpose(0, 1)),
        ),
        Mistake(
            "You used the first input channel alone: a window reaches through all of them.",
            _with(
                combine=lambda windows, weight: torch.einsum(
                    "nhwij,oij->nohw", windows[:, 0], weight[:, 0]
                )
            ),
        ),
        Mistake(
            "You used the first kernel's numbers for every output channel: each has its own "
            "kernel.",
            _with(kernels=lambda weight: weight[:1].expand_as(weight)),
        ),
        Mistake(
            "You averaged over the window: its products are added up.",
            _with(
                combine=lambda windows, weight: (
                    torch.einsum("nchwij,ocij->nohw", windows, weight) / weight[0].numel()
                )
            ),
        ),
        Mistake(
            "You averaged over the input channels: they are added up.",
            _with(
                combine=lambda windows, weight: (
                    torch.einsum("nchwij,ocij->nohw", windows, weight) / weight.shape[1]
                )
            ),
        ),
        Mistake(
            "You did not sum over the input channels: each output channel is one map, the sum of "
            "what its kernel finds in all of them.",
            _with(
                combine=_einsum("nchwij,ocij->nochw"),
                add=lambda y, bias: y + bias.view(-1, 1, 1, 1),
            ),
        ),
        Mistake(
            "You put the output's channels last: torch has them second, (N, out, H', W').",
            _with(combine=_einsum("nchwij,ocij->nhwo"), add=lambda y, bias: y + bias),
        ),
        Mistake(
            "You swapped the rows and columns of the output.",
            _with(combine=_einsum("nchwij,ocij->nowh")),
        ),
        Mistake(
            "You gave the result its shape with reshape where axes must change places: reshape "
            "keeps the order of the numbers, permute moves an axis.",
            _with(combine=_reshaped_without_permuting),
        ),
        Mistake(
            "You flattened the windows in another order than the kernels: a kernel runs over "
            "channels first, then rows, then columns.",
            _with(combine=_flattened_otherwise),
        ),
        Mistake(
            "You ignored the bias.",
            _with(add=lambda y, bias: y),
        ),
        Mistake(
            "Your bias runs along the width of the output: give it the shape (out, 1, 1), so that "
            "each output channel gets its own number.",
            _with(add=lambda y, bias: y + bias),
        ),
        Mistake(
            "You added the bias with every product: it is added once, after the sum.",
            _bias_in_every_product,
        ),
        Mistake(
            "You subtracted the bias: it is added.",
            _with(add=lambda y, bias: y - bias.view(-1, 1, 1)),
        ),
        Mistake(
            "The result is right, but torch's convolution computed it: use none of its "
            "convolutions here.",
            lambda x, weight, bias=None, stride=1, padding=0: F.conv2d(
                x, weight, bias, stride, padding
            ),
        ),
        Mistake(
            "You cut the graph between the output and its inputs, so no gradient comes back: leave "
            "out detach() and no_grad().",
            torch.no_grad()(conv2d),
        ),
    ),
)
