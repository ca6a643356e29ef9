"""Exercise `conv_parameters`: how many numbers a convolution learns."""

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.conv import conv_parameters

EXERCISE = Exercise(
    name="conv_parameters",
    title="Count a convolution's parameters",
    difficulty=1,
    importance=5,
    minutes=5,
    reference=conv_parameters,
    hints=(
        "Look at the shape of the weight tensor. What is its first axis, and how many input "
        "channels does one kernel see when there are groups?",
        "weight: (out_channels, ... / groups, kernel_size, kernel_size)\n"
        "bias:   one number for each ..., if there is one at all\n"
        "The number of entries is the product of the shape.",
    ),
    probes=(
        call(3, 64, 7),
        call(2, 5, 3),
        call(2, 5, 3, bias=True),
        call(16, 4, 1),
        call(8, 12, 3, groups=4),
        call(6, 6, 5, groups=6),
        call(8, 12, 3, groups=2, bias=True),
        call(9, 3, 1, groups=3, bias=True),
    ),
    mistakes=(
        Mistake(
            "You ignored groups: a kernel sees only the in_channels / groups channels of its own "
            "group.",
            lambda i, o, k, groups=1, bias=False: o * i * k * k + bias * o,
        ),
        Mistake(
            "You divided both the input and the output channels by groups: that is one group's "
            "share, and there are `groups` of them.",
            lambda i, o, k, groups=1, bias=False: (o // groups) * (i // groups) * k * k + bias * o,
        ),
        Mistake(
            "You counted one group: weights and bias are those of all groups together.",
            lambda i, o, k, groups=1, bias=False: (
                (o // groups) * (i // groups) * k * k + bias * (o // groups)
            ),
        ),
        Mistake(
            "You multiplied by groups: each kernel sees fewer channels then, so there are fewer "
            "weights.",
            lambda i, o, k, groups=1, bias=False: o * i * k * k * groups + bias * o,
        ),
        Mistake(
            "You forgot the bias: with bias=True every output channel has one more number.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k * k,
        ),
        Mistake(
            "You counted a bias always: there is none unless bias is true.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k * k + o,
        ),
        Mistake(
            "You turned the bias round: it is there when bias is true and not otherwise.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k * k + (not bias) * o,
        ),
        Mistake(
            "You gave the bias one number for each input channel: it is added to the outputs, one "
            "number for each output channel.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k * k + bias * i,
        ),
        Mistake(
            "You counted one bias for the whole layer: every output channel has its own.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k * k + bias,
        ),
        Mistake(
            "You divided the bias by groups too: every output channel has one, whatever its group.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k * k + bias * (o // groups),
        ),
        Mistake(
            "You counted a bias for each input channel of a kernel: an output channel has one "
            "bias, added after the sum over the channels.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * (k * k + bias),
        ),
        Mistake(
            "You counted one side of the kernel: it has kernel_size rows of kernel_size numbers.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * k + bias * o,
        ),
        Mistake(
            "You doubled the kernel size where it must be squared: the kernel has two sides, and "
            "its entries are their product.",
            lambda i, o, k, groups=1, bias=False: o * (i // groups) * 2 * k + bias * o,
        ),
        Mistake(
            "You forgot the input channels: a kernel has one slice of numbers for each channel "
            "that it sees.",
            lambda i, o, k, groups=1, bias=False: o * k * k + bias * o,
        ),
        Mistake(
            "You forgot the output channels: each has a kernel of its own.",
            lambda i, o, k, groups=1, bias=False: (i // groups) * k * k + bias * o,
        ),
        Mistake(
            "You added input and output channels: every output has a slice for every input it "
            "sees, so they multiply.",
            lambda i, o, k, groups=1, bias=False: (i // groups + o) * k * k + bias * o,
        ),
        Mistake(
            "You divided with /, which gives a float: a count is an int, so divide with //.",
            lambda i, o, k, groups=1, bias=False: i / groups * o * k * k + bias * o,
        ),
    ),
)
