"""What reading an attempt shows: each slip gets its sentence, and right code none."""

import functools
import importlib.util
import linecache
import sys
import textwrap
import types

import pytest

from course_lib import exercises
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.exercise import Planted
from course_lib.exercises.engine.read_code import LOOKS, reading
from course_lib.exercises.engine.signature import unread
from course_lib.exercises.engine.source import definition_of
from course_lib.exercises.probes.call import call
from tests.exercises.bank.right_answers import right_answers

HEAD = """\
import builtins
import torch
import torch.nn.functional as F
from torch import nn

class Base(nn.Module):
    stride = 2
    def forward(self, x):
        return self._forward(x)
"""
BLOCK = """\
class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3)

    def forward(self, x):
        return self.conv(x)
"""
CONV = exercises.get("conv_output_size")


@pytest.fixture
def load(tmp_path):
    """A function that puts source into a module of its own and returns the last thing in it."""

    def load(source):
        path = tmp_path / "attempt.py"
        path.write_text(HEAD + textwrap.dedent(source))
        linecache.checkcache(str(path))
        spec = importlib.util.spec_from_file_location("attempt_of_a_learner", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return list(vars(module).values())[-1]

    yield load
    sys.modules.pop("attempt_of_a_learner", None)


def looks(attempt):
    """All that the looks say of an attempt."""
    definition = definition_of(attempt)
    assert definition is not None
    return [words for look in LOOKS for words in look(definition)]


NO_SUPER = (
    "`__init__` never calls super().__init__(): it sets up what nn.Module needs to take layers, "
    "and comes before the first of them."
)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        pytest.param(
            "async def f(x):\n    return x",
            "`async def f` does not run when it is called: it returns a coroutine that nobody "
            "waits for. Write def alone.",
            id="async function",
        ),
        pytest.param(
            BLOCK.replace("def forward", "async def forward"),
            "`async def forward` does not run when it is called: it returns a coroutine that "
            "nobody waits for. Write def alone.",
            id="async method",
        ),
        pytest.param(
            BLOCK.replace("def __init__", "def __int__"),
            "The method is called `__int__`, and nobody calls that: the name is `__init__`, letter "
            "for letter, underscores included.",
            id="letter left out",
        ),
        *[
            pytest.param(
                BLOCK.replace(wanted, name),
                f"The method is called `{name}`, and nobody calls that: the name is `{wanted}`, "
                "letter for letter, underscores included.",
                id=name,
            )
            for wanted, name in [
                ("__init__", "_init_"),
                ("__init__", "__init"),
                ("__init__", "__Init__"),
                ("__init__", "__inti__"),
                ("forward", "foward"),
                ("forward", "__forward__"),
                ("forward", "Forward"),
            ]
        ],
        pytest.param(
            """
            class Block(nn.Module):
                def __init__(self, channels):
                    super().__init__()
                    self.conv = nn.Conv2d(channels, channels, 3)

                    def forward(self, x):
                        return self.conv(x)
            """,
            "`forward` is indented too far: it stands inside `__init__`, as a function that ends "
            "with it. It belongs to the class, level with the other methods.",
            id="forward inside __init__",
        ),
        *[
            pytest.param(
                BLOCK.replace(f"def {name}(self, ", f"def {name}("),
                f"`{name}` lacks its first parameter, self: Python puts the object there, and "
                "everything after it moves by one place.",
                id=f"{name} without self",
            )
            for name in ("__init__", "forward")
        ],
        pytest.param(BLOCK.replace("        super().__init__()\n", ""), NO_SUPER, id="no super"),
        pytest.param(
            BLOCK.replace("super().__init__()", "super().__init__"), NO_SUPER, id="super uncalled"
        ),
        pytest.param(
            BLOCK.replace("return self.conv(x)", "raise NotImplementedError"),
            "`__init__` is there; `forward` is still to be written.",
            id="one method a stub",
        ),
        pytest.param(
            'def f(x):\n    """Twice x."""',
            "`f` has nothing in it yet: it returns None, whatever it is given.",
            id="docstring alone",
        ),
        pytest.param(
            "def f(x):\n    pass",
            "`f` has nothing in it yet: it returns None, whatever it is given.",
            id="pass alone",
        ),
        pytest.param(
            "def f(layer):\n    layer.bias == None\n    return layer",
            "`layer.bias == None` compares and throws the result away: == asks whether two things "
            "are equal, one = sets.",
            id="comparison as a statement",
        ),
        pytest.param(
            "def f(loss):\n    loss.backward\n    return loss",
            "`loss.backward` names the method and does not call it: it needs its parentheses, ().",
            id="method as a statement",
        ),
        pytest.param(
            "def f(x, y):\n    x + y\n    return x",
            "`x + y` computes something and throws it away: nothing takes the result.",
            id="sum as a statement",
        ),
        pytest.param(
            "def f(loss):\n    return loss.item",
            "`loss.item` is the thing to call and not what a call gives: it needs its ().",
            id="method returned",
        ),
        pytest.param(
            "def f(x):\n    with torch.no_grad:\n        return x + 1",
            "`torch.no_grad` is the thing to call and not what a call gives: it needs its ().",
            id="no_grad uncalled",
        ),
        pytest.param(
            BLOCK.replace("super()", "super"),
            "`super` needs its own parentheses: super().__init__().",
            id="super without parentheses",
        ),
        pytest.param(
            "def f(model):\n    for p in model.parameters():\n        p.require_grad = False",
            "`p.require_grad` is an attribute that nobody reads: Python makes a new one of that "
            "name and says nothing. The name is `requires_grad`.",
            id="misspelt attribute",
        ),
        pytest.param(
            BLOCK.replace("self.conv =", "conv ="),
            "`conv = ...` in `__init__` is a local name, gone when it ends: what `self.conv` reads "
            "later has to be set on self.",
            id="layer in a local name",
        ),
        pytest.param(
            "def f(x):\n    return nn.ReLU(x)",
            "`nn.ReLU(x)` builds a layer, with x as a setting, and applies nothing: build it "
            "first, nn.ReLU(), and call what you have built.",
            id="layer called like a function",
        ),
        pytest.param(
            "def f(k):\n    return k ^ 2",
            "`k ^ 2`: in Python ^ is no power but a bitwise exclusive or. A power is written **.",
            id="power",
        ),
        pytest.param(
            "def f(k):\n    k ^= 2\n    return k",
            "`k ^= 2`: in Python ^ is no power but a bitwise exclusive or. A power is written **.",
            id="power in place",
        ),
        pytest.param(
            "def f(xs):\n    n = 0\n    for x in xs:\n        n += x\n        return n",
            "`return n` stands inside the loop, so the first round is also the last: a return ends "
            "the whole function.",
            id="return in the loop",
        ),
    ],
)
def test_a_slip_gets_its_sentence(load, source, sentence):
    assert looks(load(source)) == [sentence]


