"""Exercise `bottleneck_parameters`: what a bottleneck's three convolutions cost."""

from course_lib.exercises.engine.exercise import Exercise, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.blocks import bottleneck_parameters

EXERCISE = Exercise(
    name="bottleneck_parameters",
    title="Count the weights of a bottleneck",
    difficulty=2,
    importance=3,
    minutes=5,
    reference=bottleneck_parameters,
    hints=(
        "Write down, for each of the three convolutions, how many channels go in and how many "
        "come out. A k x k convolution has k * k weights for each pair of them.",
        "first 1x1:   in_channels * ...\n"
        "3x3:         9 * ... * ...\n"
        "last 1x1:    ... * (... * expansion)\n"
        "The answer is their sum.",
    ),
    probes=(
        call(256, 64),
        call(64, 64),
        call(512, 256),
        call(48, 10, expansion=2),
        call(5, 3, expansion=1),
    ),
    mistakes=(
        Mistake(
            "You forgot the expansion: the last 1x1 convolution puts out channels * expansion "
            "channels.",
            lambda i, c, expansion=4: i * c + 9 * c * c + c * c,
        ),
        Mistake(
            "You took the expansion to be 4 whatever the argument says.",
            lambda i, c, expansion=4: i * c + 9 * c * c + 4 * c * c,
        ),
        Mistake(
            "You counted the batch normalisations' scales and shifts too: asked for are the "
            "weights of the three convolutions alone.",
            lambda i, c, expansion=4: (
                i * c + 9 * c * c + c * c * expansion + 2 * (c + c + c * expansion)
            ),
        ),
        Mistake(
            "You counted a bias for each output channel: the convolutions have none, because a "
            "batch normalisation follows each.",
            lambda i, c, expansion=4: i * c + 9 * c * c + c * c * expansion + 2 * c + c * expansion,
        ),
        Mistake(
            "You counted the projection on the shortcut too: asked for are the three convolutions "
            "of the residual path.",
            lambda i, c, expansion=4: i * c + 9 * c * c + c * c * expansion + i * c * expansion,
        ),
        Mistake(
            "You forgot the kernel: the 3x3 convolution has nine weights for each pair of "
            "channels, not one.",
            lambda i, c, expansion=4: i * c + c * c + c * c * expansion,
        ),
        Mistake(
            "You counted three weights for a 3x3 kernel: it has three rows of three.",
            lambda i, c, expansion=4: i * c + 3 * c * c + c * c * expansion,
        ),
        Mistake(
            "You gave all three convolutions a 3x3 kernel: the first and the last are 1x1.",
            lambda i, c, expansion=4: 9 * (i * c + c * c + c * c * expansion),
        ),
        Mistake(
            "You assumed that channels * expansion channels come in: that holds inside a stage, "
            "but the first block of a stage gets another number, in_channels.",
            lambda i, c, expansion=4: c * expansion * c + 9 * c * c + c * c * expansion,
        ),
        Mistake(
            "You assumed that as many channels go out as come in: channels * expansion go out, "
            "whatever in_channels is.",
            lambda i, c, expansion=4: i * c + 9 * c * c + c * i,
        ),
        Mistake(
            "You left the first 1x1 convolution out.",
            lambda i, c, expansion=4: 9 * c * c + c * c * expansion,
        ),
        Mistake(
            "You left the last 1x1 convolution out.",
            lambda i, c, expansion=4: i * c + 9 * c * c,
        ),
        Mistake(
            "You let the 3x3 convolution see in_channels: it stands behind the first 1x1, which "
            "has reduced them to channels.",
            lambda i, c, expansion=4: i * c + 9 * i * c + c * c * expansion,
        ),
        Mistake(
            "You expanded in the 3x3 convolution already: it works on channels in and out, and "
            "only the last 1x1 expands.",
            lambda i, c, expansion=4: (
                i * c + 9 * c * c * expansion + (c * expansion) * (c * expansion)
            ),
        ),
        Mistake(
            "You used channels * expansion as the width of all three convolutions: the first two "
            "put out channels, and that is what makes the block cheap.",
            lambda i, c, expansion=4: (
                i * c * expansion + 9 * (c * expansion) ** 2 + (c * expansion) ** 2
            ),
        ),
        Mistake(
            "You took channels to be the width that leaves the block: it is the width inside, and "
            "channels * expansion leave.",
            lambda i, c, expansion=4: (
                i * (c // expansion) + 9 * (c // expansion) ** 2 + (c // expansion) * c
            ),
        ),
        Mistake(
            "You counted a BasicBlock: a bottleneck has a 1x1, a 3x3 and a 1x1 convolution.",
            lambda i, c, expansion=4: 9 * i * c + 9 * c * c,
        ),
    ),
)
