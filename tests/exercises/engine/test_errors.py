"""What common errors mean: each sentence is provoked by code that raises its error."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import exercises
from course_lib.exercises.engine.ask import raised
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.compare import Raised
from course_lib.exercises.engine.errors import MEANINGS, meaning
from course_lib.exercises.probes.call import call, randn
from course_lib.exercises.probes.module import built

X = torch.ones(2, 3)
IMAGES = torch.ones(2, 3, 5, 5)
DOUBLE = torch.float64


def leaf():
    return torch.ones(3, requires_grad=True)


def graph_gone():
    loss = (leaf() ** 2).sum()
    loss.backward(), loss.backward()


def overwritten():
    y = leaf() * 1
    z = (y * y).sum()
    y += 1
    z.backward()


class Forgetful(nn.Module):
    """Sets a layer before nn.Module is ready for it."""

    def __init__(self):
        self.conv = nn.Conv2d(3, 3, 3)


class Unfinished(nn.Module):
    """Has no forward."""


def used_too_early():
    if X.sum() < 0:
        found = 1
    return found


def unpacked():
    a, b = [1, 2, 3]
    return a + b


def returns_nothing():
    task = exercises.get("BatchNorm")

    class BatchNorm(task.reference):
        def forward(self, x):
            super().forward(x)

    for probe in task.probes:
        probe.observe(BatchNorm, *probe.fresh_arguments())


def forever(n):
    return forever(n + 1)


PROVOKED = {
    "sizes": (lambda: X + torch.ones(2, 4), "at axis 1 of the result 3 entries are to go with 4"),
    "channels": (
        lambda: nn.Conv2d(4, 4, 3)(IMAGES),
        "A convolution that expects 4 channels is given 3",
    ),
    "channels in groups": (
        lambda: nn.Conv2d(4, 4, 3, groups=2)(IMAGES),
        "A convolution that expects 4 channels is given 3",
    ),
    "window": (
        lambda: nn.Conv2d(3, 4, 7)(IMAGES),
        "A window of 7 x 7 does not fit on the map",
    ),
    "norm": (
        lambda: nn.BatchNorm2d(4)(IMAGES),
        "A batch normalisation that was built for 4 channels is given 3",
    ),
    "linear": (
        lambda: nn.Linear(4, 5)(X),
        "A linear layer or a matrix product that expects 4 numbers a row is given 3",
    ),
    "product": (lambda: X @ X, "expects 2 numbers a row is given 3"),
    "truth of a tensor": (lambda: 1 if X else 0, "is asked with `is not None`"),
    "call of None": (lambda: (lambda layer: layer(X))(None), "This line calls something that is"),
    "None": (lambda: leaf().grad.norm(), "Something in this line is None where a value is needed"),
    "None plus": (lambda: X + None, "Something in this line is None"),
    "None in a loop": (lambda: list(None), "Something in this line is None"),
    "no graph": (lambda: X.sum().backward(), "There is no graph to go back through"),
    "no scalar": (lambda: leaf().backward(), "start from one number"),
    "graph gone": (graph_gone, "The graph is gone after the first way back"),
    "leaf changed": (lambda: leaf().add_(1), "A tensor that autograd watches from the start"),
    "overwritten": (overwritten, "An operation in place has overwritten a tensor"),
    "not used": (
        lambda: torch.autograd.grad(leaf().sum(), leaf()),
        "from which the output was not computed",
    ),
    "numpy": (lambda: leaf().numpy(), "NumPy knows no gradients"),
    "numpy's function": (lambda: np.sqrt(leaf()), "NumPy knows no gradients"),
    "float of several": (lambda: float(X), "A single number is asked of a tensor"),
    "math of several": (lambda: math.sqrt(X), "A single number is asked of a tensor"),
    "range of several": (lambda: range(torch.tensor([1, 2])), "A single number is asked"),
    "shape": (lambda: X.view(4, 2), "The 6 numbers do not fill the shape [4, 2]"),
    "batched product": (
        lambda: torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 3, 4)),
        "The inner sizes of a matrix product do not agree",
    ),
    "side by side": (
        lambda: torch.cat([X, torch.ones(2, 4)]),
        "only if they agree in every axis but number 0",
    ),
    "super": (Forgetful, "super().__init__() has to be called first of all"),
    "forward": (lambda: Unfinished()(X), "The module Unfinished has no method called forward"),
    "attribute": (lambda: nn.ReLU().weight, "A ReLU has no `weight`"),
    "class attribute": (lambda: nn.ReLU.expansion, "The class ReLU itself has no `expansion`"),
    "name": (lambda: eval("batch_nrom"), "Nothing is called `batch_nrom` here"),
    "too early": (used_too_early, "`found` is set somewhere in your function"),
    "argument missing": (lambda: nn.Conv2d(3, 4), "A call leaves out 'kernel_size'"),
    "argument by name missing": (
        lambda: (lambda *, width: width)(),
        "A call leaves out 'width'",
    ),
    "argument misspelt": (lambda: nn.Conv2d(3, 4, 3, pading=1), "takes no argument `pading`"),
    "arguments too many": (lambda: nn.ReLU()(X, X), "hands over more than its function takes"),
    "one of several": (
        lambda: (lambda a, b=1: a)(1, 2, 3),
        "hands over more than its function takes",
    ),
    "layer for its output": (
        lambda: nn.Conv2d(3, 4, 3)(nn.ReLU()),
        "conv2d is given other things than it takes, namely (ReLU, ",
    ),
    "a tuple among tensors": (lambda: torch.cat([(X,)]), "A list that should hold tensors"),
    "a range of a float": (lambda: range(2.0), "A whole number is needed here"),
    "a place by name": (lambda: [1, 2].__getitem__("a"), "asked for a place by something of type"),
    "put into a place": (
        lambda: torch.zeros(2, 3).__setitem__(slice(None), torch.ones(3, 3)),
        "A tensor of shape [3, 3] is put into a place of shape [2, 3]",
    ),
    "cat of one tensor": (lambda: torch.cat(X), "takes them as one list: cat([a, b])"),
    "stacked shapes": (
        lambda: torch.stack([torch.ones(2), torch.ones(3)]),
        "stack lays tensors of one shape on each other, and gets [2] and [3]",
    ),
    "an image of two axes": (
        lambda: nn.Conv2d(3, 4, 3)(torch.ones(5, 5)),
        "A convolution works on (N, C, H, W)",
    ),
    "unpacked": (lambda: unpacked(), "print what is unpacked"),
    "a list for modules": (lambda: nn.Sequential([nn.ReLU()]), "a list is unpacked with *"),
    "a function in capitals": (lambda: F.ReLU(X), "has nothing called `ReLU`"),
    "a number as a parameter": (
        lambda: setattr(nn.BatchNorm2d(2), "weight", 0),
        "`weight` is a parameter, and something else is put in its place",
    ),
    "tuples multiplied": (lambda: (3, 3) * (3, 3), "take one of them, or multiply both"),
    "an argument twice": (
        lambda: nn.Conv2d(3, 4, 3, out_channels=4),
        "`out_channels` is given twice",
    ),
    "a root of less than nothing": (lambda: math.sqrt(-1), "asked for what it cannot give"),
    "no module but None": (lambda: built(lambda: None, (), {}, IMAGES), "is a return missing?"),
    "operands": (
        lambda: X + nn.ReLU(),
        "Python cannot compute + between things of the types Tensor and ReLU",
    ),
    "not subscriptable": (
        lambda: nn.ReLU()[0],
        "of type ReLU is used here as if it were subscriptable",
    ),
    "not iterable": (lambda: list(nn.ReLU()), "of type ReLU is used here as if it were iterable"),
    "not callable": (lambda: X(3), "of type Tensor is used here as if it were callable"),
    "length": (lambda: len(nn.ReLU()), "len() is asked of something that has none, of type ReLU"),
    "axes": (lambda: X.shape[3], "the tensor has fewer axes than you think"),
    "index": (lambda: X[5], "An index points past the end"),
    "axis": (lambda: X.mean(3), "An axis is asked for that the tensor does not have"),
    "label": (
        lambda: F.cross_entropy(X, torch.tensor([0, 7])),
        "A label is 7, and the model has fewer outputs than that",
    ),
    "one number a channel": (
        lambda: nn.BatchNorm2d(3)(torch.ones(1, 3, 1, 1)),
        "needs more than one number a channel",
    ),
    "division": (lambda: 1 // 0, "Something is divided by 0 here"),
    "recursion": (lambda: forever(0), "The function calls itself without an end"),
    "number types": (
        lambda: torch.bmm(torch.ones(1, 2, 2), torch.ones(1, 2, 2, dtype=DOUBLE)),
        "Two tensors of other number types meet here",
    ),
    "no module": (
        lambda: built(lambda: X, (), {}, IMAGES),
        "Asked is a module, an object of a class derived from nn.Module; what yours gives is of "
        "type Tensor.",
    ),
    "no tensor from forward": (returns_nothing, "forward gives back something of type NoneType"),
    "no tensors side by side": (
        lambda: torch.stack([X, 3]),
        "A list that should hold tensors holds something of type int",
    ),
    "no whole number": (lambda: range(4 / 2), "what comes is of type float"),
    "no place": (lambda: [1, 2][float(1)], "by something of type float: places are ints."),
    "a class in a Sequential": (
        lambda: nn.Sequential(nn.ReLU),
        "of a class an object is made by calling it.",
    ),
    "number types in a product": (
        lambda: torch.ones(2, 2) @ torch.ones(2, 2, dtype=DOUBLE),
        "number types",
    ),
    "number types in a linear layer": (lambda: nn.Linear(3, 3)(X.double()), "number types"),
    "number types in a convolution": (
        lambda: nn.Conv2d(3, 3, 3)(IMAGES.double()),
        "number types",
    ),
    "None for a tensor": (lambda: F.relu(None), "is None"),
    "None for an image": (lambda: nn.Conv2d(3, 3, 3)(None), "is None"),
    "layer for a tensor": (lambda: F.relu(nn.ReLU()), "a layer where its output is meant"),
    "channels that are no int": (lambda: torch.zeros((4 / 2, 3)), "// of two ints an int"),
    "view of a leaf": (lambda: leaf()[0].add_(1), "is changed in place"),
    "a list's end": (lambda: [1, 2][2], "An index points past the end"),
}


@pytest.mark.parametrize(
    ("provoke", "words"),
    [
        *[pytest.param(*case, id=name) for name, case in PROVOKED.items()],
        pytest.param(
            lambda: X.item(),
            "A single number is asked of a tensor",
            id="item of several",
        ),
    ],
)
def test_an_error_that_is_raised_gets_its_sentence(provoke, words):
    with pytest.raises(BaseException) as caught:
        provoke()
    assert words in meaning(raised(caught.value))


def test_every_sentence_is_provoked():
    """An entry that no code provokes is wrong, or not needed."""
    used = set()
    for provoke, _ in PROVOKED.values():
        with pytest.raises(BaseException) as caught:
            provoke()
        error = raised(caught.value)
        text = f"{error.kind}: {error.message}"
        used.add(next((p for p, _ in MEANINGS if re.match(p, text, re.DOTALL)), None))
    assert [pattern for pattern, _ in MEANINGS if pattern not in used] == []


@pytest.mark.parametrize(
    ("provoke", "never"),
    [
        pytest.param(
            lambda: torch.ones(2, 2) @ torch.ones(2, 2, dtype=DOUBLE),
            "The inner sizes",
            id="number types are no sizes",
        ),
        pytest.param(
            lambda: (1, 2) * X,
            "asked of a tensor that holds several",
            id="a tuple times a tensor asks for no single number",
            marks=pytest.mark.xfail(strict=True, reason="its error is that of an index"),
        ),
        pytest.param(
            lambda: nn.ModuleList([nn.ReLU()])(X),
            "is it misspelt",
            id="nobody has misspelt the forward of ModuleList",
        ),
        pytest.param(
            lambda: X.sum(axes=1),
            "is one of them a layer",
            id="a misspelt argument of torch's is no layer",
        ),
        pytest.param(
            lambda: F.adaptive_avg_pool2d(torch.ones(3), 1),
            "past the end",
            id="an axis counted from the end is not past it",
        ),
        pytest.param(
            lambda: torch.ones(2, 3, 4, 5) - torch.ones(3),
            "3 in the other",
            id="a tensor of one axis has no axis 3",
        ),
        pytest.param(lambda: len(3), " a int", id="an int"),
        pytest.param(
            lambda: math.relu,
            "Layers are in torch.nn",
            id="no layers are in math",
        ),
        pytest.param(
            lambda: setattr(nn.Sequential(nn.ReLU()), "0", []),
            "What is inside a parameter",
            id="a layer is no parameter",
        ),
        pytest.param(
            lambda: built(lambda: None, (), {}, IMAGES),
            "NoneType: an object of a class",
            id="None is no object of a module's class",
        ),
    ],
)
def test_nothing_false_is_said(provoke, never):
    with pytest.raises(Exception) as caught:
        provoke()
    assert never not in meaning(raised(caught.value))


@pytest.mark.parametrize(
    "error",
    [
        Raised("KeyError", "18"),
        Raised("AssertionError", ""),
        Raised("ValueError", "my own words on RuntimeError: Boolean value of Tensor"),
        Raised("RuntimeError", "out of memory"),
    ],
    ids=lambda error: error.kind,
)
def test_of_other_errors_nothing_is_said(error):
    assert meaning(error) == ""


def double(x):
    """Twice x."""
    return x * 2


TASK = Check(double, "D", 1, 1, 1, ("", ""), (call(randn(2, 3)), call(randn(4, 3))), {})


def test_what_an_error_means_is_the_diagnosis():
    report = TASK.grade(lambda x: x + x.mean(1))
    assert report.diagnosis.startswith("Two tensors whose shapes do not fit meet in this line")
    assert (report.status, report.is_open) == ("error", True)


def test_an_unknown_error_has_no_diagnosis():
    report = TASK.grade(lambda x: {}[18])
    assert (report.status, report.diagnosis) == ("error", "")
    assert report.error.startswith("KeyError: 18 (your line ")


def test_a_known_mistake_comes_before_its_error():
    mistakes = {"It is no object.": {"x * 2": "x.twice"}}
    task = Check(double, "D", 1, 1, 1, ("", ""), TASK.probes, mistakes)
    report = task.grade(lambda x: x.twice)
    assert (report.status, report.diagnosis) == ("incorrect", "It is no object.")


@pytest.mark.xfail(strict=True, reason="the engine's own recursion is taken for the attempt's")
def test_an_answer_that_contains_itself_is_no_function_that_calls_itself():
    def attempt(x):
        answer = [x]
        answer.append(answer)
        return answer

    assert "calls itself" not in TASK.grade(attempt).diagnosis


@pytest.mark.xfail(strict=True, reason="a class without __init__ takes no argument at all")
def test_a_class_with_nothing_in_it_is_told_so():
    class BasicBlock(nn.Module):
        expansion = 1

    words = exercises.get("BasicBlock").grade(BasicBlock).diagnosis
    assert "is it misspelt, or meant for another layer" not in words
