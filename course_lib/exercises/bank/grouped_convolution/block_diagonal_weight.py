"""Exercise `block_diagonal_weight`: the dense weight of a grouped convolution."""

from course_lib.exercises.bank.gradients import gradients
from course_lib.exercises.bank.grouped_convolution.precision import in_double
from course_lib.exercises.engine.exercise import Exercise
from course_lib.exercises.probes.call import call, randn
from course_lib.models.groups import block_diagonal_weight

ROWS, COLUMNS = "i * rows : (i + 1) * rows", "i * channels : (i + 1) * channels"
BLOCKS, RETURN = "weight.split(rows)", "return dense"

EXERCISE = Exercise(
    block_diagonal_weight,
    title="The dense weight of a grouped convolution",
    difficulty=2,
    importance=4,
    minutes=15,
    insight=(
        "With ResNeXt's 32 groups, 31 of 32 of these numbers are zeros: the network does without "
        "97 % of a dense 3x3."
    ),
    hints=(
        "Start from zeros of the dense shape. Which rows (output channels) and which columns "
        "(input channels) belong to group i? Mind that a group may have more rows than columns.",
        "Output o belongs to group  g = floor(o / (out / groups)).\n"
        "dense[o, c] = weight[o, c - g in / groups]   for the inputs c of group g, which are\n"
        "              g in / groups <= c < (g + 1) in / groups\n"
        "dense[o, c] = 0                              for every other input c\n"
        "Each of these entries is a whole kernel of k x k numbers.",
    ),
    probes=(
        call(randn(6, 2, 3, 3), 2),
        call(randn(4, 3, 3, 3), 2),
        call(randn(6, 2, 1, 1), 3, label="as many outputs as inputs in each of 3 groups"),
        call(randn(4, 3, 1, 1), 1, label="one group: the weight is dense already"),
        call(randn(6, 1, 5, 5), groups=3, label="one input channel and two outputs a group"),
        call(randn(4, 1, 3, 3), 4, label="one channel a group"),
        gradients(randn(6, 2, 2, 2), 2, at="weight"),
        in_double(randn(4, 1, 1, 1), 2),
    ),
    mistakes={
        "You filled the blocks off the diagonal too, with copies: an output would see all "
        "the groups. Off the diagonal everything is zero.": {
            f", {COLUMNS}] = block": "] = block.repeat(1, groups, 1, 1)"
        },
        "Off the diagonal stand ones: a kernel that sees nothing is all zeros.": {
            "new_zeros": "new_ones"
        },
        "You gave back the grouped weight as it came: the dense one has a column for every "
        "input channel.": {RETURN: "return weight"},
        "Your blocks run along the other diagonal, so the first outputs see the last inputs: "
        "block i belongs in rows and columns of group i.": {
            COLUMNS: "(groups - 1 - i) * channels : (groups - i) * channels"
        },
        "Your blocks stand on the diagonal in reverse order: the first kernels of weight "
        "belong to the first output channels.": {BLOCKS: f"{BLOCKS}[::-1]"},
        "You put the first group's kernels into every block: each group has its own.": {
            BLOCKS: f"{BLOCKS}[:1] * groups"
        },
        "You spread a group's columns over the matrix, every groups-th one. A group's input "
        "channels are neighbours.": {COLUMNS: "i::groups"},
        "You spread a group's rows over the matrix, every groups-th one. A group's output "
        "channels are neighbours.": {ROWS: "i::groups"},
        "You spread both rows and columns of a group over the matrix, every groups-th one. "
        "Members of a group are neighbours.": {ROWS: "i::groups", COLUMNS: "i::groups"},
        "You dealt the rows out to the groups like cards, so that neighbouring kernels read "
        "different groups. The first out / groups kernels of weight all belong to group 0.": {
            BLOCKS: "weight.split(1)",
            ROWS: "i : i + 1",
            COLUMNS: "i % groups * channels : (i % groups + 1) * channels",
        },
        "You took o // groups for the group of output o: a group has out / groups outputs, so it "
        "is that number by which o is divided.": {
            BLOCKS: "weight.split(1)",
            ROWS: "i : i + 1",
            COLUMNS: "i // groups * channels : (i // groups + 1) * channels",
        },
        "You dealt outputs and inputs out to the groups like cards: output o belongs to the run of "
        "out / groups neighbours it stands in, and a group's inputs are neighbours too.": {
            BLOCKS: "weight.split(1)",
            ROWS: "i : i + 1",
            COLUMNS: "i % groups::groups",
        },
        "All your rows read the first group's inputs: the blocks must move to the right from "
        "group to group.": {COLUMNS: ": channels"},
        "You filled the first block and left the others empty: there is one for each group.": {
            BLOCKS: f"{BLOCKS}[:1]"
        },
        "You swapped rows and columns: the first axis counts output channels, the second "
        "input channels.": {RETURN: f"{RETURN}.transpose(0, 1)"},
        "You stepped through the rows by in / groups: a group has out / groups rows.": {
            ROWS: COLUMNS
        },
        "You stepped through the columns by out / groups: a group has in / groups columns.": {
            COLUMNS: ROWS
        },
        "You took square blocks, of in / groups rows and columns: a group has out / groups rows, "
        "so some rows are left out or filled twice.": {
            "rows = out_channels // groups": "rows = channels",
            BLOCKS: f"{BLOCKS}[:groups]",
        },
        "You cut the graph between the dense weight and the grouped one, so no gradient comes "
        "back: leave out detach(), .data and no_grad().": {"] = block": "] = block.detach()"},
        "Your dense weight is in single precision, whatever weight is: torch.zeros makes float32 "
        "and drops the rest. Start from weight.new_zeros.": {
            "groups, *kernel)": "groups, *kernel).float()"
        },
    },
)
