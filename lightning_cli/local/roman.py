"""The value of Roman numerals, for every language; pure."""

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman(numeral: str) -> int:
    """Return the value of a Roman numeral, in letters of either case; raises ``KeyError`` for other letters."""
    values = [_VALUES[sign] for sign in numeral.upper()]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
