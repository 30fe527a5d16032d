"""Operators between digits as words, for ``math_notation`` (protocol.md 2.6)."""

import re

_WORDS = {
    "en": ("times", "divided by", "plus", "minus", "equals", "to the power of"),
    "hi": ("गुणा", "बटा", "प्लस", "माइनस", "बराबर", "की घात"),
    "mr": ("गुणिले", "भागिले", "अधिक", "वजा", "बरोबर", "ची घात"),
}
_OPERATORS = {"×": 0, "x": 0, "X": 0, "*": 0, "÷": 1, "/": 1, "+": 2, "-": 3, "–": 3, "−": 3, "=": 4, "^": 5, "**": 5}  # noqa: RUF001 - the signs are the subject
# Signs with one meaning count glued or spaced; the slash and the dashes only spaced, so that 5-3 and 1/2 stay.
_OPERATOR = re.compile(r"(?<=[\d)])(?:\s*(\*\*|[×xX*÷+=^])\s*|\s+([/\-–−])\s+)(?=[\d(])")  # noqa: RUF001 - the same


def read_operators(text: str, language: str | None) -> str:
    """Put words for the operators that stand between digits, in ``language`` if it has its own, else in English."""
    words = _WORDS.get(language or "en", _WORDS["en"])
    return _OPERATOR.sub(lambda match: f" {words[_OPERATORS[match[1] or match[2]]]} ", text)
