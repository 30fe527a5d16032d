"""Where a sentence too long for one request is cut: where a reader would draw breath.

Sentence ends within quotes come first, then the ends of clauses, then words that a clause may begin with, then words.
Loaded by the first sentence that is too long.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import IntEnum

# No piece is shorter, as long as the limit leaves room: a tail of a word or two sounds like an afterthought.
SHORTEST = 40
_CLOSERS = "['\"”’»]*"
# No clause ends between an enumerator and its item ("1) eggs", "(a) milk"), a day and its year, or in a number.
_CLAUSE_END = re.compile(
    rf"(?:(?<!\d),|,(?!\s\d)|[;:\]}}…،؛、；：，—–]|(?<![\s(]\w)(?<![\s(]\d\d)(?<!\A\w)\)){_CLOSERS}(?=\s)"
    r"|[、，；：।॥。！？]|\s[—–-](?=\s)|\S(?=\s[(\[（「『])"
)
_CONJUNCTION = re.compile(
    r"\s(?=(?:and|but|or|nor|so|yet|because|although|though|while|when|where|which|who|whom|whose|that|if|unless|until"
    r"|as|than|after|before|since"
    r"|und|oder|aber|denn|dass|weil|wenn|als|ob|wie"
    r"|et|ou|mais|donc|car|que|qui|dont|où|quand|comme|lorsque"
    r"|y|e|o|u|pero|porque|cuando|como|aunque|donde|che|ma|perché|mentre|mas|quando|porque|embora"
    r"|en|of|maar|want|omdat|dat|die|och|men|eller|att|som|og|at|fordi|ja|tai|mutta|että|i|lub|ale|że|który|która"
    r"|и|или|но|а|что|который|которая|потому|когда|если|и|ve|veya|ama|ki|και|αλλά|που|ότι|dan|atau|tetapi|yang"
    r"|और|या|लेकिन|कि|क्योंकि|जो|आणि|पण|এবং|কিন্তু|যে|மற்றும்|మరియు|ಮತ್ತು|ਅਤੇ"
    r"|و|أو|لكن|أن|الذي|và|hoặc|nhưng)\s)",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
# A number or letter with its stop belongs to what follows.
_ENUMERATOR = re.compile(r"(?:\A|\s)[(]?(?:\d{1,3}|[^\W\d_])[.)]\Z")
_JOINER = "\u200d"
_SKIN_TONES = "🏻🏼🏽🏾🏿"


class Cut(IntEnum):
    """What a piece of a sentence ends with."""

    WORD = 0
    CLAUSE = 1
    SENTENCE = 2


def pieces_of(sentence: str, max_chars: int, inner: list[int]) -> Iterator[tuple[str, Cut | None]]:
    """Yield pieces of at most ``max_chars`` characters, white space around them aside; the last has no cut behind it.

    ``inner`` are the places within the sentence where sentences end.
    """
    start, end = 0, len(sentence.rstrip())
    while end - (first := _after_space(sentence, start)) > max_chars:
        at, cut = _place(sentence, first, end, max_chars, inner)
        yield sentence[start:at], cut
        start = at
    yield sentence[start:], None


def _place(sentence: str, first: int, end: int, max_chars: int, inner: list[int]) -> tuple[int, Cut]:
    """Choose where the piece that begins at ``first`` ends, and say what ends there."""
    limit = first + max_chars
    shortest = min(SHORTEST, max_chars // 5)
    lowest, highest = first + shortest, max(first + shortest, min(limit, end - shortest - 1))

    def last(places: Iterator[int], low: int) -> int | None:
        return max((at for at in places if low <= at <= highest), default=None)

    fitting = inner[bisect_right(inner, first) : bisect_right(inner, limit + 1)]
    sentence_end = last((_before_space(sentence, at) for at in fitting), lowest)
    if sentence_end is not None:
        return _after_space(sentence, sentence_end), Cut.SENTENCE
    window = sentence[first : limit + 1]
    clause_ends = [first + match.end() for match in _CLAUSE_END.finditer(window)]
    clause_end = last(iter(clause_ends), lowest)
    if clause_end is not None:
        return _after_space(sentence, clause_end), Cut.CLAUSE
    conjunction = last((first + match.start() for match in _CONJUNCTION.finditer(window)), first + max_chars // 2)
    if conjunction is not None:
        return _after_space(sentence, conjunction), Cut.WORD
    spaces = [
        at
        for match in _SPACE.finditer(window)
        if (at := first + match.start()) > first and not _ENUMERATOR.search(sentence[max(first, at - 6) : at])
    ]
    space = last(iter(spaces), first + 1)
    if space is None:
        space = max(spaces, default=None)
    if space is not None:
        return _after_space(sentence, space), Cut.WORD
    whole = limit
    while whole > first + 1 and _belongs_left(sentence, whole):
        whole -= 1
    return (limit if _belongs_left(sentence, whole) else whole), Cut.WORD


def _belongs_left(text: str, at: int) -> bool:
    """Return whether the character at ``at`` belongs to what stands before it: a mark, a skin tone, a joined one."""
    # Loaded only by the rare word that is longer than a whole request.
    from unicodedata import category

    mark = text[at]
    return mark == _JOINER or mark in _SKIN_TONES or text[at - 1] == _JOINER or category(mark).startswith("M")


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _before_space(text: str, at: int) -> int:
    while text[at - 1].isspace():
        at -= 1
    return at
