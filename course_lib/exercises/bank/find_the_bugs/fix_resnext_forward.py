"""Exercise `fix_resnext_forward`: the sum is written into the block's input."""

from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_resnext_forward

START = "identity = self.downsample(x)"
SUM, END = "out += identity", "F.relu(out, inplace=True)"

EXERCISE = Exercise(
    fix_resnext_forward,
    title="It evaluates well, and cannot be trained",
    difficulty=3,
    importance=4,
    minutes=5,
    insight=(
        "Autograd counts the writes into each tensor, and only this counter stopped you: without "
        "it you would have trained on wrong gradients, unawares."
    ),
    hints=(
        "Keep a copy of x, call the block, and compare. Then find the operation that writes into "
        "a tensor that is not the block's own.",
        "nn.Identity()(x) is x: not a copy, the same tensor\n"
        "? += ?      writes into the tensor on its left\n"
        "Which of the two tensors does nobody need afterwards?",
    ),
    probes=block_probes(fix_resnext_forward, groups=4, width_per_group=16),
    mistakes={
        "You cut the shortcut out of the graph (detach): the outputs are right, and no "
        "gradient comes back along the shortcut.": {START: f"{START}.detach()"},
        "You switched the gradients of the shortcut off: the error is gone, and so is what "
        "the shortcut is for.": {START: f"with torch.no_grad():\n        {START}"},
        "You cut the whole residual path out of the graph: the error is gone, and the block "
        "learns nothing.": {SUM: "out = out.detach() + identity"},
        "You lost the projection: where the shapes change, x itself does not fit.": {
            START: "identity = x.clone()"
        },
        "You copied x at the start, and then everything is computed from the copy: the sum is "
        "written into what the first convolution needs for its gradient.": {
            START: f"x = x.clone()\n    {START}",
            SUM: "identity += out",
            END: "F.relu(identity, inplace=True)",
        },
        "You took the addition out: nothing is overwritten, and nothing is added either.": {
            f"    {SUM}\n": ""
        },
        "You turned the addition round and still return the shortcut: the sum is in the other "
        "tensor now.": {END: "F.relu(identity, inplace=True)"},
        "You return the shortcut alone: the sum is in the other tensor.": {END: "F.relu(identity)"},
        "You lost the last ReLU: the sum goes through it.": {END: "out"},
        "You put the in-place ReLU on each path before the sum: there is one ReLU, after it.": {
            SUM: "out = F.relu(out)",
            END: "out + identity",
        },
        "You add the shortcut twice.": {END: "F.relu(out + identity)"},
    },
    planted=Planted(
        "In eval mode the outputs are right. After a call, the block's input is no longer what it "
        "was, and in training backward() stops.",
        typed.fix_resnext_forward,
        typed.MISTAKES["fix_resnext_forward"],
    ),
)