def method(text, init=""):
    """A right class with another method in it."""
    lines = textwrap.indent(textwrap.dedent(text), "    ")
    body = textwrap.indent(textwrap.dedent(init), "        ")
    return (
        "class Block(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n"
        f"        self.conv = nn.Conv2d(c, c, 3)\n{body}\n{lines}\n"
        "    def forward(self, x):\n        return self.conv(x)\n"
    )


RIGHT = {
    "comparisons that are used": """
        def f(x, y):
            assert x == y, x == y
            same = x == y
            print(x == y, [a == b for a, b in zip(x, y)])
            if x == y:
                return lambda a: a == same
        """,
    "words in a docstring": '''
        def f(x):
            """x == 1; x.item; x ^ 2; async def; return loss.item; nn.ReLU(x)"""
            return x
        ''',
    "words in a string": "def f(x):\n    print('x == 1; x ^ 2')\n    return x",
    "a nested generator": """
        def f(xs):
            def each():
                for x in xs:
                    yield x
            return list(each())
        """,
    "a return at the end of a for with a continue": """
        def f(xs):
            for x in xs:
                if x < 0:
                    continue
                return x
        """,
    "a return in a branch of a for": """
        def f(xs):
            for x in xs:
                if x > 0:
                    return x
        """,
    "a return after a for": "def f(xs):\n    for x in xs:\n        x += 1\n    return xs",
    "methods that are called": """
        def f(loss, model):
            loss.backward()
            model.eval()
            with torch.no_grad():
                return loss.item()
        """,
    "a function handed on": "def f(x):\n    return [F.relu, torch.sqrt][0](x)",
    "a layer built and called": "def f(x):\n    return nn.ReLU()(x)",
    "a layer with a number": "def f(x):\n    return nn.Softmax(1)(x) + nn.LeakyReLU(0.1)(x)",
    "a layer with a named setting": "def f(x, d):\n    return nn.Softmax(dim=d)(x)",
    "layers for a Sequential": "def f(c):\n    return nn.Sequential(nn.Conv2d(c, c, 1), nn.ReLU())",
    "attributes that are spelt right": """
        def f(layer):
            layer.bias.data = layer.weight.data
            layer.training = False
            layer.weight.requires_grad = False
        """,
    "attributes that are alike to none": "def f(layer):\n    layer.name = 'first'",
    "a power": "def f(k):\n    return k**2 + pow(k, 2)",
    "raising what is refused": "def f(x):\n    raise ValueError('no x')",
    "a helper called _init_weights": method(
        "def _init_weights(self):\n    self.conv.bias.zero_()\n"
    ),
    "a helper called _forward_impl": method("def _forward_impl(self, x):\n    return x\n"),
    "forward inherited": "class Block(Base):\n    def _init_weights(self):\n        return None",
    "__init__ inherited": "class Block(Base):\n    def forward(self, x):\n        return x",
    "super with arguments": BLOCK.replace("super()", "super(Block, self)"),
    "nn.Module's own __init__": BLOCK.replace("super().__init__()", "nn.Module.__init__(self)"),
    "no module and no super": "class Count:\n    def __init__(self, n):\n        self.n = n",
    "nothing but super in __init__": """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
            def forward(self, x):
                return x
        """,
    "a staticmethod": method("@staticmethod\ndef same(x):\n    return x\n"),
    "a static forward": """
        class Block(nn.Module):
            @staticmethod
            def forward(x):
                return x
        """,
    "a classmethod that makes one": method(
        "@classmethod\ndef make(cls, c):\n    self = cls(c)\n    return self\n"
    ),
    "a property": method("@property\ndef width(self):\n    return self.conv.out_channels\n"),
    "arguments as they come": method("def both(*given):\n    self, x = given\n    return x\n"),
    "another word for self": "class Block(nn.Module):\n    def forward(this, y):\n        return y",
    "a decorated method": method("@torch.no_grad()\ndef probe(self, x):\n    return x\n"),
    "a class inside a function": """
        def f(c):
            class Inner(nn.Module):
                def forward(self, x):
                    return x
            return Inner()
        """,
    "local names in __init__": method("", init="width = c * 2\nself.wide = nn.Linear(c, width)\n"),
    "layers set by setattr": method("", init="layer = nn.ReLU()\nsetattr(self, 'layer1', layer)\n"),
}
RIGHT |= {
    "a buffer that is registered under its name": method(
        "def centred(self, x):\n    return x - self.running_mean\n",
        init="running_mean = torch.zeros(c)\nself.register_buffer('running_mean', running_mean)\n",
    ),
    "a layer that is added under its name": method(
        "def second(self, x):\n    return self.conv2(x)\n",
        init="conv2 = nn.Conv2d(c, c, 3)\nself.add_module('conv2', conv2)\n",
    ),
    "a class attribute taken into a local name": method(
        "expansion = 4\n", init="expansion = self.expansion\nself.width = c * expansion\n"
    ),
    "an inherited attribute taken into a local name": """
        class Block(Base):
            def __init__(self, c):
                super().__init__()
                stride = self.stride
                self.conv = nn.Conv2d(c, c, 3, stride)
            def forward(self, x):
                return self.conv(x)
        """,
    "a local name like that of a method": method(
        "def layers(self):\n    return self.body\n\ndef all(self):\n    return self.layers()\n",
        init="layers = [nn.Conv2d(c, c, 3)]\nself.body = nn.Sequential(*layers)\n",
    ),
    "__new__": """
        class Block(nn.Module):
            def __new__(cls, c):
                self = super().__new__(cls)
                return self
            def forward(self, x):
                return x
        """,
    "a helper that the inherited forward calls": (
        "class Block(Base):\n    def _forward(self, x):\n        return x"
    ),
    "forward under another name first": """
        class Block(nn.Module):
            def _forward(self, x):
                return x
            forward = _forward
        """,
    "forward set on self": """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                def forward(x):
                    return x
                self.forward = forward
        """,
    "a hook that does nothing on purpose": method("def reset_parameters(self):\n    pass\n"),
    "a method that refuses": method("def train_alone(self):\n    raise RuntimeError('no')\n"),
    "an attribute that bears a method's name": method(
        "def statistics(self):\n    return self.mean\n", init="self.mean = 0.0\n"
    ),
    "a function that chooses a function": "def f(x):\n    def pick():\n        return F.relu\n"
    "    return pick()(x)",
    "a softmax over the last axis": "def f(x):\n    return nn.Softmax(-1)(x)",
    "a softmax over an axis with a name": "def f(x, dim):\n    return nn.Softmax(dim)(x)",
    "an Identity that is told its channels": "def f(c):\n    return nn.Identity(c)",
    "sets of which what is in one alone is wanted": "def f(a, b):\n    return set(a) ^ set(b)",
    "either of two conditions": "def f(a, b):\n    return (a > 0) ^ (b > 0)",
    "an attribute of one's own that is read": """
        def f(layers):
            for layer in layers:
                layer.grads = []
            return [layer.grads for layer in layers]
        """,
    "an async function beside": "def f(x):\n    async def never():\n        pass\n    return x",
}


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT.keys())
def test_of_right_code_nothing_is_said(load, source):
    assert looks(load(source)) == []


