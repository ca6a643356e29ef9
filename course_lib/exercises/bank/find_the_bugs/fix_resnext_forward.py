"""Exercise `fix_resnext_forward`: the sum is written into the block's input."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory.repaired import fix_resnext_forward

NAME = "fix_resnext_forward"
START = "identity = self.downsample(x)"
SUM, END = "out += identity", "return F.relu(out, inplace=True)"

EXERCISE = Exercise(
    name=NAME,
    title="It evaluates well, and cannot be trained",
    difficulty=3,
    importance=4,
    minutes=5,
    reference=fix_resnext_forward,
    hints=(
        "Keep a copy of x, call the block, and compare. Then find the operation that writes into "
        "a tensor that is not the block's own.",
        "nn.Identity()(x) is x: not a copy, the same tensor\n"
        "? += ?      writes into the tensor on its left\n"
        "Which of the two tensors does nobody need afterwards?",
    ),
    probes=block_probes("resnext", NAME, groups=4, width_per_group=16),
    mistakes=(
        mistake(
            "You cut the shortcut out of the graph (detach): the outputs are right, and no "
            "gradient comes back along the shortcut.",
            fix_resnext_forward,
            (START, "identity = self.downsample(x).detach()"),
        ),
        mistake(
            "You switched the gradients of the shortcut off: the error is gone, and so is what "
            "the shortcut is for.",
            fix_resnext_forward,
            (START, "with torch.no_grad():\n        identity = self.downsample(x)"),
        ),
        mistake(
            "You cut the whole residual path out of the graph: the error is gone, and the block "
            "learns nothing.",
            fix_resnext_forward,
            (SUM, "out = out.detach() + identity"),
        ),
        mistake(
            "You lost the projection: where the shapes change, x itself does not fit.",
            fix_resnext_forward,
            (START, "identity = x.clone()"),
        ),
        mistake(
            "You took the addition out: nothing is overwritten, and nothing is added either.",
            fix_resnext_forward,
            (SUM, "pass"),
        ),
        mistake(
            "You lost the last ReLU: the sum goes through it.",
            fix_resnext_forward,
            (END, "return out"),
        ),
        mistake(
            "You put the in-place ReLU on each path before the sum: there is one ReLU, after it.",
            fix_resnext_forward,
            (SUM, "out = F.relu(out)"),
            (END, "return out + identity"),
        ),
        mistake(
            "You add the shortcut twice.",
            fix_resnext_forward,
            (END, "return F.relu(out + identity)"),
        ),
    ),
    planted=planted(
        NAME,
        "In eval mode the outputs are right. After a call, the block's input is no longer what it "
        "was, and in training backward() stops.",
    ),
)
