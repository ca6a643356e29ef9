"""Exercise `fix_basic_forward`: the shortcut is never added."""

from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_basic_forward

SUM, END = "out + identity", "F.relu(out + identity, inplace=True)"

EXERCISE = Exercise(
    fix_basic_forward,
    title="Weights that get no gradient",
    difficulty=2,
    importance=5,
    minutes=4,
    insight=(
        "In ResNet-18 it would hardly show, 27.94 % error in place of the paper's 27.88; with 34 "
        "layers it costs 3.5 points."
    ),
    hints=(
        "Look for parameters whose gradient is None after backward(). What do they all belong to? "
        "The output does not depend on it.",
        "y = ReLU(r + ?)      r: what bn2 puts out\n"
        "d output / d (weights of the projection) = None   means: it takes no part in the sum",
    ),
    probes=block_probes(fix_basic_forward),
    mistakes={
        "You added the shortcut after the last ReLU: the sum goes through the ReLU too.": {
            END: "F.relu(out, inplace=True) + identity"
        },
        "You added the shortcut and dropped the last ReLU: the sum goes through it.": {END: SUM},
        "You put a ReLU before the addition: the residual path can then only add, never take "
        "away.": {SUM: "F.relu(out) + identity"},
        "You added x itself: where the shapes change it does not fit, there the projection "
        "has to stand on the shortcut.": {SUM: "out + x"},
        "You added the shortcut only where the shapes agree without a projection: then the "
        "projections still take no part.": {SUM: "out + x if out.shape == x.shape else out"},
        "You added what conv1 puts out instead of the block's input: the shortcut starts "
        "before the first convolution.": {
            "identity = self.downsample(x)\n    out = F.relu(": "out = identity = F.relu("
        },
        "You added the shortcut before the second convolution: it leads around both of them, and "
        "the sum comes after the last batch normalisation.": {
            "conv2(out)": "conv2(out + identity)",
            SUM: "out",
        },
        "You added before the last batch normalisation: then it normalises the shortcut too.": {
            "self.conv2(out)": "self.conv2(out) + identity",
            SUM: "out",
        },
        "You return the shortcut alone, and what the convolutions made is lost. (Did you write =+? "
        "That sets, where += adds.)": {
            f"return {END}": "out = +identity\n    return F.relu(out, inplace=True)"
        },
        "You cut the shortcut out of the graph: no gradient comes back through it, and that is "
        "what it is for.": {"self.downsample(x)": "self.downsample(x).detach()"},
        "You used bn1 twice: bn2 has weights and running statistics of its own.": {
            "self.bn2(": "self.bn1("
        },
        "You subtracted the shortcut: it is added.": {SUM: "out - identity"},
        "You took the mean of the two paths: they are added, and nothing is halved.": {
            SUM: "(out + identity) / 2"
        },
        "You multiplied the two paths: they are added.": {SUM: "out * identity"},
        "You added the shortcut's map in place, the wrong way round: identity can be x itself, "
        "and the caller still needs that.": {
            f"return {END}": "identity += out\n    return F.relu(identity)"
        },
    },
    planted=Planted(
        "The parameters of the projections get no gradient: it is None. And a deep network "
        "learns worse with this block than with the right one.",
        typed.fix_basic_forward,
        typed.MISTAKES["fix_basic_forward"],
    ),
)
