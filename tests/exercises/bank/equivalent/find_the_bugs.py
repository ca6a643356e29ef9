"""Changes of the references that change nothing that is asked for."""

NOT_IN_PLACE = "in place or not, the ReLU puts out the same: it only saves memory"
FIRST = "out = F.relu(self.bn1(self.conv1(x))"
SECOND = "out = F.relu(self.bn2(self.conv2(out))"


def not_in_place(*calls: str) -> dict[str, str]:
    """The two ways of taking `inplace=True` out of each call, which is given up to there."""
    return {
        f"{call}, inplace=True) -> {call}{end})": NOT_IN_PLACE
        for call in calls
        for end in ("", ", inplace=False")
    }


EQUIVALENT: dict[str, dict[str, str]] = {
    "fix_stem": {
        f"self.relu = nn.ReLU(inplace=True) -> self.relu = nn.ReLU({argument})": NOT_IN_PLACE
        for argument in ("", "inplace=False")
    },
    "fix_basic_forward": not_in_place(FIRST, "return F.relu(out + identity"),
    "fix_bottleneck_forward": not_in_place(FIRST, SECOND, "return F.relu(out + identity"),
    "fix_resnext_forward": not_in_place(FIRST, SECOND, "return F.relu(out"),
    "fix_initialize": {
        "nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu') -> "
        "nn.init.kaiming_normal_(module.weight, mode='fan_out')": (
            "the default is a leaky ReLU of slope 0, which is the ReLU and has its gain"
        ),
    },
}