@pytest.mark.parametrize("name", exercises.names())
def test_of_no_right_answer_anything_is_said(name):
    task = exercises.get(name)
    said = {reading(task, answer) for answer in [task.reference, *right_answers(name)]}
    assert said == {""}


def test_the_first_slip_is_the_one_that_is_told(load):
    both = load("async def f(k):\n    return k ^ 2")
    assert len(looks(both)) == 2
    assert reading(CONV, both) == looks(both)[0]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda size: size,
        functools.partial(max, 1),
        max,
        type("Called", (), {"__call__": lambda self, *given: 1})(),
        eval("lambda size: size"),
    ],
    ids=["lambda", "partial", "builtin", "object", "evaluated"],
)
def test_what_has_no_definition_is_not_read(attempt):
    assert definition_of(attempt) is None


def in_a_cell(source, name):
    """What a cell of a notebook defines: in `__main__`, which has no file."""
    label = "<cell of a test>"
    linecache.cache[label] = (len(source), None, source.splitlines(keepends=True), label)
    module = types.ModuleType("__main__")
    exec(compile(source, label, "exec"), vars(module))
    return module, getattr(module, name)


def test_a_function_of_a_cell_is_read(monkeypatch):
    main, attempt = in_a_cell("def f(k):\n    return k ^ 2\n", "f")
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert definition_of(attempt) is not None


