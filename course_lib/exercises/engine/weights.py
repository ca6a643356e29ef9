"""Carry one module's weights to another that is built differently: match them by role.

A learner may call a convolution `conv1`, `first` or keep a bare `nn.Parameter`, and register the
parts in any order. What fixes a parameter's role is its shape and its place in the graph, and
both can be read off the graph that autograd records.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node


class WeightsDiffer(ValueError):
    """The two modules do not have the same number of parameters of each shape."""


def copy_weights(source: nn.Module, target: nn.Module, x: Tensor) -> None:
    """Give `target` the parameters of `source`, matched by role; `x` is an input of both.

    Raises:
        WeightsDiffer: the modules' parameters cannot be paired. The message lists the shapes.
    """
    check_same_shapes(source, target)
    pairs = zip(_by_role(source, x), _by_role(target, x), strict=True)
    with torch.no_grad():
        for given, taken in list(pairs):
            taken.copy_(given.reshape(taken.shape))


def role_shape(parameter: Tensor) -> tuple[int, ...]:
    """The shape without axes of length 1: (C,) and (1, C, 1, 1) can hold the same numbers."""
    return tuple(length for length in parameter.shape if length != 1)


def check_same_shapes(source: nn.Module, target: nn.Module) -> None:
    """Raise `WeightsDiffer` unless both have equally many parameters of every shape."""
    wanted = Counter(map(role_shape, source.parameters()))
    found = Counter(map(role_shape, target.parameters()))
    if wanted != found:
        parameters = [*source.parameters(), *target.parameters()]
        names = {role_shape(p): tuple(p.shape) for p in parameters}
        lines = [f"{n} too many of shape {names[role]}" for role, n in (found - wanted).items()]
        lines += [f"{n} missing of shape {names[role]}" for role, n in (wanted - found).items()]
        raise WeightsDiffer(", ".join(lines))


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


def _by_role(module: nn.Module, x: Tensor) -> list[nn.Parameter]:
    """The parameters sorted by shape, then by place in the graph of `module(x)`."""
    start = x.detach().clone().requires_grad_()
    with buffers_kept(module):
        output = module(start * 1)  # times one: the input may then be changed in place
    places = _places(output)
    last = (float("inf"),)  # a parameter that the output does not depend on
    return sorted(module.parameters(), key=lambda p: (role_shape(p), places.get(p, last)))


def _places(output: Tensor) -> dict[Tensor, tuple[int, ...]]:
    """For each parameter: (weights before it, weights after it, operations before it, argument).

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
        leaf: (before[node], -after[node], depth[node], argument)
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
