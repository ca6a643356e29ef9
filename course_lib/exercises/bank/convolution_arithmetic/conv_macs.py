"""Exercise `conv_macs`: how often a convolution multiplies and adds."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.conv import conv_macs

EXERCISE = Exercise(
    conv_macs,
    title="Count the multiply-adds",
    difficulty=2,
    importance=5,
    minutes=5,
    insight=(
        "Two papers give ResNet-50 3.8 and 4.1 billion of these; in notebook 04 your count finds "
        "out why, and that neither is wrong."
    ),
    hints=(
        "Count the numbers that come out. Then ask how many products are summed up for one of "
        "them: all the cells that its window sees, in all the channels of its group.",
        "numbers that come out:  out_channels * ... * ...\n"
        "products for each:      (in_channels / groups) * ...\n"
        "The answer is their product. It is also the number of weights times the positions.",
    ),
    probes=(
        call(3, 64, 7, 112, 112),
        call(2, 5, 3, 4, 6),
        call(16, 4, 1, 5, 3),
        call(8, 12, 3, 7, 5, groups=4),
        call(6, 6, 5, 3, 2, groups=6),
        call(4, 8, 3, 5, 2, groups=4),
        call(7, 31, 5, 45, 77),  # odd, and more than float32 can tell from its neighbours
        call(9, 3, 1, 2, 8, 3),
    ),
    mistakes={
        "You counted the weights: every one of them is used again at every output position.": {
            " * out_height * out_width": ""
        },
        "You ignored groups: an output sees only the in_channels / groups channels of its own "
        "group.": {"(in_channels // groups)": "in_channels"},
        "You divided by groups twice: each group does its share, and there are `groups` of them.": {
            "= out_channels": "= out_channels // groups"
        },
        "You multiplied by groups: each output sums over fewer channels then.": {
            "(in_channels // groups)": "(in_channels * groups)"
        },
        "You counted multiplications and additions one by one: a multiply-add is one of each, "
        "counted once.": {"outputs * window": "2 * outputs * window"},
        "You counted the additions between products: the first product is added too, to zero "
        "or to the bias, and a window of n cells takes n multiply-adds.": {
            "* window": "* (window - 1)"
        },
        "You counted products and the additions between them, 2 n - 1 for n cells: a multiply-add "
        "is one of each, so there are n.": {"* window": "* (2 * window - 1)"},
        "You took out_height and out_width for the size of the input: they are that of the output, "
        "so nothing is to be taken off.": {
            "* out_height": "* (out_height - kernel_size + 1)",
            "* out_width": "* (out_width - kernel_size + 1)",
        },
        "You counted the adding of a bias: multiply-adds are the products that are summed up.": {
            "* window": "* (window + 1)"
        },
        "You counted one side of the kernel: a window has kernel_size rows of kernel_size cells.": {
            "kernel_size * kernel_size": "kernel_size"
        },
        "You doubled the kernel size where it must be squared: a window has kernel_size rows "
        "of kernel_size cells.": {"kernel_size * kernel_size": "2 * kernel_size"},
        "You took the output for a square and used its height twice: height and width may "
        "differ.": {"* out_width": "* out_height"},
        "You took the output for a square and used its width twice: height and width may differ.": {
            "* out_height": "* out_width"
        },
        "You counted one row of the output, or one column: there are height times width "
        "positions.": {" * out_width": ""},
        "You added the height and the width: the positions are their product.": {
            "out_height * out_width": "(out_height + out_width)"
        },
        "You forgot the input channels: a window reaches through all those of its group.": {
            "(in_channels // groups) * ": ""
        },
        "You forgot the output channels: each of them is computed on its own.": {
            "out_channels * out_height": "out_height"
        },
        "You added input and output channels: every output sums over every input it sees, so "
        "they multiply.": {
            "out_channels * out_height": "out_height",
            "(in_channels // groups)": "(in_channels // groups + out_channels)",
        },
        "You divided with /, which gives a float: a count is an int, so divide with //.": {
            "in_channels // groups": "in_channels / groups"
        },
    },
)
