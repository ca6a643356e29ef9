"""Exercise `fix_accuracy`: the model is not put into eval mode."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.training.accuracy import EXERCISE as ACCURACY
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_accuracy

NAME = "fix_accuracy"
NOTE = "    was_training = model.training\n"
EVAL = "    model.eval()\n"
RESTORE = "    model.train(was_training)\n"

EXERCISE = Exercise(
    name=NAME,
    title="An accuracy that depends on the batch size",
    difficulty=2,
    importance=5,
    minutes=4,
    reference=fix_accuracy,
    hints=(
        "Judge the same images in batches of another size, or in another order. Should the answer "
        "for an image depend on its neighbours? Which layer looks at the whole batch?",
        "was = <the mode that it came in>\n"
        "<the mode in which batch normalisation uses its running statistics>\n"
        "... count ...\n"
        "<the mode that it came in>",
    ),
    probes=ACCURACY.probes,
    mistakes=(
        mistake(
            "You left the model in eval mode: who trains it after your call would train it "
            "without batch statistics. Put back the mode that you found.",
            fix_accuracy,
            (RESTORE, ""),
        ),
        mistake(
            "You put the model into train mode at the end, whatever it was before: one that came "
            "in eval mode must leave in eval mode.",
            fix_accuracy,
            (RESTORE, "    model.train()\n"),
        ),
        mistake(
            "You put the model into train mode before you count: eval mode is the one for judging.",
            fix_accuracy,
            (EVAL, "    model.train()\n"),
        ),
        mistake(
            "You switch to eval mode after the counting: that is too late for it.",
            typed.fix_accuracy,
            ("    return", f"{EVAL}    return"),
        ),
        mistake(
            "You took no_grad() out: it saves memory and time, and has nothing to do with the "
            "mode.",
            fix_accuracy,
            ("with torch.no_grad():", "if True:"),
        ),
        mistake(
            "You average the accuracies of the batches: a smaller last batch then counts as much "
            "as a full one.",
            fix_accuracy,
            (
                "right += (model(images).argmax(dim=1) == labels).sum().item()",
                "right += (model(images).argmax(dim=1) == labels).double().mean().item()",
            ),
            ("total += len(labels)", "total += 1"),
        ),
        mistake(
            "You switch to eval mode after each batch, so the first one is judged in train mode.",
            fix_accuracy,
            (EVAL, ""),
            (
                "            total += len(labels)\n",
                "            total += len(labels)\n            model.eval()\n",
            ),
        ),
    ),
    planted=planted(
        NAME,
        "The same network on the same images has another accuracy with every batch size, and its "
        "running statistics are not what they were.",
    ),
)
