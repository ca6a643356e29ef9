"""Where an attempt parts from the reference: named if it is proven, and not otherwise."""

import time

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import exercises
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.locate import locate
from course_lib.exercises.engine.operations import described, differences, ordinal, settings
from course_lib.exercises.engine.parting import Parting, traced
from course_lib.exercises.engine.trace import Step, Trace, alike
from course_lib.exercises.probes.call import call, randn
from course_lib.exercises.probes.module import module_probe
from tests.exercises.bank.wrong_answers import wrong_answers


class Block(nn.Module):
    """Two convolutions and a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + x)


BLOCK = Check(
    Block, "B", 1, 1, 1, ("", ""), (module_probe(Block, 4, x=randn(3, 4, 6, 7)),), mistakes={}
)


def runs(first=F.relu, between=lambda out: out, join=torch.add, last=F.relu):
    """A Block that runs its layers in another way."""

    class Attempt(Block):
        def forward(self, x):
            out = between(first(self.bn1(self.conv1(x))))
            return last(join(self.bn2(self.conv2(out)), x))

    return Attempt


def holds(**layers):
    """A Block of which some layers are others."""

    class Attempt(Block):
        def __init__(self, channels):
            super().__init__(channels)
            for name, layer in layers.items():
                setattr(self, name, layer())

    return Attempt


def conv(kernel=3, padding=1, bias=False, **options):
    return lambda: nn.Conv2d(4, 4, kernel, padding=padding, bias=bias, **options)


class NoFirstNorm(Block):
    def __init__(self, channels):
        super().__init__(channels)
        del self.bn1

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.conv1(x)))) + x)


class NoSecondNorm(Block):
    def __init__(self, channels):
        super().__init__(channels)
        del self.bn2

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.bn1(self.conv1(x)))) + x)


class Evaluates(Block):
    def forward(self, x):
        self.bn1.eval()
        return super().forward(x)


class AlwaysTrains(Block):
    def forward(self, x):
        self.bn1.train()
        return super().forward(x)


class Strided(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1.stride = (2, 2)

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(F.interpolate(out, x.shape[2:]) + x)


class Lazy(runs(first=F.leaky_relu)):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1 = nn.LazyConv2d(channels, 3, padding=1, bias=False)


class DoubledWhenItEvaluates(Block):
    def forward(self, x):
        out = super().forward(x)
        return out if self.training else out * 2


NO_NORM = "Its weights are not the ones due: 2 missing of shape (4,). "
AFTER_NORM = "Up to the first batch normalisation both agree; then yours "
AFTER_RELU = "Up to the first ReLU both agree; then yours "
AFTER_CONV = "Up to the first convolution both agree; then yours "
AFTER_BOTH = "Up to the second batch normalisation both agree; then yours "
FIRST_EPS = "sets the first batch normalisation otherwise: eps is 0.01."


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        pytest.param(
            runs(first=F.leaky_relu),
            AFTER_NORM
            + "applies leaky ReLU (negative_slope=0.01), and that is not what is due there.",
            id="leaky ReLU",
        ),
        pytest.param(
            runs(between=lambda out: F.dropout(out, 0.3)),
            AFTER_RELU + "applies dropout (p=0.3, training=True), which is a step too many.",
            id="dropout",
        ),
        pytest.param(
            runs(first=lambda out: out),
            AFTER_NORM + "gives the result of the first batch normalisation to the second "
            "convolution, and something else is due there.",
            id="no ReLU between",
        ),
        pytest.param(
            runs(join=lambda out, x: out),
            AFTER_BOTH + "gives the result of the second batch normalisation to the second ReLU, "
            "and something else is due there.",
            id="nothing added",
        ),
        pytest.param(
            runs(last=lambda out: out),
            "Up to the addition both agree, and there yours ends: something is still to be done.",
            id="no last ReLU",
        ),
        pytest.param(
            Strided,
            "Right at the start yours sets the first convolution otherwise: stride is (2, 2).",
            id="stride",
        ),
        pytest.param(
            holds(conv2=conv(padding=2, dilation=2)),
            AFTER_RELU
            + "sets the second convolution otherwise: padding is (2, 2), dilation is (2, 2).",
            id="dilation",
        ),
        pytest.param(
            runs(join=torch.sub),
            AFTER_BOTH + "applies a subtraction, and that is not what is due there.",
            id="subtraction",
        ),
        pytest.param(
            NoFirstNorm,
            NO_NORM
            + AFTER_CONV
            + "gives the result of the first convolution to the first ReLU, and "
            "something else is due there.",
            id="no first norm",
        ),
        pytest.param(
            NoSecondNorm,
            NO_NORM
            + "Up to the second convolution both agree; then yours gives the result of the second "
            "convolution to the addition, and something else is due there.",
            id="no second norm",
        ),
        pytest.param(
            Evaluates,
            AFTER_CONV + "sets the first batch normalisation otherwise: it is in evaluation mode.",
            id="evaluation mode",
        ),
        pytest.param(
            AlwaysTrains,
            "In evaluation mode: "
            + AFTER_CONV
            + "sets the first batch normalisation otherwise: training is True.",
            id="training mode",
        ),
        pytest.param(
            holds(conv2=conv(padding_mode="reflect")),
            AFTER_RELU + "sets the second convolution otherwise: padding is (0, 0), and gives what "
            "comes out of padding (pad=(1, 1, 1, 1), mode=reflect) to it.",
            id="padding_mode",
        ),
        pytest.param(
            holds(bn1=lambda: nn.BatchNorm2d(4, eps=1e-2)), AFTER_CONV + FIRST_EPS, id="eps"
        ),
        pytest.param(
            holds(bn1=lambda: nn.GroupNorm(2, 4)),
            AFTER_CONV
            + "applies a group normalisation (2, eps=1e-05), and that is not what is due there.",
            id="group norm",
        ),
        pytest.param(
            runs(join=lambda out, x: torch.add(0.1 * out, x)),
            AFTER_BOTH + "applies a multiplication (0.1), which is a step too many.",
            id="scaled",
        ),
        pytest.param(
            DoubledWhenItEvaluates,
            "In evaluation mode: Up to the second ReLU both agree; then yours applies a "
            "multiplication (2), which is a step too many.",
            id="wrong when it evaluates",
        ),
        pytest.param(
            Lazy,
            AFTER_NORM
            + "applies leaky ReLU (negative_slope=0.01), and that is not what is due there.",
            id="lazy layers",
        ),
        pytest.param(
            runs(first=F.gelu, last=F.gelu),
            AFTER_NORM + "applies GELU, and that is not what is due there. Further on: up to the "
            "addition both agree; then yours applies GELU, and that is not what is due there.",
            id="the same fault twice",
        ),
    ],
)
def test_a_step_that_is_not_as_it_should_be(attempt, sentence):
    assert BLOCK.grade(attempt).diagnosis == sentence


def test_two_faults_are_told_in_their_order():
    class Attempt(holds(bn1=lambda: nn.BatchNorm2d(4, eps=1e-2)), runs(last=F.gelu)):
        pass

    assert BLOCK.grade(Attempt).diagnosis == (
        AFTER_CONV
        + FIRST_EPS
        + " Further on: up to the addition both agree; then yours applies GELU, and that is not "
        "what is due there."
    )


class Other(nn.Module):
    """As many inputs and outputs, and nothing else in common."""

    def __init__(self, channels):
        super().__init__()
        self.a = nn.Conv2d(channels, channels, 5, padding=2, bias=False)
        self.b = nn.Conv2d(channels, channels, 3, padding=1, groups=2)

    def forward(self, x):
        return torch.sigmoid(self.a(x)) * torch.tanh(self.b(x))


class PreActivation(Block):
    def forward(self, x):
        return self.conv2(F.relu(self.bn2(self.conv1(F.relu(self.bn1(x)))))) + x


@pytest.mark.parametrize("attempt", [Other, PreActivation])
def test_of_another_algorithm_no_step_is_blamed(attempt):
    words = BLOCK.grade(attempt).diagnosis
    assert "due there" not in words and "a step too many" not in words


class SameConvolution(Block):
    def forward(self, x):
        return F.relu(self.bn2(self.conv1(F.relu(self.bn1(self.conv1(x))))) + x)


class SameNorm(Block):
    def forward(self, x):
        return F.relu(self.bn1(self.conv2(F.relu(self.bn1(self.conv1(x))))) + x)


@pytest.mark.parametrize(
    ("attempt", "layer"),
    [
        (SameConvolution, "has other numbers in the second convolution"),
        (SameNorm, "has other numbers in the second batch normalisation"),
    ],
)
def test_a_layer_that_is_used_twice(attempt, layer):
    words = BLOCK.grade(attempt).diagnosis
    assert f"{layer}: is it another layer, or one used twice?" in words


@pytest.mark.parametrize("options", [{"groups": 4}, {"kernel": 1, "padding": 0}])
def test_a_layer_of_another_shape_is_given_what_is_due(options):
    words = BLOCK.grade(holds(conv2=conv(**options))).diagnosis
    assert "sets the second convolution otherwise" in words
    assert "another tensor" not in words


def test_groups_are_one_number():
    assert "groups is 4" in BLOCK.grade(holds(conv2=conv(groups=4))).diagnosis


def test_a_wrong_operand_of_an_addition():
    assert BLOCK.grade(runs(join=lambda out, x: out + out)).diagnosis == (
        AFTER_BOTH + "computes the addition from other things than are due."
    )


@pytest.mark.parametrize("layers", [("conv1",), ("conv2",), ("conv1", "conv2")], ids=" ".join)
def test_a_bias_that_is_kept_is_a_weight_too_many(layers):
    attempt = holds(**dict.fromkeys(layers, conv(bias=True)))
    assert BLOCK.grade(attempt).diagnosis == (
        f"Its weights are not the ones due: {len(layers)} too many of shape (4,)."
    )


class BiasesForANorm(NoSecondNorm):
    """Has as many vectors as the reference, and others."""

    def __init__(self, channels):
        super().__init__(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)


@pytest.mark.xfail(strict=True, reason="the biases get the numbers of the norm that is missing")
def test_biases_are_not_given_the_weights_of_a_missing_norm():
    words = BLOCK.grade(BiasesForANorm).diagnosis
    assert "what comes out of a convolution" not in words
    assert "applies a convolution" not in words


class FirstNormUnused(Block):
    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.conv1(x)))) + x)


class Frozen(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.bn1.requires_grad_(False)


class FirstFrozen(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1.requires_grad_(False)


class CutInTheMiddle(Block):
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out.detach())) + x)


@pytest.mark.parametrize("attempt", [Frozen, FirstFrozen, CutInTheMiddle])
def test_weights_that_no_gradient_reaches_are_at_their_places(attempt):
    words = BLOCK.grade(attempt).diagnosis
    assert "both agree" not in words and "Right at the start" not in words


@pytest.mark.xfail(strict=True, reason="what is unused gets the weights of what is used")
def test_a_layer_that_is_never_used_disturbs_no_other():
    assert BLOCK.grade(FirstNormUnused).diagnosis == (
        AFTER_CONV + "gives the result of the first convolution to the first ReLU, and something "
        "else is due there."
    )


def test_a_place_is_never_told_as_further_on_alone():
    assert not BLOCK.grade(FirstFrozen).diagnosis.startswith("Further on")


def test_a_block_without_a_graph_is_blamed_for_that_alone():
    class BasicBlock(exercises.get("BasicBlock").reference):
        @torch.no_grad()
        def forward(self, x):
            return super().forward(x)

    words = exercises.get("BasicBlock").grade(BasicBlock).diagnosis
    assert words.startswith("The numbers are right in both modes, and the gradient is not")
    assert "both agree" not in words


def test_layers_that_are_made_when_they_first_run_are_blamed_for_that():
    class Late(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.channels, self.inner = channels, None

        def forward(self, x):
            self.inner = self.inner or Block(self.channels)
            return self.inner(x)

    assert "something else is due there" not in BLOCK.grade(Late).diagnosis


def test_a_pooling_that_rounds_up_is_no_other_layer():
    task = exercises.get("fix_stem")

    def attempt(self):
        task.reference(self)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)

    assert task.grade(attempt).diagnosis == (
        "Up to the ReLU both agree; then yours sets the max pooling otherwise: ceil_mode is True."
    )


def test_the_drawing_of_weights_is_no_step():
    [answer] = [a for a, _ in wrong_answers("make_layer") if a.title == "two_kinds_of_blocks_only"]
    words = exercises.get("make_layer").grade(answer).diagnosis
    assert "uniform" not in words and "empty" not in words


def double(x):
    """Twice x."""
    return x * 2


DOUBLE = Check(double, "D", 1, 1, 1, ("", ""), (call(randn(3)), call(randn(2, 2))), {})


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (lambda x: (x * 2).abs(), "then yours applies `abs`, which is a step too many."),
        (lambda x: x + 2, "yours applies an addition (2), and that is not what is due"),
        (lambda x: torch.flip(x * 2, (0,)), "applies `flip` ((0,)), which is a step too many."),
    ],
)
def test_functions_are_compared_step_by_step_too(attempt, sentence):
    assert sentence in DOUBLE.grade(attempt).diagnosis


def test_an_operand_bears_no_name_of_torchs():
    assert "other" not in DOUBLE.grade(lambda x: x * 3).diagnosis.replace("otherwise", "")


def over_devices(x):
    found = torch.ones(3, device="meta") * 2
    return x * 3 if found is not None else x


def over_sparse(x):
    found = torch.eye(3).to_sparse() * 2
    return x * 3 if found is not None else x


def over_images(x):
    return torch.vmap(lambda row: row * 3)(x)


def over_nested(x):
    found = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]) + 1
    return x * 3 if found is not None else x


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("attempt", [over_devices, over_sparse, over_images, over_nested])
def test_tensors_of_other_kinds_break_nothing(attempt):
    assert DOUBLE.grade(attempt).status == "incorrect"


def test_a_loop_over_every_number_is_given_up_soon():
    def attempt(x):
        out = torch.zeros_like(x)
        for row in range(len(x)):
            for _ in range(300):
                out[row] = x[row] * 2 + 1
        return out

    start = time.process_time()
    assert "then yours" not in DOUBLE.grade(attempt).diagnosis
    assert time.process_time() - start < 3


def test_an_attempt_that_raises_parts_nowhere():
    def attempt():
        def run():
            raise ValueError("no")

        return run

    assert Parting(lambda: lambda: randn(3) * 2, attempt).words() == ""


def test_what_is_as_it_should_be_parts_nowhere():
    same = [lambda: lambda: randn(3) * 2] * 2
    assert Parting(*same).words() == ""


def test_an_error_in_one_case_says_nothing_on_other_cases():
    assert locate(DOUBLE.key, lambda x: x * 3 if x.ndim > 1 else x.absent, is_error=True) == ""


def test_steps_are_noted_with_what_went_in_and_what_came_out():
    x = randn(2, 3)
    steps, out = traced(lambda: lambda: F.relu(x.view(3, 2)) + 1, {})
    assert [step.name for step in steps if step.counts] == ["relu", "add"]
    assert torch.equal(steps[-1].result, out) and torch.equal(
        steps[-1].inputs[0], F.relu(x).view(3, 2)
    )


def test_steps_in_place_keep_what_was_there_before():
    with Trace() as trace:
        x = torch.ones(2)
        x += 1
        x.mul_(3)
    add, mul = [step for step in trace.steps if step.counts][-2:]
    assert (add.name, mul.name) == ("add", "mul")
    assert [s.inputs[0].tolist() for s in (add, mul)] == [[1, 1], [2, 2]]
    assert [s.result.tolist() for s in (add, mul)] == [[2, 2], [6, 6]]


@pytest.mark.parametrize("in_place", [False, True])
def test_another_result_can_be_put_in_the_place_of_a_step(in_place):
    x = torch.ones(2, requires_grad=True)

    def run():
        y = x * 1
        y = y.mul_(2) if in_place else y * 2
        return y + 1

    [number] = [n for n, step in enumerate(traced(lambda: run, {})[0]) if step.result[0] == 2][:1]
    steps, out = traced(lambda: run, {number: torch.tensor([5.0, 7.0])})
    assert out.tolist() == [6, 8]
    assert torch.autograd.grad(out.sum(), x)[0].tolist() == [2, 2]  # still in the graph


@pytest.mark.parametrize(
    ("a", "b", "is_alike"),
    [
        (torch.ones(3), torch.ones(1, 3, 1), True),
        (torch.ones(3), torch.ones(3) + 1e-7, True),
        (torch.ones(3), torch.ones(3).double(), True),
        (torch.ones(3), torch.zeros(3), False),
        (torch.ones(2, 3), torch.ones(3, 2), False),
        (torch.ones(3), torch.ones(3, dtype=torch.long), False),
    ],
)
def test_tensors_that_hold_the_same_numbers(a, b, is_alike):
    assert alike(a, b) is is_alike


def step(name, *args: object, **kwargs: object) -> Step:
    inputs = [x for x in args if isinstance(x, Tensor)]
    return Step(name, args, kwargs, inputs, torch.zeros(1))


X, WEIGHT = torch.ones(1, 2, 4, 4), torch.ones(3, 2, 3, 3)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (step("relu", X, inplace=True), "ReLU"),
        (step("add", X, X), "an addition"),
        (step("mul", X, 0.5), "a multiplication (0.5)"),
        (step("leaky_relu", X, 0.2), "leaky ReLU (negative_slope=0.2)"),
        (step("dropout", X, p=0.5, training=True), "dropout (p=0.5, training=True)"),
        (
            step("boolean_dispatch", X, 3, 2, 1, ceil_mode=False),
            "a max pooling (kernel_size=3, stride=2, padding=1, ceil_mode=False)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_steps_in_words(made, words):
    assert described(made) == words


@pytest.mark.parametrize(
    ("place", "words"),
    [(0, "the ReLU"), (1, "the first ReLU"), (8, "the eighth ReLU"), (9, "the 9th ReLU")],
)
def test_steps_are_counted(place, words):
    assert ordinal(step("relu", X), place) == words


@pytest.mark.parametrize(("place", "ending"), [(21, "21st "), (22, "22nd "), (23, "23rd ")])
def test_places_from_twenty_on_end_as_they_are_spoken(place, ending):
    assert ending in ordinal(step("relu", X), place)


@pytest.mark.parametrize(
    ("given", "due", "words"),
    [
        (
            step("conv2d", X, WEIGHT, None, 2),
            step("conv2d", X, WEIGHT, None, 1),
            "stride is (2, 2)",
        ),
        (
            step("conv2d", X, WEIGHT, None, 1, (0, 0)),
            step("conv2d", X, WEIGHT, padding=(1, 1)),
            "padding is (0, 0)",
        ),
        (
            step("batch_norm", X, None, None, None, None, False),
            step("batch_norm", X, None, None, None, None, True),
            "it is in evaluation mode",
        ),
        (step("mean", X, [2, 3], True), step("mean", X, (2, 3), False), ""),
        (step("softmax", X), step("softmax", X, dim=1), "it says nothing on dim"),
        (step("relu", X, inplace=True), step("relu", X), ""),
    ],
    ids=["stride", "padding", "mode", "keepdim", "dim", "inplace"],
)
def test_settings_that_are_not_as_they_should_be(given, due, words):
    assert differences(settings(given), settings(due)) == words
