"""Exercise `receptive_field`: how far one output sees through several layers."""

import math
from collections.abc import Callable

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.conv import receptive_field


def _with(
    start: int = 1,
    reach: Callable[[int], int] = lambda kernel_size: kernel_size - 1,
    next_jump: Callable[[int, int], int] = lambda jump, stride: jump * stride,
) -> Implementation:
    """The right loop over the layers, but for what is given."""

    def attempt(layers):
        field, jump = start, 1
        for kernel_size, stride in layers:
            field += reach(kernel_size) * jump
            jump = next_jump(jump, stride)
        return field

    return attempt


def _stride_too_early(layers):
    field, jump = 1, 1
    for kernel_size, stride in layers:
        jump *= stride
        field += (kernel_size - 1) * jump
    return field


def _by_own_stride(layers):
    return 1 + sum((kernel_size - 1) * stride for kernel_size, stride in layers)


def _backwards(layers, overlap=1):
    field = 1
    for kernel_size, stride in layers:
        field = (field - overlap) * stride + kernel_size
    return field


EXERCISE = Exercise(
    name="receptive_field",
    title="How far does an output see?",
    difficulty=3,
    importance=4,
    minutes=10,
    reference=receptive_field,
    hints=(
        "Keep two numbers as you go through the layers: how many input cells one output sees, and "
        "how many input cells lie between two neighbouring outputs. Which of them does a kernel "
        "change, and which does a stride?",
        "field, jump = 1, 1                  # an input cell sees itself\n"
        "for kernel_size, stride in layers:\n"
        "    field += ... * jump             # a window of k cells takes k - 1 steps\n"
        "    jump = ...\n"
        "return field",
    ),
    probes=(
        call([(3, 1)]),
        call([(3, 1), (3, 1)]),
        call([(3, 2), (3, 1)]),
        call([(7, 2), (3, 2)]),
        call([(3, 1), (3, 2)]),
        call([(5, 3), (3, 2), (3, 1)]),
        call([(2, 2), (3, 1), (2, 2), (5, 1)]),
        call([(1, 2), (3, 1)]),
        call([(1, 1)]),
    ),
    mistakes=(
        Mistake(
            "You ignored the strides: behind a stride of 2, neighbouring cells lie two input cells "
            "apart, so a kernel reaches twice as far.",
            _with(next_jump=lambda jump, stride: 1),
        ),
        Mistake(
            "You multiplied by a layer's own stride as well: a stride spreads what the layers "
            "behind it see, not what its own layer sees.",
            _stride_too_early,
        ),
        Mistake(
            "You multiplied each kernel by its own layer's stride alone: what counts is the "
            "strides of all the layers before it.",
            _by_own_stride,
        ),
        Mistake(
            "You used the stride of the layer just before: the strides of all earlier layers "
            "multiply.",
            _with(next_jump=lambda jump, stride: stride),
        ),
        Mistake(
            "You added the strides up: two strides of 2 put neighbours 4 cells apart, and three "
            "put them 8 apart, so strides multiply.",
            _with(next_jump=lambda jump, stride: jump + stride - 1),
        ),
        Mistake(
            "You added every stride to a distance that starts at 1: strides multiply, and a stride "
            "of 1 changes nothing.",
            _with(next_jump=lambda jump, stride: jump + stride),
        ),
        Mistake(
            "You started at 0: an output sees at least one cell, even through a 1x1 kernel.",
            _with(start=0),
        ),
        Mistake(
            "You counted the whole kernel in every layer: neighbouring windows overlap, and a "
            "kernel of k cells adds k - 1 steps.",
            _with(reach=lambda kernel_size: kernel_size),
        ),
        Mistake(
            "You added whole kernels, each at the distance of its strides, starting at 0: a kernel "
            "of k cells adds k - 1 steps to the one cell that you start with.",
            _with(start=0, reach=lambda kernel_size: kernel_size),
        ),
        Mistake(
            "You added up the kernel sizes: neighbouring windows overlap, and strides spread them.",
            lambda layers: sum(kernel_size for kernel_size, _ in layers),
        ),
        Mistake(
            "You multiplied the kernel sizes: neighbouring windows overlap, so a second 3x3 adds "
            "two cells and does not triple the field.",
            lambda layers: math.prod(kernel_size for kernel_size, _ in layers),
        ),
        Mistake(
            "You counted one side only: a kernel reaches out to both sides of its middle.",
            _with(reach=lambda kernel_size: kernel_size // 2),
        ),
        Mistake(
            "You went through the layers in the wrong order: the recursion (field - 1) * stride + "
            "kernel_size starts at the last layer and ends at the input.",
            _backwards,
        ),
        Mistake(
            "You went from the last layer to the first and forgot that windows overlap: n "
            "neighbours are only n - 1 strides apart.",
            lambda layers: _backwards(layers[::-1], overlap=0),
        ),
        Mistake(
            "You read each pair the wrong way round: the kernel size comes first, then the stride.",
            lambda layers: receptive_field([(k, s) for s, k in layers]),
        ),
        Mistake(
            "You multiplied the strides of all the layers: that is the distance between two "
            "neighbouring outputs, not how far one of them sees.",
            lambda layers: math.prod(stride for _, stride in layers),
        ),
        Mistake(
            "You returned the last kernel alone: each of its cells sees further through the layers "
            "before.",
            lambda layers: layers[-1][0],
        ),
        Mistake(
            "You returned the number of cells in the square: asked for is the length of its side.",
            lambda layers: receptive_field(layers) ** 2,
        ),
    ),
)
