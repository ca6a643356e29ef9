"""Exercise `zero_init_residual`: let every block start as its shortcut alone."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from course_lib.edits import Edit
from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Probe
from course_lib.exercises.probes.module import randomize
from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut, zero_init_residual


def _observe(initialise: Implementation, model: nn.Module) -> dict[str, Any]:
    """The names of the parameters that became zero, that changed otherwise, or that are frozen."""
    parameters = dict(model.named_parameters())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    initialise(model)
    after = model.state_dict()
    kept = {
        name for name in before.keys() & after.keys() if after[name].shape == before[name].shape
    }
    changed = [n for n in before | after if n not in kept or not torch.equal(after[n], before[n])]
    zero = [name for name in changed if name in kept and not after[name].any()]
    learnable = {name for name, p in model.named_parameters() if p.requires_grad}
    return {
        "set to zero": zero,
        "changed otherwise": [name for name in changed if name not in zero],
        "no longer learnable": [name for name in parameters if name not in learnable],
        "the model is in": "train mode" if model.training else "eval mode",
    }


def _probe(label: str, build: Callable[[], nn.Module]) -> Probe:
    def model() -> nn.Module:
        built = build()
        randomize(built)  # or a bias, which starts at zero, could be set to zero unseen
        return built

    return Probe(label, _observe, (Later(model),))


def _small_resnet() -> nn.Module:
    """Stem, two stages and a head: blocks two levels down, of both kinds."""
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()),
        nn.Sequential(BasicBlock(4, 4), BasicBlock(4, 4)),
        nn.Sequential(Bottleneck(4, 2, 2, shortcut(4, 8, 2)), Bottleneck(8, 2)),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)),
    )


def _deep() -> nn.Module:
    """Blocks three levels down, inside modules of several kinds."""
    inner = nn.ModuleList([nn.Sequential(BasicBlock(4, 4)), nn.Sequential(Bottleneck(4, 1))])
    return nn.ModuleDict({"encoder": nn.ModuleDict({"stages": inner}), "norm": nn.BatchNorm2d(4)})


EVERYWHERE = "model.modules()"
ZERO = "nn.init.zeros_(module.bn2.weight)"
IN_BOTTLENECKS = "elif isinstance(module, Bottleneck)"
LAST_REGISTERED = "[part for part in module.modules() if isinstance(part, nn.BatchNorm2d)][-1]"


def _each(statement: str, bottleneck: str = "") -> Edit:
    """Another statement for each BasicBlock, and for each Bottleneck: the same, with bn3."""
    third = ZERO.replace("bn2", "bn3")
    return {ZERO: statement, third: bottleneck or statement.replace("bn2", "bn3")}


EXERCISE = Exercise(
    zero_init_residual,
    title="Let every block start as its shortcut",
    difficulty=2,
    importance=3,
    minutes=8,
    insight=(
        "torchvision's ResNets have a switch of this name, off by default; its source puts the "
        "gain at 0.2 to 0.3 %, all for a few zeros."
    ),
    hints=(
        "model.modules() goes through all modules, also those inside others, and the model "
        "itself. isinstance tells a block from the rest.",
        "for each module of the model:\n"
        "    a BasicBlock: fill the weight of its ... with zeros\n"
        "    a Bottleneck: fill the weight of its ... with zeros\n"
        "The functions of nn.init change a parameter in place and without a gradient.",
    ),
    probes=(
        _probe("a BasicBlock by itself", lambda: BasicBlock(4, 4)),
        _probe(
            "a BasicBlock with a projection",
            lambda: nn.Sequential(BasicBlock(4, 6, 2, shortcut(4, 6, 2))),
        ),
        _probe("a Bottleneck", lambda: nn.Sequential(Bottleneck(8, 2))),
        _probe("a small ResNet of both blocks", _small_resnet),
        _probe("blocks that stand deeper", _deep),
    ),
    mistakes={
        "You zeroed the first batch normalisation of each block: its output then passes the "
        "second one, whose shift remains, so that the block is not its shortcut.": _each(
            "nn.init.zeros_(module.bn1.weight)"
        ),
        "You zeroed every batch normalisation: those of stem and shortcut carry the signal, "
        "and nothing of the image would reach the head.": {
            "isinstance(module, BasicBlock)": "isinstance(module, nn.BatchNorm2d)",
            ZERO: "nn.init.zeros_(module.weight)",
            IN_BOTTLENECKS: "elif False",
        },
        "You zeroed every batch normalisation of the residual path: the last one alone "
        "silences it, and two zeros in a row block each other's gradient.": _each(
            f"nn.init.zeros_(module.bn1.weight), {ZERO}",
            f"nn.init.zeros_(module.bn1.weight), {ZERO}, nn.init.zeros_(module.bn3.weight)",
        ),
        "You zeroed bn2 of the Bottleneck: its last batch normalisation is bn3.": _each(ZERO, ZERO),
        "You zeroed bn3 of the Bottleneck and bn2 as well: the last one alone silences the path.": (
            _each(ZERO, f"{ZERO}, nn.init.zeros_(module.bn3.weight)")
        ),
        "You took care of the BasicBlocks and left out the Bottlenecks.": {
            IN_BOTTLENECKS: "elif False"
        },
        "You took care of the Bottlenecks and left out the BasicBlocks.": {ZERO: "pass"},
        "You looked at the model's direct children only: the blocks stand deeper, inside "
        "stages, and the model may be a block itself.": {EVERYWHERE: "model.children()"},
        "You took the last batch normalisation that each block registers: where there is a "
        "projection that is the shortcut's, which must stay open.": _each(
            f"nn.init.zeros_({LAST_REGISTERED}.weight)"
        ),
        "You changed the last block of the model only: every block starts as its shortcut.": {
            EVERYWHERE: f"[m for m in {EVERYWHERE} if isinstance(m, (BasicBlock, Bottleneck))][-1:]"
        },
        "You zeroed the bias too: the weight is enough, and the bias is not yours to change.": (
            _each(f"{ZERO}, nn.init.zeros_(module.bn2.bias)")
        ),
        "You zeroed the bias and not the weight: the weight scales what the path computes, "
        "the bias only shifts it.": _each("nn.init.zeros_(module.bn2.bias)"),
        "You zeroed the last convolution: that silences the path as well, but the method asks "
        "for the scale of the batch normalisation after it.": _each(
            "nn.init.zeros_(module.conv2.weight)", "nn.init.zeros_(module.conv3.weight)"
        ),
        "The weight has another value than zero: only zero silences the path completely.": _each(
            "nn.init.ones_(module.bn2.weight)"
        ),
        "You froze the weight: at zero and not learnable, the residual path stays silent for "
        "ever.": _each("nn.init.zeros_(module.bn2.weight.requires_grad_(False))"),
        "The caller's model is as it was: the change must reach its own parameters, in place. A "
        "copy, or a new tensor under a name of yours, is not one of them, and a condition that no "
        "module fulfils changes nothing.": {
            "    for": "    import copy\n\n    model = copy.deepcopy(model)\n    for"
        },
        "You changed a parameter while autograd records, which torch refuses: work without "
        "gradients, or let nn.init do it.": _each("module.bn2.weight.zero_()"),
        "You gave a parameter's name to a plain tensor or a number, which torch refuses: fill the "
        "parameter that is there with zeros.": _each(
            "module.bn2.weight = torch.zeros_like(module.bn2.weight)"
        ),
    },
)
