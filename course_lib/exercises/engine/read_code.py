"""What reading an attempt shows, before any of it runs: slips that Python swallows, or reports
somewhere else."""

import ast
import difflib
from collections.abc import Callable, Iterator

from course_lib.exercises.engine.exercise import Exercise, Implementation
from course_lib.exercises.engine.signature import unlike_asked
from course_lib.exercises.engine.source import Definition, definition_of

SPECIAL = ("__init__", "forward")
# methods that one means to call: as a statement without parentheses they do nothing
ACTIONS = {"backward", "step", "zero_grad", "train", "eval", "item", "detach", "clone", "numpy"}
ACTIONS |= {"relu", "mean", "sum", "sqrt", "float", "parameters", "children", "modules", "no_grad"}
# attributes of tensors, layers and models that one means to set
SET = ("requires_grad", "training", "weight", "bias", "grad", "data", "inplace", "momentum", "eps")
# methods and functions of tensors that change nothing: all that comes of them is what they return
PURE = {"cat", "stack", "transpose", "permute", "reshape", "view", "contiguous", "flatten"}
PURE |= {"clone", "detach", "unsqueeze", "squeeze", "mean", "sum", "relu", "softmax", "item"}
NAMESPACES = ("self", "F", "torch", "nn", "torch.nn", "np")
# layers that hold nothing: whoever gives one a tensor means to apply it
PLAIN = {"ReLU", "ReLU6", "GELU", "Sigmoid", "Tanh", "SiLU"}


def reading(exercise: Exercise, attempt: Implementation) -> str:
    """The first thing that is plainly not what was meant, in a sentence; or "".

    It is said of attempts that are not correct: a right one may hold `a == b` and be none the
    worse for it.
    """
    definition = definition_of(attempt)
    if definition is not None:
        for look in LOOKS:
            for words in look(definition):
                return words
    return unlike_asked(exercise, attempt)


def _functions(definition: Definition) -> list[ast.FunctionDef]:
    """The function itself, or a class's methods."""
    if isinstance(definition, ast.ClassDef):
        return [node for node in definition.body if isinstance(node, ast.FunctionDef)]
    return [definition] if isinstance(definition, ast.FunctionDef) else []


def _asynchronous(definition: Definition) -> Iterator[str]:
    members = definition.body if isinstance(definition, ast.ClassDef) else []
    for node in [definition, *members]:
        if isinstance(node, ast.AsyncFunctionDef):
            yield (
                f"`async def {node.name}` does not run when it is called: it returns a coroutine "
                "that nobody waits for. Write def alone."
            )


def _misspelt(definition: Definition) -> Iterator[str]:
    """A method of a module that bears nearly the name of one that torch looks for."""
    if not isinstance(definition, ast.ClassDef) or not _is_module(definition):
        return
    names = [function.name for function in _functions(definition)]
    text = ast.unparse(definition)
    for wanted in SPECIAL:
        near = [name for name in names if _means(name, wanted)]
        made_otherwise = f"{wanted} = " in text
        if wanted not in names and near and not made_otherwise:
            yield (
                f"The method is called `{near[0]}`, and nobody calls that: the name is "
                f"`{wanted}`, letter for letter, underscores included."
            )


def _is_module(definition: ast.ClassDef) -> bool:
    return any(
        ast.unparse(base) in ("nn.Module", "torch.nn.Module", "Module") for base in definition.bases
    )


def _means(name: str, wanted: str) -> bool:
    bare, aim = name.strip("_").lower(), wanted.strip("_")
    return (
        bare == aim
        or (name, wanted) == ("__int__", "__init__")
        or (len(bare) > 3 and difflib.SequenceMatcher(None, bare, aim).ratio() > 0.8)
        or (name.startswith("_") and sorted(bare) == sorted(aim))
    )


