"""Exercise `matched_width`: the width of a branch at equal cost."""

import inspect

from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call
from course_lib.models.resnext import matched_width

BRANCH = "in_channels * width + 9 * width * width + width * out_channels"
BLOCK = "block = cardinality * branch\n"
# Who solves the equation searches nothing: the search gives way as a whole.
_, START, REST = inspect.getsource(matched_width).partition("    def miss")
SEARCH = START + REST
EQUATION = """    linear = in_channels + out_channels
    exact = (math.sqrt(linear**2 + 36 * budget / cardinality) - linear) / 18
    return """

EXERCISE = Exercise(
    matched_width,
    title="How wide may a branch be?",
    difficulty=3,
    importance=4,
    minutes=12,
    insight=(
        "Your function retraces the paper's choice, 64, 40, 24, 14 and 4, and with each of these "
        "steps the error fell, from 23.9 % down to 22.2 %."
    ),
    hints=(
        "Count the parameters of one branch, then of all. The more branches, the narrower they "
        "have to be. You can try widths one after the other and keep the nearest, or solve the "
        "equation and compare the integers on both sides of the solution.",
        "one branch:  in * d + ... * d * d + d * out\n"
        "the block:   ... times that\n"
        "Return the d of 1, 2, 3, ... with the smallest |block - ...|.",
    ),
    probes=(
        *(call(cardinality) for cardinality in (1, 2, 4, 8, 12)),
        call(64, 32, 32, 12_000),
        call(32, budget=8_000),
        call(4, 64, 64, budget=4_352),
        call(3, 64, 256, 30_000),
        call(3, 256, 64, 50_000),
        call(2, 512, 512, 280_000),
        call(1, 1, 1, budget=24),
        call(1, 1, 1, budget=22),
        call(2, 1, 1, budget=3),
        call(5, 8, 8, 500),
        # on both sides of a middle between two widths: any other default gives another width
        *(call(1, budget=budget) for budget in (6_370, 6_371)),
        *(call(1, *channels) for channels in ((1_000, 788), (1_600, 1_630))),
    ),
    mistakes={
        "You took the widest branch that stays below the budget: the nearest may lie a little "
        "above it.": {"budget)\n\n": "budget) if block <= budget else math.inf\n\n"},
        "You took the narrowest branch that reaches the budget: the nearest may lie a little "
        "below it.": {"budget)\n\n": "budget) if block >= budget else math.inf\n\n"},
        "You solved the equation and rounded d: nearest is meant in parameters, which grow "
        "faster than d, so compare the costs of both neighbours.": {
            SEARCH: f"{EQUATION}max(1, round(exact))\n"
        },
        "You left the solution of the equation a float: a branch has a whole number of channels.": {
            SEARCH: f"{EQUATION}max(1, exact)\n"
        },
        "The width may become 0 for many branches: a branch has at least one channel.": {
            "range(1,": "range(0,"
        },
        "You took the widest branch that stays below the budget, which is 0 where no branch does: "
        "the nearest is asked for, and a branch has at least one channel.": {
            SEARCH: f"{EQUATION}math.floor(exact)\n"
        },
        "You left the solution of the equation as it is, a float that may lie below 1: a branch "
        "has a whole number of channels, one at least.": {SEARCH: f"{EQUATION}exact\n"},
        "You solved the equation and rounded, and nothing keeps the width at 1 or more: "
        "a branch has at least one channel.": {SEARCH: f"{EQUATION}round(exact)\n"},
        "You counted the 3x3 convolution as if it had one weight for each pair of channels: "
        "it has nine.": {"9 * width *": "width *"},
        "You counted nine weights for each channel of the 3x3: each of the d output channels has "
        "nine for every input channel, and so there are 9 * d * d.": {"9 * width *": "9 *"},
        "You counted three weights for a 3x3 kernel: it has three rows of three.": {
            "9 * width *": "3 * width *"
        },
        "You forgot the cardinality: that is the width of a block with one branch.": {
            BLOCK: "block = branch\n"
        },
        "You multiplied only the first 1x1 by the cardinality: each branch has all three. Are "
        "parentheses missing?": {
            "= in_channels *": "= cardinality * in_channels *",
            BLOCK: "block = branch\n",
        },
        "You multiplied only the 3x3 by the cardinality: each branch has its own 1x1 "
        "convolutions too.": {
            "9 * width *": "9 * cardinality * width *",
            BLOCK: "block = branch\n",
        },
        "You counted the 3x3 once: each of the branches has one.": {
            "= in_channels *": "= cardinality * in_channels *",
            "width * out_channels": "cardinality * width * out_channels",
            BLOCK: "block = branch\n",
        },
        "You counted a dense 3x3 over all branches, 9 * (C * d) * (C * d): within each branch "
        "it connects d channels with d.": {"9 * width *": "9 * cardinality * width *"},
        "You divided the budget by the cardinality, and multiplied the branch by it too: once "
        "is enough.": {"budget)\n\n": "budget / cardinality)\n\n"},
        "You multiplied the budget by the cardinality: the branches share it.": {
            BLOCK: "block = branch\n",
            "budget)\n\n": "budget * cardinality)\n\n",
            "isqrt(budget": "isqrt(budget * cardinality",
        },
        "You left out the last 1x1 convolution: each branch expands to out channels.": {
            " + width * out_channels": ""
        },
        "You left out the first 1x1 convolution: each branch reduces from in channels.": {
            "in_channels * width + ": ""
        },
        "You left out both 1x1 convolutions: they cost as much as the 3x3, or more.": {
            "in_channels * width + ": "",
            " + width * out_channels": "",
        },
        "You assumed that as many channels leave the block as enter it.": {
            "width * out_channels": "width * in_channels"
        },
        "You assumed that as many channels enter the block as leave it.": {
            "in_channels * width +": "out_channels * width +"
        },
        "You took 256 channels in and out whatever the arguments say.": {
            "in_channels * width +": "256 * width +",
            "width * out_channels": "width * 256",
        },
        "You took a budget of 70,000 whatever the argument says.": {
            "budget)\n\n": "70_000)\n\n",
            "isqrt(budget": "isqrt(70_000",
        },
        "Your search always ends with 1, the first width: the distance to the budget has no sign, "
        "and which width is nearest is known when all have been tried.": {SEARCH: "    return 1\n"},
        "You try no width above 64: with more channels or a larger budget a branch is wider.": {
            "math.isqrt(budget) + 1)": "65)"
        },
        "You try no width above 63: a range leaves its end out, and wider branches come up too.": {
            "math.isqrt(budget) + 1)": "64)"
        },
        "You returned how far the block is from the budget: asked for is the width at which that "
        "is least.": {"return min(": "return min(map(miss, ", ", key=miss)": "))"},
        "You counted biases too: asked for are the weights of the convolutions.": {
            "width * out_channels": "width * out_channels + 2 * width + out_channels"
        },
        "You returned the width of all branches together: asked for is that of one.": {
            "return min(": "return cardinality * min("
        },
        "You returned the parameters of the block: asked for is the width that leads to them.": {
            "return min": "width = min",
            "key=miss)": f"key=miss)\n    return cardinality * ({BRANCH})",
        },
        "You divided 64 by the cardinality: the 3x3 shrinks with the square of the width, so a "
        "branch may be wider than its share.": {SEARCH: "    return max(1, 64 // cardinality)\n"},
        "You divided 64 by the root of the cardinality: that would be right if there were no "
        "1x1 convolutions, whose cost grows with the width itself.": {
            SEARCH: "    return max(1, round(64 / math.sqrt(cardinality)))\n"
        },
        "You counted the batch normalisations too: asked for are the weights of the "
        "convolutions.": {
            BLOCK: "block = cardinality * branch + 4 * cardinality * width + 2 * out_channels\n"
        },
    },
)
