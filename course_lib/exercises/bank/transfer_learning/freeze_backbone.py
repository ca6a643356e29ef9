"""Exercise `freeze_backbone`: only the head may learn."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
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
        self.layer1 = nn.Sequential(BasicBlock(4, 4))
        self.layer2 = nn.Sequential(Bottleneck(4, 2, 2, shortcut(4, 8, 2)), Bottleneck(8, 2))
        self.fc: nn.Module = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 5))


class Gated(nn.Module):
    """The head is not the last part, has no bias, and is not the only part with fc in its name."""

    def __init__(self) -> None:
        super().__init__()
        self.fc: nn.Module = nn.Sequential(
            nn.BatchNorm1d(4), nn.Sequential(nn.Linear(4, 3, bias=False))
        )
        self.layer1 = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
        self.layer1.add_module("fc", nn.Linear(4, 4))
        self.gate = nn.Linear(4, 4)
        self.fc1 = nn.Linear(4, 4)


def _observe(implementation: Implementation, model: nn.Module) -> dict[str, Any]:
    """What may still learn, in words, and what else has changed."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    was_training = [module.training for module in model.modules()]
    returned = implementation(model)
    on_modules = any("requires_grad" in vars(module) for module in model.modules())
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
        "requires_grad as an attribute of modules": "set" if on_modules else "not set",
        "another model is returned": isinstance(returned, nn.Module) and returned is not model,
    }


def _probe(label: str, build: Callable[[], nn.Module]) -> Probe:
    def model() -> nn.Module:
        built = build()
        randomize(built)
        return built

    return Probe(label, _observe, (Later(model),))


def _part_frozen(model: TwoStages) -> nn.Module:
    """A plain head. Somebody has frozen the first stage before, and one tensor of the head."""
    model.fc = nn.Linear(8, 5)
    model.layer1.requires_grad_(False)
    next(model.fc.parameters()).requires_grad_(False)
    return model


def _head_frozen() -> nn.Module:
    model = Gated()
    model.fc.requires_grad_(False)
    return model


LOOP, SET = (
    "    for name, parameter in model.named_parameters():\n",
    "        parameter.requires_grad = ",
)
HEAD = 'name.startswith("fc.")'


def _only_where(condition: str) -> dict[str, str]:
    """An edit: outside the head nothing is done, but where the condition holds."""
    return {LOOP: f"{LOOP}        if not ({HEAD} or {condition}):\n            continue\n"}


def _in_a(kind: str) -> str:
    return f'isinstance(model.get_submodule(name.rpartition(".")[0]), {kind})'