def _forward_inside(definition: Definition) -> Iterator[str]:
    if not isinstance(definition, ast.ClassDef):
        return
    names = [function.name for function in _functions(definition)]
    text = ast.unparse(definition)
    for method in _functions(definition):
        inner = [n.name for n in ast.walk(method) if isinstance(n, ast.FunctionDef)]
        if "forward" in inner[1:] and "forward" not in names and "self.forward =" not in text:
            yield (
                f"`forward` is indented too far: it stands inside `{method.name}`, as a function "
                "that ends with it. It belongs to the class, level with the other methods."
            )


def _no_self(definition: Definition) -> Iterator[str]:
    if not isinstance(definition, ast.ClassDef):
        return
    for method in _functions(definition):
        arguments = [*method.args.posonlyargs, *method.args.args]
        reads_self = any(isinstance(n, ast.Name) and n.id == "self" for n in ast.walk(method))
        static = method.name == "__new__" or any(
            ast.unparse(d) in ("staticmethod", "classmethod", "property")
            for d in method.decorator_list
        )
        nameless = not arguments or (arguments[0].arg != "self" and reads_self)
        usual = method.name in SPECIAL and arguments and arguments[0].arg in ("x", "in_channels")
        if not static and not method.args.vararg and (nameless or usual):
            yield (
                f"`{method.name}` lacks its first parameter, self: Python puts the object there, "
                "and everything after it moves by one place."
            )


def _no_super(definition: Definition) -> Iterator[str]:
    """An __init__ that sets layers on a module which was never set up."""
    if not isinstance(definition, ast.ClassDef):
        return
    if not _is_module(definition):
        return
    for method in _functions(definition):
        if method.name == "__init__" and "__init__(" not in "".join(
            ast.unparse(line) for line in method.body
        ):
            yield (
                "`__init__` never calls super().__init__(): it sets up what nn.Module needs to "
                "take layers, and comes before the first of them."
            )


def _to_be_written(definition: Definition) -> Iterator[str]:
    """One method written, another still a stub; or a body with nothing in it."""
    functions = _functions(definition)
    stubs = [f.name for f in functions if f.name in SPECIAL and _is_empty(f)]
    done = [f.name for f in functions if f.name in SPECIAL and not _is_empty(f)]
    if stubs and done:
        yield f"`{done[0]}` is there; `{stubs[0]}` is still to be written."
    elif isinstance(definition, ast.FunctionDef) and _is_empty(definition, ("pass", "...")):
        yield f"`{definition.name}` has nothing in it yet: it returns None, whatever it is given."


def _is_empty(
    function: ast.FunctionDef, stubs: tuple[str, ...] = ("pass", "...", "raise NotImplementedError")
) -> bool:
    """Nothing but a docstring, a stub, or the call that every __init__ begins with."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    lines = [ast.unparse(line) for line in body]
    rest = [line for line in lines if line != "super().__init__()"]
    return all(line in stubs for line in rest) and (bool(rest) or not lines)


def _statements_without_effect(definition: Definition) -> Iterator[str]:
    for node in ast.walk(definition):
        if not isinstance(node, ast.Expr):
            continue
        words = ast.unparse(node)
        if isinstance(node.value, ast.Compare) and isinstance(node.value.ops[0], ast.Eq):
            yield (
                f"`{words}` compares and throws the result away: == asks whether two things are "
                "equal, one = sets."
            )
        elif isinstance(node.value, ast.Attribute) and node.value.attr in ACTIONS:
            yield f"`{words}` names the method and does not call it: it needs its parentheses, ()."
        elif _computes_only(node.value):
            yield f"`{words}` computes something and throws it away: nothing takes the result."


def _computes_only(node: ast.expr) -> bool:
    """Whether it has no effect but its value."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return isinstance(node, ast.BinOp)
    return node.func.attr in PURE and not node.keywords


def _uncalled(definition: Definition) -> Iterator[str]:
    """`return loss.item`, `with torch.no_grad:`, `super.__init__()`"""
    for node in ast.walk(definition):
        value = getattr(node, "value", None) if isinstance(node, ast.Return) else None
        value = node.context_expr if isinstance(node, ast.withitem) else value
        if isinstance(value, ast.Attribute) and value.attr in ACTIONS:
            words = ast.unparse(value)
            if isinstance(node, ast.Return) and ast.unparse(value.value) in NAMESPACES:
                continue  # a function, or an attribute of one's own, may be what is wanted
            yield f"`{words}` is the thing to call and not what a call gives: it needs its ()."
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "super.__init__":
            yield "`super` needs its own parentheses: super().__init__()."


