"""Exercise `fix_train_step`: a softmax before the cross entropy."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.training.train_step import EXERCISE as TRAIN_STEP
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_train_step

NAME = "fix_train_step"
LOSS = "loss = F.cross_entropy(model(images), labels)"

EXERCISE = Exercise(
    name=NAME,
    title="A loss that stays above 1.46",
    difficulty=2,
    importance=5,
    minutes=3,
    reference=fix_train_step,
    hints=(
        "Give the loss a perfect answer: a logit of 100 for the right class, 0 for all others. "
        "What should the cross entropy be, and what is it here?",
        "cross_entropy(z, label) = -log(softmax(z)[label])       there is one softmax in it\n"
        "with p = (1, 0, ..., 0) in place of z, ten classes:   -log(e / (e + 9)) = 1.46",
    ),
    probes=TRAIN_STEP.probes,
    mistakes=(
        mistake(
            "You took nll_loss of the probabilities: it expects their logarithms, and cross "
            "entropy on the logits does both steps in one.",
            typed.fix_train_step,
            ("F.cross_entropy(probabilities", "F.nll_loss(probabilities"),
        ),
        mistake(
            "You took nll_loss of the logits: it expects logarithms of probabilities.",
            fix_train_step,
            ("F.cross_entropy", "F.nll_loss"),
        ),
        mistake(
            "You took a sigmoid instead of the softmax: cross entropy wants the logits as they "
            "are.",
            fix_train_step,
            ("model(images), labels", "model(images).sigmoid(), labels"),
        ),
        mistake(
            "You moved the softmax to the labels' side: cross entropy of the probabilities with "
            "themselves does not know the labels.",
            fix_train_step,
            (
                LOSS,
                "logits = model(images)\n    loss = F.cross_entropy(logits, logits.softmax(dim=1))",
            ),
        ),
        mistake(
            "You took the softmax along the images (dim 0): it has no place here along any axis.",
            typed.fix_train_step,
            ("dim=1", "dim=0"),
        ),
        mistake(
            "You made the logits ten times as large: the softmax is still there, and the loss "
            "cannot fall below its floor.",
            typed.fix_train_step,
            ("F.softmax(model(images)", "F.softmax(10 * model(images)"),
        ),
        mistake(
            "The softmax is gone, and the loss is now the sum over the images: take their mean.",
            fix_train_step,
            ("labels)\n", 'labels, reduction="sum")\n'),
        ),
        mistake(
            "The softmax is gone, and so is zero_grad(): each step still follows the ones before.",
            fix_train_step,
            ("    optimizer.zero_grad()\n", ""),
        ),
        mistake(
            "The softmax is gone, and so is train mode.",
            fix_train_step,
            ("    model.train()\n", ""),
        ),
    ),
    planted=planted(
        NAME,
        "Given a perfect answer of ten classes, this step returns a loss of 1.46. The cross "
        "entropy of a perfect answer is 0.",
    ),
)
