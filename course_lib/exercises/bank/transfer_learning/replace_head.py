"""Exercise `replace_head`: new classes for a trained network."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Mistake, Probe
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import replace_head


class Pooled(nn.Module):
    """One convolution, and the head `fc` on `features` channels. `options`: device and dtype."""

    def __init__(self, features: int, num_classes: int, **options: Any) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, features, 1, **options)
        self.fc = nn.Linear(features, num_classes, **options)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).mean(dim=(2, 3)))


def _observe(
    implementation: Implementation, model: nn.Module, num_classes: int, size: int
) -> dict[str, Any]:
    """What came back, and what has become of the caller's model."""
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    children = [name for name, _ in model.named_children()]
    returned = implementation(model, num_classes)
    after = dict(model.named_parameters())
    head = model.get_submodule("fc")
    leaves = [part for part in head.modules() if not any(part.children())]
    return {
        "it returns": "the model" if returned is model else _kind(returned),
        "layers in model.fc": [_layer(part) for part in leaves],
        "new children of the model": [n for n, _ in model.named_children() if n not in children],
        "backbone's parameters that changed": [
            name
            for name, then in before.items()
            if not name.startswith("fc.") and (name not in after or _differ(after[name], then))
        ],
        "frozen parameters": [name for name, p in after.items() if not p.requires_grad],
        "weights of old classes in the head": _old_rows(model, before["fc.weight"]),
        "dtype and device of the head": [f"{p.dtype}, {p.device}" for p in head.parameters()],
        "the model is in": "train mode" if model.training else "eval mode",
        "shape of the output": _shape(model, before["fc.weight"], size),
    }


def _kind(returned: Any) -> str:
    if isinstance(returned, nn.Linear):
        return "a linear layer"
    kind = type(returned).__name__
    return f"another module, a {kind}" if isinstance(returned, nn.Module) else kind


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


def _changed(
    head: Callable[[nn.Linear, int], nn.Module], then: Callable[[nn.Module], Any] = lambda m: m
) -> Implementation:
    """Puts `head(the old one, num_classes)` into the model and returns `then(model)`."""

    def attempt(model, num_classes):
        model.fc = head(model.fc, num_classes)
        return then(model)

    return attempt


def _like(old: nn.Linear, inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    """A new linear layer on the old one's device and of its dtype."""
    return nn.Linear(inputs, outputs, bias, device=old.weight.device, dtype=old.weight.dtype)


def _right_head(old: nn.Linear, num_classes: int) -> nn.Linear:
    return _like(old, old.in_features, num_classes)


def _never_assigned(model, num_classes):
    _right_head(model.fc, num_classes)
    return model


def _under_another_name(model, num_classes):
    model.head = _right_head(model.fc, num_classes)
    return model


def _on_a_copy(model, num_classes):
    model = copy.deepcopy(model)
    model.fc = _right_head(model.fc, num_classes)
    return model


def _chain(model, num_classes):
    head = _right_head(model.fc, num_classes)
    return nn.Sequential(*list(model.children())[:-1], head)


def _only_out_features(model, num_classes):
    model.fc.out_features = num_classes
    return model


def _first_rows(old: nn.Linear, num_classes: int) -> nn.Linear:
    head = _right_head(old, num_classes)
    if old.weight.device.type != "meta":
        kept = min(num_classes, old.out_features)
        head.weight.data[:kept] = old.weight.data[:kept]
    return head


@torch.no_grad()
def _all_anew(model: nn.Module) -> nn.Module:
    for part in model.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            part.reset_parameters()
    return model


def _frozen_backbone(model: nn.Module) -> nn.Module:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith("fc."))
    return model


