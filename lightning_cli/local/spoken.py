"""Rewrite a text so that an engine says all of it: each rule answers something the engine was heard to leave out.

Pure. Sources: hibari-tts 0.2.1 and eSpeak NG 1.52, measured; tests/local/test_spoken.py has an example for each rule.

Operators between digits as words, for ``math_notation`` (protocol.md 2.6).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, partial

from lightning_cli.local.english_tables import HETERONYMS
from lightning_cli.local.native import SIGN_WORDS, read_native
from lightning_cli.local.sign_names import character_name

# hibari's net for unknown words takes this many letters and drops the rest.
NEURAL_WORD_LETTERS = 24
_compiled = cache(re.compile)
_LINK = re.compile(r"\](?=\()")  # "[text](other)" loses what stands in the parentheses
_LONG_NUMBER = re.compile(r"\d(?:,?\d){15,}")  # beyond the names of large numbers it fails
_LIST_COMMA = re.compile(r"(?<=\d),(?=\d)(?!\d{3}(?!\d))")  # "1,2,3" is read as one number
# "U.S. President", "5 p.m. Monday", "J. K. Rowling": letters, whose full stops end nothing before more of a sentence.
_INITIALS = re.compile(
    r"(?<![\w.])(?:[A-Za-z]\.){2,}(?!\w)|(?<![\w.'])[A-Z]\.(?=\s+[A-Z][\w.])|\b(?:Ph|M|B)\.?\s?D\.|(?<=\d[ap])\.m\."
)
# Among letters it is one of them, and no article.
_LETTER_A = re.compile(r"(?<=\b[B-Z] )A\b|\bA(?= [B-Z]\b)|(?<=\d )A(?= M\b)")
STOP_INSIDE = re.compile(r"(?<=\w)\.(?=\s+[a-z\d])(?<!\d\.)")
_LONG_WORD = re.compile(rf"[^\W\d_]{{{NEURAL_WORD_LETTERS + 1},}}")
_LONE_CURRENCY = re.compile(r"(?<![^\s(])[$£€](?=\s*(?:$|[^\s\d.]))")  # silent where no number follows
_LONE_SYMBOL = re.compile(r"(?<=\s)[<>^](?=\s)")
_HYPHEN_BEHIND_MARK = re.compile(r"(?<=[^\w\s])[-\u2010-\u2015](?=\w)")
_POINTED_WORD = re.compile(r"\S{100,}")
_POINTS = re.compile(r"(?:[^.'\u2019]*[.'\u2019]){16}")
_WORDS_IN_A_ROW = 12
_MARKS = re.compile("[\u0591-\u05c7]")
_STACKED_LATIN = re.compile("[\u1e00-\u1eff]")
# Syllables that eSpeak NG's Mandarin spells in English ("xiong two"); said as two that it can read: qi-yong for qiong.
_SPLIT_SYLLABLES = {
    "机拥": "冂冋坰埛扃蘏蘔駫",
    "机永": "㓏㖥㢠㤯㷗㷡䌹䐃䢛侰僒冏囧幜泂炯烱煚煛熲皛窘絅綗褧迥逈顈颎駉",
    "机用": "㑋澃",
    "七拥": "匔焪芎",
    "七喁": "㒌㧭㮪㷀㼇䅃䆳䊄䓖䛪䠻儝卭宆惸桏棾橩焭煢琼瓊睘瞏穷穹窮竆笻筇茕藑藭蛩赹跫輁邛銎",
    "西拥": "㐫兄兇凶匈哅忷恟汹洶胷胸訩詾讻賯",
    "西喁": "䧺熊赨雄",
    "西用": "夐敻詗诇",
    "儿": "兒",
}
_HAN_SUBSTITUTES = {sign: said for said, signs in _SPLIT_SYLLABLES.items() for sign in signs}


def for_neural(text: str, alphabet: frozenset[str], knows: Callable[[str], bool]) -> str:
    """Rewrite English for hibari; ``alphabet`` is what its nets can read, ``knows`` says which long words it has."""
    text = "".join(_base_letters(sign, alphabet) if sign > "~" else sign for sign in text)
    text = _LINK.sub("] ", text)
    text = _LONE_CURRENCY.sub(lambda found: f" {character_name(found.group())} ", text)
    text = _INITIALS.sub(_said_initials, text)
    text = _LETTER_A.sub("[A](/ˈA/)", text)
    for pattern, sound in HETERONYMS:
        text = _compiled(pattern).sub(partial(_sounded, sound), text)
    text = _LONG_NUMBER.sub(_digit_by_digit, text)
    text = _LIST_COMMA.sub(", ", text)
    return _LONG_WORD.sub(lambda found: found.group() if knows(found.group()) else _cut_word(found.group()), text)


def for_espeak(text: str, language: str, reads: Callable[[str], bool]) -> str:
    """Rewrite a run for eSpeak NG; ``reads`` says whether the language's voice says anything for a symbol."""
    text = read_native(text, language, reads)
    native = SIGN_WORDS.get(language, {})
    text = _LONE_SYMBOL.sub(lambda found: native.get(found.group()) or character_name(found.group()), text)
    match language:
        case "zh":
            text = "".join(_HAN_SUBSTITUTES.get(sign, sign) for sign in text)
        case "he":
            text = _MARKS.sub("", text)  # with vowel points every letter is spelled
        case "vi":
            pass
        case _:
            text = _STACKED_LATIN.sub(lambda found: _strip_marks(found.group()), text)
    return _without_traps(text, language)


