"""Tables for spreadsheets."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell


def as_text(words: str) -> str:
    """`words` as a cell that a spreadsheet shows and does not compute."""
    return f"'{words}" if words.startswith(FORMULA) else words
