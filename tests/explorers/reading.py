"""What a picture of an explorer says, read out of its drawing."""

import re
from html import unescape

SWEPT = 60  # combinations of an explorer's grid that every run looks at; make test-all takes all
NUMBER = re.compile(r'<tspan data-name="([^"]*)" data-value="([^"]*)">([^<]*)</tspan>')


def numbers(svg: str) -> dict[str, float]:
    """The numbers of a drawing by their names; the same name must say the same everywhere.

    Also holds each against what the reader sees of it: as many digits as are shown must agree.
    """
    found: dict[str, float] = {}
    for name, value, shown in NUMBER.findall(svg):
        name, number = unescape(name), float(value)
        assert found.setdefault(name, number) == number, name
        assert agrees(number, unescape(shown)), (name, number, shown)
    return found


def agrees(number: float, shown: str) -> bool:
    """Whether "1,234", "12.3 %", "9.5 k" or "2e-7" is that number, rounded as it is shown."""
    match = re.fullmatch(r"([-−+]?[\d,]*\.?\d+(?:e[-+]?\d+)?) ?([%kMG]?)", shown.strip())
    assert match, f"{shown!r} is not a number as `number` writes them"
    digits, unit = match[1].replace(",", "").replace("−", "-"), match[2]
    factor = {"": 1, "%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9}[unit]
    mantissa, _, exponent = digits.partition("e")
    last = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) * factor
    return abs(float(digits) * factor - number) <= 0.5001 * last
