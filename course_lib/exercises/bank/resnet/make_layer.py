"""Exercise `make_layer`: a stage, blocks in a row."""

from typing import Any

from torch import Tensor, nn

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.block import LayerLog
from course_lib.exercises.probes.call import randn, words
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import BasicBlock, Bottleneck
from course_lib.models.resnet import make_layer


class HalfBottleneck(Bottleneck):
    """Another block, with another expansion: what it is must be asked of the class."""

    expansion = 2


def _built_probe(*args: Any, x: Tensor) -> Probe:
    """What is built, and whether it runs on `x`; if not, the layers that ran before the error."""

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> Any:
        stage = implementation(*args, **kwargs)
        if not isinstance(stage, nn.Sequential):
            return {"type": type(stage).__name__}
        with LayerLog() as log:
            try:
                runs: dict[str, Any] = {"output shape": tuple(stage(x).shape)}
            except RuntimeError as error:
                if type(error) is not RuntimeError:  # a stub's NotImplementedError is one as well
                    raise
                runs = {"it runs": Unusable(f"no: {', '.join(log.steps)}")}
        return {  # counted after the run: lazy layers have no parameters before
            "type": "nn.Sequential",
            "blocks": len(stage),
            "parameters of each block": [_count(block) for block in stage],
            "parameters in all": _count(stage),  # shared ones count once
        } | runs

    return Probe(words(args, {}), observe, (args, {}, x), is_call=True)


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


SHORTCUT = "shortcut(in_channels, out_channels, stride)"
FIRST = "block(in_channels, channels, stride, way_past"
LATER = "[block(out_channels, channels"
PROJECTION = "nn.Sequential(nn.Conv2d({0}, {1}, 1, {2}, bias=False), nn.BatchNorm2d({1}))"
ALWAYS = PROJECTION.format("in_channels", "out_channels", "stride")
FLAT = PROJECTION.format("in_channels", "out_channels", "1")
IF_PROJECTION = "    if isinstance(way_past, nn.Sequential):\n        way_past"

