"""Exercise `fix_train_step`: a softmax before the cross entropy."""

from course_lib.exercises.bank.training.train_step import EXERCISE as TRAIN_STEP
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_train_step

LOGITS = "model(images)"

EXERCISE = Exercise(
    fix_train_step,
    title="A loss that stays above 1.46",
    difficulty=2,
    importance=5,
    minutes=3,
    insight=(
        "With ImageNet's 1,000 classes this loss would start near 6.91 and never fall below 5.91: "
        "who knows these numbers finds it in any log."
    ),
    hints=(
        "Give the loss a perfect answer: a logit of 100 for the right class, 0 for all others. "
        "What should the cross entropy be, and what is it here?",
        "cross_entropy(z, label) = -log(softmax(z)[label])       there is one softmax in it\n"
        "with p = (1, 0, ..., 0) in place of z, ten classes:   -log(e / (e + 9)) = 1.46",
    ),
    probes=TRAIN_STEP.probes,
    mistakes={
        "You took nll_loss of the probabilities: it expects their logarithms, and cross "
        "entropy on the logits does both steps in one.": {
            f"cross_entropy({LOGITS}": f"nll_loss(F.softmax({LOGITS}, dim=1)"
        },
        "You took nll_loss of the logits: it expects logarithms of probabilities.": {
            "F.cross_entropy": "F.nll_loss"
        },
        "You took a sigmoid instead of the softmax: cross entropy wants the logits as they are.": {
            LOGITS: f"{LOGITS}.sigmoid()"
        },
        "You moved the softmax to the labels' side: cross entropy of the probabilities with "
        "themselves does not know the labels.": {
            f"{LOGITS}, labels": f"(logits := {LOGITS}), logits.softmax(dim=1)"
        },
        "You took the softmax along the images (dim 0): it has no place here along any axis.": {
            LOGITS: f"F.softmax({LOGITS}, dim=0)"
        },
        "You made the logits ten times as large: the softmax is still there, and the loss "
        "cannot fall below its floor.": {LOGITS: f"F.softmax(10 * {LOGITS}, dim=1)"},
        "The softmax is gone, and the loss is now the sum over the images: take their mean.": {
            "labels)\n": 'labels, reduction="sum")\n'
        },
        "The softmax is gone, and so is zero_grad(): each step still follows the ones before.": {
            "    optimizer.zero_grad()\n": ""
        },
        "The softmax is gone, and so is train mode.": {"    model.train()\n": ""},
    },
    planted=Planted(
        "Given a perfect answer of ten classes, this step returns a loss of 1.46. The cross "
        "entropy of a perfect answer is 0.",
        typed.fix_train_step,
        typed.MISTAKES["fix_train_step"],
    ),
)