def _misspelt_attributes(definition: Definition) -> Iterator[str]:
    read = {
        node.attr
        for node in ast.walk(definition)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    for node in ast.walk(definition):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if not isinstance(target, ast.Attribute) or ast.unparse(target.value) == "self":
                continue
            near = difflib.get_close_matches(target.attr, SET, n=1, cutoff=0.8)
            if near and target.attr not in read | set(SET) and not target.attr.startswith("_"):
                yield (
                    f"`{ast.unparse(target)}` is an attribute that nobody reads: Python makes a "
                    f"new one of that name and says nothing. The name is `{near[0]}`."
                )


def _lost_layers(definition: Definition) -> Iterator[str]:
    """`conv1 = nn.Conv2d(...)` in __init__, and self.conv1 later."""
    if not isinstance(definition, ast.ClassDef):
        return
    stored: set[str] = set()
    read: set[str] = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
            (stored if isinstance(node.ctx, ast.Store) else read).add(node.attr)
    # what is registered under its name, or stands in the class, is found in another way
    found = {n.value for n in ast.walk(definition) if isinstance(n, ast.Constant)}
    found |= stored | {getattr(node, "name", "") for node in definition.body}
    for method in _functions(definition):
        lines = method.body if method.name == "__init__" else []
        for line in lines:
            value = getattr(line, "value", None)
            if not isinstance(line, ast.Assign) or not isinstance(value, ast.Call):
                continue
            name = ast.unparse(line.targets[0])
            if "nn." in ast.unparse(value.func) and name in read - found:
                yield (
                    f"`{name} = ...` in `__init__` is a local name, gone when it ends: what "
                    f"`self.{name}` reads later has to be set on self."
                )


def _layers_called_like_functions(definition: Definition) -> Iterator[str]:
    inside = [f for f in _functions(definition) if f.name != "__init__"]
    for node in (n for function in inside for n in ast.walk(function)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        owner, _, layer = ast.unparse(node.func).rpartition(".")
        given = node.args[0]
        is_layer = layer in PLAIN or (layer.endswith("Loss") and len(node.args) > 1)
        if owner in ("nn", "torch.nn") and is_layer and not isinstance(given, ast.Constant):
            yield (
                f"`{ast.unparse(node)}` builds a layer, with {ast.unparse(given)} as a setting, "
                f"and applies nothing: build it first, nn.{layer}(), and call what you have built."
            )


def _powers(definition: Definition) -> Iterator[str]:
    for node in ast.walk(definition):
        if not isinstance(node, ast.BinOp | ast.AugAssign) or not isinstance(node.op, ast.BitXor):
            continue
        power = node.right if isinstance(node, ast.BinOp) else node.value
        while isinstance(power, ast.BinOp):  # it binds looser than the others: k ^ 2 * h
            power = power.left
        if isinstance(power, ast.Constant):
            yield (
                f"`{ast.unparse(node)}`: in Python ^ is no power but a bitwise exclusive or. "
                "A power is written **."
            )


def _ends_early(definition: Definition) -> Iterator[str]:
    for node in ast.walk(definition):
        if not isinstance(node, ast.For) or not isinstance(node.body[-1], ast.Return):
            continue
        if not any(isinstance(inner, ast.Continue) for inner in ast.walk(node)):
            yield (
                f"`{ast.unparse(node.body[-1])}` stands inside the loop, so the first round is "
                "also the last: a return ends the whole function."
            )


LOOKS: tuple[Callable[[Definition], Iterator[str]], ...] = (
    _asynchronous,
    _misspelt,
    _forward_inside,
    _no_self,
    _no_super,
    _to_be_written,
    _statements_without_effect,
    _uncalled,
    _misspelt_attributes,
    _lost_layers,
    _layers_called_like_functions,
    _powers,
    _ends_early,
)
