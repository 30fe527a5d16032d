"""Read days, years and what else is counted as ordinals in German, Swedish, Norwegian, Russian and Polish; pure.

eSpeak NG has their cardinals only: "vierundzwanzig Dezember", "двенадцать апреля".
"""

import re
from collections.abc import Callable
from functools import cache, partial

from lightning_cli.local.native_ordinals import bent_pl, bent_ru, ordinal_name

_MONTHS = {
    "de": "Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "no": "januar februar mars april mai juni juli august september oktober november desember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
}
# What stands between two days, and what is said for a dash.
_BETWEEN = {
    "de": ("bis zum|bis|und|oder", "bis"), "sv": ("till|och", "till"), "no": ("til|og", "til"), "ru": ("по|и", "по"),
    "pl": ("do|i", "do"),
}  # fmt: skip # a table of pairs
# What else is counted with a full stop.
_COUNTED_GERMAN = (
    "Jahrhunderts? Weltkriege?s? Auflage Platz Stock Etage Klasse Mal Geburtstag Kapitel Runde Liga Reihe Teil Tag "
    "Woche Quartal Semester Generation Mannschaft Spieltag Minute Jahrestag Lebensjahr"
).split()
_TENS = {
    "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split(),
    "pl": (
        "dwudziesty trzydziesty czterdziesty pięćdziesiąty sześćdziesiąty siedemdziesiąty osiemdziesiąty dziewięćdziesiąty"
    ).split(),
}
_WHOLE_TENS_RU = "двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый".split()
_DAYS = range(1, 32)
# How the word for "year" is bent, and what the ordinal before it ends in.
_YEARS = {
    "ru": {"год": "ый", "года": "ого", "году": "ом", "годом": "ым"},
    "pl": {"rok": "y", "roku": "ego", "rokiem": "ym"},
}
# Behind these German has "-ten".
_BENDS_GERMAN = r"\b(?:(?:[Ii]n|[Aa]uf|[Aa]us|[Mm]it|[Vv]on|[Nn]ach|[Ss]eit|[Bb]ei|[Zz]u) der|[Ii]m|[Ii]ns|[Aa]m|[Vv]om|[Zz]um|[Bb]eim|[Dd]em|[Dd]en|[Dd]es|[Bb]is|[Aa]b|[Ss]eit|\w+tags?,?|[Uu]nd am) \Z"


@cache
def calendar_forms(language: str) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
    """Return what is read as a day or a year in a language: patterns, and what puts the words."""
    if language not in _MONTHS:
        return ()
    months = "|".join(_MONTHS[language].split())
    stop = r"\.?" if language in {"no", "pl"} else r"\." if language == "de" else ""
    months += f"|{'|'.join(_COUNTED_GERMAN)}" if language == "de" else ""
    between = rf"(?:(?P<first>\d{{1,2}}){stop}\s?(?P<between>[-\u2013]|(?<=\s)(?:{_BETWEEN[language][0]})(?=\s))\s?)?"
    days = re.compile(rf"(?<![\w.,/:-]){between}(?<!\d)(?P<day>\d{{1,2}}){stop} (?=(?:{months})\b)")
    forms: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [(days, partial(_day, language))]
    if language in _YEARS:
        at = r"(?P<at>\b[Ww]e? )?" if language == "pl" else "(?P<at>)"
        years = re.compile(rf"{at}(?<![\w.,/:-])(?P<year>1\d{{3}}|20\d\d)(?= (?P<noun>{'|'.join(_YEARS[language])})\b)")
        forms.append((years, partial(_year, language)))
    return tuple(forms)


def _below_hundred(language: str, number: int) -> str | None:
    """Return an ordinal up to 99 as it is in the nominative."""
    known = ordinal_name(language, number)
    if known or language not in _TENS or number < _DAYS.start:
        return known
    tens, ones = divmod(number, 10)
    if not ones:
        return (_WHOLE_TENS_RU if language == "ru" else _TENS["pl"])[tens - 2]
    return f"{_TENS[language][tens - 2]} {ordinal_name(language, ones)}"


def _bent(language: str, word: str, ending: str) -> str:
    if language == "pl":
        return bent_pl(word, ending) or word
    *before, last = word.split()
    return " ".join([*before, bent_ru(last, ending)])


def _day(language: str, found: re.Match[str]) -> str:
    said = _day_in_words(language, int(found["day"]), found, follows=found["first"] is not None)
    if said is None:
        return found.group()
    if found["first"] is None:
        return said + " "
    between = _BETWEEN[language][1] if found["between"] in "-\u2013" else found["between"]
    return f"{_day_in_words(language, int(found['first']), found, follows=False) or found['first']} {between} {said} "


def _day_in_words(language: str, number: int, found: re.Match[str], *, follows: bool) -> str | None:
    """Return the ordinal of a day; ``follows`` says that it ends a stretch of days."""
    word = _below_hundred(language, number) if number in _DAYS else None
    if word is None:
        return None
    before = found.string[: found.start()]
    match language:
        case "ru":
            ends = (follows and found["between"] != "и") or before.endswith(" по ")
            return _bent(language, word, "ое" if ends else "ого")
        case "pl":
            return _bent(language, word, "ego")
        case "sv":
            return {"förste": "första", "andre": "andra"}.get(word, word)
        case "de":
            return word.lower() + _german_ending(before)
        case _:
            return word


def _german_ending(before: str) -> str:
    if re.search(_BENDS_GERMAN, before):
        return "n"
    return "" if re.search(r"\b(?:[Dd]er|[Dd]ie|[Dd]as|[Ee]ine) \Z", before) else "r"


def _year(language: str, found: re.Match[str]) -> str:
    """Read the last two digits as an ordinal; what stands before them stays a cardinal."""
    at, year = found["at"] or "", int(found["year"])
    hundreds, rest = divmod(year, 100)
    word = _below_hundred(language, rest)
    if word is None:
        return found.group()
    ending = _YEARS[language][found["noun"]]
    if at and found["noun"] == "roku":
        ending = "ym"
    return f"{at}{hundreds * 100} {_bent(language, word, ending)}"