EXERCISE = Exercise(
    name="replace_head",
    title="A new head for a trained network",
    difficulty=2,
    importance=5,
    minutes=8,
    reference=replace_head,
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
            "24 features and 5 classes, 7 new classes, in eval mode",
            _observe,
            (Later(lambda: Pooled(24, 5).eval()), 7, 4),
        ),
        Probe(
            "512 features, float64, 2 new classes",
            _observe,
            (Later(lambda: Pooled(512, 10, dtype=torch.float64)), 2, 4),
        ),
        Probe(
            "8 features, on another device (torch's meta device), 4 new classes",
            _observe,
            (Later(lambda: Pooled(8, 10, device="meta")), 4, 4),
        ),
    ),
    mistakes=(
        Mistake(
            "You built a new head and never put it into the model, which goes on with the old one: "
            "a local variable does not reach the model, an attribute does.",
            _never_assigned,
        ),
        Mistake(
            "You changed the model and returned nothing: the caller wants the model back as well.",
            _changed(_right_head, lambda model: None),
        ),
        Mistake(
            "You returned the new head: it is the model with the new head that goes on.",
            _changed(_right_head, lambda model: model.fc),
        ),
        Mistake(
            "You put the new layer behind the old head: the features then have to pass through "
            "scores for classes that are no longer asked for.",
            _changed(lambda old, n: nn.Sequential(old, _like(old, old.out_features, n))),
        ),
        Mistake(
            "You changed the number out_features only: it is a note that the layer keeps about "
            "itself, and the weights behind it still belong to the old classes.",
            _only_out_features,
        ),
        Mistake(
            "Your head expects as many inputs as there were classes: what reaches it are the "
            "features of the backbone, as many as the old head took in.",
            _changed(lambda old, n: _like(old, old.out_features, n)),
        ),
        Mistake(
            "Your head expects 512 features whatever the model: that fits ResNet-18 and 34 alone. "
            "Ask the old head.",
            _changed(lambda old, n: _like(old, 512, n)),
        ),
        Mistake(
            "You exchanged inputs and outputs of the new layer: first comes what goes in.",
            _changed(lambda old, n: _like(old, n, old.in_features)),
        ),
        Mistake(
            "You gave the model a second head under another name: its forward calls the first one.",
            _under_another_name,
        ),
        Mistake(
            "You changed a copy: the caller's own model still has its old head.",
            _on_a_copy,
        ),
        Mistake(
            "You made a chain of the model's children: that drops what its forward does between "
            "them, such as flattening, and the caller's own model still has its old head.",
            _chain,
        ),
        Mistake(
            "The new head begins with weights of old classes, and the new ones have nothing to do "
            "with them: take a new layer as it is, with random weights.",
            _changed(_first_rows),
        ),
        Mistake(
            "You drew the backbone's weights anew too: what it had learned is lost, and that was "
            "the reason to take it.",
            _changed(_right_head, _all_anew),
        ),
        Mistake(
            "You froze the backbone as well: whether it may learn is decided elsewhere, here only "
            "the head changes.",
            _changed(_right_head, _frozen_backbone),
        ),
        Mistake(
            "The new head is frozen: it is the one part that must learn.",
            _changed(lambda old, n: _right_head(old, n).requires_grad_(False)),
        ),
        Mistake(
            "The new head lies on the CPU and is float32, wherever the model lies and whatever its "
            "dtype: on a GPU the first forward pass would fail.",
            _changed(lambda old, n: nn.Linear(old.in_features, n)),
        ),
        Mistake(
            "The new head follows the old one's dtype but not its device: on a GPU the first "
            "forward pass would fail.",
            _changed(lambda old, n: nn.Linear(old.in_features, n, dtype=old.weight.dtype)),
        ),
        Mistake(
            "The new head follows the old one's device but not its dtype.",
            _changed(lambda old, n: nn.Linear(old.in_features, n, device=old.weight.device)),
        ),
        Mistake(
            "The new head has no bias: a linear layer for class scores has one, unless told "
            "otherwise.",
            _changed(lambda old, n: _like(old, old.in_features, n, bias=False)),
        ),
        Mistake(
            "You ended the head with a softmax: the head puts out logits, and the loss brings its "
            "own softmax.",
            _changed(lambda old, n: nn.Sequential(_right_head(old, n), nn.Softmax(dim=1))),
        ),
        Mistake(
            "You left the model in eval mode: replacing a layer is no reason to change the mode.",
            _changed(_right_head, nn.Module.eval),
        ),
        Mistake(
            "You left the model in train mode: replacing a layer is no reason to change the mode.",
            _changed(_right_head, nn.Module.train),
        ),
    ),
)
