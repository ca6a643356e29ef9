"""Changes of the references that change nothing that is asked for."""

from tests.exercises.bank.equivalent.basic_block import FIRST, LAST, not_in_place

SECOND = "out = F.relu(self.bn2(self.conv2(out)), inplace=True)"


def without_v1(width: str) -> dict[str, str]:
    """What is in the option `v1`, and what it alone needs."""
    strides = "first, second = (stride, 1) if v1 else (1, stride)"
    first = f"self.conv1 = nn.Conv2d(in_channels, {width}, 1, stride=first, bias=False)"
    changed = {
        strides: [
            "first, second = (1, stride)",
            strides.replace("1)", "2)"),
            strides.replace("1)", "0)"),
        ],
        first: [first.replace(" stride=first,", "")],
    }
    return {
        f"{old} -> {new}": "The option v1 is not asked for."
        for old, all_new in changed.items()
        for new in all_new
    }


BOTTLENECK = not_in_place(FIRST, SECOND, LAST)

EQUIVALENT = {"Bottleneck": BOTTLENECK | without_v1("channels")}
