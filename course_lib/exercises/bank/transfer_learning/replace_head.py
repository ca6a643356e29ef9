"""Exercise `replace_head`: new classes for a trained network."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.compare import Told, Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import replace_head


class Gated(nn.Module):
    """A network whose head `fc` is neither its only linear layer nor its last part.

    `options` are the device and the dtype.
    """

    def __init__(self, features: int, num_classes: int, **options: Any) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, features, 1, **options)
        self.fc = nn.Linear(features, num_classes, **options)
        self.norm = nn.BatchNorm2d(features, **options)
        self.norm.get_buffer("running_mean").fill_(0.5)  # as if it had been trained
        self.gate = nn.Sequential(nn.Linear(features, features, **options), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        features = self.norm(self.conv(x)).mean(dim=(2, 3))
        return self.fc(features * self.gate(features))


def _partly_frozen(model: nn.Module) -> nn.Module:
    model.get_submodule("conv").requires_grad_(False)
    model.get_submodule("fc").requires_grad_(False)
    return model.eval()


def _observe(
    implementation: Implementation, model: nn.Module, num_classes: int, size: int
) -> dict[str, Any]:
    """What came back, and what has become of the caller's model."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    children = [name for name, _ in model.named_children()]
    frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
    returned = implementation(model, num_classes)
    after = model.state_dict()
    head = model.get_submodule("fc")
    leaves = [part for part in head.modules() if not any(part.children())]
    modes = {part.training for name, part in model.named_modules() if not _in_head(name)}
    frozen_now = [name for name, p in model.named_parameters() if not p.requires_grad]
    return {
        "it returns": "the model" if returned is model else _kind(returned),
        "layers in model.fc": _layers(leaves),
        "parts that the model did not have": sum(
            name not in children for name, _ in model.named_children()
        ),
        "what changed in the backbone": [
            name
            for name, then in before.items()
            if not _in_head(name) and (name not in after or _differ(after[name], then))
        ],
        "frozen in the head": [name for name in frozen_now if _in_head(name)],
        "frozen or freed in the backbone": [
            name for name in sorted({*frozen} ^ {*frozen_now}) if not _in_head(name)
        ],
        "weights of old classes in the head": _old_rows(model, before["fc.weight"]),
        "dtype and device of the head": [f"{p.dtype}, {p.device}" for p in head.parameters()],
        "the model is in": " and ".join("train mode" if mode else "eval mode" for mode in modes),
        "shape of the output": _shape(model, before["fc.weight"], size),
    }


def _in_head(name: str) -> bool:
    return name == "fc" or name.startswith("fc.")


def _kind(returned: Any) -> str | Told:
    if isinstance(returned, nn.Linear):
        return "a linear layer"
    kind = type(returned).__name__
    if isinstance(returned, nn.Module):
        return f"another module, a {kind}"
    return kind if returned is None else Told(f"Return the model alone: yours is a {kind}.")


def _layers(leaves: list[nn.Module]) -> list[str] | Told:
    if sum(isinstance(part, nn.Linear) for part in leaves) > 1:
        return Told(
            "There are several linear layers in your head: asked for is one, which makes the "
            "class scores of the features."
        )
    return [_layer(part) for part in leaves]


def _layer(part: nn.Module) -> str:
    if not isinstance(part, nn.Linear):
        return type(part).__name__
    outputs, inputs = part.weight.shape
    note = f", called {part.out_features}" if part.out_features != outputs else ""
    return f"linear {inputs} to {outputs}{note}{'' if part.bias is not None else ', no bias'}"


def _differ(now: Tensor, then: Tensor) -> bool:
    return now.device.type != "meta" and not torch.equal(now, then)


def _old_rows(model: nn.Module, old: Tensor) -> str:
    """Each row of a head's weight belongs to one class."""
    head = model.get_submodule("fc")
    weights = [p.detach() for p in head.parameters() if p.shape[1:] == old.shape[1:]]
    if old.device.type == "meta" or old.dtype not in {weight.dtype for weight in weights}:
        return "no"
    return "yes" if any((row == old).all(1).any() for w in weights for row in w) else "no"


