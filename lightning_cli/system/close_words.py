"""Close matches for a mistyped word; every "did you mean" hint uses them."""

from collections.abc import Iterable


def close_words(typed: object, known: Iterable[object], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return up to ``most`` of ``known`` that come close to ``typed``, whatever their case; the closest first."""
    import difflib

    by_name = {str(name).casefold(): str(name) for name in known}
    return [by_name[name] for name in difflib.get_close_matches(str(typed).casefold().strip(), by_name, most, cutoff)]


def did_you_mean(typed: object, known: Iterable[object], *, most: int = 1) -> str:
    """Return "did you mean A or B?" for a hint; empty where nothing in ``known`` is close."""
    close = close_words(typed, known, most=most)
    return f"did you mean {' or '.join(close)}?" if close else ""


def meant(typed: object, known: Iterable[object]) -> str:
    """Return " (did you mean 'A'?)" for the end of a message; empty where nothing in ``known`` is close."""
    close = close_words(typed, known)
    return f" (did you mean {close[0]!r}?)" if close else ""
