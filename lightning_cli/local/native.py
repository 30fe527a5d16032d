"""Read signs, units, amounts and dates in the words of any other language, for eSpeak NG; pure.

What the language's own voice reads is left to it: ``reads`` tells. Units and dates are worded by Babel, whose tables
are the Unicode consortium's; without it they stay as they are written.
"""

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from lightning_cli.local import native_words as words
from lightning_cli.local.sign_names import character_name

_NUMBER = r"\d+(?:[.,]\d+)*"
_MONEY_SIGNS = "₹€£$¥₽₺₩"
_MONEY = re.compile(rf"([{_MONEY_SIGNS}])\s?({_NUMBER})(?![A-Za-z0-9])|({_NUMBER})\s?([{_MONEY_SIGNS}])(?!\d)")
_REAIS = re.compile(rf"\bR\$\s?({_NUMBER})")
_CENTS = re.compile(r"[.,](\d\d)\Z")
_SYMBOL = "|".join(sorted(map(re.escape, words.UNITS), key=len, reverse=True))
_UNIT = re.compile(rf"(?<![A-Za-z0-9.,])([-\u2212]?{_NUMBER})[ \u00a0\u202f]?({_SYMBOL})(?![A-Za-z0-9²³])")
_DATE = re.compile(
    r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\d/-])|(?<![\d./-])(\d{4})-(\d{2})-(\d{2})(?![\d/-])"
)
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)")
_RANGE = re.compile(r"(?<![\w.,/:-])(\d+(?:[.,]\d+)?)\s?[-\u2013]\s?(\d+(?:[.,]\d+)?)(?![\w/:-]|[.,]\d)")
_MINUS = re.compile(r"(?<![\w)\].,-])[-\u2212](?=\d)")
_PERCENT = re.compile(rf"({_NUMBER})\s?([%‰])")
_NUMBERED = re.compile(r"№\s?")
_ROOT = re.compile(r"√\s?(?=\w)")
# Squares and cubes have signs that eSpeak NG reads.
_POWER = re.compile("(?:⁻?[⁰¹⁴-⁹]|[²³](?=[⁰¹²³⁴-⁹]))[⁰¹²³⁴-⁹]*")
_INDEX = re.compile("[₀-₉]+")
_YEAR_MARK = re.compile(r"\s[гр]\.\Z")
_SMALL_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "-01234567890123456789")
_ROMAN = r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[IVXL])"
# Where a sign has a word for few, two to four have it, but not eleven to fourteen.
_FEW = range(2, 5)
# What a number with groups counts as.
_MANY = 5.0
_LOCALES = {"no": "nb", "zh": "zh_Hans"}


def read_native(text: str, language: str, reads: Callable[[str], bool]) -> str:
    """Return ``text`` with words for what the language's voice would leave out, or say in English."""
    text = _joined(text, language)
    for pattern, said in _short_forms(language):
        text = pattern.sub(said, text)
    if any(map(str.isdigit, text)):
        text = _numbers(text, language, reads)
    native = words.SIGN_WORDS.get(language, {})
    unread = {sign for sign in set(text) if _is_sign(sign) and not reads(sign)}
    if unread:
        text = _ROOT.sub(lambda _: f" {native.get('√') or character_name('√')} ", text) if "√" in unread else text
        text = "".join(f" {native.get(sign) or character_name(sign)} " if sign in unread else sign for sign in text)
    return text


def _joined(text: str, language: str) -> str:
    """Leave out the joiner that only shapes letters: eSpeak NG takes what stands around it for two words."""
    if "\u200d" in text:
        if language == "ml":
            for old, letter in words.CHILLUS.items():
                text = text.replace(old, letter)
        text = text.replace("\u200d", "")
    return text


@cache
def _short_forms(language: str) -> tuple[tuple[re.Pattern[str], Any], ...]:
    forms: list[tuple[re.Pattern[str], Any]] = [
        (re.compile(pattern), said) for pattern, said in words.SHORT_FORMS.get(language, ())
    ]
    ordinal: dict[str, tuple[str, Callable[[re.Match[str]], str]]] = {
        "fr": (rf"\b({_ROMAN})(?:e|è|ème)\b", partial(_ordinal, words.FRENCH_ORDINALS)),
        "it": (rf"\b({_ROMAN})(?= secolo\b)|(?<=\bsecolo )({_ROMAN})\b", partial(_ordinal, words.ITALIAN_ORDINALS)),
    }
    if language in ordinal:
        pattern, say = ordinal[language]
        forms.append((re.compile(pattern), say))
    if language == "fr":
        forms.append((re.compile(r"\b(\d{1,2})(?:e|ème)\b"), partial(_ordinal, words.FRENCH_ORDINALS)))
    return tuple(forms)


def _ordinal(names: list[str], found: re.Match[str]) -> str:
    written = found[1] or found[found.lastindex or 1]
    number = int(written) if written.isdigit() else _roman(written)
    return names[number - 1] if 1 <= number <= len(names) else found.group()


