"""The course's explorers: pictures that answer to their controls, without a kernel.

    from course_lib import explorers

    explorers.Convolution()

as the last expression of a cell shows one. `EXPLORERS` lists them all. Each is a small class and,
beside it, the ES module that draws; `runtime.js` moves them all, `draw.js` is what they draw with.
"""

from course_lib.explorers.activation_map import ActivationMap
from course_lib.explorers.architect import ResNetArchitect
from course_lib.explorers.basic_block import BasicBlock
from course_lib.explorers.bottleneck import Bottleneck
from course_lib.explorers.cardinality import Cardinality
from course_lib.explorers.convolution import Convolution
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.gradients import Gradients
from course_lib.explorers.groups import GroupedConvolution
from course_lib.explorers.inside_resnet import InsideResNet
from course_lib.explorers.schedule import Schedule

EXPLORERS: tuple[type[Explorer], ...] = (
    Convolution,
    Gradients,
    BasicBlock,
    Bottleneck,
    ResNetArchitect,
    InsideResNet,
    Schedule,
    GroupedConvolution,
    Cardinality,
    ActivationMap,
)
__all__ = ["EXPLORERS", *(explorer.__name__ for explorer in EXPLORERS)]
