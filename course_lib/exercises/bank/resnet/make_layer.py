"""Exercise `make_layer`: a stage, blocks in a row."""

from collections.abc import Callable
from typing import Any

from torch import nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.block import paths_probe
from course_lib.exercises.probes.call import randn, words
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import BasicBlock, Bottleneck, shortcut
from course_lib.models.resnet import make_layer


def _built_probe(*args: Any) -> Probe:
    """What is built, without running it: stages that crash differ in their parameters."""

    def observe(implementation: Implementation, *args: Any) -> dict[str, Any]:
        stage = implementation(*args)
        if not isinstance(stage, nn.Sequential):
            return {"type": type(stage).__name__}
        return {
            "type": "nn.Sequential",
            "blocks": len(stage),
            "parameters of each block": [_count(block) for block in stage],
            "parameters in all": _count(stage),  # shared ones count once
        }

    return Probe(words(args, {}), observe, args)


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _first(block, in_channels, channels, stride):
    return block(
        in_channels, channels, stride, shortcut(in_channels, channels * block.expansion, stride)
    )


def _later(block, in_channels, channels, stride):
    return block(channels * block.expansion, channels)


def _stage(
    first: Callable = _first, later: Callable = _later, count: Callable = lambda blocks: blocks - 1
) -> Implementation:
    """The right stage, but for what is given."""

    def attempt(block, in_channels, channels, blocks, stride=1):
        shape = (in_channels, channels, stride)
        rest = [later(block, *shape) for _ in range(count(blocks))]
        return nn.Sequential(first(block, *shape), *rest)

    return attempt


def _projection(in_channels, out_channels, stride, bias=False):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=bias), nn.BatchNorm2d(out_channels)
    )


def _where(condition: Callable) -> Implementation:
    """A stage that projects where `condition(in_channels, channels, out_channels, stride)`."""

    def first(block, in_channels, channels, stride):
        out_channels = channels * block.expansion
        project = condition(in_channels, channels, out_channels, stride)
        way_past = _projection(in_channels, out_channels, stride) if project else None
        return block(in_channels, channels, stride, way_past)

    return _stage(first)


def _projecting_with(build: Callable) -> Implementation:
    """A stage whose projections are built by `build(in_channels, out_channels, stride)`."""

    def first(block, in_channels, channels, stride):
        shape = (in_channels, channels * block.expansion, stride)
        way_past = shortcut(*shape)
        if not isinstance(way_past, nn.Identity):
            way_past = build(*shape)
        return block(in_channels, channels, stride, way_past)

    return _stage(first)


def _one_block_repeated(block, in_channels, channels, blocks, stride=1):
    later = _later(block, in_channels, channels, stride)
    return nn.Sequential(_first(block, in_channels, channels, stride), *[later] * (blocks - 1))