def test_a_class_of_a_cell_is_read(monkeypatch):
    main, attempt = in_a_cell("from torch import nn\n\n" + BLOCK, "Block")
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert definition_of(attempt) is not None


@pytest.mark.parametrize(
    ("attempt", "theirs", "trouble"),
    [
        (lambda size: size, "(size)", "too many positional arguments"),
        (lambda a, b, c, d, e, f: a, "(a, b, c, d, e, f)", "missing a required argument: 'c'"),
        (lambda a, b: a, "(a, b)", "got an unexpected keyword argument 'stride'"),
        (
            lambda a, b, stride=1, pad=0, dilation=1: a,
            "(a, b, stride=1, pad=0, dilation=1)",
            "got an unexpected keyword argument 'padding'",
        ),
    ],
    ids=["one too few", "one too many", "no options", "an option under another name"],
)
def test_a_signature_that_cannot_be_called_as_asked(attempt, theirs, trouble):
    assert reading(CONV, attempt) == (
        "Asked is conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1), yours is "
        f"conv_output_size{theirs}: called as asked, it says: {trouble}."
    )


@pytest.mark.parametrize(
    "attempt",
    [
        lambda n, k, stride=1, padding=0, dilation=1: n,
        lambda *given, **options: 1,
        lambda n, k, **options: n,
        lambda n, k, *, stride=1, padding=0, dilation=1: n,
        functools.partial(lambda e, n, k, stride=1, padding=0, dilation=1: n, 0),
    ],
    ids=["renamed", "anything", "options", "by name only", "partial"],
)
def test_a_signature_that_can_be_called_as_asked(attempt):
    assert reading(CONV, attempt) == ""


