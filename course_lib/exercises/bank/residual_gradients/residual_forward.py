"""Exercise `residual_forward`: a chain of blocks, each with its shortcut."""

import torch
from torch import nn

from course_lib.exercises.bank.gradients import gradients
from course_lib.exercises.bank.residual_gradients.chains import Scale, chain
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call, randn
from course_lib.models.gradients import residual_forward


def _linear() -> nn.Module:
    return nn.Linear(3, 3)


def _convolution() -> nn.Module:
    return nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.Tanh())


LINEAR, CONVOLUTIONS = chain(*[_linear] * 3), chain(*[_convolution] * 2)
LOOP, STEP = "    for block in blocks:\n", "x + block(x)  #"
START = f"    start = x\n{LOOP}"

EXERCISE = Exercise(
    residual_forward,
    title="A chain of residual blocks",
    difficulty=1,
    importance=5,
    minutes=5,
    insight=(
        "Two characters, x and +, took the paper's 34 layers from 28.54 % error on ImageNet to "
        "25.03 %, with not one parameter more."
    ),
    hints=(
        "Each block is asked for a change, and the change is added to what went into this block. "
        "Mind what += does to a tensor that somebody else still holds.",
        "for each block: the new x is the old x plus ...\n"
        "x = x + y makes a new tensor, x += y writes into the old one.",
    ),
    probes=(
        call(
            [Scale(2.0), Scale(3.0)],
            torch.tensor([1.0, -2.0]),
            label="f1(x) = 2x, f2(x) = 3x, at (1, -2)",
        ),
        call(LINEAR, randn(2, 3), label="three linear layers"),
        call(CONVOLUTIONS, randn(2, 4, 5, 3), label="two convolutions with tanh"),
        call(chain(_linear), randn(2, 3), label="one linear layer"),
        call([], randn(2, 3), label="no blocks at all"),
        call([nn.Identity()], randn(2, 3), label="a block that returns its very input"),
        gradients(CONVOLUTIONS, randn(2, 4, 5, 3), at="x", label="two convolutions with tanh"),
    ),
    mistakes={
        "The shortcut is never added: this is the plain chain, where each block replaces x.": {
            STEP: "block(x)  #"
        },
        "You add the very first x every time: a block's shortcut carries what went into this "
        "block.": {LOOP: START, STEP: "start + block(x)  #"},
        "You built one shortcut around the whole chain: every block has its own.": {
            LOOP: START,
            STEP: "block(x)  #",
            "return x": "return start + x",
        },
        "You gave the first x to every block and added up the answers: a block works on what "
        "the block before it has left.": {LOOP: START, STEP: "x + block(start)  #"},
        "You returned only what the blocks have added: the x that you started from belongs to "
        "the output.": {LOOP: START, "return x": "return x - start"},
        "Your last block has no shortcut: every block has one.": {
            STEP: "x * (block is not blocks[-1]) + block(x)  #"
        },
        "You apply each block twice, or take the shortcut after the block: what is added to "
        "the block's output is the block's input.": {LOOP: f"{LOOP}        x = block(x)\n"},
        "Your x stays the first one, so each block is given that, and only the last block's sum "
        "comes out: what one block returns is the next one's input.": {
            "x = x + block": "out = x + block",
            "return x": "return out",
        },
        "By the time of the addition x has been overwritten, and the block's output is added to "
        "itself: keep the block's input under a name of its own.": {STEP: "2 * block(x)  #"},
        "You cut x off the graph before you add it, with detach() or .data: the numbers are right, "
        "but no gradient goes back along the shortcut, and that is what it is for.": {
            STEP: "x.detach() + block(x)  #"
        },
        "You subtract: the block's output is added to its input.": {STEP: "x - block(x)  #"},
        "You multiply x by the block's output: a residual block adds them.": {
            STEP: "x * block(x)  #"
        },
        "You take the average of x and the block's output: the sum is not divided by two.": {
            STEP: "(x + block(x)) / 2  #"
        },
        "There is a ReLU after the addition: here the sum goes on as it is.": {
            STEP: "torch.relu(x + block(x))  #"
        },
        "There is a ReLU between the block and the addition, so the block could only ever add "
        "and never take away.": {STEP: "x + torch.relu(block(x))  #"},
        "You put x and the block's output side by side (cat): they are added entry by entry.": {
            STEP: "torch.cat([x, block(x)], dim=-1)  #"
        },
        "You apply the blocks from the last to the first.": {"in blocks": "in blocks[::-1]"},
        "You stopped after the first block: is your return inside the loop?": {
            "in blocks": "in blocks[:1]"
        },
        "Your return stands inside the loop, so the chain ends after its first block, and "
        "without any block nothing is returned.": {"    return x": "        return x"},
        "You left out the last block.": {"in blocks": "in blocks[:-1]"},
        "You changed the caller's x in place, with += or add_: make a new tensor.": {
            "x = x + block": "x += block"
        },
        "You add in place on a copy: the caller's x is safe now, but autograd still needs the "
        "old x for the block's own gradient, so make a new tensor each time.": {
            LOOP: f"    x = x.clone()\n{LOOP}",
            "x = x + block": "x += block",
        },
        "You add x in place to what the block returned (+=). A block may return its very input, "
        "or need its output again for the gradient: make a new tensor.": {
            STEP: "block(x).add_(x)  #"
        },
        "The values are right, but you cut them out of the graph with no_grad() or detach(): "
        "nothing could be trained through this.": {"return x": "return x.detach()"},
    },
)
