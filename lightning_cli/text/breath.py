"""Where a sentence too long for one request is cut: where a reader would draw breath.

Sentence ends within quotes come first, then the ends of clauses, then words that a clause may begin with, then words.
Loaded by the first sentence that is too long.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import IntEnum
from functools import cache

# No piece is shorter, as long as the limit leaves room: a tail of a word or two sounds like an afterthought.
SHORTEST = 40
_CLOSERS = "['\"”’»]*"
# No clause ends between an enumerator and its item ("1) eggs", "(a) milk"), a day and its year, or in a number.
_CLAUSE_END = re.compile(
    rf"(?<=\S)(?:—|--+){_CLOSERS}(?=\D)|(?:(?<!\d),|,(?!\s\d)|[;:\]}}…،؛、；：，—–]|(?<![\s(]\w)(?<![\s(]\d\d)(?<!\A\w)\)){_CLOSERS}(?=\s)"
    r"|[、，；：।॥。！？]|\s[—–-](?=\s)|\S(?=\s[(\[（「『])"
)
# What a clause may begin with. A preposition takes its pronoun along: "the day ‖ on which".
_CONJUNCTIONS = {
    "en": r"and|but|or|nor|so|yet|because(?!\sof\s)|although|though|while|when|where|who|that|if|unless|until|as|than"
    r"|before|since|lest|whereas|whether"
    r"|(?:(?:in|on|of|to|by|at|for|with|from|upon|into|under|over|through|after|without|about)\s)?(?:which|whom|whose)",
    "de": "und|oder|aber|denn|dass|weil|wenn|als|ob|wie|damit|obwohl|während|bevor|nachdem|sondern|sowie",
    "fr": "et|ou|mais|donc|car|que|qui|dont|où|quand|comme|lorsque|puisque|afin|tandis|si",
    "es": "y|e|o|u|pero|porque|cuando|como|aunque|donde|que|sino|mientras|si",
    "it": "e|ed|o|ma|che|perché|mentre|quando|come|dove|se|poiché|affinché",
    "pt": "e|ou|mas|que|porque|quando|como|embora|onde|se|pois|enquanto",
    "nl": "en|of|maar|want|omdat|dat|die|als|toen|terwijl|hoewel|zodat",
    "sv": "och|eller|men|att|som|när|om|därför|eftersom|medan",
    "da": "og|eller|men|at|som|der|når|hvis|fordi|mens",
    "no": "og|eller|men|at|som|når|hvis|fordi|mens",
    "fi": "ja|tai|mutta|että|joka|jotka|koska|kun|jos|vaikka",
    "pl": "i|oraz|lub|albo|ale|że|który|która|które|gdy|kiedy|ponieważ|aby|żeby|jak",
    "ru": "и|или|но|а|что|чтобы|который|которая|которое|которые|потому|когда|если|как|где",
    "tr": "ve|veya|ama|ki|çünkü|ile|fakat|ancak",
    "el": "και|ή|αλλά|που|ότι|όταν|αν|γιατί|ώστε",
    "id": "dan|atau|tetapi|yang|karena|ketika|jika|bahwa|sehingga",
    "ms": "dan|atau|tetapi|yang|kerana|apabila|jika|bahawa|supaya",
    "vi": "và|hoặc|nhưng|mà|vì|khi|nếu|rằng|để",
    "hi": "और|या|लेकिन|कि|क्योंकि|जो|जब|तो|परंतु|ताकि",
    "mr": "आणि|पण|की|कारण|जे|जर|तर",
    "bn": "এবং|কিন্তু|যে|কারণ|যখন|যদি|বা",
    "ta": "மற்றும்|ஆனால்|அல்லது|என்று",
    "te": "మరియు|కానీ|లేదా|అని",
    "kn": "ಮತ್ತು|ಆದರೆ|ಅಥವಾ|ಎಂದು",
    "pa": "ਅਤੇ|ਪਰ|ਜਾਂ|ਕਿ",
    "gu": "અને|પણ|કે|કારણ",
    "ar": "و|أو|لكن|أن|الذي|التي|لأن|عندما",
}
_LONGEST_LEAD = 10
# No breath behind one of these, in English.
_LEADS_ON = re.compile(
    r"\b(?:in|on|of|to|by|at|for|with|from|upon|into|under|over|through|after|without|about|the|an?|his|her|its|their|our"
    r"|my|your|no|than|as|and|or|but|rather|soon|such|so|more|less)\Z",
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


def pieces_of(sentence: str, max_chars: int, inner: list[int], language: str) -> Iterator[tuple[str, Cut | None]]:
    """Yield pieces of at most ``max_chars`` characters, white space around them aside; the last has no cut behind it.

    ``inner`` are the places within the sentence where sentences end.
    """
    start, end = 0, len(sentence.rstrip())
    while end - (first := _after_space(sentence, start)) > max_chars:
        at, cut = _place(sentence, first, end, max_chars, inner, language)
        yield sentence[start:at], cut
        start = at
    yield sentence[start:], None


def _place(sentence: str, first: int, end: int, max_chars: int, inner: list[int], language: str) -> tuple[int, Cut]:
    """Choose where the piece that begins at ``first`` ends, and say what ends there."""
    limit = first + max_chars
    shortest = min(SHORTEST, max_chars // 5)
    lowest, highest = first + shortest, max(first + shortest, min(limit, end - shortest - 1))
    fitting = inner[bisect_right(inner, first) : bisect_right(inner, limit + 1)]
    sentence_end = _last((_before_space(sentence, at) for at in fitting), lowest, highest)
    if sentence_end is not None:
        return _after_space(sentence, sentence_end), Cut.SENTENCE
    clause_ends = (first + match.end() for match in _CLAUSE_END.finditer(sentence[first : limit + 1]))
    clause_end = _last(clause_ends, lowest, highest)
    if clause_end is not None:
        return _after_space(sentence, clause_end), Cut.CLAUSE
    return _between_words(sentence, first, limit, highest, language), Cut.WORD


def _between_words(sentence: str, first: int, limit: int, highest: int, language: str) -> int:
    """Choose a place between words: before a conjunction, or wherever there is white space, or anywhere."""
    window, middle = sentence[first : limit + 1], (first + limit) // 2
    begins = (first + match.start() for match in _conjunctions(language).finditer(window))
    spaces = [
        at
        for match in _SPACE.finditer(window)
        if (at := first + match.start()) > first and not _ENUMERATOR.search(sentence[max(first, at - 6) : at])
    ]
    space = _last((at for at in begins if not _leads_on(sentence, at, language)), middle, highest)
    if space is None:
        space = _last((at for at in spaces if not _leads_on(sentence, at, language)), middle, highest)
    if space is None:
        space = _last(iter(spaces), first + 1, highest)
    if space is None:
        space = max(spaces, default=None)
    if space is not None:
        return _after_space(sentence, space)
    whole = limit
    while whole > first + 1 and _belongs_left(sentence, whole):
        whole -= 1
    return limit if _belongs_left(sentence, whole) else whole


def _last(places: Iterator[int], lowest: int, highest: int) -> int | None:
    return max((at for at in places if lowest <= at <= highest), default=None)


@cache
def _conjunctions(language: str) -> re.Pattern[str]:
    """Return what finds the white space before a conjunction of a language, or of any if it is not known."""
    words = _CONJUNCTIONS.get(language.partition("-")[0]) or "|".join(_CONJUNCTIONS.values())
    return re.compile(rf"\s(?=(?:{words})\s)", re.IGNORECASE)


def _leads_on(sentence: str, at: int, language: str) -> bool:
    return language.startswith("en") and _LEADS_ON.search(sentence[max(0, at - _LONGEST_LEAD) : at]) is not None


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