def _shape(model: nn.Module, like: Tensor, size: int) -> tuple[int, ...] | Unusable | str:
    if like.device.type == "meta":  # the first time, torch would load for most of a second
        return "not computed"
    x = torch.zeros(2, 1, size, size).to(like)
    try:
        with torch.no_grad():
            return tuple(model(x).shape)
    except RuntimeError as error:
        return Unusable(f"RuntimeError: {error}")


NEW, HEAD = "nn.Linear(head.in_features, num_classes)", "model.fc = nn"
LIKE_THE_OLD, RETURN = ".to(head.weight)", "    return model"

EXERCISE = Exercise(
    replace_head,
    title="A new head for a trained network",
    difficulty=2,
    importance=5,
    minutes=8,
    insight=(
        "With three classes 1,539 numbers of ResNet-18 are new; the other 11,176,512 stay as "
        "ImageNet has taught them."
    ),
    hints=(
        "The head is an attribute of the model like any other: assign a new linear layer to it. "
        "The old one knows how many features come in, on which device, and in which dtype.",
        "old = model.fc\n"
        "model.fc = nn.Linear(<features that come in>, <classes>, device=..., dtype=...)\n"
        "return ...",
    ),
    probes=(
        Probe(
            "a CifarResNet of 16 features and 10 classes, 3 new classes",
            _observe,
            (Later(lambda: CifarResNet(8, width=4, in_channels=1).train()), 3, 8),
        ),
        Probe(
            "24 features and 7 classes, 7 new classes, in eval mode, partly frozen",
            _observe,
            (Later(lambda: _partly_frozen(Gated(24, 7))), 7, 4),
        ),
        Probe(
            "512 features, float64, 2 new classes",
            _observe,
            (Later(lambda: Gated(512, 10, dtype=torch.float64)), 2, 4),
        ),
        Probe(
            "8 features, on another device (torch's meta device), 4 new classes",
            _observe,
            (Later(lambda: Gated(8, 10, device="meta")), 4, 4),
        ),
    ),
    mistakes={
        "You built a new head and never put it into the model, which goes on with the old one: "
        "a local variable does not reach the model, an attribute does.": {HEAD: "new = nn"},
        "You changed the model and returned nothing: the caller wants the model back as well.": {
            RETURN: "    return None"
        },
        "You returned the new head: it is the model with the new head that goes on.": {
            RETURN: "    return model.fc"
        },
        "You put the new layer behind the old head: the features then have to pass through "
        "scores for classes that are no longer asked for.": {
            "nn.Linear(head.in": "nn.Sequential(head, nn.Linear(head.out",
            LIKE_THE_OLD: f"{LIKE_THE_OLD})",
        },
        "You changed the number out_features only: it is a note that the layer keeps about "
        "itself, and the weights behind it still belong to the old classes.": {
            f"model.fc = {NEW}{LIKE_THE_OLD}": "model.fc.out_features = num_classes"
        },
        "You changed out_features and drew the old weights anew: reset_parameters fills the "
        "tensors that are there, and these are as large as they were. Put in a new layer.": {
            f"model.fc = {NEW}{LIKE_THE_OLD}": "model.fc.out_features = num_classes\n"
            "    model.fc.reset_parameters()"
        },
        "You gave the old layer a new weight, and its bias still has a number for each of the old "
        "classes. A new layer has both.": {
            f"model.fc = {NEW}{LIKE_THE_OLD}": (f"model.fc.weight = {NEW}{LIKE_THE_OLD}.weight")
        },
        "You put new tensors into the old layer, whose out_features still says the old number of "
        "classes: assign a new layer to model.fc.": {
            f"model.fc = {NEW}{LIKE_THE_OLD}": f"new = {NEW}{LIKE_THE_OLD}\n"
            "    model.fc.weight, model.fc.bias = new.weight, new.bias"
        },
        "Your head expects as many inputs as there were classes: what reaches it are the "
        "features of the backbone, as many as the old head took in.": {
            "head.in_features": "head.out_features"
        },
        "Your head expects 512 features whatever the model: that fits ResNet-18 and 34 alone. "
        "Ask the old head.": {"head.in_features": "512"},
        "You exchanged inputs and outputs of the new layer: first comes what goes in.": {
            "head.in_features, num_classes": "num_classes, head.in_features"
        },
        "You gave the model a second head under another name: its forward calls the first one.": {
            HEAD: "model.head = nn"
        },
        "You changed a copy: the caller's own model still has its old head.": {
            f"    {HEAD}": f"    import copy\n\n    model = copy.deepcopy(model)\n    {HEAD}"
        },
        "You made a chain of the model's children: that drops what its forward does between "
        "them, such as flattening, and the caller's own model still has its old head.": {
            HEAD: "new = nn",
            RETURN: "    return nn.Sequential(*list(model.children())[:-1], new)",
        },
        "You replaced the last part of the model: the head is the part that is called fc, wherever "
        "it stands.": {HEAD: "model._modules[list(model._modules)[-1]] = nn"},
        "You replaced the last linear layer that you found: the head is the part that is called "
        "fc, wherever it stands.": {
            f"model.fc = {NEW}{LIKE_THE_OLD}": (
                "name, head = [\n"
                "        (n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)\n"
                "    ][-1]\n"
                f"    model.set_submodule(name, {NEW}{LIKE_THE_OLD})"
            )
        },
        "You replaced every linear layer: only fc is the head, the others belong to the "
        "backbone.": {
            RETURN: "    for name, part in list(model.named_modules()):\n"
            "        if isinstance(part, nn.Linear) and part is not model.fc:\n"
            "            new = nn.Linear(part.in_features, num_classes).to(part.weight)\n"
            "            model.set_submodule(name, new)\n"
            "    return model"
        },
        "The new head begins with weights of old classes, and the new ones have nothing to do "
        "with them: take a new layer as it is, with random weights.": {
            RETURN: "    model.fc.weight.data[: head.out_features] = head.weight.data[:num_classes]"
            "\n    return model"
        },
        "You kept the old head where it has the right number of outputs: its weights belong to "
        "the old classes.": {
            f"    {HEAD}": "    if head.out_features == num_classes:\n"
            f"        return model\n    {HEAD}"
        },
        "You drew the backbone's weights anew too: what it had learned is lost, and that was "
        "the reason to take it.": {
            RETURN: "    for part in model.modules():\n"
            "        if isinstance(part, nn.Conv2d | nn.Linear):\n"
            "            part.reset_parameters()\n"
            "    return model"
        },
        "You froze the backbone as well: whether it may learn is decided elsewhere, here only "
        "the head changes.": {
            RETURN: "    for name, parameter in model.named_parameters():\n"
            "        parameter.requires_grad = name.startswith('fc.')\n"
            "    return model"
        },
        "The new head is frozen: it is the one part that must learn.": {
            LIKE_THE_OLD: f"{LIKE_THE_OLD}.requires_grad_(False)"
        },
        "The new head lies on the CPU and is float32, wherever the model lies and whatever its "
        "dtype: on a GPU the first forward pass would fail.": {LIKE_THE_OLD: ""},
        "The new head follows the old one's dtype but not its device: on a GPU the first "
        "forward pass would fail.": {LIKE_THE_OLD: ".to(head.weight.dtype)"},
        "The new head follows the old one's device but not its dtype.": {
            LIKE_THE_OLD: ".to(head.weight.device)"
        },
        "The new head has no bias: a linear layer for class scores has one, unless told "
        "otherwise.": {", num_classes)": ", num_classes, bias=False)"},
        "You put a dropout before the linear layer: it belongs to a recipe of training. Here the "
        "head is a linear layer alone, as the old one was.": {
            "= nn.Linear": "= nn.Sequential(nn.Dropout(0.5), nn.Linear",
            LIKE_THE_OLD: f"{LIKE_THE_OLD})",
        },
        "You moved the model to a device of your choice: it is the head that goes where the model "
        "is.": {RETURN: "    return model.to('cpu')"},
        "You ended the head with a softmax: the head puts out logits, and the loss brings its "
        "own softmax.": {
            "= nn.Linear": "= nn.Sequential(nn.Linear",
            LIKE_THE_OLD: f"{LIKE_THE_OLD}, nn.Softmax(dim=1))",
        },
        "You left the model in eval mode: replacing a layer is no reason to change the mode.": {
            RETURN: "    return model.eval()"
        },
        "You left the model in train mode: replacing a layer is no reason to change the mode.": {
            RETURN: "    return model.train()"
        },
    },
)