def _roman(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50}[sign] for sign in numeral]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _numbers(text: str, language: str, reads: Callable[[str], bool]) -> str:
    text = _DATE.sub(partial(_date, language), text)
    text = _GROUPS.sub(lambda found: re.sub(r"\s", "", found.group()), text)
    if "R$" in text:
        text = _REAIS.sub(partial(_reais, language), text)
    text = _MONEY.sub(partial(_money, language, reads), text)
    text = _UNIT.sub(partial(_unit, language), text)
    text = _PERCENT.sub(partial(_percent, language, reads), text)
    text = _NUMBERED.sub(lambda found: found.group() if reads("№") else f" {_word('№', language)} ", text)
    if to := words.TO.get(language):
        text = _RANGE.sub(lambda found: f"{found[1]} {to} {found[2]}", text)
    if minus := words.MINUS.get(language):
        text = _MINUS.sub(f"{minus} ", text)
    text = _POWER.sub(lambda found: f" {words.POWER.get(language, '')} {found.group().translate(_SMALL_DIGITS)} ", text)
    return _INDEX.sub(lambda found: f" {found.group().translate(_SMALL_DIGITS)} ", text)


def _is_sign(sign: str) -> bool:
    return sign in words.ALWAYS_WORDS


def _word(sign: str, language: str) -> str:
    return words.SIGN_WORDS.get(language, {}).get(sign) or character_name(sign)


def _counted_word(sign: str, number: str, language: str) -> str:
    """Return the word for a sign behind a number, in the form that the number asks for."""
    one, few = words.FEW_WORDS.get(language, {}).get(sign, ("", ""))
    if number.isdigit():
        count = int(number)
        tens = count % 100 // 10 != 1
        if one and (count == 1 or (few and count % 10 == 1 and tens and language != "pl")):
            return one
        if few and count % 10 in _FEW and tens:
            return few
    elif few:
        return few
    return _word(sign, language)


def _reais(language: str, found: re.Match[str]) -> str:
    one, many = words.REAIS.get(language, words.REAIS["en"])
    number = _whole(found[1])
    return f"{number} {one if number == '1' else many}"


def _whole(number: str) -> str:
    """Leave out hundredths that are none."""
    cents = _CENTS.search(number)
    return number[: cents.start()] if cents and cents[1] == "00" else number


def _money(language: str, reads: Callable[[str], bool], found: re.Match[str]) -> str:
    sign, number = (found[1], found[2]) if found[1] else (found[4], found[3])
    if reads(sign):
        return found.group()
    if language == "zh":
        return f"{_whole(number)}{_word(sign, language)}"
    # An amount is said before its unit.
    return f"{_whole(number)} {_counted_word(sign, _whole(number), language)}"


def _percent(language: str, reads: Callable[[str], bool], found: re.Match[str]) -> str:
    number, sign = found.groups()
    if language == "zh":
        return f"{_word(sign, language)}{number}"
    if language == "tr":
        return f"{_word(sign, language)} {number}"
    # Alone it is read there, behind a number it is English.
    if language not in {"ko", "or"} and reads(sign):
        return found.group()
    return f"{number} {_counted_word(sign, number, language)}"


def _locale(language: str) -> str:
    return _LOCALES.get(language, language)


def _date(language: str, found: re.Match[str]) -> str:
    day, month, year = (found[1], found[3], found[4]) if found[1] else (found[7], found[6], found[5])
    try:
        from babel.dates import format_date  # only a date needs it

        said = format_date(dt.date(int(year), int(month), int(day)), "long", locale=_locale(language))
        return _YEAR_MARK.sub("", said)
    except (ImportError, ValueError, LookupError):
        return found.group()


def _unit(language: str, found: re.Match[str]) -> str:
    written, symbol = found.groups()
    if language not in words.SIGN_WORDS:
        return found.group()
    number = written.lstrip("-\u2212")
    value = float(number.replace(",", ".")) if number.count(",") + number.count(".") <= 1 else _MANY
    try:
        from babel.numbers import format_decimal  # only a unit needs it
        from babel.units import format_unit

        # A number that is whole in its value but has a point is many.
        count: float = int(value) if number.isdigit() else value
        said = format_unit(count, words.UNITS[symbol], "long", locale=_locale(language))
        shown = format_decimal(count, locale=_locale(language))
    except (ImportError, ValueError, LookupError):
        return found.group()
    minus = f"{words.MINUS.get(language, '')} " if written != number else ""
    said = said.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200c", "")
    per = _per(symbol, language)
    said = said.replace(shown, number, 1) if shown in said else said
    return minus + (said.replace("/", per) if "/" in said else said)


def _per(symbol: str, language: str) -> str:
    """Return what parts a unit from the time it is for, where the tables have a slash."""
    return f" {words.PER_HOUR.get(language, '')} " if symbol.endswith("/h") else " "