EXERCISE = Exercise(
    make_layer,
    title="A stage: blocks in a row",
    difficulty=3,
    importance=5,
    minutes=15,
    insight=(
        "Four calls of it are the body of any ResNet: from 50 layers to 152 only the numbers of "
        "blocks change, 3, 4, 6, 3 to 3, 8, 36, 3."
    ),
    hints=(
        "Only the first block meets another shape than it puts out. Which shape does every later "
        "block receive? shortcut() decides by itself whether a projection is needed.",
        "out_channels = channels * ...\n"
        "first = block(in_channels, channels, stride, shortcut(in_channels, ..., ...))\n"
        "rest  = [block(..., channels) for _ in range(...)]\n"
        "return nn.Sequential(first, *rest)",
    ),
    unasked=("options",),
    probes=(
        _built_probe(BasicBlock, 4, 4, 3, 2, x=randn(2, 4, 3, 4)),
        _built_probe(BasicBlock, 4, 8, 1, 2, x=randn(2, 4, 8, 8)),
        _built_probe(Bottleneck, 4, 4, 2, x=randn(2, 4, 5, 7)),
        _built_probe(HalfBottleneck, 8, 4, 2, x=randn(1, 8, 4, 4)),
        module_probe(make_layer, Bottleneck, 16, 8, 2, stride=2, x=randn(3, 16, 3, 4)),
    ),
    mistakes={
        "You did not update in_channels after the first block: every later block receives "
        "what the first one puts out, not what the stage receives.": {
            LATER: "[block(in_channels, channels"
        },
        "You forgot the expansion of the later blocks' input: a Bottleneck puts out four "
        "times `channels`, and the next block receives all of them.": {
            LATER: "[block(channels, channels"
        },
        "You gave every block the stride and a projection: the map shrinks once a stage, in "
        "the first block, and later blocks keep the identity.": {
            LATER: f"{LATER}, stride, shortcut(out_channels, out_channels, stride)"
        },
        "You gave every block the stride: from the second block on, the map shrinks on the "
        "residual path and not on the shortcut.": {LATER: f"{LATER}, stride"},
        "You built every block like the first, projection included: later blocks receive the "
        "shape they put out, so their shortcut is the identity and costs nothing.": {
            LATER: f"{LATER}, 1, {PROJECTION.format('out_channels', 'out_channels', 1)}"
        },
        "You handed one projection to all blocks: it fits the input of the first alone, and "
        "only the first needs one.": {LATER: f"{LATER}, 1, way_past"},
        "You left out the stride: the stage keeps the size of its input.": {
            SHORTCUT: "shortcut(in_channels, out_channels, 1)",
            FIRST: "block(in_channels, channels, 1, way_past",
        },
        "The first block has the stride and its projection has not: the two paths put out "
        "maps of different size.": {SHORTCUT: "shortcut(in_channels, out_channels, 1)"},
        "The projection, though you build it for the stride as well, has a stride of 1: the two "
        "paths put out maps of different size.": {
            SHORTCUT: f"{FLAT} if stride != 1 or in_channels != out_channels else None"
        },
        "The projection has the stride and the first block has not: the two paths put out "
        "maps of different size.": {FIRST: "block(in_channels, channels, 1, way_past"},
        "You passed channels * expansion to the blocks, where `channels` is due: the block "
        "multiplies by its expansion itself.": {
            FIRST: "block(in_channels, out_channels, stride, way_past",
            LATER: "[block(out_channels, out_channels",
        },
        "Your whole stage is too wide, blocks and projection: `channels` is the width inside "
        "a block, before the expansion.": {
            "    out_channels =": "    channels = channels * block.expansion\n    out_channels ="
        },
        "You forgot the expansion in the projection: the shortcut must put out as many "
        "channels as the block, channels * block.expansion.": {
            SHORTCUT: "shortcut(in_channels, channels, stride)"
        },
        "You project only where the stride is not 1: the channels may change all the same, as "
        "in the first stage of a Bottleneck network.": {
            SHORTCUT: f"{SHORTCUT} if stride != 1 else None"
        },
        "You project only where the channels change: with stride 2 the block's output is "
        "smaller than its input all the same.": {
            SHORTCUT: f"{SHORTCUT} if in_channels != out_channels else None"
        },
        "You project only where the stride and the channels both change: either one alone makes "
        "the shapes disagree.": {
            SHORTCUT: f"{ALWAYS} if stride != 1 and in_channels != out_channels else None"
        },
        "You took the expansion to be 4, as a Bottleneck's: other blocks have another, so ask the "
        "class.": {"out_channels = channels * block.expansion": "out_channels = channels * 4"},
        "You compared in_channels with `channels` to see whether a projection is needed: what "
        "the block puts out is channels * block.expansion.": {
            SHORTCUT: f"{ALWAYS} if stride != 1 or in_channels != channels else None"
        },
        "Your first block always has a projection: where the shapes agree, x passes unchanged "
        "and costs nothing.": {SHORTCUT: ALWAYS},
        "No block has a projection: give the first one its `downsample` where the shapes of "
        "input and output differ.": {", way_past": ""},
        "There is one block too many: `blocks` counts the first one too.": {
            "(blocks - 1)": "(blocks)"
        },
        "There is one block too few: the first one and blocks - 1 others make `blocks`.": {
            "(blocks - 1)": "(blocks - 2)"
        },
        "You put the same block object into the stage several times: the copies share their "
        "weights, so the network learns one block instead of many. Build each one anew.": {
            ") for _ in range(blocks - 1)]": ")] * (blocks - 1)"
        },
        "The projection has no batch normalisation: what it adds then has another scale than "
        "the residual path, whose last layer normalises.": {
            "    first =": f"{IF_PROJECTION} = way_past[:1]\n    first ="
        },
        "The projection's convolution has a bias: the batch normalisation after it takes it "
        "out again, so it only costs parameters.": {
            "    first =": f"{IF_PROJECTION}[0] = nn.Conv2d(in_channels, out_channels, 1, stride)\n"
            "    first ="
        },
        "You returned a plain list: nn.Sequential(*blocks) makes one module of it, which "
        "registers the parameters and runs the blocks in order.": {
            "nn.Sequential(first, *rest)": "[first, *rest]"
        },
        "You returned an nn.ModuleList: it registers the blocks, and does not run them. An "
        "nn.Sequential does both.": {
            "nn.Sequential(first, *rest)": "nn.ModuleList([first, *rest])"
        },
    },
)
