"""Changes of the references that change nothing that is asked for."""

EQUIVALENT: dict[str, dict[str, str]] = {}
