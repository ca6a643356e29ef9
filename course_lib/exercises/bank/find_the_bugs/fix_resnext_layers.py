"""Exercise `fix_resnext_layers`: groups and width are swallowed by **options."""

from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise, Implementation, Planted, Probe
from course_lib.exercises.probes.call import randn, words
from course_lib.exercises.probes.module import built
from course_lib.from_memory import typed
from course_lib.from_memory.network import block_class
from course_lib.from_memory.repaired import fix_resnext_layers
from course_lib.models.cost import count_parameters

WIDTH = "channels * width_per_group / 64) * groups"
# under these names an option does not arrive, and **options swallows it
OTHER_GROUPS = {
    "groups: int = 1": "cardinality: int = 1",
    "* groups": "* cardinality",
    "groups=groups": "groups=cardinality",
}
OTHER_WIDTH = {"width_per_group: int": "base_width: int", "* width_per_group": "* base_width"}
SWALLOW = {"int = 64,": "int = 64,\n    **options: int,"}
OPTIONS: tuple[dict[str, int], ...] = (
    {},
    {"groups": 2},
    {"width_per_group": 5},
    {"groups": 32, "width_per_group": 4},
    {"groups": 1, "width_per_group": 128},
)


def _sizes(piece: Implementation) -> dict[str, int]:
    """The number of parameters for several options, each of them given or left out."""
    block = block_class("resnext", fix_resnext_layers=piece)
    pixel = randn(1, 64, 1, 1)
    return {
        words((), each): count_parameters(built(block, (64, 64), each, pixel)) for each in OPTIONS
    }


EXERCISE = Exercise(
    fix_resnext_layers,
    title="A ResNeXt-50 with the parameters of ResNet-50",
    difficulty=3,
    importance=5,
    minutes=5,
    insight=(
        "You would have reported, with any number of seeds, that ResNeXt-50 is no better than "
        "ResNet-50: both were ResNet-50."
    ),
    hints=(
        "Print conv2 of the first block. Has it any groups? The stage passes two options: follow "
        "them by name, from the call to the signature.",
        "the stage calls   layers(..., groups=32, width_per_group=4)\n"
        "the signature     layers(..., ?=1, ?=64, **whatever else)\n"
        "Without **, Python would have told you.",
    ),
    probes=(
        # with fewer channels a width computed wrongly is 0, and all such mistakes look the same
        *block_probes(fix_resnext_layers, channels=24, groups=4, width_per_group=16),
        # a group is 24 * 10 / 64 = 3.75 channels wide, rounded down; one of these probes is enough
        block_probes(fix_resnext_layers, channels=24, groups=4, width_per_group=10)[3],
        Probe("parameters of a block of 64 channels", _sizes),
    ),
    mistakes={
        "The groups arrive now, and the width is still swallowed: the block is as wide as all "
        "groups of width 64 together.": OTHER_WIDTH | SWALLOW,
        "The width arrives now, and the groups are still swallowed: the block is one group "
        "wide.": OTHER_GROUPS | SWALLOW,
        "You wrote 32 and 4 as defaults: what the stage passes is still swallowed, and other "
        "networks pass other numbers.": {
            **OTHER_GROUPS,
            **OTHER_WIDTH,
            "groups: int = 1": "cardinality: int = 32",
            "int = 64,": "int = 4,\n    **options: int,",
        },
        "You gave each option the other's name: groups is how many there are, width_per_group "
        "is how wide one is.": {
            "groups: int = 1": "width_per_group: int = 1",
            "width_per_group: int = 64": "groups: int = 64",
            WIDTH: "channels * groups / 64) * width_per_group",
            "groups=groups": "groups=width_per_group",
        },
        "Both options arrive, and conv2 is not divided into groups: hand them on to it.": {
            ", groups=groups": ""
        },
        "You gave the groups to the first 1x1 as well: it mixes all channels, only the 3x3 is "
        "divided.": {"in_channels, width, 1": "in_channels, width, 1, groups=groups"},
        "You gave the groups to the last 1x1 as well: it adds the branches up, so it must see "
        "them all.": {"channels * 4, 1": "channels * 4, 1, groups=groups"},
        "You swapped groups and width_per_group in the width: the product is the same only "
        "where nothing is rounded.": {WIDTH: "channels * groups / 64) * width_per_group"},
        "You rounded after multiplying by the groups: the width of one group is rounded, and "
        "then taken so many times.": {"64) * groups": "64 * groups)"},
        "You took width_per_group as it is: it is given for 64 channels and grows with them.": {
            "int(channels * width_per_group / 64)": "width_per_group"
        },
        "You read the width as that of all groups together: it is the width of one.": {
            "64) * groups": "64)"
        },
        "The options arrive now, and the defaults are those of 32x4d: without options the block "
        "is that of a ResNet, one group of width 64.": {
            "groups: int = 1": "groups: int = 32",
            "int = 64": "int = 4",
        },
        "You gave conv2 the channels of one group where the number of groups is due.": {
            "groups=groups": "groups=width // groups"
        },
    },
    planted=Planted(
        "The network that is called ResNeXt-50 32x4d has 25,557,032 parameters: to the digit "
        "those of ResNet-50. Torchvision's ResNeXt-50 has 25,028,904.",
        typed.fix_resnext_layers,
        typed.MISTAKES["fix_resnext_layers"],
    ),
)
