"""Exercise `zero_init_residual`: let every block start as its shortcut alone."""

import copy
from collections.abc import Callable

import torch
from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Later, Mistake, Probe
from course_lib.exercises.probes.module import randomize
from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut, zero_init_residual


def _observe(initialise: Implementation, model: nn.Module) -> dict[str, list[str]]:
    """The names of the parameters that became zero, that changed otherwise, or that are frozen."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    initialise(model)
    after = model.state_dict()
    kept = before.keys() & after.keys()
    changed = [n for n in before | after if n not in kept or not torch.equal(after[n], before[n])]
    zero = [name for name in changed if name in after and not after[name].any()]
    return {
        "set to zero": zero,
        "changed otherwise": [name for name in changed if name not in zero],
        "no longer learnable": [n for n, p in model.named_parameters() if not p.requires_grad],
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


def _each_block(
    change: Callable[[BasicBlock | Bottleneck, nn.BatchNorm2d], object],
) -> Implementation:
    """Calls `change(block, its last batch norm)` for each block, where gradients are off."""

    @torch.no_grad()
    def initialise(model):
        for module in model.modules():
            if isinstance(module, (BasicBlock, Bottleneck)):
                change(module, _last(module))

    return initialise


def _last(block):
    return block.bn2 if isinstance(block, BasicBlock) else block.bn3


def _every_batch_norm(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.zeros_(module.weight)


def _every_bn2(model):
    for module in model.modules():
        if hasattr(module, "bn2"):
            nn.init.zeros_(module.bn2.weight)


def _basic_blocks_only(model):
    for module in model.modules():
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)


def _children_only(model):
    for module in model.children():
        if isinstance(module, (BasicBlock, Bottleneck)):
            nn.init.zeros_(_last(module).weight)


def _last_registered(block, _):
    last = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)][-1]
    nn.init.zeros_(last.weight)


def _last_block_only(model):
    blocks = [m for m in model.modules() if isinstance(m, (BasicBlock, Bottleneck))]
    nn.init.zeros_(_last(blocks[-1]).weight)


def _on_a_copy(model):
    model = copy.deepcopy(model)
    zero_init_residual(model)
    return model


def _while_autograd_records(model):
    for module in model.modules():
        if isinstance(module, (BasicBlock, Bottleneck)):
            _last(module).weight.zero_()


EXERCISE = Exercise(
    name="zero_init_residual",
    title="Let every block start as its shortcut",
    difficulty=2,
    importance=3,
    minutes=8,
    reference=zero_init_residual,
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
    ),
    mistakes=(
        Mistake(
            "You zeroed the first batch normalisation of each block: its output then passes the "
            "second one, whose shift remains, so that the block is not its shortcut.",
            _each_block(lambda block, _: nn.init.zeros_(block.bn1.weight)),
        ),
        Mistake(
            "You zeroed every batch normalisation: those of stem and shortcut carry the signal, "
            "and nothing of the image would reach the head.",
            _every_batch_norm,
        ),
        Mistake(
            "You zeroed every batch normalisation of the residual path: the last one alone "
            "silences it, and two zeros in a row block each other's gradient.",
            _each_block(
                lambda block, _: [
                    nn.init.zeros_(part.weight)
                    for part in block.children()
                    if isinstance(part, nn.BatchNorm2d)
                ]
            ),
        ),
        Mistake(
            "You zeroed bn2 of the Bottleneck: its last batch normalisation is bn3.",
            _every_bn2,
        ),
        Mistake(
            "You took care of the BasicBlocks and left out the Bottlenecks.",
            _basic_blocks_only,
        ),
        Mistake(
            "You looked at the model's direct children only: the blocks stand deeper, inside "
            "stages, and the model may be a block itself.",
            _children_only,
        ),
        Mistake(
            "You took the last batch normalisation that each block registers: where there is a "
            "projection that is the shortcut's, which must stay open.",
            _each_block(_last_registered),
        ),
        Mistake(
            "You changed the last block of the model only: every block starts as its shortcut.",
            _last_block_only,
        ),
        Mistake(
            "You zeroed the bias too: the weight is enough, and the bias is not yours to change.",
            _each_block(lambda _, last: [nn.init.zeros_(last.weight), nn.init.zeros_(last.bias)]),
        ),
        Mistake(
            "You zeroed the bias and not the weight: the weight scales what the path computes, "
            "the bias only shifts it.",
            _each_block(lambda _, last: nn.init.zeros_(last.bias)),
        ),
        Mistake(
            "You zeroed the last convolution: that silences the path as well, but the method asks "
            "for the scale of the batch normalisation after it.",
            _each_block(
                lambda block, _: nn.init.zeros_(
                    (block.conv2 if isinstance(block, BasicBlock) else block.conv3).weight
                )
            ),
        ),
        Mistake(
            "The weight has another value than zero: only zero silences the path completely.",
            _each_block(lambda _, last: nn.init.ones_(last.weight)),
        ),
        Mistake(
            "You froze the weight: at zero and not learnable, the residual path stays silent for "
            "ever.",
            _each_block(lambda _, last: nn.init.zeros_(last.weight.requires_grad_(False))),
        ),
        Mistake(
            "The caller's model is as it was: the exercise asks for a change in place, and a copy "
            "that you change or return does not reach it.",
            _on_a_copy,
        ),
        Mistake(
            "You changed a parameter while autograd records, which torch refuses: work without "
            "gradients, or let nn.init do it.",
            _while_autograd_records,
        ),
    ),
)
