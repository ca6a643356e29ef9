"""Exercise `conv2d`: a convolution without torch's convolutions."""

import torch

from course_lib.exercises.bank.gradients import gradients
from course_lib.exercises.bank.left_aside import left_aside, named
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call, randn
from course_lib.models.conv import conv2d

START = "    kernel_height, kernel_width = weight"
PAD = "F.pad(x, (padding, padding, padding, padding))"
SUM = "windows, weight)"

EXERCISE = Exercise(
    conv2d,
    title="A convolution of your own",
    difficulty=4,
    importance=4,
    minutes=15,
    insight=(
        "Of ResNet-50's 4.1 billion multiply-adds all but 0.05 % are what you have just written; "
        "the rest is one linear layer."
    ),
    hints=(
        "Pad first. Then either take every window and multiply it by every kernel, or go over the "
        "kernel's cells: each cell sees one shifted and strided piece of the input, and the "
        "pieces, times their weights, add up to the output.",
        "padded: x with its zeros around it;  s: the stride\n"
        "y[n, o, i, j] = bias[o] + the sum over c, u, v of\n"
        "                padded[n, c, i s + u, j s + v] * weight[o, c, u, v]\n"
        "c counts the input channels, u and v the kernel's rows and columns. How many values i and "
        "j have is what conv_output_size says.",
    ),
    probes=(
        call(
            torch.arange(16.0).view(1, 1, 4, 4),
            torch.arange(9.0).view(1, 1, 3, 3),
            label="x = 0 to 15 in 4x4, weight = 0 to 8 in 3x3",
        ),
        call(randn(2, 3, 5, 7), randn(4, 3, 3, 3, seed=1)),
        call(randn(1, 2, 6, 5), randn(3, 2, 2, 3, seed=1)),
        call(randn(1, 2, 4, 5), randn(1, 2, 3, 2, seed=1)),
        call(randn(2, 2, 4, 6), randn(2, 2, 1, 1, seed=1), label="2 channels to 2, kernel 1x1"),
        call(randn(2, 3, 8, 7), randn(2, 3, 3, 3, seed=1), stride=2),
        call(randn(1, 2, 4, 5), randn(3, 2, 3, 3, seed=1), padding=1),
        call(randn(2, 3, 5, 4), randn(4, 3, 3, 3, seed=1), randn(4, seed=2)),
        call(randn(1, 2, 3, 3), randn(3, 2, 1, 1, seed=1), randn(3, seed=2), label="3x3, bias"),
        call(randn(2, 3, 9, 8), randn(4, 3, 3, 5, seed=1), randn(4, seed=2), 3, 2),
        gradients(
            randn(1, 2, 4, 5),
            randn(3, 2, 2, 3, seed=1),
            randn(3, seed=2),
            at="x weight bias",
            stride=2,
            padding=1,
        ),
        left_aside(
            "torch's convolution",
            randn(1, 1, 3, 3),
            randn(1, 1, 2, 2, seed=1),
            None,
            2,
            1,
            unwanted=named("conv"),
        ),
    ),
    mistakes={
        "You padded one side only: zeros belong on the left and the right, above and below.": {
            PAD: "F.pad(x, (0, padding, 0, padding))"
        },
        "You padded one side only, the left and the top: zeros belong on all four sides.": {
            PAD: "F.pad(x, (padding, 0, padding, 0))"
        },
        "You padded the width and not the height: F.pad counts from the last axis, and two "
        "numbers pad that one alone.": {PAD: "F.pad(x, (padding, padding))"},
        "You ignored the padding.": {PAD: "x"},
        "You repeated the border where zeros are due.": {
            "padding))  # left": "padding), mode='replicate')  # left"
        },
        "You ignored the stride.": {
            "kernel_height, stride": "kernel_height, 1",
            "kernel_width, stride": "kernel_width, 1",
        },
        "Your output has the right size, but the windows moved by one cell at a time: the "
        "window of output (i, j) starts at stride times i and stride times j.": {
            "kernel_height, stride": "kernel_height, 1",
            "kernel_width, stride)": "kernel_width, 1)[:, :, "
            ": (padded.shape[2] - kernel_height) // stride + 1, "
            ": (padded.shape[3] - kernel_width) // stride + 1]",
        },
        "You computed the output size from the image before padding: into the padded image "
        "more windows fit.": {
            SUM: "windows[:, :, : (x.shape[2] - kernel_height) // stride + 1, "
            ": (x.shape[3] - kernel_width) // stride + 1], weight)"
        },
        "You used the stride on one axis only: windows step by it downwards and to the right.": {
            "kernel_width, stride": "kernel_width, 1"
        },
        "You took the kernel size as the stride, so that windows do not overlap: they step by "
        "stride.": {
            "kernel_height, stride": "kernel_height, kernel_height",
            "kernel_width, stride": "kernel_width, kernel_width",
        },
        "You turned the kernel upside down, as mathematicians do: torch lays it on the window "
        "as it is, which is a cross-correlation.": {SUM: "windows, weight.flip(2, 3))"},
        "You swapped the kernel's rows and columns: the third axis of weight goes down, the "
        "fourth to the right.": {
            "kernel_height, kernel_width =": "kernel_width, kernel_height =",
            "ocij": "ocji",
        },
        "You took the kernel for a square of its height: its width, the last axis, may differ.": {
            "3, kernel_width": "3, kernel_height"
        },
        "You took the kernel for a square of its width: its height, the last axis but one, may "
        "differ.": {"2, kernel_height": "2, kernel_width"},
        "You swapped the first two axes of weight: output channels come first, then input "
        "channels.": {"ocij": "coij"},
        "You used the first input channel alone: a window reaches through all of them.": {
            SUM: "windows[:, :1], weight[:, :1])"
        },
        "Only the last input channel is in your result: each round of the loop replaces what came "
        "before, where it is to be added.": {SUM: "windows[:, -1:], weight[:, -1:])"},
        "You used the first kernel's numbers for every output channel: each has its own kernel.": {
            START: f"    weight = weight[:1].expand_as(weight)\n{START}"
        },
        "You averaged over the window: its products are added up.": {
            SUM: f"{SUM} / weight[0].numel()"
        },
        "You averaged over the input channels: they are added up.": {
            SUM: f"{SUM} / weight.shape[1]"
        },
        "You did not sum over the input channels: each output channel is one map, the sum of "
        "what its kernel finds in all of them.": {"nohw": "nochw", "view(-1, 1": "view(-1, 1, 1"},
        "You put the output's channels last: torch has them second, (N, out, H', W').": {
            "nohw": "nhwo",
            ".view(-1, 1, 1)": "",
        },
        "You swapped the rows and columns of the output.": {"nohw": "nowh"},
        "You gave the result its shape with reshape where axes must change places: reshape "
        "keeps the order of the numbers, permute moves an axis.": {
            "nohw": "nhwo",
            SUM: f"{SUM}.reshape(len(x), len(weight), *windows.shape[2:4])",
        },
        "You gave the result, with its bias, its shape by reshape where axes must change places: "
        "reshape keeps the order of the numbers, permute moves an axis.": {
            "nohw": "nhwo",
            "return y if bias is None else y + bias.view(-1, 1, 1)": (
                "y = y if bias is None else y + bias\n"
                "    return y.reshape(len(x), len(weight), *windows.shape[2:4])"
            ),
        },
        "Your output has as many rows as it should have columns, and as many columns as rows: the "
        "height comes before the width, (N, out, H', W').": {
            SUM: f"{SUM}.reshape(len(x), len(weight), windows.shape[3], windows.shape[2])"
        },
        "Your output is a row and a column short: (size - kernel) // stride counts the steps, and "
        "the window at the start comes on top.": {
            SUM: "windows[:, :, : (padded.shape[2] - kernel_height) // stride, "
            ": (padded.shape[3] - kernel_width) // stride], weight)"
        },
        "Your loops end too early, and the last row and column of the output stay empty: a range "
        "leaves out its end, and the last window may start at size - kernel.": {
            SUM: f"{SUM} * (torch.arange(windows.shape[2]) * stride < "
            "padded.shape[2] - kernel_height).view(-1, 1) * ("
            "torch.arange(windows.shape[3]) * stride < padded.shape[3] - kernel_width)"
        },
        "You flattened the windows in another order than the kernels: a kernel runs over "
        "channels first, then rows, then columns.": {
            "ocij": "oijc",
            SUM: "windows, weight.reshape(len(weight), kernel_height, kernel_width, -1))",
        },
        "You ignored the bias.": {" + bias.view(-1, 1, 1)": ""},
        "Your bias runs along the width of the output: give it the shape (out, 1, 1), so that "
        "each output channel gets its own number.": {".view(-1, 1, 1)": ""},
        "You added the bias with every product: it is added once, after the sum.": {
            "y + bias": "y + weight[0].numel() * bias"
        },
        "You added the bias once for each input channel: it is added once, after the sum over all "
        "of them.": {"y + bias": "y + weight.shape[1] * bias"},
        "You subtracted the bias: it is added.": {"y + bias": "y - bias"},
        "The result is right, but torch's convolution computed it: use none of its "
        "convolutions here.": {
            'torch.einsum("nchwij,ocij->nohw", windows, weight)': (
                "F.conv2d(padded, weight, stride=stride)"
            )
        },
        "You cut the graph between the output and its inputs, so no gradient comes back: leave "
        "out detach() and no_grad().": {
            "return y if": "return (y if",
            "-1, 1, 1)\n": "-1, 1, 1)).detach()\n",
        },
        "You took weight and bias out of the graph, so no gradient reaches them and nothing "
        "could be trained: use them as they are, without .data, detach() or nn.Parameter.": {
            START: f"    weight = weight.detach()\n{START}",
            "y + bias": "y + bias.detach()",
        },
        "You went through NumPy, where autograd cannot follow: with a weight that is being "
        "trained, .numpy() is an error. Stay with tensors.": {
            "padded = F": "padded = torch.from_numpy(x.numpy())\n    padded = F"
        },
    },
)
