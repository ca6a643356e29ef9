"""Exercise `conv_output_size`: how many outputs a window has along one axis."""

import math

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.conv import conv_output_size

EXERCISE = Exercise(
    name="conv_output_size",
    title="Compute the output size",
    difficulty=2,
    importance=5,
    minutes=5,
    reference=conv_output_size,
    hints=(
        "Put the first window at the very start of the padded input. How many cells lie between "
        "its last cell and the end? The window moves over them in steps of the stride, and only "
        "whole steps count.",
        "span = cells from the first that a window sees to its last, gaps included\n"
        "room = padded size - span\n"
        "outputs = whole steps that fit into room, and ...\n"
        "Python's // divides and rounds down.",
    ),
    probes=(
        call(8, 3),
        call(7, 3, stride=2),
        call(8, 3, stride=2),
        call(5, 3, padding=1),
        call(9, 3, dilation=2),
        call(224, 7, stride=2, padding=3),
        call(112, 3, stride=2, padding=1),
        call(32, 5, padding=2),
        call(11, 4, stride=3),
        call(13, 3, stride=3, padding=1, dilation=2),
        call(28, 2, stride=2),
        call(56, 1, stride=2),
        call(3, 3),
    ),
    mistakes=(
        Mistake(
            "You padded one side only: padding is added at both ends of the axis, so it counts "
            "twice.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + padding - dilation * (k - 1) - 1) // stride + 1
            ),
        ),
        Mistake(
            "You forgot the floor: a step that does not fit whole gives no output, and a size is a "
            "whole number, an int.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * (k - 1) - 1) / stride + 1
            ),
        ),
        Mistake(
            "You rounded down but returned a float: a size is an int, as the division // of two "
            "ints gives it.",
            lambda n, k, stride=1, padding=0, dilation=1: float(
                (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1
            ),
        ),
        Mistake(
            "You rounded up: a window that sticks out at the end gives no output, so round down.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                math.ceil((n + 2 * padding - dilation * (k - 1) - 1) / stride) + 1
            ),
        ),
        Mistake(
            "You rounded to the nearest number: only whole steps count, so round down always.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                round((n + 2 * padding - dilation * (k - 1) - 1) / stride) + 1
            ),
        ),
        Mistake(
            "You ignored the dilation: it spreads the kernel's cells apart, so a window spans more "
            "than kernel_size cells.",
            lambda n, k, stride=1, padding=0, dilation=1: (n + 2 * padding - k) // stride + 1,
        ),
        Mistake(
            "You multiplied the whole kernel by the dilation: k cells have only k - 1 gaps between "
            "them, and only the gaps grow.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * k) // stride + 1
            ),
        ),
        Mistake(
            "You counted the steps and forgot the window at the start: it gives an output before "
            "the first step.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * (k - 1) - 1) // stride
            ),
        ),
        Mistake(
            "You added the 1 before you divided: divide the room by the stride first, then count "
            "the window at the start.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * (k - 1)) // stride
            ),
        ),
        Mistake(
            "You made the window one cell too short: dilation * (kernel_size - 1) is the way from "
            "its first cell to its last, and the first cell takes room too.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * (k - 1)) // stride + 1
            ),
        ),
        Mistake(
            "You ignored the stride: it is the step from one window to the next.",
            lambda n, k, stride=1, padding=0, dilation=1: n + 2 * padding - dilation * (k - 1),
        ),
        Mistake(
            "You ignored the padding: it makes the input longer at both ends.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n - dilation * (k - 1) - 1) // stride + 1
            ),
        ),
        Mistake(
            "You subtracted the padding: it makes the input longer, not shorter.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n - 2 * padding - dilation * (k - 1) - 1) // stride + 1
            ),
        ),
        Mistake(
            "You took the stride for the kernel size too: a window is kernel_size wide however far "
            "it steps.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * (stride - 1) - 1) // stride + 1
            ),
        ),
        Mistake(
            "You swapped the kernel size and the stride: the kernel takes its room once, the "
            "stride divides what is left.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding - dilation * (stride - 1) - 1) // k + 1
            ),
        ),
        Mistake(
            "You divided the size by the stride and rounded up: that holds only where the padding "
            "makes up for the kernel.",
            lambda n, k, stride=1, padding=0, dilation=1: math.ceil(n / stride),
        ),
        Mistake(
            "You divided the size by the stride and rounded down: kernel, padding and dilation "
            "count too.",
            lambda n, k, stride=1, padding=0, dilation=1: n // stride,
        ),
        Mistake(
            "You divided the padded size by the stride before you took the kernel off: the kernel "
            "takes its room first.",
            lambda n, k, stride=1, padding=0, dilation=1: (
                (n + 2 * padding) // stride - dilation * (k - 1)
            ),
        ),
    ),
)