@pytest.mark.parametrize(
    ("attempt", "theirs", "trouble"),
    [
        (
            lambda n, k, dilation=1, padding=0, stride=1: n,
            "(n, k, dilation=1, padding=0, stride=1)",
            "the arguments stand in another order",
        ),
        (
            lambda n, k, stride=2, padding=0, dilation=1: n,
            "(n, k, stride=2, padding=0, dilation=1)",
            "the default of stride is another",
        ),
    ],
    ids=["order", "default"],
)
def test_a_signature_that_can_be_called_and_means_something_else(attempt, theirs, trouble):
    words = reading(CONV, attempt)
    assert f"yours is conv_output_size{theirs}" in words and words.endswith(f"{trouble}.")


def test_annotations_and_what_nobody_is_asked_for_are_not_told():
    block = exercises.get("BasicBlock")

    class Attempt(block.reference):
        def __init__(self, in_channels: int):
            super().__init__(in_channels, in_channels)

    assert reading(block, Attempt) == (
        "Asked is BasicBlock(in_channels, channels, stride=1, downsample=None), yours is "
        "BasicBlock(in_channels): called as asked, it says: too many positional arguments."
    )


def test_a_default_that_cannot_be_printed_breaks_nothing():
    class Odd:
        def __repr__(self):
            return str(1 / 0)

    assert CONV.grade(lambda size, odd=Odd(): size).status == "error"  # noqa: B008


def size_of(size, kernel_size):
    """How many outputs."""
    return size - kernel_size + 1


SIZE = Check(size_of, "S", 1, 1, 1, ("", ""), (call(5, 3), call(7, 1)), {})


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def size_of(size, kernel_size):\n    return size", "`kernel_size`"),
        ("def size_of(size, kernel_size):\n    return 3", "`size`, `kernel_size`"),
        (
            'def size_of(size, kernel_size):\n    """kernel_size"""\n    return size',
            "`kernel_size`",
        ),
    ],
    ids=["one", "both", "named in the docstring"],
)
def test_arguments_that_are_never_looked_at(load, source, names):
    words = f"Your code never looks at {names}: what it does cannot depend on it."
    assert unread(SIZE, load(source)) == words


@pytest.mark.parametrize(
    "source",
    [
        "def size_of(size, kernel_size):\n    return size - kernel_size",
        "def size_of(size, k):\n    return size",
        "def size_of(size, *others):\n    return size",
        "def size_of(size, kernel_size, **others):\n    return size",
        "def size_of(size, kernel_size):\n    return sum(locals().values())",
        "def size_of(size, kernel_size):\n    return (lambda: size - kernel_size)()",
        "def size_of(size, kernel_size):\n    kernel_size = 3\n    return size - kernel_size",
    ],
    ids=["both read", "renamed", "starred", "options", "locals", "in a lambda", "set anew"],
)
def test_arguments_that_are_looked_at(load, source):
    assert unread(SIZE, load(source)) == ""


def test_that_an_argument_is_never_looked_at_is_told_first():
    def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):
        return (size + 2 * padding - kernel_size) // stride + 3

    assert CONV.grade(conv_output_size).diagnosis.startswith(
        "Your code never looks at `dilation`: what it does cannot depend on it."
    )


def test_what_reading_has_shown_is_the_diagnosis():
    def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):
        return (size + 2 * padding - (dilation * (kernel_size - 1)) ^ 1) // stride + 1

    report = CONV.grade(conv_output_size)
    assert "A power is written **." in report.diagnosis
    assert (report.mistakes, report.is_open) == ((), False)


def test_right_code_is_correct_whatever_reading_would_say():
    def size_of(size, kernel_size):
        size == kernel_size  # noqa: B015
        return size - kernel_size + 1

    assert reading(SIZE, size_of) != ""
    assert SIZE.grade(size_of).status == "correct"


def test_a_stub_reads_which_method_is_there():
    class BasicBlock(exercises.get("BasicBlock").reference):
        def __init__(self, in_channels, channels, stride=1, downsample=None):
            super().__init__(in_channels, channels, stride, downsample)
            self.in_channels = in_channels

        def forward(self, x):
            raise NotImplementedError

    report = exercises.get("BasicBlock").grade(BasicBlock)
    assert report.status == "not attempted"
    assert report.diagnosis == "`__init__` is there; `forward` is still to be written."


def test_planted_code_is_not_attempted_whatever_reading_would_say():
    def planted(size, kernel_size):
        return size ^ kernel_size

    task = Check(
        size_of, "S", 1, 1, 1, ("", ""), SIZE.probes, {}, Planted("It is odd.", planted, {})
    )
    assert task.grade(planted).diagnosis == "It is odd."
