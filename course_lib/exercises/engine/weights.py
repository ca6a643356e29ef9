"""Carry one module's weights to another that is built differently: match them by role.

A learner may call a convolution `conv1`, `first` or keep a bare `nn.Parameter`, and register the
parts in any order. What fixes a parameter's role is its shape and its place in the graph, and
both can be read off the graph that autograd records.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.overrides import TorchFunctionMode

Role = tuple[int, ...]


class WeightsDiffer(ValueError):
    """The two modules do not have the same number of parameters of each shape.

    `recut`: they have as many numbers all in all, so that they may be the same, cut up differently.
    """

    recut = False


def copy_weights(source: nn.Module, target: nn.Module, x: Tensor) -> None:
    """Give `target` the parameters of `source`, matched by role; `x` is an input of both.

    Raises:
        WeightsDiffer: the modules' parameters cannot be paired. The message lists the shapes.
    """
    roles = roles_in(source, target)
    given = _by_role(source, x, {p: role_shape(p) for p in source.parameters()})
    pairs = zip(given, _by_role(target, x, roles), strict=True)
    with torch.no_grad():
        for theirs, yours in list(pairs):
            yours.copy_(theirs.reshape(yours.shape))


def copy_what_fits(source: nn.Module, target: nn.Module, x: Tensor) -> None:
    """Give `target` those parameters of `source` that it has, and make the others do nothing.

    What is too many in `target` becomes 0, and 1 where it scales: a bias, a batch normalisation.
    """
    given, wanted = (_signed(module, x) for module in (source, target))
    with torch.no_grad():
        for sign, yours in wanted.items():
            if sign in given:
                yours.copy_(given[sign].reshape(yours.shape))
            elif yours.ndim < 2:
                yours.fill_(1.0 if sign[1:3] == ("NativeBatchNormBackward0", 1) else 0.0)


def _signed(module: nn.Module, x: Tensor) -> dict[tuple, nn.Parameter]:
    """Each parameter by its role, the operation that uses it and as what, and its place there."""
    signed: dict[tuple, nn.Parameter] = {}
    for parameter, (before, operation, argument) in _uses(module, x).items():
        count = 0
        while (sign := (role_shape(parameter), operation, argument, before, count)) in signed:
            count += 1
        signed[sign] = parameter
    return signed


def role_shape(parameter: Tensor) -> Role:
    """The shape without axes of length 1: (C,) and (1, C, 1, 1) can hold the same numbers."""
    return tuple(length for length in parameter.shape if length != 1)


def roles_in(source: nn.Module, target: nn.Module) -> dict[Tensor, Role]:
    """The role of each of `target`'s parameters. A kernel may be a matrix, its axes but one in one.

    Raises WeightsDiffer unless `source` has equally many parameters of every role.
    """
    wanted = Counter(map(role_shape, source.parameters()))
    roles: dict[Tensor, Role] = {p: role_shape(p) for p in target.parameters()}
    missing = wanted - Counter(roles.values())
    for parameter, role in roles.items():
        flat = [r for r in missing if len(role) == 2 != len(r) and role == _flat(r)]
        if flat and missing[flat[0]]:
            roles[parameter] = flat[0]
            missing[flat[0]] -= 1
    found = Counter(roles.values())
    if wanted != found:
        parameters = [*source.parameters(), *target.parameters()]
        names = {role_shape(p): tuple(p.shape) for p in parameters}
        lines = [f"{n} too many of shape {names[role]}" for role, n in (found - wanted).items()]
        lines += [f"{n} missing of shape {names[role]}" for role, n in (wanted - found).items()]
        error = WeightsDiffer(", ".join(lines))
        counts = [sum(p.numel() for p in module.parameters()) for module in (source, target)]
        error.recut = counts[0] == counts[1]
        raise error
    return roles


def _flat(role: Role) -> Role:
    return (role[0], math.prod(role[1:]))


@contextmanager
def buffers_kept(module: nn.Module) -> Iterator[None]:
    """Put the buffers back at the end: a forward pass moves the batch norms' statistics."""
    before = [
        (part, name, buffer.clone())
        for part in module.modules()
        for name, buffer in part.named_buffers(recurse=False)
    ]
    yield
    for part, name, buffer in before:
        setattr(part, name, buffer)  # by name: a module may have put a new tensor there


