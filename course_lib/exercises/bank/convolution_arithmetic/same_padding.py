"""Exercise `same_padding`: the padding that keeps the size."""

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.conv import same_padding

EXERCISE = Exercise(
    name="same_padding",
    title="Find the padding that keeps the size",
    difficulty=1,
    importance=4,
    minutes=5,
    reference=same_padding,
    hints=(
        "At stride 1 and without padding, by how many cells is the output shorter than the input? "
        "The padding must give them back, half at each end.",
        "output = size + 2 * padding - dilation * (kernel_size - 1)     at stride 1\n"
        "Set output = size and solve for padding: 2 * padding = ...",
    ),
    probes=(
        call(3),
        call(5),
        call(7),
        call(1),
        call(3, dilation=2),
        call(5, dilation=3),
        call(1, dilation=2),
        call(7, dilation=4),
    ),
    mistakes=(
        Mistake(
            "You gave the padding of both sides together: half of it goes on each side.",
            lambda kernel_size, dilation=1: dilation * (kernel_size - 1),
        ),
        Mistake(
            "You ignored the dilation: a spread-out kernel loses more cells, so it needs more "
            "padding.",
            lambda kernel_size, dilation=1: (kernel_size - 1) // 2,
        ),
        Mistake(
            "You multiplied the whole kernel by the dilation: k cells have only k - 1 gaps, and "
            "only the gaps grow.",
            lambda kernel_size, dilation=1: dilation * kernel_size // 2,
        ),
        Mistake(
            "You padded by 1 whatever the kernel: that is right for a plain 3x3, while a 1x1 needs "
            "none and a larger kernel more.",
            lambda kernel_size, dilation=1: 1,
        ),
        Mistake(
            "You padded the 1x1 convolution: it looks at one cell, loses none, and would make the "
            "output larger than the input.",
            lambda kernel_size, dilation=1: max(1, dilation * (kernel_size - 1) // 2),
        ),
        Mistake(
            "You padded one cell too many: half of kernel_size - 1, not of kernel_size + 1, lies "
            "on each side of the middle cell, and a 1x1 needs no padding.",
            lambda kernel_size, dilation=1: dilation * ((kernel_size + 1) // 2),
        ),
        Mistake(
            "You padded one cell too many at each end: the window's middle cell needs none.",
            lambda kernel_size, dilation=1: dilation * (kernel_size - 1) // 2 + 1,
        ),
        Mistake(
            "You padded one cell too few: count the cells between the middle of the window and its "
            "end, without the middle.",
            lambda kernel_size, dilation=1: dilation * (kernel_size - 1) // 2 - 1,
        ),
        Mistake(
            "You returned a float: a padding counts cells, so divide with //.",
            lambda kernel_size, dilation=1: dilation * (kernel_size - 1) / 2,
        ),
        Mistake(
            "You added the dilation where it multiplies: every gap of the kernel grows by it.",
            lambda kernel_size, dilation=1: (kernel_size - 1) // 2 + dilation - 1,
        ),
        Mistake(
            "You divided by the dilation: a spread-out kernel needs more padding, not less.",
            lambda kernel_size, dilation=1: (kernel_size - 1) // 2 // dilation,
        ),
        Mistake(
            "You returned how many cells the kernel spans: asked for is what must be added at each "
            "end.",
            lambda kernel_size, dilation=1: dilation * (kernel_size - 1) + 1,
        ),
        Mistake(
            "You returned a pair: asked for is one int, which both ends get.",
            lambda kernel_size, dilation=1: (dilation * (kernel_size - 1) // 2,) * 2,
        ),
    ),
)
