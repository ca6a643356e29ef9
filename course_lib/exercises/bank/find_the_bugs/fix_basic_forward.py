"""Exercise `fix_basic_forward`: the shortcut is never added."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_basic_forward

NAME = "fix_basic_forward"
END = "return F.relu(out + identity, inplace=True)"

EXERCISE = Exercise(
    name=NAME,
    title="Weights that get no gradient",
    difficulty=2,
    importance=5,
    minutes=4,
    reference=fix_basic_forward,
    hints=(
        "Look for parameters whose gradient is None after backward(). What do they all belong to? "
        "The output does not depend on it.",
        "y = ReLU(r + ?)      r: what bn2 puts out\n"
        "d output / d (weights of the projection) = None   means: it takes no part in the sum",
    ),
    probes=block_probes("basic", NAME),
    mistakes=(
        mistake(
            "You added the shortcut after the last ReLU: the sum goes through the ReLU too.",
            fix_basic_forward,
            (END, "return F.relu(out, inplace=True) + identity"),
        ),
        mistake(
            "You added the shortcut and dropped the last ReLU: the sum goes through it.",
            fix_basic_forward,
            (END, "return out + identity"),
        ),
        mistake(
            "You put a ReLU before the addition: the residual path can then only add, never take "
            "away.",
            fix_basic_forward,
            (END, "return F.relu(F.relu(out) + identity, inplace=True)"),
        ),
        mistake(
            "You added x itself: where the shapes change it does not fit, there the projection "
            "has to stand on the shortcut.",
            fix_basic_forward,
            (END, "return F.relu(out + x, inplace=True)"),
        ),
        mistake(
            "You added the shortcut only where the shapes agree without a projection: then the "
            "projections still take no part.",
            fix_basic_forward,
            (END, "return F.relu(out + x if out.shape == x.shape else out, inplace=True)"),
        ),
        mistake(
            "You added what conv1 puts out instead of the block's input: the shortcut starts "
            "before the first convolution.",
            fix_basic_forward,
            ("identity = self.downsample(x)\n    out = F.relu(", "out = identity = F.relu("),
        ),
        mistake(
            "You subtracted the shortcut: it is added.",
            fix_basic_forward,
            ("out + identity", "out - identity"),
        ),
        mistake(
            "You multiplied the two paths: they are added.",
            fix_basic_forward,
            ("out + identity", "out * identity"),
        ),
        mistake(
            "You added the shortcut's map in place, the wrong way round: identity can be x itself, "
            "and the caller still needs that.",
            typed.fix_basic_forward,
            ("return F.relu(out, inplace=True)", "identity += out\n    return F.relu(identity)"),
        ),
    ),
    planted=planted(
        NAME,
        "The parameters of the projections get no gradient: it is None. And a deep network "
        "learns worse with this block than with the right one.",
    ),
)
