"""Changes of the references that change nothing that is asked for."""

EQUIVALENT: dict[str, dict[str, str]] = {
    "gradient_norms": {
        "x = block(x.clone()) -> x = block(x)": "no block there changes its input in place"
    },
}
