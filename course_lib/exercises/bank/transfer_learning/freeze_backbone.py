"""Exercise `freeze_backbone`: only the head may learn."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Mistake, Probe
from course_lib.exercises.probes.module import randomize
from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut
from course_lib.models.cifar import CifarResNet
from course_lib.models.transfer import freeze_backbone


class TwoStages(nn.Module):
    """A stem, two stages of unlike blocks, a head with a dropout: as a ResNet has them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(BasicBlock(4, 4), BasicBlock(4, 4))
        self.layer2 = nn.Sequential(Bottleneck(4, 2, 2, shortcut(4, 8, 2)), Bottleneck(8, 2))
        self.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 5))


def _observe(implementation: Implementation, model: nn.Module) -> dict[str, Any]:
    """What may still learn, in words, and what else has changed."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    was_training = [module.training for module in model.modules()]
    implementation(model)
    after = model.state_dict()
    parameters = dict(model.named_parameters())
    kept = before.keys() & after.keys()
    changed = [n for n in before | after if n not in kept or not torch.equal(before[n], after[n])]
    now_training = [module.training for module in model.modules()]
    return {
        "backbone's parameters that still learn": [
            n for n, p in parameters.items() if p.requires_grad and not n.startswith("fc.")
        ],
        "head's parameters that are frozen": [
            n for n, p in parameters.items() if not p.requires_grad and n.startswith("fc.")
        ],
        "tensors that changed": changed,
        "modes": "as they were" if now_training == was_training else "changed",
    }


def _probe(label: str, build: Callable[[], nn.Module]) -> Probe:
    def model() -> nn.Module:
        built = build()
        randomize(built)
        return built

    return Probe(label, _observe, (Later(model),))


def _part_frozen(model: TwoStages) -> nn.Module:
    """Somebody has frozen the first stage before, and one tensor of the head."""
    model.layer1.requires_grad_(False)
    next(model.fc.parameters()).requires_grad_(False)
    return model


def _learn(may_learn: Callable[[str, nn.Parameter], bool]) -> Implementation:
    """Says for every parameter, by name, whether it may learn."""

    def attempt(model):
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(may_learn(name, parameter))

    return attempt


def _freeze(
    frozen: Callable[[str, nn.Parameter], bool], then: Callable[[nn.Module], Any] = lambda m: None
) -> Implementation:
    """Freezes some parameters, leaves the others as they are, and calls `then(model)`."""

    def attempt(model):
        for name, parameter in model.named_parameters():
            if frozen(name, parameter):
                parameter.requires_grad_(False)
        then(model)

    return attempt


def _head(name: str) -> bool:
    return name.startswith("fc.")


def _layers(*kinds: type[nn.Module]) -> Implementation:
    """Freezes the layers of these kinds outside the head; the head may learn."""

    def attempt(model):
        for name, module in model.named_modules():
            if isinstance(module, kinds) and not name.startswith("fc"):
                module.requires_grad_(False)
        model.fc.requires_grad_(True)

    return attempt


def _attribute_of_the_modules(model):
    for name, module in model.named_modules():
        module.requires_grad = name.startswith("fc")


def _on_a_copy(model):
    model = copy.deepcopy(model)
    freeze_backbone(model)
    return model


def _all_but_last_tensor(model):
    *rest, last = model.parameters()
    for parameter in rest:
        parameter.requires_grad_(False)
    last.requires_grad_(True)


def _first_tensor_only(model):
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(_head(name))
        return


def _direct_children_only(model):
    for name, child in model.named_children():
        for parameter in child.parameters(recurse=False):
            parameter.requires_grad_(name == "fc")


def _backbone_to_eval(model):
    freeze_backbone(model)
    for name, child in model.named_children():
        child.train(name == "fc")


@torch.no_grad()
def _zeroed(model: nn.Module) -> None:
    for name, parameter in model.named_parameters():
        if not _head(name):
            parameter.zero_()


def _toggled(name: str, parameter: nn.Parameter) -> bool:
    return parameter.requires_grad if _head(name) else not parameter.requires_grad


EXERCISE = Exercise(
    name="freeze_backbone",
    title="Freeze all but the head",
    difficulty=2,
    importance=4,
    minutes=6,
    reference=freeze_backbone,
    hints=(
        "A parameter learns when its requires_grad is True. Go through all parameters of the "
        "model, and tell those of the head from the rest. A module's requires_grad_ does it for "
        "all parameters inside it.",
        "model.<all parameters at once>(False)\nmodel.<the head>.<all parameters at once>(...)",
    ),
    probes=(
        _probe("a CifarResNet", lambda: CifarResNet(8, width=2, in_channels=1).train()),
        _probe(
            "stem, two stages and a head with dropout, in eval mode", lambda: TwoStages().eval()
        ),
        _probe(
            "the same, partly frozen before, also in the head", lambda: _part_frozen(TwoStages())
        ),
        _probe("the same, wholly frozen before", lambda: TwoStages().requires_grad_(False)),
    ),
    mistakes=(
        Mistake(
            "You froze everything, the head too: nothing is left that could learn.",
            _learn(lambda name, _: False),
        ),
        Mistake(
            "You froze the head and let the backbone learn: it is the other way round.",
            _learn(lambda name, _: not _head(name)),
        ),
        Mistake(
            "You set requires_grad as an attribute of the modules: a module takes any attribute "
            "and does nothing with this one. It is the parameters that learn, or not.",
            _attribute_of_the_modules,
        ),
        Mistake(
            "You froze the convolutions only: the batch normalisations of the backbone have "
            "weights and biases that go on learning.",
            _layers(nn.Conv2d),
        ),
        Mistake(
            "You froze the batch normalisations only: most of the backbone's parameters are in its "
            "convolutions.",
            _layers(nn.BatchNorm2d),
        ),
        Mistake(
            "You froze all weights and no bias: a bias is a parameter too, and the head's weight "
            "must learn.",
            _freeze(lambda name, p: name.endswith("weight")),
        ),
        Mistake(
            "You froze the stages and forgot the stem: the first convolution and its batch "
            "normalisation belong to the backbone.",
            _learn(lambda name, _: not name.startswith("layer")),
        ),
        Mistake(
            "You froze the stem and left the stages free: all blocks belong to the backbone.",
            _learn(lambda name, _: name.startswith(("layer", "fc"))),
        ),
        Mistake(
            "You left the last stage free: that is a method too, but here all of the backbone is "
            "frozen.",
            _learn(lambda name, _: name.startswith(("layer3", "layer2.1", "fc"))),
        ),
        Mistake(
            "You left only the last tensor free: a linear layer has two, its weight and its bias.",
            _all_but_last_tensor,
        ),
        Mistake(
            "You named the head's tensors one by one, and a head of several layers has others: "
            "whatever lies in model.fc must learn.",
            _learn(lambda name, _: name in ("fc.weight", "fc.bias")),
        ),
        Mistake(
            "You froze the first tensor only: does a return stand inside your loop?",
            _first_tensor_only,
        ),
        Mistake(
            "You went through the model's direct children and their own parameters only: those of "
            "the blocks lie deeper.",
            _direct_children_only,
        ),
        Mistake(
            "You left the head as it was: where it had been frozen before it still is. Say of each "
            "parameter whether it may learn.",
            _freeze(lambda name, _: not _head(name)),
        ),
        Mistake(
            "You turned each parameter's requires_grad round: what somebody had frozen before "
            "learns again.",
            _learn(_toggled),
        ),
        Mistake(
            "You set the backbone's weights to zero: frozen means that they stay as they are.",
            _zeroed,
        ),
        Mistake(
            "You froze the right parameters, and put the model into eval mode: that is lost at the "
            "next model.train(), and not asked for here.",
            lambda model: (_learn(lambda name, _: _head(name))(model), model.eval()),
        ),
        Mistake(
            "You froze the right parameters, and put the backbone into eval mode: that is lost at "
            "the next model.train(), and not asked for here.",
            _backbone_to_eval,
        ),
        Mistake(
            "You put the model into eval mode and froze nothing: the mode changes what batch "
            "normalisation and dropout do, not what learns.",
            nn.Module.eval,
        ),
    ),
)
