"""Words that end in a full stop without ending a sentence, by language; read from ``data/abbreviations.tsv``."""

from functools import cache
from pathlib import Path

from lightning_cli.system.records import Record

_TABLE = Path(__file__).parent.parent / "data" / "abbreviations.tsv"
_EVERY_LANGUAGE = "*"
_KINDS = ("open", "number", "any", "last", "hour", "year", "word", "street", "start", "shout", "ordinal")
# Up to here letters are Latin, which many languages share; behind it a script belongs to a few.
LAST_LATIN = "\u024f"
# Characters of one script stand together: so many of them are told apart from the next.
_BLOCK = 128


class Abbreviations(Record):
    """The words of one language, by kind; the table's head says what the kinds mean."""

    open: frozenset[str]
    number: frozenset[str]
    anywhere: frozenset[str]
    last: frozenset[str]
    hour: frozenset[str]
    year: frozenset[str]
    word: frozenset[str]
    street: frozenset[str]
    start: frozenset[str]
    shout: frozenset[str]
    ordinals: bool

    def counts(self, word: str) -> bool:
        """Return whether a number follows ``word``, as "No. 5" and "Goethestr. 5"."""
        return self.has(self.number, word) or (word.endswith("str") and "str" in self.number)

    def is_short(self, word: str) -> bool:
        """Return whether ``word`` is among those that a full stop shortens."""
        return any(self.has(words, word) for words in (self.open, self.number, self.anywhere, self.last))

    def has(self, words: frozenset[str], word: str) -> bool:
        """Return whether ``word`` is among ``words``: as it stands, without its capitals, or with one alone."""
        return word in words or word.lower() in words or (word.isupper() and word.capitalize() in words)


@cache
def abbreviations_of(language: str, *, foreign: bool = False) -> Abbreviations:
    """Return the words of a language; with ``foreign`` those of other scripts too, from all that write in them."""
    code = language.partition("-")[0].lower()
    rows = [row for row in _rows() if code in row[0] or _EVERY_LANGUAGE in row[0]]
    kinds: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    for _, kind, words in rows:
        kinds[kind].update(words)
    if foreign:
        own_scripts = {_script(word) for _, _, words in rows for word in words}
        for codes, kind, words in _rows():
            if code not in codes and kind in {"open", "number", "any", "last"} and words[0][0] > LAST_LATIN:
                kinds[kind].update(word for word in words if _script(word) not in own_scripts)
    # What a language says of a word goes before what all say.
    for codes, kind, words in _rows():
        if _EVERY_LANGUAGE in codes and kind == "open":
            kinds[kind] -= {word for word in words if word in kinds["any"]}
    return Abbreviations(
        open=frozenset(kinds["open"]),
        number=frozenset(kinds["number"]),
        anywhere=frozenset(kinds["any"] | kinds["last"] | kinds["hour"]),
        last=frozenset(kinds["last"]),
        hour=frozenset(kinds["hour"]),
        year=frozenset(kinds["year"]),
        word=frozenset(kinds["word"]),
        street=frozenset(kinds["street"]),
        start=frozenset(kinds["start"]),
        shout=frozenset(kinds["shout"]),
        ordinals=bool(kinds["ordinal"]),
    )


@cache
def _rows() -> tuple[tuple[frozenset[str], str, tuple[str, ...]], ...]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    parts = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple((frozenset(codes.split(",")), kind, tuple(words.split())) for codes, kind, words in parts)


def _script(word: str) -> int:
    return 0 if word[0] <= LAST_LATIN else ord(word[0]) // _BLOCK
