"""Cut a text into runs of one language each, by the scripts of its letters; pure but for loading a model.

No engine reads every script, and hibari leaves out a foreign word inside an English sentence without a sound, so the
text is routed run by run. Nothing is lost: the runs' sources joined are the text, and a sign that no engine reads is
replaced by its English name.

A script that several languages share, Latin or Devanagari, is guessed by py3langid, whose model loads in a fifth of a
second, once, and only where a guess is asked for. Without the package nothing is guessed.
"""

import bisect
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from lightning_cli.local.native import UNITS
from lightning_cli.local.offline_voices import ENGLISH
from lightning_cli.local.sign_names import character_name, has_short_name, sequence_at

LATIN_LANGUAGES = frozenset("en es de fr it nl sv pt fi no pl id ms tr vi".split())
_LANGUAGES = {
    "Greek": "el", "Armenian": "hy", "Hebrew": "he", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu",
    "Odia": "or", "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si",
    "Georgian": "ka", "Ethiopic": "am", "Hangul": "ko", "Kana": "ja",
}  # fmt: skip # a table of pairs
# Letters that tell the languages of one script apart, the first found deciding for a stretch of the script.
_TELLING_LETTERS = {
    "Arabic": (("ur", re.compile("[ٹڈڑںےھہ]")), ("fa", re.compile("[پچژگکی]"))),
    "Cyrillic": (("ru", re.compile("[ыэёъЫЭЁЪ]")), ("uk", re.compile("[\u0456їєґ\u0406ЇЄҐ]"))),
}
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U000323af]")
_SENTENCE_END = re.compile(r"[。！？!?\n]|\.\s")
_PIECES = re.compile(r"[A-Za-z]+|.", re.DOTALL)
_UNIT_BEHIND_NUMBER = re.compile(
    rf"(?<=\d)[ \u00a0\u202f]?(?:{'|'.join(sorted(map(re.escape, UNITS), key=len, reverse=True))}|°|%)(?![A-Za-z²³])"
    r"|(?<=\d) [xX](?= \d)"
)
# In a text in Cyrillic letters: of centuries and rulers.
_ROMAN_IN_CYRILLIC = re.compile(
    r"(?<=[\u0400-\u04ff] )[IVXL]+(?![A-Za-z])|(?<=[\u0400-\u04ff]\. )[IVXL]+(?![A-Za-z.])"
    r"|(?<![A-Za-z])[IVXL]+(?=(?:\s?[-\u2013]\s?[IVXL]+)?\s[\u0400-\u04ff])"
)
_ROMAN_IN_INDIC = re.compile(r"(?<=[\u0900-\u0dff] )[IVX]{2,}(?![A-Za-z])|(?<![A-Za-z])[IVX]{2,}(?=\s[\u0900-\u0dff])")
_OHM_BEFORE = re.compile(r"(?:\d\s?|^[kMm])\Z")
_NUMBER_BEFORE = re.compile(r"\d\s?\Z")
_MANY = 3
_LETTER_NAMES = ("letter", "syllable", "character", "vowel", "sign", "subjoined")


class Run(NamedTuple):
    """A stretch of the text: its ``source``, its ``language`` code, and what is to be ``spoken`` for it."""

    source: str
    language: str
    spoken: str

    @property
    def unreadable(self) -> bool:
        """Return whether this is Japanese with kanji, which no offline engine reads."""
        return self.language == "ja" and _HAN.search(self.source) is not None


@dataclass(slots=True)
class _Segment:
    kind: str
    source: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)  # one entry for each in source
    language: str = ""


def speakable(text: str) -> bool:
    """Return whether there is anything to hear in ``text``, beyond punctuation and white space."""
    return any(sign.isalnum() or unicodedata.category(sign)[0] == "S" or sign in "%&@#‰†‡" for sign in text)


def split(text: str, language: str | None = None, devanagari: str = "hi") -> list[Run]:
    """Cut ``text`` into runs; ``language`` (None: by script alone) decides where a script has several languages.

    ``devanagari`` is what its script is taken for where the language does not say.
    """
    segments = _segments(text)
    for segment in segments:
        if segment.kind == "Devanagari":
            segment.language = language if language in {"hi", "mr"} else devanagari
        elif segment.kind != COMMON:
            segment.language = _language(segment, language)
    _settle_han(segments, language)
    _settle_stretches(segments, language)
    _settle_greek(segments, language)
    _settle_common(segments, language)
    runs: list[Run] = []
    for code, group in groupby(_flatten(segments), key=lambda item: item[0]):
        parts = list(group)
        spoken = unicodedata.normalize("NFC", "".join(part[2] for part in parts))
        runs.append(Run("".join(part[1] for part in parts), code, re.sub(" {2,}", " ", spoken)))
    return runs