def _without_traps(text: str, language: str) -> str:
    """Leave out the shapes that were seen to crash eSpeak NG 1.52; nothing that it says is lost.

    A hyphen between a mark and a letter ("(-a", "»-न") reads past the start of a word; about 80 apostrophes or 200 full
    stops in one word overflow a buffer; a backtick has no name in Vietnamese.
    """
    if language == "vi":
        text = text.replace("`", " ")
    text = _HYPHEN_BEHIND_MARK.sub(" ", text)
    return _POINTED_WORD.sub(lambda found: _POINTS.sub(r"\g<0> ", found.group()), text)


def words_alone(text: str) -> str:
    """Return the words of a text that the engine cannot take as it stands: letters and digits, in short sentences."""
    words = "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in text).split()
    rows = (words[first : first + _WORDS_IN_A_ROW] for first in range(0, len(words), _WORDS_IN_A_ROW))
    return ". ".join(" ".join(row) for row in rows)


def _sounded(sound: str, found: re.Match[str]) -> str:
    """Write a word with the sound that it has here, as hibari's rules take it."""
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return f"{found.group()[:start]}[{found[1]}](/{sound}/){found.group()[end:]}"


def _said_initials(found: re.Match[str]) -> str:
    letters = " ".join(re.findall(r"[A-Za-z]", found.group())).upper()
    return letters if found.string[found.end() :].strip() else letters + "."


def _base_letters(sign: str, alphabet: frozenset[str]) -> str:
    """Strip the marks of a letter hibari does not know: it leaves such letters out."""
    # Of a letter that is two in small letters hibari's rules ask the code.
    if (sign in alphabet and len(sign.lower()) == 1) or not sign.isalpha():
        return sign
    return _strip_marks(sign)


def _strip_marks(sign: str) -> str:
    base = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    return base or sign


def _digit_by_digit(found: re.Match[str]) -> str:
    digits = found.group().replace(",", "")
    return ", ".join(" ".join(digits[start : start + 3]) for start in range(0, len(digits), 3))


def _cut_word(word: str) -> str:
    half = NEURAL_WORD_LETTERS // 2
    return " ".join(word[start : start + half] for start in range(0, len(word), half))


_WORDS = {
    "en": ("times", "divided by", "plus", "minus", "equals", "to the power of"),
    "hi": ("गुणा", "बटा", "प्लस", "माइनस", "बराबर", "की घात"),
    "mr": ("गुणिले", "भागिले", "अधिक", "वजा", "बरोबर", "ची घात"),
}
_OPERATORS = {"×": 0, "x": 0, "X": 0, "*": 0, "÷": 1, "/": 1, "+": 2, "-": 3, "–": 3, "−": 3, "=": 4, "^": 5, "**": 5}
# Signs with one meaning count glued or spaced; the slash and the dashes only spaced, so that 5-3 and 1/2 stay.
_OPERATOR = re.compile(r"(?<=[\d)])(?:\s*(\*\*|[×xX*÷+=^])\s*|\s+([/\-–−])\s+)(?=[\d(])")


def read_operators(text: str, language: str | None) -> str:
    """Put words for the operators that stand between digits, in ``language`` if it has its own, else in English."""
    words = _WORDS.get(language or "en", _WORDS["en"])
    return _OPERATOR.sub(lambda match: f" {words[_OPERATORS[match[1] or match[2]]]} ", text)
