"""What a character is for speech: of which script, joined to its neighbours, or said by its name; pure."""

import bisect
import unicodedata
from functools import cache

from lightning_cli.local.names import character_name, has_short_name

COMMON, INHERIT, NAMED = "common", "inherit", "named"
_LATIN_1 = ((0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6))
# First and last code point of what eSpeak NG reads of each script; tests/test_local_espeak.py asks it for each letter.
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
_READ_IN_CONTEXT = frozenset("°£€¥₹₩¢±\u00d7÷©§")
_NAMED_PUNCTUATION = frozenset("‰†‡※")
_JOINERS = "\u200c\u200d"


@cache
def classify(sign: str) -> tuple[str, str]:
    """Say what a character is (a script, or ``COMMON``, ``INHERIT``, ``NAMED``) and what stands for it in speech."""
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
    if sign.isascii() or sign in _READ_IN_CONTEXT:
        return COMMON, sign
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
    if "VULGAR FRACTION" in unicodedata.name(sign, ""):
        return NAMED, character_name(sign)
    if sign in "²³":
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