def _atoms(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, source, spoken) for every word of ASCII letters, emoji sequence and other character."""
    index = 0
    units = {found.start(): found.end() for found in _UNIT_BEHIND_NUMBER.finditer(text)}
    units |= {found.start(): found.end() for found in _ROMAN_IN_CYRILLIC.finditer(text)}
    units |= {found.start(): found.end() for found in _ROMAN_IN_INDIC.finditer(text)}
    while index < len(text):
        sign = text[index]
        if index in units:
            # A unit is said by the voice that says its number, whatever the script of its symbol.
            for letter in text[index : units[index]]:
                yield COMMON, letter, letter
            index = units[index]
            continue
        if not sign.isascii() or text[index + 1 : index + 2] in {"\ufe0f", "\u20e3"}:
            sequence = sequence_at(text, index)
            if sequence:
                length, name = sequence
                yield NAMED, text[index : index + length], name
                index += length
                continue
        found = _PIECES.match(text, index)
        piece = found.group() if found else sign
        kind, spoken = ("Latin", piece) if len(piece) > 1 else classify(piece)
        yield kind, piece, spoken
        index += len(piece)


def _segments(text: str) -> list[_Segment]:
    segments: list[_Segment] = []
    for kind, source, spoken in _atoms(text):
        last = segments[-1] if segments else None
        own = kind if kind != INHERIT else last.kind if last else COMMON
        if last is None or last.kind != own:
            last = _Segment(own)
            segments.append(last)
        last.source.append(source)
        last.spoken.append("" if kind == INHERIT and own == NAMED else spoken)
    return segments


def _language(segment: _Segment, language: str | None) -> str:
    match segment.kind:
        case "Latin":
            return language if language in LATIN_LANGUAGES else ENGLISH
        case "Arabic":
            return "ar"
        case "Cyrillic":
            return "ru"
        case "Han":
            return "zh"
        case kind:
            return _LANGUAGES.get(kind, ENGLISH)


def _settle_han(segments: list[_Segment], language: str | None) -> None:
    """Make the Chinese characters of a sentence Japanese when the sentence has kana in it."""
    if language == "zh":
        return
    sentence: list[_Segment] = []
    for segment in [*segments, _Segment(COMMON, ["\n"])]:
        sentence.append(segment)
        if segment.kind == COMMON and _SENTENCE_END.search("".join(segment.source)):
            if any(one.kind == "Kana" for one in sentence):
                for one in sentence:
                    one.language = "ja" if one.kind == "Han" else one.language
            sentence = []


def _settle_stretches(segments: list[_Segment], language: str | None) -> None:
    """Choose between the languages of a script for whole stretches of it, so that the voice keeps within a sentence."""
    worded = [segment for segment in segments if segment.kind != COMMON]
    for kind, group in groupby(worded, key=lambda segment: segment.kind):
        stretch = list(group)
        if kind not in _TELLING_LETTERS or (kind == "Cyrillic" and language == "ru"):
            continue
        source = "".join(sign for segment in stretch for sign in segment.source)
        for code, letters in _TELLING_LETTERS[kind]:
            if letters.search(source):
                for segment in stretch:
                    segment.language = code
                break


def _settle_greek(segments: list[_Segment], language: str | None) -> None:
    """Read single Greek letters by name in a text that is not Greek: they are mathematics there."""
    greek = [segment for segment in segments if segment.kind == "Greek"]
    for before, segment in pairwise(segments):
        if segment.source == ["Ω"] and _OHM_BEFORE.search("".join(before.source)):
            segment.kind, segment.language = COMMON, ""
            greek.remove(segment)
        elif segment.source == ["\u03bc"] and before.source[-1:] and _NUMBER_BEFORE.search("".join(before.source)):
            # The prefix of a unit, which has a sign of its own that few keyboards have.
            segment.kind, segment.language, segment.spoken = COMMON, "", ["\u00b5"]
            greek.remove(segment)
    if language == "el" or any(len(segment.source) > 1 for segment in greek):
        return
    for segment in greek:
        segment.kind, segment.language = NAMED, ENGLISH
        segment.spoken = [character_name(sign).split("letter ")[-1] for sign in segment.source]


def _settle_common(segments: list[_Segment], language: str | None) -> None:
    """Return digits, punctuation and white space the language of a neighbour, dividing them where two meet."""
    index = 0
    while index < len(segments):
        segment = segments[index]
        before = segments[index - 1].language if index else ""
        after = segments[index + 1].language if index + 1 < len(segments) else ""
        if segment.kind == COMMON and not segment.language:
            cut = _cut_common(segment.source) if before and after and before != after else len(segment.source)
            if cut < len(segment.source):
                rest = _Segment(COMMON, segment.source[cut:], segment.spoken[cut:], after)
                segment.source, segment.spoken = segment.source[:cut], segment.spoken[:cut]
                segments.insert(index + 1, rest)
            segment.language = before or after or language or ENGLISH
        index += 1


def _cut_common(source: list[str]) -> int:
    """Return how many signs between two words belong to the first: up to the last space, or to an opening bracket."""
    for index in range(len(source) - 1, -1, -1):
        if source[index].isspace():
            return index + 1
    for index, sign in enumerate(source):
        if unicodedata.category(sign) in {"Ps", "Pi", "Sc"}:
            return index
    return len(source)


def _flatten(segments: list[_Segment]) -> Iterator[tuple[str, str, str]]:
    """Yield (language, source, spoken) of every segment that has a source."""
    for segment in segments:
        spoken = f" {_counted(segment.spoken)} " if segment.kind == NAMED else "".join(segment.spoken)
        if segment.source:
            yield segment.language, "".join(segment.source), spoken


def _counted(names: list[str]) -> str:
    """Join names; one that comes many times in a row is said once, with its count."""
    said: list[str] = []
    script = ""
    for name, group in groupby(names):
        count = len(list(group))
        first, _, rest = name.partition(" ")
        again = first == script and rest.startswith(_LETTER_NAMES)
        short, script = rest if again else name, first
        said += [f"{short} {count} times"] if count > _MANY else [short] * count
    return ", ".join(said)


COMMON, INHERIT, NAMED = "common", "inherit", "named"
_LATIN_1 = ((0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6))
# First and last code point of what eSpeak NG reads of each script; tests/local/test_espeak.py asks it for each letter.
_RANGES = sorted(
    (first, last, script)
    for script, ranges in {
        "Latin": (*_LATIN_1, (0xF8, 0x2AF), (0x2BB, 0x2BF), (0x1E00, 0x1EFF)),
        "Greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
        "Cyrillic": ((0x400, 0x52F),),
        "Armenian": ((0x531, 0x58F),),
        "Hebrew": ((0x591, 0x5F4),),
        "Arabic": ((0x610, 0x6FF), (0x750, 0x77F)),
        "Devanagari": ((0x900, 0x97F),),
        "Bengali": ((0x980, 0x9F3),),
        "Gurmukhi": ((0xA00, 0xA7F),),
        "Gujarati": ((0xA80, 0xAFF),),
        "Odia": ((0xB00, 0xB71),),
        "Tamil": ((0xB80, 0xBFA),),
        "Telugu": ((0xC00, 0xC77),),
        "Kannada": ((0xC80, 0xCFF),),
        "Malayalam": ((0xD00, 0xD6F), (0xD79, 0xD7F)),
        "Sinhala": ((0xD80, 0xDE5), (0xDF2, 0xDF3)),
        "Georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
        "Ethiopic": ((0x1200, 0x135A),),
        "Hangul": ((0x1100, 0x11FF), (0x3131, 0x3163), (0xAC00, 0xD7A3)),
        "Kana": ((0x3041, 0x30FF),),
        "Han": ((0x3005, 0x3007), (0x3400, 0x9FFF), (0x20000, 0x323AF)),
    }.items()
    for first, last in ranges
)
_STARTS = [first for first, _, _ in _RANGES]
# Symbols that the engines read in context ("$5" is "five dollars"), or that local/spoken.py puts into words.
_READ_IN_CONTEXT = frozenset(
    "\u2212°£€¥₹₩¢±\u00d7÷©®™§µ₽₺₴₪₫₦₱฿₿₡₲₵₸₾₼₭₮৳→⟶➜➔⇒⇔↔←↑↓≠≤≥≈≅≃∼≡∝∞∛√∑∏∫∂∇∈∉⊂⊆\u222a∩∅∀∃¬∧∨∴∵∠⊥‰№℅♯♭†‡⁄∕¦¶⋅∗"
)
_SUPERSCRIPTS_AND_SUBSCRIPTS = frozenset("²³¹⁰⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_NAMED_PUNCTUATION = frozenset("※")
_JOINERS = "\u200c\u200d"


@cache
def classify(sign: str) -> tuple[str, str]:
    """Return what a character is (a script, or ``COMMON``, ``INHERIT``, ``NAMED``) and what stands for it in speech."""
    category = unicodedata.category(sign)
    if sign.isspace():
        return COMMON, "\n" if sign in "\n\u2028\u2029" else " "
    if category == "Cf" or "\ufe00" <= sign <= "\ufe0f":
        # Only the joiners change how a word is read; soft hyphens and marks of direction would cut it.
        return INHERIT, sign if sign in _JOINERS else ""
    match category[0]:
        case "L" | "M" | "N":
            return _classify_letter(sign, category)
        case "P":
            return _classify_punctuation(sign)
        case "S":
            return _classify_symbol(sign)
        case _ if category == "Cc":
            return COMMON, " "  # eSpeak NG takes some of them for commands, and a NUL for the end
        case _:
            return NAMED, character_name(sign)


def _classify_symbol(sign: str) -> tuple[str, str]:
    folded = unicodedata.normalize("NFKC", sign)
    if sign.isascii() or sign in _READ_IN_CONTEXT or sign in _SUPERSCRIPTS_AND_SUBSCRIPTS:
        return COMMON, sign
    if sign in "℃℉":
        return COMMON, folded
    if folded in _READ_IN_CONTEXT:
        return COMMON, folded
    if folded.isascii() and folded.isalnum() and not has_short_name(sign):
        return "Latin", f" {folded} "
    return NAMED, character_name(sign)


def _classify_letter(sign: str, category: str) -> tuple[str, str]:
    script = script_of(sign)
    if script:
        # Every voice reads the digits of ASCII; Urdu's leaves its own out.
        return script, str(unicodedata.digit(sign)) if category == "Nd" else sign
    if sign in _SUPERSCRIPTS_AND_SUBSCRIPTS or "VULGAR FRACTION" in unicodedata.name(sign, ""):
        return COMMON, sign
    folded = unicodedata.normalize("NFKC", sign)
    if category in {"Nd", "No"} and sign.isdigit():
        return COMMON, str(unicodedata.digit(sign)) if category == "Nd" else f" {unicodedata.digit(sign)} "
    if folded.isascii() and folded.isdigit():
        return COMMON, f" {folded} "
    if folded != sign and folded.strip() and script_of(folded[0]):
        return script_of(folded[0]), folded
    if category[0] == "M" and unicodedata.name(sign, "").startswith("COMBINING"):
        return INHERIT, sign
    return NAMED, character_name(sign)


def _classify_punctuation(sign: str) -> tuple[str, str]:
    if sign in _NAMED_PUNCTUATION:
        return NAMED, character_name(sign)
    folded = unicodedata.normalize("NFKC", sign)
    return COMMON, folded if folded in set("%&@#*/\\") else sign


def script_of(sign: str) -> str:
    """Name the script whose range holds a character, or the empty string; ASCII digits belong to none."""
    index = bisect.bisect(_STARTS, ord(sign)) - 1
    if index < 0:
        return ""
    _, last, script = _RANGES[index]
    return script if ord(sign) <= last else ""


# A guess counts from here on, and when English is so much less likely: short texts look like anything.
_LEAST, _AHEAD = 0.45, 6.0
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff'\u2019]+")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]+")
_LATIN_LANGUAGES = ("en", "es", "de", "fr", "it", "nl", "sv", "pt", "fi", "no", "pl", "id", "ms", "tr", "vi")
# The two written Norwegians.
_OTHER_CODES = {"nb": "no", "nn": "no"}

_lock = threading.Lock()
_identifiers: dict[tuple[str, ...], Any] = {}


def guess_latin(text: str) -> str:
    """Return the language of the Latin words in ``text``: English unless another one is clearly more likely."""
    ranked = _ranked(" ".join(_LATIN.findall(text)), _LATIN_LANGUAGES)
    if not ranked:
        return ENGLISH
    (best, likelihood), english = ranked[0], dict(ranked).get(ENGLISH, 0.0)
    return best if likelihood >= _LEAST and likelihood >= _AHEAD * english else ENGLISH


def guess_devanagari(text: str) -> str:
    """Return hi or mr for the words in Devanagari; "" where there are none."""
    found = " ".join(_DEVANAGARI.findall(text))
    if not found:
        return ""
    ranked = _ranked(found, ("hi", "mr"))
    return ranked[0][0] if ranked else "hi"


def _ranked(text: str, languages: Iterable[str]) -> list[tuple[str, float]]:
    """Return languages and how likely each is, the likeliest first; nothing without letters or the package."""
    identifier = _identifier(tuple(languages)) if text else None
    if identifier is None:
        return []
    with _lock:
        return [(_OTHER_CODES.get(code, code), float(likelihood)) for code, likelihood in identifier.rank(text.lower())]


def _identifier(languages: tuple[str, ...]) -> Any:
    with _lock:
        if languages not in _identifiers:
            _identifiers[languages] = _load(languages)
        return _identifiers[languages]


def _load(languages: tuple[str, ...]) -> Any:
    try:
        from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # numpy and 4 MB: only for a guess
    except ImportError:
        return None
    identifier = LanguageIdentifier.from_modelpath(MODEL_DIR / MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in languages if code in identifier.labels])
    return identifier
