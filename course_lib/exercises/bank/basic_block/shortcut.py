"""Exercise `shortcut`: the way past a block."""

from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.block import equal_weights_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import built, module_probe
from course_lib.models.blocks import shortcut
from course_lib.models.cifar import PadShortcut

AGREE = "stride == 1 and in_channels == out_channels"
CONVOLUTION = "        nn.Conv2d("
NORM = "        nn.BatchNorm2d(out_channels),\n"


def _twice(implementation: Implementation) -> dict[str, int]:
    """Each block needs weights of its own, and ones that it can learn."""
    calls = [built(implementation, (4, 8, 2), {}, randn(2, 4, 7, 9)) for _ in range(2)]
    one, other = ({*module.parameters()} for module in calls)
    return {
        "weights that cannot be learned": sum(not p.requires_grad for p in one),
        "weights that both calls share": len(one & other),
    }


EXERCISE = Exercise(
    shortcut,
    title="The way past a block",
    difficulty=2,
    importance=5,
    minutes=8,
    insight=(
        "Of ResNet-152's 50 blocks 46 have the empty shortcut: on the way past 150 layers x meets "
        "only four projections."
    ),
    hints=(
        "Two things can make the shapes disagree. Ask for both. Where neither does, "
        "nn.Identity() is the module that returns what it is given.",
        "if <the output has the shape of the input>:\n"
        "    return nn.Identity()\n"
        "return nn.Sequential(<1x1 convolution, with which stride?>, <batch normalisation>)",
    ),
    probes=(
        Probe("shortcut(4, 8, 2), called twice", _twice),
        module_probe(shortcut, 6, 6, 1, x=randn(3, 6, 5, 7)),
        module_probe(shortcut, 4, 8, 2, x=randn(1, 4, 7, 9)),
        module_probe(shortcut, 6, 6, 3, x=randn(2, 6, 8, 7)),
        module_probe(shortcut, 8, 4, 1, x=randn(2, 8, 5, 6)),
        equal_weights_probe(4, 8, 2, x=randn(2, 4, 7, 9)),
    ),
    mistakes={
        "You never project: where the stride or the number of channels changes, x no longer "
        "has the shape of the block's output, and the two cannot be added.": {AGREE: "True"},
        "You project even where the shapes agree: there x passes unchanged, which costs "
        "nothing and keeps the way through the network free.": {AGREE: "False"},
        "You return the identity whenever the channels agree: with stride 2 the block's "
        "output is smaller than x all the same.": {AGREE: "in_channels == out_channels"},
        "You return the identity whenever the stride is 1: the number of channels may change "
        "all the same.": {AGREE: "stride == 1"},
        "You project only where the stride and the channels both change: either one alone "
        "makes the shapes disagree.": {AGREE: "stride == 1 or in_channels == out_channels"},
        "The question is the wrong way round: you project where the shapes agree, and return x "
        "as it is where they do not.": {AGREE: "stride != 1 or in_channels != out_channels"},
        "Where the shapes agree you return None: the caller expects a module there too, one that "
        "it can register and call.": {"nn.Identity()": "None"},
        "Where the shapes agree you return a plain function: the caller expects a module there "
        "too, one that it can register.": {"nn.Identity()": "lambda x: x"},
        "Where the shapes agree you return a class: a module is made of it by calling it, with "
        "parentheses.": {"nn.Identity()": "nn.Identity"},
        "The projection goes from out_channels to in_channels: x comes in with in_channels, and "
        "leaves with out_channels.": {"nn.Conv2d(in_channels, out": "nn.Conv2d(out_channels, in"},
        "The projection has no batch normalisation: what is added to the residual path then "
        "has another scale than that path, whose last layer normalises.": {NORM: ""},
        "The projection's batch normalisation stands before the convolution, where it "
        "normalises x and not what is added.": {
            CONVOLUTION: f"        nn.BatchNorm2d(in_channels),\n{CONVOLUTION}",
            NORM: "",
        },
        "The projection's batch normalisation expects in_channels: it stands behind the "
        "convolution, and is as wide as that one's output.": {
            NORM: "        nn.BatchNorm2d(in_channels),\n"
        },
        "The projection's convolution has a bias: the batch normalisation after it subtracts "
        "the mean, and the bias with it, so it only costs parameters.": {"bias=False": "bias=True"},
        "The projection is padded: a 1x1 kernel looks at one pixel and needs no border, and "
        "with one the output grows.": {"bias=False": "bias=False, padding=1"},
        "You forgot the stride: the projection changes the channels, but the map keeps its "
        "height and width.": {"stride=stride": "stride=1"},
        "You wrote a stride of 2 into the projection: it has the stride that the caller asks "
        "for.": {"stride=stride": "stride=2"},
        "The projection has a 3x3 kernel: nine times the weights, where one weight for each "
        "pair of channels is enough to change their number.": {
            "kernel_size=1": "kernel_size=3, padding=1"
        },
        "The projection has a 3x3 kernel, and no padding: it takes a border of one pixel off, "
        "where a kernel of 1x1 needs none.": {"kernel_size=1": "kernel_size=3"},
        "The kernel is as large as the stride: a 2x2 kernel mixes neighbouring pixels and "
        "drops the last row of an odd map, whereas a 1x1 kernel at stride 2 skips pixels.": {
            "kernel_size=1": "kernel_size=stride"
        },
        "There is a ReLU after the projection: the shortcut could then only ever add, and the "
        "block's one ReLU on the sum comes later.": {"    )\n": "        nn.ReLU(),\n    )\n"},
        "You average before the 1x1 convolution: that is the variant of ResNet-D, and here "
        "the convolution itself has the stride.": {
            "nn.Sequential(\n": "nn.Sequential(\n        nn.AvgPool2d(stride, ceil_mode=True),\n",
            "stride=stride": "stride=1",
        },
        "You built the shortcut without parameters, the paper's option A: this exercise asks "
        "for the projection, option B.": PadShortcut,
    },
)
