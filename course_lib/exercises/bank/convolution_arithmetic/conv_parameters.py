"""Exercise `conv_parameters`: how many numbers a convolution learns."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.conv import conv_parameters

EXERCISE = Exercise(
    conv_parameters,
    title="Count a convolution's parameters",
    difficulty=1,
    importance=5,
    minutes=5,
    insight=(
        "Remember the division by groups: in notebook 09 it takes a 3x3 from 147,456 weights to "
        "4,608, and that pays for 32 branches."
    ),
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
        call(4, 8, 3, groups=4, bias=True),
        call(8, 12, 3, groups=2, bias=True),
        call(9, 3, 1, 3, True),
    ),
    mistakes={
        "You ignored groups: a kernel sees only the in_channels / groups channels of its own "
        "group.": {"(in_channels // groups)": "in_channels"},
        "You divided both the input and the output channels by groups: that is one group's "
        "share, and there are `groups` of them.": {"= out_channels": "= out_channels // groups"},
        "You counted one group: weights and bias are those of all groups together.": {
            "= out_channels": "= out_channels // groups",
            "+ out_channels": "+ out_channels // groups",
        },
        "You multiplied by groups: each kernel sees fewer channels then, so there are fewer "
        "weights.": {"(in_channels // groups)": "(in_channels * groups)"},
        "You forgot the bias: with bias=True every output channel has one more number.": {
            " + out_channels if bias else weights": ""
        },
        "You counted a bias always: there is none unless bias is true.": {
            " if bias else weights": ""
        },
        "You turned the bias round: it is there when bias is true and not otherwise.": {
            "if bias": "if not bias"
        },
        "You gave the bias one number for each input channel: it is added to the outputs, one "
        "number for each output channel.": {"+ out_channels": "+ in_channels"},
        "You counted one bias for the whole layer: every output channel has its own.": {
            "+ out_channels": "+ 1"
        },
        "You divided the bias by groups too: every output channel has one, whatever its group.": {
            "+ out_channels": "+ out_channels // groups"
        },
        "You counted a bias for each input channel of a kernel: an output channel has one "
        "bias, added after the sum over the channels.": {
            "+ out_channels": "+ out_channels * in_channels // groups"
        },
        "You counted one side of the kernel: it has kernel_size rows of kernel_size numbers.": {
            "kernel_size * kernel_size": "kernel_size"
        },
        "You doubled the kernel size where it must be squared: the kernel has two sides, and "
        "its entries are their product.": {"kernel_size * kernel_size": "2 * kernel_size"},
        "You forgot the input channels: a kernel has one slice of numbers for each channel "
        "that it sees.": {" * (in_channels // groups)": ""},
        "You forgot the output channels: each has a kernel of its own.": {
            "out_channels * (in_channels": "(in_channels"
        },
        "You added input and output channels: every output has a slice for every input it "
        "sees, so they multiply.": {
            "out_channels * (in_channels // groups)": "(out_channels + (in_channels // groups))"
        },
        "You divided with /, which gives a float: a count is an int, so divide with //.": {
            "in_channels // groups": "in_channels / groups"
        },
    },
)
