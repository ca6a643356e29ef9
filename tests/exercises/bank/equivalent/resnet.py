"""Changes of the references that change nothing that is asked for."""

OPTIONS = "The text leaves the options out: no learner's function has to hand them on."
IN_PLACE = "In place or not, the numbers are the same; it saves memory."
OPTIONAL = "The text says to initialise if you like."

FIRST = "first = block(in_channels, channels, stride, way_past, **options)"
REST = "rest = [block(out_channels, channels, **options) for _ in range(blocks - 1)]"
STAGES = (
    "self.layer1 = make_layer(block, 64, 64, layers[0], **options)",
    "self.layer2 = make_layer(block, 64 * wide, 128, layers[1], stride=2, **options)",
    "self.layer3 = make_layer(block, 128 * wide, 256, layers[2], stride=2, **options)",
    "self.layer4 = make_layer(block, 256 * wide, 512, layers[3], stride=2, **options)",
)
RELU = "self.relu = nn.ReLU(inplace=True)"
DRAW = "nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')"
TWIN = "twin = copy.deepcopy(model).eval()"
HOOK = (
    "child.register_forward_hook(lambda module, inputs, output, name=name: "
    "shapes.update({name: tuple(output.shape)}))"
)


def _without(statement: str, part: str) -> str:
    return f"{statement} -> {statement.replace(part, '')}"


EQUIVALENT: dict[str, dict[str, str]] = {
    "make_layer": {_without(line, ", **options"): OPTIONS for line in (FIRST, REST)},
    "initialize": {
        _without(DRAW, ", nonlinearity='relu'"): "The default, leaky_relu of slope 0 here, is it."
    },
    "ResNet": {
        **{_without(line, ", **options"): OPTIONS for line in STAGES},
        _without(RELU, "inplace=True"): IN_PLACE,
        f"{RELU} -> self.relu = nn.ReLU(inplace=False)": IN_PLACE,
        "initialize(self) -> pass": OPTIONAL,
        "initialize(self) -> self": OPTIONAL,
    },
    "layer_shapes": {
        _without(TWIN, ".eval()"): "The shapes are the same in both modes, and the twin's is free.",
        f"{HOOK} -> {HOOK.replace('tuple(output.shape)', 'output.shape')}": (
            "A torch.Size is a tuple."
        ),
    },
}
