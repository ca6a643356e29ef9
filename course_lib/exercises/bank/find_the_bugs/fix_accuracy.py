"""Exercise `fix_accuracy`: the model is not put into eval mode."""

from course_lib.exercises.bank.training.accuracy import EXERCISE as ACCURACY
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_accuracy

EVAL = "    model.eval()\n"
RESTORE = "    model.train(was_training)\n"
COUNT = "            total += len(labels)\n"

EXERCISE = Exercise(
    fix_accuracy,
    title="An accuracy that depends on the batch size",
    difficulty=2,
    importance=5,
    minutes=4,
    insight=(
        "It did worse than misreport: each look moved the running statistics, so that even a "
        "correct evaluation afterwards judges another network."
    ),
    hints=(
        "Judge the same images in batches of another size, or in another order. Should the answer "
        "for an image depend on its neighbours? Which layer looks at the whole batch?",
        "was = <the mode that it came in>\n"
        "<the mode in which batch normalisation uses its running statistics>\n"
        "... count ...\n"
        "<the mode that it came in>",
    ),
    probes=ACCURACY.probes,
    mistakes={
        "You left the model in eval mode: who trains it after your call would train it "
        "without batch statistics. Put back the mode that you found.": {RESTORE: ""},
        "You put the model into train mode at the end, whatever it was before: one that came "
        "in eval mode must leave in eval mode.": {RESTORE: "    model.train()\n"},
        "You put the model into train mode before you count: eval mode is the one for judging.": {
            EVAL: "    model.train()\n"
        },
        "You switch to eval mode after the counting: that is too late for it.": {
            EVAL: "",
            RESTORE: EVAL,
        },
        "You took no_grad() out: it saves memory and time, and has nothing to do with the mode.": {
            "with torch.no_grad():": "if True:"
        },
        "You average the accuracies of the batches: a smaller last batch then counts as much "
        "as a full one.": {"labels).sum()": "labels).double().mean()", "len(labels)": "1"},
        "You switch to eval mode after each batch, so the first one is judged in train mode.": {
            EVAL: "",
            COUNT: f"{COUNT}            model.eval()\n",
        },
        "You returned per cent: asked for is a fraction, from 0 to 1.": {
            "right / total": "100 * right / total"
        },
        "The model's own flag is what it was, and layers of it are still in eval mode. "
        "train(...) reaches them too.": {
            "model.train(was_training)": "model.training = was_training"
        },
    },
    planted=Planted(
        "The same network on the same images has another accuracy with every batch size, and its "
        "running statistics are not what they were.",
        typed.fix_accuracy,
        typed.MISTAKES["fix_accuracy"],
    ),
)