def _by_role(module: nn.Module, x: Tensor, roles: dict[Tensor, Role]) -> list[nn.Parameter]:
    """The parameters sorted by role, then by place in the graph of `module(x)`."""
    places = {leaf: place for leaf, (place, _) in _places(_output(module, x)).items()}
    last = (float("inf"),)  # a parameter that the output does not depend on
    return sorted(module.parameters(), key=lambda p: (roles[p], places.get(p, last)))


def _uses(module: nn.Module, x: Tensor) -> dict[nn.Parameter, tuple[int, str, int]]:
    """For each parameter that is used: (weights before it, the operation, the argument it is)."""
    places = _places(_output(module, x))
    parameters = sorted((p for p in module.parameters() if p in places), key=lambda p: places[p][0])
    return {p: (places[p][0][0], places[p][1], places[p][0][3]) for p in parameters}


def leaves_of(output: Tensor) -> set[Tensor]:
    """The tensors that the graph behind `output` starts from."""
    nodes = _topological(output.grad_fn) if output.grad_fn is not None else []
    return {node.variable for node in nodes if hasattr(node, "variable")}


def _output(module: nn.Module, x: Tensor) -> Tensor:
    """The output with its whole graph: also of what is frozen, or cut out of it on the way."""
    start = x.detach().clone().requires_grad_()
    frozen = [p for p in module.parameters() if not p.requires_grad]
    try:
        for parameter in frozen:
            parameter.requires_grad_()
        with buffers_kept(module), Uncut():
            return module(start * 1)  # times one: the input may then be changed in place
    finally:
        for parameter in frozen:
            parameter.requires_grad_(False)


class Uncut(TorchFunctionMode):
    """Lets nothing be cut out of the graph: detach() and .data do nothing, no_grad neither."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        reads_data = getattr(func, "__self__", None) is Tensor.data
        if func is Tensor.detach or reads_data:
            return args[0]
        if func is torch._C._set_grad_enabled:
            return None
        return func(*args, **(kwargs or {}))


def _places(output: Tensor) -> dict[Tensor, tuple[tuple[int, ...], str]]:
    """For each parameter: its place, and the name of the operation that uses it.

    The place is (weights before it, weights after it, operations before it, argument).

    "Weights" are parameters of two or more axes: convolutions and linear layers. They lie
    before a parameter when the longest path from the input to it passes them.
    """
    nodes = _topological(output.grad_fn) if output.grad_fn is not None else []
    # node -> the one leaf it merely passes on (reshaped, say), or None
    leaves: dict[Node, Tensor | None] = {}
    # parameter -> (the first operation that mixes it with others, argument)
    users: dict[Tensor, tuple[Node, int]] = {}
    for node in nodes:
        if hasattr(node, "variable"):
            leaves[node] = node.variable
            continue
        passed_on = [leaves[child] for child, _ in node.next_functions if child is not None]
        single = len(passed_on) == 1 and passed_on[0] is not None
        leaves[node] = passed_on[0] if single else None
        if not single:
            for argument, (child, _) in enumerate(node.next_functions):
                leaf = None if child is None else leaves[child]
                if leaf is not None:
                    users.setdefault(leaf, (node, argument))

    weights = [
        leaf for leaf in users if isinstance(leaf, nn.Parameter) and len(role_shape(leaf)) > 1
    ]
    weighs = Counter(users[weight][0] for weight in weights)
    before: dict[Node, int] = {}
    depth: dict[Node, int] = {}
    for node in nodes:
        children = [child for child, _ in node.next_functions if child is not None]
        before[node] = max((before[c] + weighs[c] for c in children), default=0)
        depth[node] = max((depth[c] + 1 for c in children), default=0)
    after: dict[Node, int] = defaultdict(int)
    for node in reversed(nodes):
        for child, _ in node.next_functions:
            if child is not None:
                after[child] = max(after[child], after[node] + weighs[node])
    return {
        leaf: ((before[node], -after[node], depth[node], argument), node.name())
        for leaf, (node, argument) in users.items()
    }


def _topological(root: Node) -> list[Node]:
    """The graph's nodes, each after everything it was computed from."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(child, False) for child, _ in node.next_functions if child is not None]
    return order
