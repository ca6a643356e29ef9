"""Changes of the references that change nothing that is asked for."""

REMAINING = "remaining = (last - step)"
TURN = "columns = torch.where(flip == 1, width - 1 - columns, columns)"
ROWS, COLUMNS, WHICH = (
    f"torch.arange({size}, device=images.device)" for size in ("height", "width", "n")
)
DRAW = "torch.randint(below, (n, 1, 1), generator=generator"
VIEWED = f"columns = {COLUMNS}.view(1, 1, -1)"
ON_CPU = "the same on the CPU, where the check runs"

EQUIVALENT: dict[str, dict[str, str]] = {
    "one_cycle": {
        f"{REMAINING} / max(last - peak, 1) -> {REMAINING} / {new}": reason
        for new, reason in {
            "max(1, last - peak)": "the same",
            "(last - peak)": "other only where the peak is the last step, at 0 and max_lr at once",
            "max(last - peak, 0)": "other only where the peak is the last step, as above",
        }.items()
    },
    "random_crop_flip": {
        f"{TURN} -> columns = torch.where(flip {new}, width - 1 - columns, columns)": "a fair draw"
        for new in ("!= 1", "== 0")
    }
    | {
        f"{VIEWED} -> columns = {COLUMNS}": "torch adds these axes itself",
        f"{VIEWED} -> columns = torch.arange(width).view(1, 1, -1)": ON_CPU,
        f"rows = {ROWS}.view(1, -1, 1) -> rows = torch.arange(height).view(1, -1, 1)": ON_CPU,
        f"which = {WHICH}.view(-1, 1, 1) -> which = torch.arange(n).view(-1, 1, 1)": ON_CPU,
        f"return {DRAW}, device=images.device) -> return {DRAW})": ON_CPU,
    },
}
