"""Exercise `predict`: the most probable classes of each image, with their names."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from course_lib.exercises.bank.training.watched import Note, Watched, conduct
from course_lib.exercises.engine.compare import Told
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn
from course_lib.photos.prediction import predict

CLOTHES = ["trouser", "bag", "sandal", "coat", "dress", "shirt", "boot"]


TEXTS = (
    "Your probabilities are texts: whoever compares or adds them needs numbers. Leave the writing "
    "to whoever prints them."
)


def _observe(
    implementation: Implementation,
    classes: Sequence[str],
    images: Tensor,
    training: bool,
    k: dict[str, int],
) -> dict[str, Any]:
    notes: list[Note] = []
    model = Watched(len(classes), notes.append).train(training)
    predictions = implementation(model, images, classes, **k)
    if isinstance(predictions, list) and any(map(_has_text_for_a_number, predictions)):
        return {"predictions": Told(TEXTS)}
    return {"predictions": predictions} | conduct(model, notes)


def _has_text_for_a_number(row: Any) -> bool:
    pairs = [pair for pair in row if isinstance(pair, list | tuple)] if _is_list(row) else []
    return any(len(pair) == 2 and all(isinstance(item, str) for item in pair) for pair in pairs)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _probe(label: str, classes: Sequence[str], n: int, training: bool = True, **k: int) -> Probe:
    return Probe(label, _observe, (classes, randn(n, 1, 2, 2, seed=n), training, k))


EVAL, RESTORE = "    model.eval()\n", "    model.train(was_training)\n"
NO_GRAPH, SOFTMAX = "with torch.no_grad():", ".softmax(dim=1)"
TOP, PAIR = "topk(min(k, len(classes)))", "(classes[i], value)"
ROW_END, END = "*row, strict=True)]", ")\n    ]"

EXERCISE = Exercise(
    predict,
    title="Name the most probable classes",
    difficulty=3,
    importance=5,
    minutes=12,
    insight=(
        "k matters: on ImageNet ResNet-18's first answer is right for 69.8 % of the images, and "
        "one of its first five for 89.1 %."
    ),
    hints=(
        "Four things: eval mode and back, no graph, a softmax over the classes of each image, and "
        "the k largest with their places. tensor.topk gives both, largest first; a place is the "
        "number of a class.",
        "was_training = model.training\n"
        "model.<which mode?>()\n"
        "with torch.<no graph>():\n"
        "    probabilities = model(images).softmax(dim=...)\n"
        "model.train(<what it was>)\n"
        "values, indices = probabilities.topk(<k, but not more than there are>)\n"
        "for each image: [(classes[i], value), ...]   # .tolist() makes Python's numbers",
    ),
    probes=(
        _probe("3 images, 7 classes, k=3, a model in train mode", CLOTHES, 3, k=3),
        _probe("4 images, 7 classes, k left out, a model in eval mode", CLOTHES, 4, training=False),
        _probe("2 images, 3 classes, k=5", tuple(CLOTHES[:3]), 2, k=5),
        _probe("1 image, 7 classes, k=1, in eval mode", CLOTHES, 1, training=False, k=1),
        _probe("5 images, 5 classes, k=7", CLOTHES[:5], 5, k=7),
    ),
    mistakes={
        "These are logits: scores that may be negative and do not sum to 1. A softmax makes "
        "probabilities of them.": {SOFTMAX: ""},
        "You took a sigmoid, which looks at each class by itself: here exactly one class is "
        "right, and the probabilities of an image sum to 1.": {SOFTMAX: ".sigmoid()"},
        "You took the softmax over the batch (dim 0): then each class is shared out among the "
        "images. The classes of an image lie along dim 1.": {"dim=1": "dim=0"},
        "You took the softmax twice: probabilities that go through it again come out nearly "
        "equal.": {SOFTMAX: 2 * SOFTMAX},
        "These are logarithms of probabilities: take the softmax itself.": {
            "softmax": "log_softmax"
        },
        "You took the softmax over the k best only: the other classes are probable too, if "
        "less so.": {SOFTMAX: "", "values.tolist()": "values.softmax(dim=1).tolist()"},
        "You divided the logits by their sum: some are negative, so that makes no probabilities. "
        "The softmax takes their exponentials first.": {
            f"probabilities = model(images){SOFTMAX}": "logits = model(images)\n"
            "        probabilities = logits / logits.sum(dim=1, keepdim=True)"
        },
        "You forgot model.eval(): batch normalisation then uses the batch's own statistics, "
        "and what is said of an image depends on its neighbours.": {EVAL: ""},
        "You left the model in eval mode: whoever trains on would train without batch "
        "statistics. Put back the mode that you found.": {RESTORE: ""},
        "You put the model into train mode at the end, whatever it was before: one that came "
        "in eval mode must leave in eval mode.": {"(was_training)": "()"},
        "The model's own attribute training is what it was, and layers of it are still in eval "
        "mode. model.train(...) reaches them all.": {
            "model.train(was_training)": "model.training = was_training"
        },
        "You forgot torch.no_grad(): each batch records a graph that nobody uses, and over a "
        "large folder that costs time and memory.": {NO_GRAPH: "if True:"},
        "You switched gradients off and never on again: whoever trains after your call gets no "
        "gradients. What a with statement switches off, it switches on again.": {
            NO_GRAPH: "if torch.set_grad_enabled(False):"
        },
        "You forgot both model.eval(), without which batch normalisation uses the batch's own "
        "statistics, and torch.no_grad().": {EVAL: "", NO_GRAPH: "if True:"},
        "You forgot torch.no_grad(), and you left the model in eval mode.": {
            NO_GRAPH: "if True:",
            RESTORE: "",
        },
        "Your k best come in ascending order: the best one comes first.": {
            ROW_END: f"{ROW_END}[::-1]"
        },
        "You took the smallest probabilities: asked for are the largest.": {
            "len(classes)))\n": "len(classes)), largest=False)\n"
        },
        "You took the first k classes in the order of their numbers: asked for are the most "
        "probable.": {
            f"probabilities.{TOP}": "(probabilities[:, :k], "
            "torch.arange(len(classes))[:k].expand(len(images), -1))"
        },
        "You returned the classes' numbers: classes[i] is the name of class i.": {
            "(classes[i]": "(i"
        },
        "You sorted the names: output i of the model belongs to the name at place i, as the "
        "names are given.": {"(classes[i]": "(sorted(classes)[i]"},
        "You exchanged the two parts of the pair: first the class, then its probability.": {
            PAIR: "(value, classes[i])"
        },
        "You returned the names alone: each goes with its probability.": {PAIR: "classes[i]"},
        "Your probabilities are tensors: .item() or .tolist() makes Python's numbers of them.": {
            "values.tolist()": "values"
        },
        "With three classes and k=5 your topk asks for more than there are: then all three are "
        "the answer.": {TOP: "topk(k)"},
        "You give five classes whatever k says.": {"min(k": "min(5"},
        "You give the best class alone whatever k says: argmax finds one, topk finds k.": {
            "min(k": "min(1"
        },
        "You give all classes whatever k says.": {TOP: "topk(len(classes))"},
        "You answered for the first image only: a list for each image of the batch is asked for.": {
            END: f"{END}[:1]"
        },
        "You returned the pairs of the first image without the list around it: a list for each "
        "image of the batch is asked for, for one image too.": {END: f"{END}[0]"},
        "You joined the pairs of all images into one list: nobody can tell which image a pair "
        "belongs to.": {"return [": "return sum([", END: f"{END}, [])"},
        "You returned a dict for each image: asked for is a list of pairs, whose order is "
        "part of the answer.": {
            "[(classes": "{classes",
            "], value) for": "]: value for",
            "True)]": "True)}",
        },
        "You returned per cent: asked for is a probability, from 0 to 1.": {
            "probabilities.topk": "(100 * probabilities).topk"
        },
        "You rounded the probabilities: leave that to whoever prints them.": {
            "value) for": "round(value, 2)) for"
        },
    },
)
