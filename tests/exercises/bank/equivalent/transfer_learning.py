"""Changes of the references that change nothing that is asked for."""

PAIRS, ROWS = "zip(*row, strict=True)", "zip(indices.tolist(), values.tolist(), strict=True)"
LENGTHS = "both have k items: topk makes as many places as values"


def _returned(pairs: str = PAIRS, rows: str = ROWS) -> str:
    return f"return [[(classes[i], value) for i, value in {pairs}] for row in {rows}]"


TOP = "values, indices = probabilities.topk"

EQUIVALENT: dict[str, dict[str, str]] = {
    "predict": {
        f"{TOP}(min(k, len(classes))) -> {TOP}(min(len(classes), k))": "the same",
    }
    | {
        f"{_returned()} -> {_returned(**new)}": reason
        for new, reason in (
            ({"pairs": "zip(*row)"}, LENGTHS),
            ({"pairs": "zip(*row, strict=False)"}, LENGTHS),
            ({"rows": "zip(indices.tolist(), values.tolist())"}, LENGTHS),
            ({"rows": "zip(indices.tolist(), values.tolist(), strict=False)"}, LENGTHS),
            (
                {"rows": "zip(indices, values.tolist(), strict=True)"},
                "a tensor of one number is as good an index, and only looks up the names",
            ),
        )
    },
}