def _one_projection_for_all(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    way_past = shortcut(in_channels, out_channels, stride)
    later = [block(out_channels, channels, 1, way_past) for _ in range(blocks - 1)]
    return nn.Sequential(block(in_channels, channels, stride, way_past), *later)


EXERCISE = Exercise(
    name="make_layer",
    title="A stage: blocks in a row",
    difficulty=3,
    importance=5,
    minutes=15,
    reference=make_layer,
    hints=(
        "Only the first block meets another shape than it puts out. Which shape does every later "
        "block receive? shortcut() decides by itself whether a projection is needed.",
        "out_channels = channels * ...\n"
        "first = block(in_channels, channels, stride, shortcut(in_channels, ..., ...))\n"
        "rest  = [block(..., channels) for _ in range(...)]\n"
        "return nn.Sequential(first, *rest)",
    ),
    probes=(
        _built_probe(Bottleneck, 8, 4, 3),
        _built_probe(Bottleneck, 4, 4, 2),
        _built_probe(BasicBlock, 4, 4, 2, 2),
        paths_probe(BasicBlock, 4, 8, 1, 2, x=randn(2, 4, 8, 8)),
        paths_probe(BasicBlock, 4, 8, 2, 2, x=randn(2, 4, 8, 8)),
        module_probe(make_layer, BasicBlock, 4, 4, 2, x=randn(2, 4, 5, 7)),
        module_probe(make_layer, BasicBlock, 4, 8, 3, 2, x=randn(2, 4, 9, 8)),
        module_probe(make_layer, Bottleneck, 4, 4, 2, x=randn(2, 4, 5, 6)),
        module_probe(make_layer, Bottleneck, 16, 4, 2, x=randn(2, 16, 4, 4)),
        module_probe(make_layer, Bottleneck, 16, 8, 1, stride=2, x=randn(2, 16, 7, 8)),
    ),
    mistakes=(
        Mistake(
            "You did not update in_channels after the first block: every later block receives "
            "what the first one puts out, not what the stage receives.",
            _stage(later=lambda block, i, c, s: block(i, c)),
        ),
        Mistake(
            "You forgot the expansion of the later blocks' input: a Bottleneck puts out four "
            "times `channels`, and the next block receives all of them.",
            _stage(later=lambda block, i, c, s: block(c, c)),
        ),
        Mistake(
            "You gave every block the stride and a projection: the map shrinks once a stage, in "
            "the first block, and later blocks keep the identity.",
            _stage(
                later=lambda block, i, c, s: block(
                    c * block.expansion,
                    c,
                    s,
                    shortcut(c * block.expansion, c * block.expansion, s),
                )
            ),
        ),
        Mistake(
            "You gave every block the stride: from the second block on, the map shrinks on the "
            "residual path and not on the shortcut.",
            _stage(later=lambda block, i, c, s: block(c * block.expansion, c, s)),
        ),
        Mistake(
            "You built every block like the first, projection included: later blocks receive the "
            "shape they put out, so their shortcut is the identity and costs nothing.",
            _stage(
                later=lambda block, i, c, s: block(
                    c * block.expansion,
                    c,
                    1,
                    _projection(c * block.expansion, c * block.expansion, 1),
                )
            ),
        ),
        Mistake(
            "You handed one projection to all blocks: it fits the input of the first alone, and "
            "only the first needs one.",
            _one_projection_for_all,
        ),
        Mistake(
            "You left out the stride: the stage keeps the size of its input.",
            _stage(lambda block, i, c, s: _first(block, i, c, 1)),
        ),
        Mistake(
            "The first block has the stride and its projection has not: the two paths put out "
            "maps of different size.",
            _stage(
                lambda block, i, c, s: block(i, c, s, shortcut(i, c * block.expansion, 1)),
            ),
        ),
        Mistake(
            "The projection has the stride and the first block has not: the two paths put out "
            "maps of different size.",
            _stage(
                lambda block, i, c, s: block(i, c, 1, shortcut(i, c * block.expansion, s)),
            ),
        ),
        Mistake(
            "You passed channels * expansion to the blocks, where `channels` is due: the block "
            "multiplies by its expansion itself.",
            _stage(
                lambda block, i, c, s: block(
                    i, c * block.expansion, s, shortcut(i, c * block.expansion, s)
                ),
                lambda block, i, c, s: block(c * block.expansion, c * block.expansion),
            ),
        ),
        Mistake(
            "Your whole stage is too wide, blocks and projection: `channels` is the width inside "
            "a block, before the expansion.",
            lambda block, in_channels, channels, blocks, stride=1: make_layer(
                block, in_channels, channels * block.expansion, blocks, stride
            ),
        ),
        Mistake(
            "You forgot the expansion in the projection: the shortcut must put out as many "
            "channels as the block, channels * block.expansion.",
            _stage(lambda block, i, c, s: block(i, c, s, shortcut(i, c, s))),
        ),
        Mistake(
            "You project only where the stride is not 1: the channels may change all the same, as "
            "in the first stage of a Bottleneck network.",
            _where(lambda i, c, out, s: s != 1),
        ),
        Mistake(
            "You project only where the channels change: with stride 2 the block's output is "
            "smaller than its input all the same.",
            _where(lambda i, c, out, s: i != out),
        ),
        Mistake(
            "You compared in_channels with `channels` to see whether a projection is needed: what "
            "the block puts out is channels * block.expansion.",
            _where(lambda i, c, out, s: s != 1 or i != c),
        ),
        Mistake(
            "Your first block always has a projection: where the shapes agree, x passes unchanged "
            "and costs nothing.",
            _where(lambda i, c, out, s: True),
        ),
        Mistake(
            "No block has a projection: give the first one its `downsample` where the shapes of "
            "input and output differ.",
            _where(lambda i, c, out, s: False),
        ),
        Mistake(
            "There is one block too many: `blocks` counts the first one too.",
            _stage(count=lambda blocks: blocks),
        ),
        Mistake(
            "There is one block too few: the first one and blocks - 1 others make `blocks`.",
            _stage(count=lambda blocks: max(0, blocks - 2)),
        ),
        Mistake(
            "You put the same block object into the stage several times: the copies share their "
            "weights, so the network learns one block instead of many. Build each one anew.",
            _one_block_repeated,
        ),
        Mistake(
            "The projection has no batch normalisation: what it adds then has another scale than "
            "the residual path, whose last layer normalises.",
            _projecting_with(lambda i, o, s: nn.Conv2d(i, o, 1, s, bias=False)),
        ),
        Mistake(
            "The projection's convolution has a bias: the batch normalisation after it takes it "
            "out again, so it only costs parameters.",
            _projecting_with(lambda i, o, s: _projection(i, o, s, bias=True)),
        ),
        Mistake(
            "You returned a plain list: nn.Sequential(*blocks) makes one module of it, which "
            "registers the parameters and runs the blocks in order.",
            lambda *args, **kwargs: list(make_layer(*args, **kwargs)),
        ),
    ),
)
