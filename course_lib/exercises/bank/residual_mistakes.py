"""What goes wrong in any residual block: on its shortcut, at the addition, with a bias.

The edits fit `BasicBlock`, `Bottleneck` and `ResNeXtBottleneck` alike.
"""

from course_lib.edits import Edit

FIRST_UNIT = "F.relu(self.bn1(self.conv1(x)), inplace=True)"
LAST_RELU = "return F.relu(out, inplace=True)"
ADDED = "        out += identity  # in place saves a copy; x itself must stay as it is\n"
ON_THE_SHORTCUT = "x if self.downsample is None else self.downsample(x)"

NO_FIRST_RELU = {FIRST_UNIT: "self.bn1(self.conv1(x))"}
FIRST_RELU_TOO_EARLY = {FIRST_UNIT: "self.bn1(F.relu(self.conv1(x)))"}
FIRST_NORM_TWICE = {"self.bn2(": "self.bn1("}
SHARED_NORM = {"self.bn2 = ": "self.bn2 = self.bn1 or "}  # a module is true, whatever it is
NEVER_ADDED = {ADDED: ""}

BIAS_EVERYWHERE = (
    "The convolutions have a bias: the batch normalisation after each subtracts the mean, and the "
    "bias with it, so it only costs parameters."
)


def with_bias(*numbers: int) -> dict[str, str]:
    """These convolutions of a block have a bias."""
    return {f"False)\n        self.bn{n}": f"True)\n        self.bn{n}" for n in numbers}


def without_norm(*numbers: int) -> dict[str, str]:
    """These batch normalisations of a block are identities. Like them, nn.Identity takes a size."""
    return {f"self.bn{n} = nn.BatchNorm2d": f"self.bn{n} = nn.Identity" for n in numbers}


def _own_projection(bias: bool) -> dict[str, str]:
    own = f"""self.downsample = nn.Identity()
        if (in_channels, stride) != (channels * self.expansion, 1):
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, channels * self.expansion, 1, stride, bias={bias}),
                nn.BatchNorm2d(channels * self.expansion),
            )"""
    return {"self.downsample = downsample": own}


ANY_BLOCK: dict[str, Edit] = {
    # The addition
    "You add the shortcut after the last ReLU: the sum should go through it, or negative values "
    "leave the block.": {ADDED: "", LAST_RELU: f"{LAST_RELU} + identity"},
    "There is a ReLU before the addition: the residual path could then only ever add, never "
    "subtract.": {"out += identity": "out = F.relu(out) + identity"},
    "The last ReLU is missing: the sum of the two paths should go through one.": {
        LAST_RELU: "return out"
    },
    "You put the two paths side by side with a concatenation: a residual block adds them, and the "
    "number of channels stays.": {"out += identity": "out = torch.cat([out, identity], dim=1)"},
    "You add the shortcut twice: it then weighs double beside what the layers have learned.": {
        "out += identity": "out += 2 * identity"
    },
    "You add the shortcut twice, and call downsample for each: what it brings then weighs double, "
    "and its batch normalisation counts every batch twice.": {
        "out += identity": f"out += identity + ({ON_THE_SHORTCUT})"
    },
    "You take the mean of the two paths: a residual block adds them, and halves neither.": {
        "out += identity": "out = (out + identity) / 2"
    },
    # Where the shortcut starts, and what is on it
    "You took the identity after the first convolution: the shortcut starts at the block's input, "
    "before any layer.": {
        "        identity = x if": "        x = self.conv1(x)\n        identity = x if",
        "self.bn1(self.conv1(x))": "self.bn1(x)",
    },
    "By the time of the addition x has been overwritten, and the residual path is added to itself: "
    "keep the block's input under a name of its own.": {"out += identity": "out += out"},
    "Something in place, such as ReLU(inplace=True) on x itself, overwrote the block's input "
    "before the shortcut could use it.": {"self.conv1(x)": "self.conv1(F.relu(x, inplace=True))"},
    "You added the residual path into the identity in place: without a downsample the identity is "
    "x itself, and the caller's tensor changes.": {
        "out += identity": "identity += out\n        out = identity"
    },
    "You cut x off its graph, with detach() or .data, before it takes the shortcut: what arrives "
    "is right, but no gradient goes back that way, and residual networks are built for it.": {
        ON_THE_SHORTCUT: "x.data if self.downsample is None else self.downsample(x.data)"
    },
    "You call the downsample outside the graph, under no_grad(): no gradient goes back that way, "
    "and a projection there learns nothing.": {ON_THE_SHORTCUT: f"{ON_THE_SHORTCUT}.detach()"},
    "The downsample is ignored: you keep the module but add x itself, whose shape may not fit.": {
        ON_THE_SHORTCUT: "x"
    },
    "The question for the downsample is the wrong way round: where there is one you add x itself, "
    "and where there is none you call it.": {
        ON_THE_SHORTCUT: "x if self.downsample is not None else self.downsample(x)"
    },
    "The downsample is not kept: it belongs to the block, which has to call it, train it and save "
    "it.": {"self.downsample = downsample": "self.downsample = None"},
    "You build a projection of your own in place of the one you are given: the caller decides, "
    "through downsample, what happens on the shortcut.": _own_projection(bias=False),
    "You build a projection of your own, and its convolution has a bias at that: the caller "
    "decides, through downsample, what happens on the shortcut.": _own_projection(bias=True),
    # The rest
    "The class has no attribute expansion: write it beside the methods, because others ask the "
    "class, before any block is built, how many channels its output will have.": {
        "    expansion = ": "    _expansion = ",
        "        self.conv1 = ": "        self.expansion = self._expansion\n        self.conv1 = ",
    },
}
