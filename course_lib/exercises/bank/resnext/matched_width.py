"""Exercise `matched_width`: the width of a branch at equal cost."""

import math
from collections.abc import Callable, Iterable

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake
from course_lib.exercises.probes.call import call
from course_lib.models.resnext import matched_width


def _parameters(c: int, i: int, o: int, d: int) -> int:
    return c * (i * d + 9 * d * d + d * o)


def _nearest(
    parameters: Callable[[int, int, int, int], float] = _parameters,
    budget_of: Callable[[int, int], float] = lambda budget, c: budget,
    widths: Iterable[int] = range(1, 300),
) -> Implementation:
    """Tries every width. Right, but for what is given."""

    def attempt(cardinality, in_channels=256, out_channels=256, budget=70_000):
        shape, target = (cardinality, in_channels, out_channels), budget_of(budget, cardinality)
        return min(widths, key=lambda d: abs(parameters(*shape, d) - target))

    return attempt


def _exact(c: int, i: int, o: int, budget: int) -> float:
    return (math.sqrt((i + o) ** 2 + 36 * budget / c) - i - o) / 18


def _solved(finish: Callable[[float], float], least: int = 1) -> Implementation:
    """Solves the equation, then makes an integer of the solution with `finish`."""
    return lambda cardinality, in_channels=256, out_channels=256, budget=70_000: max(
        least, finish(_exact(cardinality, in_channels, out_channels, budget))
    )


EXERCISE = Exercise(
    name="matched_width",
    title="How wide may a branch be?",
    difficulty=3,
    importance=4,
    minutes=12,
    reference=matched_width,
    hints=(
        "Count the parameters of one branch, then of all. The more branches, the narrower they "
        "have to be. You can try widths one after the other and keep the nearest, or solve the "
        "equation and compare the integers on both sides of the solution.",
        "one branch:  in * d + ... * d * d + d * out\n"
        "the block:   ... times that\n"
        "Return the d of 1, 2, 3, ... with the smallest |block - ...|.",
    ),
    probes=(
        *(call(cardinality) for cardinality in (1, 2, 4, 8, 32)),
        call(64),
        call(1000),
        call(4, 64, 64, budget=4_352),
        call(3, 64, 256, 30_000),
        call(3, 256, 64, 50_000),
        call(2, in_channels=512, out_channels=512, budget=280_000),
        call(1, 1, 1, budget=24),
        call(5, 8, 8, 500),
    ),
    mistakes=(
        Mistake(
            "You took the widest branch that stays below the budget: the nearest may lie a little "
            "above it.",
            _solved(math.floor),
        ),
        Mistake(
            "You took the narrowest branch that reaches the budget: the nearest may lie a little "
            "below it.",
            _solved(math.ceil),
        ),
        Mistake(
            "You solved the equation and rounded d: nearest is meant in parameters, which grow "
            "faster than d, so compare the costs of both neighbours.",
            _solved(round),
        ),
        Mistake(
            "You left the solution of the equation a float: a branch has a whole number of "
            "channels.",
            _solved(lambda exact: exact),
        ),
        Mistake(
            "The width may become 0 for many branches: a branch has at least one channel.",
            _nearest(widths=range(300)),
        ),
        Mistake(
            "You solved the equation and cut off, and nothing keeps the width at 1 or more: "
            "the nearest is asked for, and a branch has at least one channel.",
            _solved(math.floor, least=0),
        ),
        Mistake(
            "You solved the equation and rounded, and nothing keeps the width at 1 or more: "
            "a branch has at least one channel.",
            _solved(round, least=0),
        ),
        Mistake(
            "You counted the 3x3 convolution as if it had one weight for each pair of channels: "
            "it has nine.",
            _nearest(lambda c, i, o, d: c * (i * d + d * d + d * o)),
        ),
        Mistake(
            "You counted three weights for a 3x3 kernel: it has three rows of three.",
            _nearest(lambda c, i, o, d: c * (i * d + 3 * d * d + d * o)),
        ),
        Mistake(
            "You forgot the cardinality: that is the width of a block with one branch.",
            _nearest(lambda c, i, o, d: i * d + 9 * d * d + d * o),
        ),
        Mistake(
            "You multiplied only the 3x3 by the cardinality: each branch has its own 1x1 "
            "convolutions too.",
            _nearest(lambda c, i, o, d: i * d + 9 * c * d * d + d * o),
        ),
        Mistake(
            "You counted the 3x3 once: each of the branches has one.",
            _nearest(lambda c, i, o, d: c * i * d + 9 * d * d + c * d * o),
        ),
        Mistake(
            "You counted a dense 3x3 over all branches, 9 * (C * d) * (C * d): within each branch "
            "it connects d channels with d.",
            _nearest(lambda c, i, o, d: c * i * d + 9 * (c * d) ** 2 + c * d * o),
        ),
        Mistake(
            "You divided the budget by the cardinality, and multiplied the branch by it too: once "
            "is enough.",
            _nearest(budget_of=lambda budget, c: budget / c),
        ),
        Mistake(
            "You multiplied the budget by the cardinality: the branches share it.",
            _nearest(lambda c, i, o, d: i * d + 9 * d * d + d * o, lambda budget, c: budget * c),
        ),
        Mistake(
            "You left out the last 1x1 convolution: each branch expands to out channels.",
            _nearest(lambda c, i, o, d: c * (i * d + 9 * d * d)),
        ),
        Mistake(
            "You left out the first 1x1 convolution: each branch reduces from in channels.",
            _nearest(lambda c, i, o, d: c * (9 * d * d + d * o)),
        ),
        Mistake(
            "You left out both 1x1 convolutions: they cost as much as the 3x3, or more.",
            _nearest(lambda c, i, o, d: c * 9 * d * d),
        ),
        Mistake(
            "You assumed that as many channels leave the block as enter it.",
            _nearest(lambda c, i, o, d: c * (2 * i * d + 9 * d * d)),
        ),
        Mistake(
            "You assumed that as many channels enter the block as leave it.",
            _nearest(lambda c, i, o, d: c * (2 * o * d + 9 * d * d)),
        ),
        Mistake(
            "You took 256 channels in and out whatever the arguments say.",
            _nearest(lambda c, i, o, d: c * (512 * d + 9 * d * d)),
        ),
        Mistake(
            "You took a budget of 70,000 whatever the argument says.",
            _nearest(budget_of=lambda budget, c: 70_000),
        ),
        Mistake(
            "You returned the width of all branches together: asked for is that of one.",
            lambda c, i=256, o=256, budget=70_000: c * matched_width(c, i, o, budget),
        ),
        Mistake(
            "You returned the parameters of the block: asked for is the width that leads to them.",
            lambda c, i=256, o=256, budget=70_000: _parameters(
                c, i, o, matched_width(c, i, o, budget)
            ),
        ),
        Mistake(
            "You divided 64 by the cardinality: the 3x3 shrinks with the square of the width, so a "
            "branch may be wider than its share.",
            lambda cardinality, in_channels=256, out_channels=256, budget=70_000: max(
                1, 64 // cardinality
            ),
        ),
        Mistake(
            "You divided 64 by the root of the cardinality: that would be right if there were no "
            "1x1 convolutions, whose cost grows with the width itself.",
            lambda cardinality, in_channels=256, out_channels=256, budget=70_000: max(
                1, round(64 / math.sqrt(cardinality))
            ),
        ),
        Mistake(
            "You counted the batch normalisations too: asked for are the weights of the "
            "convolutions.",
            _nearest(lambda c, i, o, d: c * (i * d + 9 * d * d + d * o) + 4 * c * d + 2 * o),
        ),
    ),
)
