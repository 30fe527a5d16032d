"""A number with its noun, for sentences."""


def counted(number: int, noun: str) -> str:
    """Return "1 file", "3 files" or "2 retries"."""
    if number == 1:
        return f"{number} {noun}"
    many = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number} {many}"
