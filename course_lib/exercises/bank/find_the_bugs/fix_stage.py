"""Exercise `fix_stage`: the later blocks are given the first block's input channels."""

from course_lib.exercises.bank.find_the_bugs.probes import NotedBasicBlock, NotedBlock, stage_probe
from course_lib.exercises.engine.exercise import Exercise, Planted
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.from_memory import typed
from course_lib.from_memory.network import block_class
from course_lib.from_memory.repaired import fix_stage

UPDATE = "in_channels = channels * block.expansion"
LATER = "block(in_channels, channels, **options)"
LOOP = "for _ in range(blocks - 1):"

EXERCISE = Exercise(
    fix_stage,
    title="ResNet-50 stops in its second block",
    difficulty=2,
    importance=4,
    minutes=4,
    insight=(
        "ResNet-18's first stage hides it, for 64 channels go in and 64 come out; the bottleneck "
        "makes 256 of them, and so it shows at once."
    ),
    hints=(
        "Run the blocks of the stage one by one, and print the shape that each puts out. Which "
        "number of channels does the second block receive, and for which one was it built?",
        "block 1: in_channels      -> channels * expansion\n"
        "block 2:              ?   -> channels * expansion\n"
        "block 3:              ?   -> channels * expansion",
    ),
    probes=(
        stage_probe(NotedBlock, 64, 64, 3),
        stage_probe(NotedBlock, 256, 128, 4, stride=2),
        stage_probe(NotedBasicBlock, 64, 128, 2, stride=2),
        stage_probe(NotedBasicBlock, 64, 64, 1),
        stage_probe(NotedBlock, 64, 64, 2, groups=32, width_per_group=4),
        module_probe(fix_stage, block_class("bottleneck"), 4, 4, 3, 2, x=randn(2, 4, 7, 6)),
    ),
    mistakes={
        "You update in_channels only after the second block is built: it has to be done between "
        "the first one and the loop.": {
            f"    {UPDATE}\n": "",
            f"{LATER})\n": f"{LATER})\n        {UPDATE}\n",
        },
        "You forgot the expansion: a bottleneck puts out four times `channels`, and the next "
        "block receives all of them.": {UPDATE: "in_channels = channels"},
        "You multiplied what the stage receives by the expansion: a block puts out "
        "`channels` times the expansion.": {UPDATE: "in_channels = in_channels * block.expansion"},
        "You wrote a fixed factor of 4: that is right for a bottleneck, and a basic block has "
        "expansion 1.": {UPDATE: "in_channels = channels * 4"},
        "You updated in_channels before the first block was built: that one receives what "
        "the stage receives.": {"    stage = [": f"    {UPDATE}\n    stage = ["},
        "You update in_channels with every block by multiplying it again: all later blocks "
        "receive the same number of channels.": {
            f"    {UPDATE}\n": "",
            LOOP: f"{LOOP}\n        in_channels *= block.expansion",
        },
        "You also passed channels * expansion as the width of the later blocks: the block "
        "multiplies by its expansion itself.": {
            LATER: "block(in_channels, in_channels, **options)"
        },
        "You gave every block the stride: the map shrinks once a stage, in its first block.": {
            LATER: "block(in_channels, channels, stride, **options)"
        },
        "You lost the options of the later blocks: they are then built as in a plain ResNet.": {
            LATER: "block(in_channels, channels)"
        },
        "You lost the options of the first block: it is then built as in a plain ResNet.": {
            "channels, stride, **options": "channels, stride"
        },
        "You hand the options on without the two stars: the block is then given one dict, where "
        "it expects a number.": {
            "stride, **options": "stride, options",
            LATER: "block(in_channels, channels, options)",
        },
        "You built one block and put it into the stage several times: the copies share their "
        "weights.": {LOOP: f"later = {LATER}\n    {LOOP}", LATER: "later"},
        "There is one block too many: `blocks` counts the first one too.": {"blocks - 1": "blocks"},
        "You built the stage and returned nothing.": {"return nn.Sequential": "nn.Sequential"},
        "A star is missing: nn.Sequential takes the blocks one by one, and you give it one list.": {
            "*stage": "stage"
        },
        "nn.ModuleList only holds the blocks: nn.Sequential also calls one after the other.": {
            "nn.Sequential(*stage)": "nn.ModuleList(stage)"
        },
        "You returned the list of the blocks: nn.Sequential makes one module of them, which "
        "calls one after the other.": {"nn.Sequential(*stage)": "stage"},
    },
    planted=Planted(
        "In ResNet-50 the first block of the first stage puts out 256 channels, and the second "
        "one stops: it was built for 64.",
        typed.fix_stage,
        typed.MISTAKES["fix_stage"],
    ),
)
