"""Exercise `conv_output_size`: how many outputs a window has along one axis."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.conv import conv_output_size

EXERCISE = Exercise(
    conv_output_size,
    title="Compute the output size",
    difficulty=2,
    importance=5,
    minutes=5,
    insight=(
        "This one line decides every map of a ResNet: 224 goes to 112, 56, 28, 14 and 7 through it."
    ),
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
        call(20, 4, dilation=3),
        call(21, 4, 2, 1, 3),
        call(28, 2, stride=2),
        call(56, 1, stride=2),
        call(3, 3),
    ),
    mistakes={
        "You padded one side only: padding is added at both ends of the axis, so it counts "
        "twice.": {"2 * padding": "padding"},
        "You forgot the floor: a step that does not fit whole gives no output, and a size is a "
        "whole number, an int.": {"//": "/"},
        "You rounded down but returned a float: a size is an int, as the division // of two "
        "ints gives it.": {"// stride": "// float(stride)"},
        "You rounded up: a window that sticks out at the end gives no output, so round down.": {
            "room // stride": "math.ceil(room / stride)"
        },
        "You rounded to the nearest number: only whole steps count, so round down always.": {
            "room // stride": "round(room / stride)"
        },
        "You ignored the dilation: it spreads the kernel's cells apart, so a window spans more "
        "than kernel_size cells.": {"dilation * (": "("},
        "You added the dilation where it multiplies: a window has kernel_size - 1 gaps, and each "
        "of them grows by it.": {"dilation * (": "dilation - 1 + ("},
        "You multiplied the whole kernel by the dilation: k cells have only k - 1 gaps between "
        "them, and only the gaps grow.": {"(kernel_size - 1) + 1": "kernel_size"},
        "You counted the steps and forgot the window at the start: it gives an output before "
        "the first step.": {"stride + 1": "stride"},
        "You added the 1 before you divided: divide the room by the stride first, then count "
        "the window at the start.": {"room // stride + 1": "(room + 1) // stride"},
        "You made the window one cell too short: dilation * (kernel_size - 1) is the way from "
        "its first cell to its last, and the first cell takes room too.": {"- 1) + 1": "- 1)"},
        "You ignored the stride: it is the step from one window to the next.": {" // stride": ""},
        "You ignored the padding: it makes the input longer at both ends.": {" + 2 * padding": ""},
        "You subtracted the padding: it makes the input longer, not shorter.": {
            "size + 2": "size - 2"
        },
        "You took the stride for the kernel size too: a window is kernel_size wide however far "
        "it steps.": {"(kernel_size": "(stride"},
        "You swapped the kernel size and the stride: the kernel takes its room once, the "
        "stride divides what is left.": {"(kernel_size": "(stride", "// stride": "// kernel_size"},
        "You divided the size by the stride and rounded up: that holds only where the padding "
        "makes up for the kernel.": {"room // stride + 1": "math.ceil(size / stride)"},
        "You divided the size by the stride and rounded down: kernel, padding and dilation "
        "count too.": {"room // stride + 1": "size // stride"},
        "You left out the window that fits exactly: where the room is a whole number of steps, the "
        "last of them still gives an output.": {"room // stride + 1": "-(-room // stride)"},
        "You computed what comes out of a transposed convolution, which goes the other way: this "
        "one divides by the stride.": {
            "room // stride + 1": "(size - 1) * stride - 2 * padding + span"
        },
        "You divided the padded size by the stride before you took the kernel off: the kernel "
        "takes its room first.": {"room // stride": "(room + span) // stride - span"},
        "You put the steps between the kernel's cells on top of the whole kernel: at dilation 1 a "
        "window would then already span more than kernel_size cells.": {
            "(kernel_size - 1) + 1": "(kernel_size - 1) + kernel_size",
            "room < 0": "False",
        },
        "You divided the last term alone by the stride: // binds tighter than + and -, so the "
        "whole room needs parentheses.": {"room // stride + 1": "room + 1 - 1 // stride + 1"},
    },
)
