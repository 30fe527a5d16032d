"""Close matches for a mistyped word; every "did you mean" hint uses them."""

from collections.abc import Iterable


def close_words(typed: object, known: Iterable[object], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return up to ``most`` of ``known`` that come close to ``typed``, whatever their case; the closest first."""
    import difflib

    by_name = {str(name).casefold(): str(name) for name in known}
    return [by_name[name] for name in difflib.get_close_matches(str(typed).casefold().strip(), by_name, most, cutoff)]
