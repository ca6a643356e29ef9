"""Exercise `layer_shapes`: the output shape of each part of a network."""

import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
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


def _linear() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))


def _in_order(implementation: Implementation, model: nn.Module, x: Tensor) -> object:
    """The entries as a list: two dicts are equal whatever their order.

    In evaluation mode: outputs in the place of shapes are then the same, however they were got.
    """
    shapes = implementation(model.eval(), x)
    return list(shapes.items()) if isinstance(shapes, dict) else shapes


def _left_behind(implementation: Implementation, model: nn.Module, x: Tensor) -> dict[str, object]:
    """The traces in a model that somebody else watches already, with one hook on each part."""
    parts = list(model.children())
    for part in parts:
        part.register_forward_hook(lambda module, inputs, output: None)
    found: dict[str, object] = {}
    for mode, training in (("training", True), ("evaluation", False)):
        model.train(training)
        implementation(model, x)
        same = all(module.training == training for module in model.modules())
        found[f"a model in {mode} mode"] = "stays in it" if same else "is in another mode after it"
    hooks = sum(
        len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()
    )
    found["hooks on the model"] = f"{len(parts)} before, {hooks} after it"
    own = all(getattr(part.forward, "__func__", None) is type(part).forward for part in parts)
    found["the parts' forward"] = "is their own" if own else "is another one after it"
    return found


TWIN = "copy.deepcopy(model).eval()"
CHILDREN = "twin.named_children()"
HOOK = """        child.register_forward_hook(
            lambda module, inputs, output, name=name: shapes.update({name: tuple(output.shape)})
        )
"""
RUN = "    with torch.no_grad():\n        twin(x)\n"

EXERCISE = Exercise(
    layer_shapes,
    title="Look inside: the shape after each part",
    difficulty=3,
    importance=3,
    minutes=15,
    insight=(
        "The MACs of notebook 04 were counted by such hooks; in notebook 11 one catches the maps "
        "that show where a network looks."
    ),
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
        Probe(
            "(model, x), its parts linear, with x of shape (1, 3)",
            _in_order,
            (Later(_linear), randn(1, 3)),
        ),
        call(nn.Sequential(), randn(2, 3), label="a model without children"),
        Probe("what it leaves behind", _left_behind, (Later(Crossed), randn(3, 3, 8, 8))),
    ),
    mistakes={
        "Your entries stand in the order in which the parts were registered: the order in "
        "which they run is that of forward, and a hook is called then.": {
            "return shapes": "return {name: shapes[name] for name, _ in model.named_children()}"
        },
        "You called the children one after the other yourself: forward may reshape in between "
        "or use another order. Run the model and watch, with hooks.": {
            HOOK: "        x = child(x)\n        shapes[name] = tuple(x.shape)\n",
            RUN: "",
        },
        "You left your hooks on the model: they go on running at each forward pass. Keep "
        "what register_forward_hook returns, and remove() it.": {TWIN: "model"},
        "You took every hook off the parts, also those that were there before: remove() "
        "those alone that you put there.": {
            TWIN: "model",
            "return shapes": "for child in model.children():\n"
            "        child._forward_hooks.clear()\n    return shapes",
        },
        "All shapes came under one name: the hook looks the name up when it runs, and by then "
        "the loop has ended. Bind it, for instance with name=name.": {", name=name": ""},
        "You left the model in evaluation mode: note model.training first and put it back.": {
            TWIN: "copy.deepcopy(model.eval()).eval()"
        },
        "You left the model in training mode: note model.training first and put it back.": {
            TWIN: "copy.deepcopy(model.train()).eval()"
        },
        "You dropped the batch dimension: the shape of an output is (N, ...), N included.": {
            "output.shape": "output.shape[1:]"
        },
        "You noted the shape of each part's input: the hook gets inputs and output.": {
            "output.shape": "inputs[0].shape"
        },
        "You listed the modules inside the parts too: named_modules walks the whole tree, "
        "named_children gives the direct parts.": {
            CHILDREN: "[(name, part) for name, part in twin.named_modules() if name]"
        },
        "You listed every module, and the model itself under an empty name: named_modules walks "
        "the whole tree from its root, named_children gives the direct parts.": {
            CHILDREN: "twin.named_modules()"
        },
        "You listed the innermost modules, those without children: a stage is one part, "
        "whatever is inside.": {
            CHILDREN: "[(n, m) for n, m in twin.named_modules() if n and not any(m.children())]"
        },
        "You kept the outputs themselves: the shapes are asked for, and the outputs hold the "
        "memory of the whole forward pass.": {"tuple(output.shape)": "output"},
        "You used the class names as keys: two parts of one class would overwrite each other. "
        "named_children gives each part's own name.": {
            "update({name:": "update({type(module).__name__:"
        },
        "You numbered the parts: named_children gives each part's own name, a text.": {
            CHILDREN: "enumerate(twin.children())"
        },
        "Your dict is empty: no hook has put a shape in. A hook must keep what it sees, and it "
        "runs only while the model does.": {"shapes.update({name: tuple(output.shape)})": "None"},
        "You registered what a call of your hook gives, which is None: hand over the function "
        "itself, and the model will call it.": {
            HOOK: "        child.register_forward_hook(None)\n"
        },
        "You gave the shapes without the names: a dict from name to shape is asked for.": {
            "return shapes": "return list(shapes.values())"
        },
        "You ran the model on a single image: N in the shapes is the batch size of x.": {
            "twin(x)": "twin(x[:1])"
        },
    },
)
