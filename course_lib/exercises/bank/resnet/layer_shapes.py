"""Exercise `layer_shapes`: the output shape of each part of a network."""

from collections.abc import Callable, Iterable
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Mistake, Probe
from course_lib.exercises.probes.call import call, randn
from course_lib.models.resnet import layer_shapes


class Crossed(nn.Module):
    """Its parts are registered in another order than they run in, and it does more than call them.

    Maps (N, 3, H, W) to (N, 5).
    """

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 5)
        self.stage = nn.Sequential(nn.Conv2d(6, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4))
        self.stem = nn.Conv2d(3, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.stem(x), 2)
        return self.head(self.stage(x).mean(dim=(2, 3)))


def _plain() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.Flatten())


def _in_order(implementation: Implementation, model: nn.Module, x: Tensor) -> object:
    """The entries as a list: two dicts are equal whatever their order."""
    shapes = implementation(model, x)
    return list(shapes.items()) if isinstance(shapes, dict) else shapes


def _left_behind(implementation: Implementation, model: nn.Module, x: Tensor) -> dict[str, object]:
    found: dict[str, object] = {}
    for mode, training in (("training", True), ("evaluation", False)):
        model.train(training)
        implementation(model, x)
        same = all(module.training == training for module in model.modules())
        found[f"a model in {mode} mode"] = "stays in it" if same else "is in another mode after it"
    hooks = [
        hook
        for module in model.modules()
        for hook in (*module._forward_hooks.values(), *module._forward_pre_hooks.values())
    ]
    found["hooks left on the model"] = len(hooks)
    return found


@contextmanager
def _watching(parts: Iterable[tuple[str, nn.Module]], note: Callable):
    """Call `note(name, inputs, output)` whenever one of the named modules has run."""
    handles = [
        part.register_forward_hook(
            lambda module, inputs, output, name=name: note(name, inputs, output)
        )
        for name, part in parts
    ]
    yield
    for handle in handles:
        handle.remove()


def _noting(
    note: Callable = lambda shapes, name, inputs, output: shapes.update(
        {name: tuple(output.shape)}
    ),
    parts: Callable = nn.Module.named_children,
) -> Implementation:
    """The right walk, but for what is noted and of which modules."""

    def attempt(model, x):
        shapes: dict[str, object] = {}
        with _watching(parts(model), lambda *seen: note(shapes, *seen)), torch.no_grad():
            model(x)
        return shapes

    return attempt


def _in_order_of_registration(model, x):
    shapes = layer_shapes(model, x)
    return {name: shapes[name] for name, _ in model.named_children()}


def _children_in_a_row(model, x):
    shapes = {}
    for name, child in model.named_children():
        x = child(x)
        shapes[name] = tuple(x.shape)
    return shapes


def _hooks_kept(model, x):
    shapes = {}
    for name, child in model.named_children():
        child.register_forward_hook(
            lambda module, inputs, output, name=name: shapes.update({name: tuple(output.shape)})
        )
    model(x)
    return shapes


def _late_name(model, x):
    shapes, handles = {}, []
    for name, child in model.named_children():
        handles.append(
            child.register_forward_hook(
                lambda module, inputs, output: shapes.update({name: tuple(output.shape)})  # noqa: B023 - the mistake
            )
        )
    model(x)
    for handle in handles:
        handle.remove()
    return shapes


def _left_in(training: bool) -> Implementation:
    def attempt(model, x):
        model.train(training)
        return _noting()(model, x)

    return attempt


EXERCISE = Exercise(
    name="layer_shapes",
    title="Look inside: the shape after each part",
    difficulty=3,
    importance=3,
    minutes=15,
    reference=layer_shapes,
    hints=(
        "You cannot call the children in a row: forward may do more than that. A forward hook "
        "sees each child's output while the model runs as it always does. What must happen to "
        "the hooks afterwards?",
        "shapes = {}\n"
        "for name, child in model.named_children():\n"
        "    handle = child.register_forward_hook(<a function of module, inputs, output>)\n"
        "run the model once, without a graph\n"
        "... handle.remove() for each, and the mode as it was\n"
        "In a lambda, name=name keeps the name of this turn of the loop.",
    ),
    probes=(
        Probe(
            "(model, x), with x of shape (2, 3, 9, 8)",
            _in_order,
            (Later(_plain), randn(2, 3, 9, 8)),
        ),
        Probe(
            "(model, x), its parts registered in another order than they run in",
            _in_order,
            (Later(Crossed), randn(3, 3, 8, 12)),
        ),
        call(nn.Sequential(), randn(2, 3), label="a model without children"),
        Probe("what it leaves behind", _left_behind, (Later(Crossed), randn(3, 3, 8, 8))),
    ),
    mistakes=(
        Mistake(
            "Your entries stand in the order in which the parts were registered: the order in "
            "which they run is that of forward, and a hook is called then.",
            _in_order_of_registration,
        ),
        Mistake(
            "You called the children one after the other yourself: forward may reshape in between "
            "or use another order. Run the model and watch, with hooks.",
            _children_in_a_row,
        ),
        Mistake(
            "You left your hooks on the model: they go on running at each forward pass. Keep "
            "what register_forward_hook returns, and remove() it.",
            _hooks_kept,
        ),
        Mistake(
            "All shapes came under one name: the hook looks the name up when it runs, and by then "
            "the loop has ended. Bind it, for instance with name=name.",
            _late_name,
        ),
        Mistake(
            "You left the model in evaluation mode: note model.training first and put it back.",
            _left_in(False),
        ),
        Mistake(
            "You left the model in training mode: note model.training first and put it back.",
            _left_in(True),
        ),
        Mistake(
            "You dropped the batch dimension: the shape of an output is (N, ...), N included.",
            _noting(
                lambda shapes, name, inputs, output: shapes.update({name: tuple(output.shape[1:])})
            ),
        ),
        Mistake(
            "You noted the shape of each part's input: the hook gets inputs and output.",
            _noting(
                lambda shapes, name, inputs, output: shapes.update({name: tuple(inputs[0].shape)})
            ),
        ),
        Mistake(
            "You listed the modules inside the parts too: named_modules walks the whole tree, "
            "named_children gives the direct parts.",
            _noting(
                parts=lambda model: [(name, part) for name, part in model.named_modules() if name]
            ),
        ),
        Mistake(
            "You listed the innermost modules, those without children: a stage is one part, "
            "whatever is inside.",
            _noting(
                parts=lambda model: [
                    (name, part)
                    for name, part in model.named_modules()
                    if name and not any(part.children())
                ]
            ),
        ),
        Mistake(
            "You kept the outputs themselves: the shapes are asked for, and the outputs hold the "
            "memory of the whole forward pass.",
            _noting(lambda shapes, name, inputs, output: shapes.update({name: output})),
        ),
        Mistake(
            "You used the class names as keys: two parts of one class would overwrite each other. "
            "named_children gives each part's own name.",
            _noting(parts=lambda model: [(type(part).__name__, part) for part in model.children()]),
        ),
        Mistake(
            "You gave the shapes without the names: a dict from name to shape is asked for.",
            lambda model, x: list(layer_shapes(model, x).values()),
        ),
        Mistake(
            "You ran the model on a single image: N in the shapes is the batch size of x.",
            lambda model, x: layer_shapes(model, x[:1]),
        ),
    ),
)
