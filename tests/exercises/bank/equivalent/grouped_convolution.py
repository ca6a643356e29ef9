"""Changes of the references that change nothing that is asked for."""

PIECES = (
    "outputs = [F.conv2d(part, kernels, stride=stride, padding=padding) for part, kernels in "
    "zip(x.chunk(groups, dim=1), weight.chunk(groups)"
)

EQUIVALENT: dict[str, dict[str, str]] = {
    "grouped_conv2d": {
        f"{PIECES}, strict=True)] -> {PIECES})]": "both have as many pieces as there are groups",
        f"{PIECES}, strict=True)] -> {PIECES}, strict=False)]": "as above",
    },
    "channel_shuffle": {
        "return table.transpose(1, 2).reshape(n, channels, height, width) -> "
        "return table.transpose(2, 1).reshape(n, channels, height, width)": "the same swap",
    },
}
