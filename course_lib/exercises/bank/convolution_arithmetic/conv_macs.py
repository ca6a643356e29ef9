"""Exercise `conv_macs`: how often a convolution multiplies and adds."""

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.conv import conv_macs

EXERCISE = Exercise(
    name="conv_macs",
    title="Count the multiply-adds",
    difficulty=2,
    importance=5,
    minutes=5,
    reference=conv_macs,
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
        call(9, 3, 1, 2, 8, groups=3),
    ),
    mistakes=(
        Mistake(
            "You counted the weights: every one of them is used again at every output position.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * k * k,
        ),
        Mistake(
            "You ignored groups: an output sees only the in_channels / groups channels of its own "
            "group.",
            lambda i, o, k, h, w, groups=1: o * i * k * k * h * w,
        ),
        Mistake(
            "You divided by groups twice: each group does its share, and there are `groups` of "
            "them.",
            lambda i, o, k, h, w, groups=1: (o // groups) * (i // groups) * k * k * h * w,
        ),
        Mistake(
            "You multiplied by groups: each output sums over fewer channels then.",
            lambda i, o, k, h, w, groups=1: o * i * k * k * h * w * groups,
        ),
        Mistake(
            "You counted multiplications and additions one by one: a multiply-add is one of each, "
            "counted once.",
            lambda i, o, k, h, w, groups=1: 2 * o * (i // groups) * k * k * h * w,
        ),
        Mistake(
            "You counted the additions between products: the first product is added too, to zero "
            "or to the bias, and a window of n cells takes n multiply-adds.",
            lambda i, o, k, h, w, groups=1: o * ((i // groups) * k * k - 1) * h * w,
        ),
        Mistake(
            "You counted the adding of a bias: multiply-adds are the products that are summed up.",
            lambda i, o, k, h, w, groups=1: o * ((i // groups) * k * k + 1) * h * w,
        ),
        Mistake(
            "You counted one side of the kernel: a window has kernel_size rows of kernel_size "
            "cells.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * k * h * w,
        ),
        Mistake(
            "You doubled the kernel size where it must be squared: a window has kernel_size rows "
            "of kernel_size cells.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * 2 * k * h * w,
        ),
        Mistake(
            "You took the output for a square and used its height twice: height and width may "
            "differ.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * k * k * h * h,
        ),
        Mistake(
            "You took the output for a square and used its width twice: height and width may "
            "differ.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * k * k * w * w,
        ),
        Mistake(
            "You counted one row of the output, or one column: there are height times width "
            "positions.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * k * k * h,
        ),
        Mistake(
            "You added the height and the width: the positions are their product.",
            lambda i, o, k, h, w, groups=1: o * (i // groups) * k * k * (h + w),
        ),
        Mistake(
            "You forgot the input channels: a window reaches through all those of its group.",
            lambda i, o, k, h, w, groups=1: o * k * k * h * w,
        ),
        Mistake(
            "You forgot the output channels: each of them is computed on its own.",
            lambda i, o, k, h, w, groups=1: (i // groups) * k * k * h * w,
        ),
        Mistake(
            "You added input and output channels: every output sums over every input it sees, so "
            "they multiply.",
            lambda i, o, k, h, w, groups=1: (i // groups + o) * k * k * h * w,
        ),
        Mistake(
            "You divided with /, which gives a float: a count is an int, so divide with //.",
            lambda i, o, k, h, w, groups=1: i / groups * o * k * k * h * w,
        ),
    ),
)
