"""Exercise `receptive_field`: how far one output sees through several layers."""

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.conv import receptive_field

REACH, JUMP = "field += (kernel_size - 1) * jump", "        jump *= stride\n"

EXERCISE = Exercise(
    receptive_field,
    title="How far does an output see?",
    difficulty=3,
    importance=4,
    minutes=10,
    insight=(
        "By your rule ResNet-34 sees 899 pixels and ResNet-50 only 483, and yet ResNet-50 is the "
        "more accurate: seeing far is not all."
    ),
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
        call([(2, 3), (2, 3), (4, 1), (3, 2)]),
    ),
    mistakes={
        "You ignored the strides: behind a stride of 2, neighbouring cells lie two input cells "
        "apart, so a kernel reaches twice as far.": {JUMP: ""},
        "You multiplied by a layer's own stride as well: a stride spreads what the layers "
        "behind it see, not what its own layer sees.": {
            "        field +=": f"{JUMP}        field +=",
            JUMP: "",
        },
        "You multiplied each kernel by its own layer's stride alone: what counts is the "
        "strides of all the layers before it.": {"- 1) * jump": "- 1) * stride"},
        "You used the stride of the layer just before: the strides of all earlier layers "
        "multiply.": {"jump *= stride": "jump = stride"},
        "You added the strides up: two strides of 2 put neighbours 4 cells apart, and three "
        "put them 8 apart, so strides multiply.": {"jump *= stride": "jump += stride - 1"},
        "You added every stride to a distance that starts at 1: strides multiply, and a stride "
        "of 1 changes nothing.": {"jump *= stride": "jump += stride"},
        "You started at 0: an output sees at least one cell, even through a 1x1 kernel.": {
            "= 1, 1": "= 0, 1"
        },
        "You counted the whole kernel in every layer: neighbouring windows overlap, and a "
        "kernel of k cells adds k - 1 steps.": {"(kernel_size - 1)": "kernel_size"},
        "You added whole kernels, each at the distance of its strides, starting at 0: a kernel "
        "of k cells adds k - 1 steps to the one cell that you start with.": {
            "= 1, 1": "= 0, 1",
            "(kernel_size - 1)": "kernel_size",
        },
        "You added up the kernel sizes: neighbouring windows overlap, and strides spread them.": {
            "= 1, 1": "= 0, 1",
            REACH: "field += kernel_size",
        },
        "You multiplied the kernel sizes: neighbouring windows overlap, so a second 3x3 adds "
        "two cells and does not triple the field.": {REACH: "field *= kernel_size"},
        "You counted one side only: a kernel reaches out to both sides of its middle.": {
            "(kernel_size - 1)": "(kernel_size // 2)"
        },
        "You went through the layers in the wrong order: the recursion (field - 1) * stride + "
        "kernel_size starts at the last layer and ends at the input.": {
            REACH: "field = (field - 1) * stride + kernel_size"
        },
        "You went from the last layer to the first and forgot that windows overlap: n "
        "neighbours are only n - 1 strides apart.": {
            "in layers:": "in layers[::-1]:",
            REACH: "field = field * stride + kernel_size",
        },
        "You read each pair the wrong way round: the kernel size comes first, then the stride.": {
            "kernel_size, stride in": "stride, kernel_size in"
        },
        "You multiplied the strides of all the layers: that is the distance between two "
        "neighbouring outputs, not how far one of them sees.": {"return field": "return jump"},
        "You returned after the first layer: is your return inside the loop?": {
            "    return field": "        return field"
        },
        "You returned the last kernel alone: each of its cells sees further through the layers "
        "before.": {"return field": "return kernel_size"},
        "You returned the number of cells in the square: asked for is the length of its side.": {
            "return field": "return field**2"
        },
        "You went from the last layer to the first and multiplied the whole field by the stride: n "
        "neighbours are only n - 1 strides apart.": {
            "in layers:": "in layers[::-1]:",
            REACH: "field = field * stride + kernel_size - 1",
        },
        "You took the 1 off after multiplying: a kernel takes kernel_size - 1 steps, and each of "
        "them is as long as the strides before have made it.": {
            REACH: "field += kernel_size * jump - 1"
        },
    },
)
