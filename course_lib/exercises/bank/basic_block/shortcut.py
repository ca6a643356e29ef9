"""Exercise `shortcut`: the way past a block."""

from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.block import equal_weights_probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import shortcut
from course_lib.models.cifar import PadShortcut


def _projection(in_channels, out_channels, stride, kernel_size=1, padding=0, bias=False):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=bias),
        nn.BatchNorm2d(out_channels),
    )


def _needs_one(in_channels, out_channels, stride):
    return stride != 1 or in_channels != out_channels


def _where_needed(project):
    """A shortcut that is right where the shapes agree, and calls `project` elsewhere."""

    def wrong(in_channels, out_channels, stride):
        if _needs_one(in_channels, out_channels, stride):
            return project(in_channels, out_channels, stride)
        return nn.Identity()

    return wrong


def _where(condition):
    """A shortcut with the right projection, under the wrong condition."""
    return lambda *shape: _projection(*shape) if condition(*shape) else nn.Identity()


EXERCISE = Exercise(
    name="shortcut",
    title="The way past a block",
    difficulty=2,
    importance=5,
    minutes=8,
    reference=shortcut,
    hints=(
        "Two things can make the shapes disagree. Ask for both. Where neither does, "
        "nn.Identity() is the module that returns what it is given.",
        "if <the output has the shape of the input>:\n"
        "    return nn.Identity()\n"
        "return nn.Sequential(<1x1 convolution, with which stride?>, <batch normalisation>)",
    ),
    probes=(
        module_probe(shortcut, 6, 6, 1, x=randn(2, 6, 5, 7)),
        module_probe(shortcut, 4, 8, 2, x=randn(2, 4, 7, 9)),
        module_probe(shortcut, 6, 6, 2, x=randn(2, 6, 8, 7)),
        module_probe(shortcut, 8, 4, 1, x=randn(2, 8, 5, 6)),
        equal_weights_probe(4, 8, 2, x=randn(2, 4, 7, 9)),
    ),
    mistakes=(
        Mistake(
            "You never project: where the stride or the number of channels changes, x no longer "
            "has the shape of the block's output, and the two cannot be added.",
            lambda *shape: nn.Identity(),
        ),
        Mistake(
            "You project even where the shapes agree: there x passes unchanged, which costs "
            "nothing and keeps the way through the network free.",
            _projection,
        ),
        Mistake(
            "You return the identity whenever the channels agree: with stride 2 the block's "
            "output is smaller than x all the same.",
            _where(lambda in_channels, out_channels, stride: in_channels != out_channels),
        ),
        Mistake(
            "You return the identity whenever the stride is 1: the number of channels may change "
            "all the same.",
            _where(lambda in_channels, out_channels, stride: stride != 1),
        ),
        Mistake(
            "You project only where the stride and the channels both change: either one alone "
            "makes the shapes disagree.",
            _where(
                lambda in_channels, out_channels, stride: (
                    stride != 1 and in_channels != out_channels
                )
            ),
        ),
        Mistake(
            "Where the shapes agree you return None or a plain function: the caller expects a "
            "module there too, one that it can register and call.",
            lambda *shape: _projection(*shape) if _needs_one(*shape) else None,
        ),
        Mistake(
            "The projection has no batch normalisation: what is added to the residual path then "
            "has another scale than that path, whose last layer normalises.",
            _where_needed(lambda i, o, stride: nn.Conv2d(i, o, 1, stride, bias=False)),
        ),
        Mistake(
            "The projection's batch normalisation stands before the convolution, where it "
            "normalises x and not what is added.",
            _where_needed(
                lambda i, o, stride: nn.Sequential(
                    nn.BatchNorm2d(i), nn.Conv2d(i, o, 1, stride, bias=False)
                )
            ),
        ),
        Mistake(
            "The projection's convolution has a bias: the batch normalisation after it subtracts "
            "the mean, and the bias with it, so it only costs parameters.",
            _where_needed(lambda i, o, stride: _projection(i, o, stride, bias=True)),
        ),
        Mistake(
            "The projection is padded: a 1x1 kernel looks at one pixel and needs no border, and "
            "with one the output grows.",
            _where_needed(lambda i, o, stride: _projection(i, o, stride, padding=1)),
        ),
        Mistake(
            "You forgot the stride: the projection changes the channels, but the map keeps its "
            "height and width.",
            _where_needed(lambda i, o, stride: _projection(i, o, 1)),
        ),
        Mistake(
            "The projection has a 3x3 kernel: nine times the weights, where one weight for each "
            "pair of channels is enough to change their number.",
            _where_needed(lambda i, o, stride: _projection(i, o, stride, kernel_size=3, padding=1)),
        ),
        Mistake(
            "The kernel is as large as the stride: a 2x2 kernel mixes neighbouring pixels and "
            "drops the last row of an odd map, whereas a 1x1 kernel at stride 2 skips pixels.",
            _where_needed(lambda i, o, stride: _projection(i, o, stride, kernel_size=stride)),
        ),
        Mistake(
            "There is a ReLU after the projection: the shortcut could then only ever add, and the "
            "block's one ReLU on the sum comes later.",
            _where_needed(lambda *shape: nn.Sequential(_projection(*shape), nn.ReLU())),
        ),
        Mistake(
            "You average before the 1x1 convolution: that is the variant of ResNet-D, and here "
            "the convolution itself has the stride.",
            _where_needed(
                lambda i, o, stride: nn.Sequential(
                    nn.AvgPool2d(stride, ceil_mode=True), _projection(i, o, 1)
                )
            ),
        ),
        Mistake(
            "You built the shortcut without parameters, the paper's option A: this exercise asks "
            "for the projection, option B.",
            PadShortcut,
        ),
    ),
)