EXERCISE = Exercise(
    freeze_backbone,
    title="Freeze all but the head",
    difficulty=2,
    importance=4,
    minutes=6,
    insight=(
        "The backward pass now ends at the head: ResNet-18's 20 convolutions get no gradient, and "
        "still something in the backbone moves, as you see below."
    ),
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
            "the same with a plain head, partly frozen before, also in the head",
            lambda: _part_frozen(TwoStages()),
        ),
        _probe("a backbone with layers called fc, the head frozen before", _head_frozen),
    ),
    mistakes={
        "You froze everything, the head too: nothing is left that could learn.": {HEAD: "False"},
        "You froze the head and let the backbone learn: it is the other way round.": {
            HEAD: f"not {HEAD}"
        },
        "You set requires_grad as an attribute of the modules: a module takes any attribute "
        "and does nothing with this one. It is the parameters that learn, or not.": {
            "named_parameters": "named_modules"
        },
        "You froze everything, and then set requires_grad on model.fc, which is a module: it takes "
        "any attribute and does nothing with this one. Say it to its parameters.": {
            HEAD: "False\n    model.fc.requires_grad = True"
        },
        "You froze the convolutions only: the batch normalisations of the backbone have "
        "weights and biases that go on learning.": _only_where(_in_a("nn.Conv2d")),
        "You froze the batch normalisations only: most of the backbone's parameters are in its "
        "convolutions.": _only_where(_in_a("nn.BatchNorm2d")),
        "You froze all weights and no bias: a bias is a parameter too, and the head's weight "
        "must learn.": {f"{SET}{HEAD}": f'        if name.endswith("weight"):\n    {SET}False'},
        "You froze the backbone's weights and left its biases: a bias is a parameter too.": (
            _only_where('name.endswith("weight")')
        ),
        "You took every linear layer for the head: the backbone may have some too. The head is "
        "what lies in model.fc.": {HEAD: _in_a("nn.Linear")},
        "You froze what begins with fc, and left the rest to learn: it is the other way round.": {
            f"{SET}{HEAD}": '        if name.startswith("fc"):\n'
            "            parameter.requires_grad = False"
        },
        "You told the head from the backbone by counting parts: that fits the network for which "
        "you have counted. The head is the part that is called fc.": {
            HEAD: 'name.partition(".")[0] in list(model._modules)[6:]'
        },
        "You froze the stages and forgot the stem: the first convolution and its batch "
        "normalisation belong to the backbone.": {HEAD: 'not name.startswith("layer")'},
        "You froze the stem and left the stages free: all blocks belong to the backbone.": {
            HEAD: 'name.startswith(("layer", "fc"))'
        },
        "You left the last stage free: that is a method too, but here all of the backbone is "
        "frozen.": {HEAD: 'name.startswith(("layer3", "layer2.1", "fc"))'},
        "You left only the last tensor free: a linear layer has two, its weight and its bias.": {
            HEAD: "parameter is list(model.parameters())[-1]"
        },
        "You named the head's tensors one by one, and a head of several layers has others: "
        "whatever lies in model.fc must learn.": {HEAD: 'name in ("fc.weight", "fc.bias")'},
        "You looked for fc anywhere in the names: a layer deep in the backbone may be called so "
        "too. The head is the model's own part fc.": {HEAD: '"fc" in name'},
        "You went by names that begin with fc: another part of the model may be called fc1, say. "
        "The head is what lies in model.fc, and nothing else.": {HEAD: 'name.startswith("fc")'},
        "You took the model's last part for the head: the head is the part that is called fc, "
        "wherever it stands.": {HEAD: "name.startswith(list(model._modules)[-1] + '.')"},
        "You froze the first tensor only: does a return stand inside your loop?": {
            HEAD: f"{HEAD}\n        return"
        },
        "You went through the model's direct children and their own parameters only: those of "
        "the blocks lie deeper.": {SET: f'        if name.count(".") == 1:\n    {SET}'},
        "You left the head as it was: where it had been frozen before it still is. Say of each "
        "parameter whether it may learn.": {
            "requires_grad = ": "requires_grad = parameter.requires_grad and "
        },
        "You turned each parameter's requires_grad round: what somebody had frozen before "
        "learns again.": {"requires_grad = ": "requires_grad = parameter.requires_grad == "},
        "You froze a copy: the caller's own model learns as it did before.": {
            LOOP: f"    import copy\n\n    model = copy.deepcopy(model)\n{LOOP}",
            HEAD: f"{HEAD}\n    return model",
        },
        "You set the backbone's weights to zero: frozen means that they stay as they are.": {
            f"{SET}{HEAD}": f"        if not {HEAD}:\n            nn.init.zeros_(parameter)"
        },
        "You also put the model, or layers of it, into eval mode: that is lost at the next "
        "model.train(), and not asked for here.": {HEAD: f"{HEAD}\n    model.eval()"},
        "You also set the modes of the parts: that is lost at the next model.train(), and not "
        "asked for here.": {
            HEAD: f"{HEAD}\n    for name, child in model.named_children():\n"
            '        child.train(name == "fc")'
        },
        "You put the model into eval mode and froze nothing: the mode changes what batch "
        "normalisation and dropout do, not what learns.": {
            f"{LOOP}{SET}{HEAD}": "    model.eval()"
        },
    },
)
