"""Exercise `fix_resnext_layers`: groups and width are swallowed by **options."""

from course_lib.exercises.bank.find_the_bugs.edits import mistake, planted
from course_lib.exercises.bank.find_the_bugs.probes import block_probes
from course_lib.exercises.engine.exercise import Exercise
from course_lib.from_memory import typed
from course_lib.from_memory.repaired import fix_resnext_layers

NAME = "fix_resnext_layers"
WIDTH = "width = int(channels * width_per_group / 64) * groups"
SWALLOWED_GROUPS = (
    ("cardinality: int = 1", "groups: int = 1"),
    ("/ 64) * cardinality", "/ 64) * groups"),
    ("groups=cardinality", "groups=groups"),
)
SWALLOWED_WIDTH = (
    ("base_width: int = 64", "width_per_group: int = 64"),
    ("channels * base_width", "channels * width_per_group"),
)

EXERCISE = Exercise(
    name=NAME,
    title="A ResNeXt-50 with the parameters of ResNet-50",
    difficulty=3,
    importance=5,
    minutes=5,
    reference=fix_resnext_layers,
    hints=(
        "Print conv2 of the first block. Has it any groups? The stage passes two options: follow "
        "them by name, from the call to the signature.",
        "the stage calls   layers(..., groups=32, width_per_group=4)\n"
        "the signature     layers(..., ?=1, ?=64, **whatever else)\n"
        "Without **, Python would have told you.",
    ),
    probes=(
        # with fewer channels a width computed wrongly is 0, and all such mistakes look the same
        *block_probes("resnext", NAME, channels=24, groups=4, width_per_group=16),
        *block_probes("resnext", NAME, channels=24, groups=4, width_per_group=12)[2:4],
        *block_probes("resnext", NAME, channels=24)[2:4],
    ),
    mistakes=(
        mistake(
            "The groups arrive now, and the width is still swallowed: the block is as wide as all "
            "groups of width 64 together.",
            typed.fix_resnext_layers,
            *SWALLOWED_GROUPS,
        ),
        mistake(
            "The width arrives now, and the groups are still swallowed: the block is one group "
            "wide.",
            typed.fix_resnext_layers,
            *SWALLOWED_WIDTH,
        ),
        mistake(
            "You wrote 32 and 4 as defaults: what the stage passes is still swallowed, and other "
            "networks pass other numbers.",
            typed.fix_resnext_layers,
            ("cardinality: int = 1", "cardinality: int = 32"),
            ("base_width: int = 64", "base_width: int = 4"),
        ),
        mistake(
            "You gave each option the other's name: groups is how many there are, width_per_group "
            "is how wide one is.",
            typed.fix_resnext_layers,
            ("cardinality: int = 1", "width_per_group: int = 1"),
            ("base_width: int = 64", "groups: int = 64"),
            (
                "channels * base_width / 64) * cardinality",
                "channels * groups / 64) * width_per_group",
            ),
            ("groups=cardinality", "groups=width_per_group"),
        ),
        mistake(
            "Both options arrive, and conv2 is not divided into groups: hand them on to it.",
            fix_resnext_layers,
            ("padding=1, groups=groups", "padding=1"),
        ),
        mistake(
            "You gave the groups to the first 1x1 as well: it mixes all channels, only the 3x3 is "
            "divided.",
            fix_resnext_layers,
            ("in_channels, width, 1", "in_channels, width, 1, groups=groups"),
        ),
        mistake(
            "You gave the groups to the last 1x1 as well: it adds the branches up, so it must see "
            "them all.",
            fix_resnext_layers,
            ("channels * 4, 1", "channels * 4, 1, groups=groups"),
        ),
        mistake(
            "You swapped groups and width_per_group in the width: the product is the same only "
            "where nothing is rounded.",
            fix_resnext_layers,
            (WIDTH, "width = int(channels * groups / 64) * width_per_group"),
        ),
        mistake(
            "You rounded after multiplying by the groups: the width of one group is rounded, and "
            "then taken so many times.",
            fix_resnext_layers,
            (WIDTH, "width = int(channels * width_per_group / 64 * groups)"),
        ),
        mistake(
            "You took width_per_group as it is: it is given for 64 channels and grows with them.",
            fix_resnext_layers,
            (WIDTH, "width = width_per_group * groups"),
        ),
        mistake(
            "You read the width as that of all groups together: it is the width of one.",
            fix_resnext_layers,
            (WIDTH, "width = int(channels * width_per_group / 64)"),
        ),
        mistake(
            "You gave conv2 the channels of one group where the number of groups is due.",
            fix_resnext_layers,
            ("padding=1, groups=groups", "padding=1, groups=width // groups"),
        ),
    ),
    planted=planted(
        NAME,
        "The network that is called ResNeXt-50 32x4d has 25,557,032 parameters: to the digit "
        "those of ResNet-50. Torchvision's ResNeXt-50 has 25,028,904.",
    ),
)
