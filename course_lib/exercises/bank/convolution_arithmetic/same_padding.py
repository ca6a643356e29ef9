"""Exercise `same_padding`: the padding that keeps the size."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.conv import same_padding

EXERCISE = Exercise(
    same_padding,
    title="Find the padding that keeps the size",
    difficulty=1,
    importance=4,
    minutes=5,
    insight=(
        "Where the size is kept, x can be added to what the layers make of it: the shortcuts of "
        "notebook 03 rest on this number."
    ),
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
        call(3, dilation=3),
        call(5, dilation=3),
        call(1, dilation=3),
        call(7, 4),
        call(11, 5),
    ),
    mistakes={
        "You gave the padding of both sides together: half of it goes on each side.": {
            "lost // 2": "lost"
        },
        "You ignored the dilation: a spread-out kernel loses more cells, so it needs more "
        "padding.": {"dilation * (": "("},
        "You multiplied the whole kernel by the dilation: k cells have only k - 1 gaps, and "
        "only the gaps grow.": {"(kernel_size - 1)": "kernel_size", "lost % 2": "lost % 1"},
        "You took the dilated kernel to span dilation * kernel_size cells: it spans dilation * "
        "(kernel_size - 1) + 1, as there is no gap behind the last cell.": {
            "(kernel_size - 1)": "kernel_size - 1",
            "lost % 2": "lost % 1",
        },
        "You padded by 1 whatever the kernel: that is right for a plain 3x3, while a 1x1 needs "
        "none and a larger kernel more.": {"lost // 2": "1"},
        "You returned the dilation: that is right for a 3x3 alone, and the size of the kernel "
        "counts too.": {"lost // 2": "dilation"},
        "You padded the 1x1 convolution: it looks at one cell, loses none, and would make the "
        "output larger than the input.": {"lost // 2": "max(1, lost // 2)"},
        "You padded one cell too many: half of kernel_size - 1, not of kernel_size + 1, lies "
        "on each side of the middle cell, and a 1x1 needs no padding.": {
            "kernel_size - 1)": "kernel_size + 1)"
        },
        "You padded one cell too many at each end: the window's middle cell needs none.": {
            "lost // 2": "lost // 2 + 1"
        },
        "You padded one cell too few: count the cells between the middle of the window and its "
        "end, without the middle.": {"lost // 2": "lost // 2 - 1"},
        "You returned a float: a padding counts cells, so divide with //.": {"//": "/"},
        "You added the dilation where it multiplies: every gap of the kernel grows by it.": {
            "dilation * (": "2 * (dilation - 1) + ("
        },
        "You divided by the dilation: a spread-out kernel needs more padding, not less.": {
            "dilation * (": "(",
            "lost // 2": "lost // 2 // dilation",
        },
        "You returned how many cells the kernel spans: asked for is what must be added at each "
        "end.": {"lost // 2": "lost + 1"},
        "You returned a pair: asked for is one int, which both ends get.": {
            "lost // 2": "(lost // 2, lost // 2)"
        },
    },
)
