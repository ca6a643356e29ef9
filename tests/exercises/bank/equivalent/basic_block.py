"""Changes of the references that change nothing that is asked for."""


def not_in_place(*statements: str) -> dict[str, str]:
    """A ReLU that may work in place, and need not."""
    changed = {}
    for statement in statements:
        for without in ("", ", inplace=False"):
            new = statement.replace(", inplace=True", without)
            changed[f"{statement} -> {new}"] = "In place or not, a ReLU puts out the same."
    return changed


FIRST = "out = F.relu(self.bn1(self.conv1(x)), inplace=True)"
LAST = "return F.relu(out, inplace=True)"

EQUIVALENT = {"BasicBlock": not_in_place(FIRST, LAST)}
