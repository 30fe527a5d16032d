"""Read Roman numerals and ordinals of other languages: centuries, rulers, chapters; pure.

eSpeak NG spells them, says them in English, or puts "roman" before them. Where a language bends its ordinals, the word
that is counted tells how; for a ruler it is the nominative.
"""

import re
from collections.abc import Callable
from functools import cache

from lightning_cli.local.roman import roman

ROMAN = r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[IVXL])"
_ORDINALS = {
    language: words.split()
    for language, words in {
        "fr": "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième "
        "treizième quatorzième quinzième seizième dix-septième dix-huitième dix-neuvième vingtième vingt-et-unième",
        "it": "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo undicesimo dodicesimo tredicesimo "
        "quattordicesimo quindicesimo sedicesimo diciassettesimo diciottesimo diciannovesimo ventesimo ventunesimo",
        "es": "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo",
        "pt": "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo",
        "de": "Erste Zweite Dritte Vierte Fünfte Sechste Siebte Achte Neunte Zehnte Elfte Zwölfte Dreizehnte Vierzehnte "
        "Fünfzehnte Sechzehnte Siebzehnte Achtzehnte Neunzehnte Zwanzigste Einundzwanzigste Zweiundzwanzigste "
        "Dreiundzwanzigste Vierundzwanzigste Fünfundzwanzigste Sechsundzwanzigste Siebenundzwanzigste Achtundzwanzigste "
        "Neunundzwanzigste Dreißigste Einunddreißigste",
        "nl": "Eerste Tweede Derde Vierde Vijfde Zesde Zevende Achtste Negende Tiende Elfde Twaalfde Dertiende Veertiende "
        "Vijftiende Zestiende Zeventiende Achttiende Negentiende Twintigste Eenentwintigste",
        "sv": "förste andre tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte tolfte trettonde fjortonde femtonde "
        "sextonde sjuttonde artonde nittonde tjugonde tjugoförsta tjugoandra tjugotredje tjugofjärde tjugofemte tjugosjätte "
        "tjugosjunde tjugoåttonde tjugonionde trettionde trettioförsta",
        "no": "første andre tredje fjerde femte sjette sjuende åttende niende tiende ellevte tolvte trettende fjortende "
        "femtende sekstende syttende attende nittende tjuende tjueførste tjueandre tjuetredje tjuefjerde tjuefemte tjuesjette "
        "tjuesjuende tjueåttende tjueniende trettiende trettiførste",
        "pl": "pierwszy drugi trzeci czwarty piąty szósty siódmy ósmy dziewiąty dziesiąty jedenasty dwunasty trzynasty "
        "czternasty piętnasty szesnasty siedemnasty osiemnasty dziewiętnasty dwudziesty dwudziesty_pierwszy",
        "ru": "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый одиннадцатый двенадцатый "
        "тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый девятнадцатый двадцатый "
        "двадцать_первый",
        "tr": "birinci ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu onuncu on_birinci on_ikinci "
        "on_üçüncü on_dördüncü on_beşinci on_altıncı on_yedinci on_sekizinci on_dokuzuncu yirminci yirmi_birinci",
    }.items()
}
# Those who are counted, as they are called there; women apart, whose ordinals are others.
_MEN = {
    "es": "Felipe Carlos Alfonso Juan Pablo Fernando Enrique Luis Pío Benedicto Sancho Pedro Jaime Napoleón León Jorge "
    "Guillermo Alejandro Gregorio Clemente Inocencio Ramiro Nicolás Federico Francisco",
    "pt": "Pedro João Manuel José Carlos Luís Afonso Sancho Filipe Henrique Paulo Pio Bento Leão Jorge Napoleão Sebastião "
    "Dinis Fernando",
    "de": "Ludwig Friedrich Wilhelm Karl Heinrich Otto Johannes Paul Franz Joseph Josef Leopold Georg Benedikt Pius "
    "Alexander Nikolaus Peter Napoleon Philipp Ferdinand Maximilian Rudolf Konrad Richard Gustav Leo Gregor Innozenz "
    "Clemens Urban Eduard Jakob Albrecht August Christian Charles",
    "nl": "Willem Karel Filips Lodewijk Hendrik Johannes Paulus Pius Leo Benedictus Napoleon Frederik George Alexander "
    "Nicolaas Leopold Boudewijn Albert",
    "sv": "Karl Gustav Gustaf Erik Oscar Johan Fredrik Adolf Johannes Paulus Pius Henrik Ludvig Napoleon Alexander Nikolaus "
    "Georg Wilhelm Vilhelm",
    "no": "Karl Håkon Haakon Olav Harald Magnus Christian Frederik Fredrik Oscar Johannes Paul Pius Henrik Ludvig Georg",
    "pl": "Paweł Jan Zygmunt August Władysław Kazimierz Bolesław Henryk Ludwik Karol Mikołaj Aleksander Piotr Napoleon "
    "Stanisław Pius Leon Grzegorz Benedykt Fryderyk Wilhelm Jerzy Franciszek",
    "ru": "Пётр Петр Александр Николай Павел Иван Людовик Карл Генрих Фридрих Вильгельм Наполеон Пий Бенедикт Франциск Лев "
    "Василий Филипп Георг Эдуард Ричард Иоанн",
}
_WOMEN = {
    "es": "Isabel Juana", "pt": "Maria Isabel", "de": "Elisabeth Katharina Maria Margarethe", "nl": "Elizabeth Catharina",
    "sv": "Elisabet Katarina Margareta", "no": "Elisabeth Katarina Margrethe", "pl": "Elżbieta Katarzyna Maria",
    "ru": "Екатерина Елизавета Анна Мария Маргарита",
}  # fmt: skip # a table of pairs
_RUSSIAN_TENS = "тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый".split()
# What stands behind the hyphen, and how the ordinal ends.
_RUSSIAN_ENDINGS = {
    "й": "ый", "ый": "ый", "ой": "ый", "я": "ая", "ая": "ая", "е": "ое", "ое": "ое", "го": "ого", "ого": "ого", "му": "ому",
    "ому": "ому", "м": "ом", "ом": "ом", "х": "ых", "ых": "ых", "ю": "ую", "ую": "ую", "ми": "ыми", "ыми": "ыми",
}  # fmt: skip # a table of pairs
# The noun that is counted, as it is bent, and what the ordinal before it then ends in.
_BENT = {
    "ru": {"век": "ый", "века": "ого", "веке": "ом", "веку": "ому", "веком": "ым", "столетия": "ого", "съезд": "ый"},
    "pl": {"wiek": "y", "wieku": "ego", "wiekiem": "ym"},
}


@cache
def ordinal_forms(language: str) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
    """Return what is read as an ordinal in a language: patterns, and what puts the words."""
    forms = [(_rulers(language, women=women), _says_ruler(language, women=women)) for women in (False, True)]
    pairs = [(pattern, say) for pattern, say in forms if pattern]
    match language:
        case "fr":
            pairs += [(rf"\b({ROMAN})(?:e|è|ème)\b", _said(language)), (r"\b(\d{1,2})(?:e|ème)\b", _said(language))]
            pairs.append((r"(?<=[a-zé] )(I)er\b", _said(language)))
        case "it":
            pairs.append((rf"\b({ROMAN})(?= secolo\b)|(?<=\bsecolo )({ROMAN})\b", _said(language)))
            pairs.append(
                (r"\b(\d{1,2})(?:º|°(?= (?!sotto|sopra|nord|sud|ovest|all|nel|dell)[a-zà]{4}))", _said(language))
            )
        case "nl":
            pairs.append((r"(?<![\w.,])(\d{1,2})(?:e|de|ste)\b", lambda found: _said(language)(found).lower()))
        case "es":
            pairs.append((r"\b(\d{1,2})\.?[ºo](?![\w°]|\s?C\b)(?<=º)", _said(language)))
            pairs.append((r"\b(\d{1,2})\.?ª", lambda found: re.sub(r"o\b", "a", _said(language)(found))))
            pairs.append((r"(?<=\bsiglo )([IVX]{1,4})\b", _said(language)))
        case "pt":
            pairs.append((r"(?<=\bséculo )([IVX]{1,4})\b", _said(language)))
        case "ru":
            pairs.append(
                (
                    rf"(?<![\w.,-])(\d{{1,4}})-({'|'.join(sorted(_RUSSIAN_ENDINGS, key=len, reverse=True))})\b",
                    _said_with_ending,
                )
            )
            pairs.append((rf"(?<![A-Za-z])({ROMAN})(?= ({'|'.join(_BENT['ru'])})\b)", _said_bent))
            pairs.append(
                (rf"\b[Вв]о? ({ROMAN}) в\.", lambda found: f"{found.group().split()[0]} {_said_in_age(found)}")
            )
            pairs.append(
                (rf"(?<![A-Za-z])({ROMAN}) в\.", lambda found: f"{_said(language)(found).removesuffix(' в.')} век")
            )
            pairs.append((rf"(?<![A-Za-z])({ROMAN})(?= в(?:в?\.|\b))", _said(language)))
            pairs.append((rf"(?<![A-Za-z])({ROMAN})(?![A-Za-z])(?<=[IVX][IVX])", lambda found: str(roman(found[1]))))
        case "pl":
            pairs.append((rf"\b(?P<at>[Ww]e? )({ROMAN})(?= wieku\b)", _said_in_century))
            pairs.append((rf"\b({ROMAN})(?= (wiek|wieku|wiekiem)\b)", _said_bent))
        case "tr":
            pairs.append((rf"\b({ROMAN})\.(?= \w)", _said(language)))
            pairs.append((r"(?<![\w.,])(\d{1,2})\.(?= (?:[a-zçğıöşü]|Dünya\b))", _said(language)))
        case "hi" | "mr" | "bn" | "gu" | "pa" | "ta" | "te" | "kn" | "ml" | "or":
            pairs.append((rf"(?<![A-Za-z])({ROMAN})(?![A-Za-z])(?<=[IVX][IVX])", lambda found: str(roman(found[1]))))
        case _:
            pass
    return tuple((re.compile(pattern), say) for pattern, say in pairs)


def ordinal_name(language: str, number: int) -> str | None:
    """Return an ordinal, or None beyond the list."""
    names = _ORDINALS[language]
    return names[number - 1].replace("_", " ") if 1 <= number <= len(names) else None


def _number(written: str) -> int:
    return int(written) if written.isdigit() else roman(written)


def _said(language: str) -> Callable[[re.Match[str]], str]:
    def say(found: re.Match[str]) -> str:
        number = _number(next(group for group in found.groups() if group))
        return ordinal_name(language, number) or (str(number) if language in {"es", "pt"} else found.group())

    return say


def _rulers(language: str, *, women: bool) -> str:
    names = (_WOMEN if women else _MEN).get(language, "")
    stop = r"\.?" if language == "de" else ""
    return rf"\b(?P<name>{'|'.join(names.split())}) (?P<numeral>{ROMAN}){stop}(?!\w)(?!\.\w)" if names else ""


def _says_ruler(language: str, *, women: bool) -> Callable[[re.Match[str]], str]:
    article = {"de": "die " if women else "der ", "nl": "de ", "sv": "den ", "no": "den "}.get(language, "")

    def say(found: re.Match[str]) -> str:
        number = roman(found["numeral"])
        word = ordinal_name(language, number)
        if word is None:
            return f"{found['name']} {number}"
        if women:
            word = {"ru": _to_women_ru, "pl": _to_women_pl, "es": _to_a, "pt": _to_a, "sv": _to_a_sv}.get(
                language, str
            )(word)
        # In German a full stop that ended the sentence as well stays.
        ends = language == "de" and found.group().endswith(".") and not found.string[found.end() :].strip()
        return f"{found['name']} {article}{word}{'.' if ends else ''}"

    return say


def _to_a(word: str) -> str:
    return word[:-1] + "a"


def _to_a_sv(word: str) -> str:
    return {"förste": "första", "andre": "andra"}.get(word, word)


def _to_women_ru(word: str) -> str:
    return "третья" if word == "третий" else word[:-2] + "ая"


def _to_women_pl(word: str) -> str:
    return {"drugi": "druga", "trzeci": "trzecia"}.get(word, word[:-1] + "a")


def _said_bent(found: re.Match[str]) -> str:
    number = roman(found[1])
    noun = found[2]
    if noun in _BENT["ru"]:
        word, ending = ordinal_name("ru", number), _BENT["ru"][noun]
        if word is None or ending == "ый":
            return word or str(number)
        if word == "третий":
            return "треть" + {"ого": "его", "ом": "ем", "ому": "ему", "ым": "им"}[ending]
        return word[:-2] + ending
    return bent_pl(ordinal_name("pl", number), _BENT["pl"][noun]) or str(number)


def _said_with_ending(found: re.Match[str]) -> str:
    """Read a number with the ending of an ordinal behind a hyphen; eSpeak NG reads the letters alone."""
    hundreds, rest = divmod(int(found[1]), 100)
    ending = found[2]
    if not rest:
        return found.group()
    tens, ones = ("", rest) if rest < 20 or rest % 10 == 0 else (f"{rest // 10 * 10} ", rest % 10)  # noqa: PLR2004 - as counted
    word = ordinal_name("ru", ones) if ones <= 20 else _RUSSIAN_TENS[ones // 10 - 3]  # noqa: PLR2004 - the list's end
    if word is None:
        return found.group()
    if ending == "е" and re.match(r" (?:год|гг)", found.string[found.end() :]):
        ending = "ые"
    return (f"{hundreds * 100} " if hundreds else "") + tens + bent_ru(word, _RUSSIAN_ENDINGS.get(ending, ending))


def bent_ru(word: str, ending: str) -> str:
    """Return a Russian ordinal with another ending."""
    if ending == "ый":
        return word
    if word == "третий":
        return "треть" + {"ая": "я", "ое": "е", "ую": "ю"}.get(ending, ending.replace("о", "е", 1).replace("ы", "и", 1))
    return word[:-2] + ending


def _said_in_age(found: re.Match[str]) -> str:
    word = ordinal_name("ru", roman(found[1]))
    *before, last = (word or found[1]).split()
    return " ".join([*before, bent_ru(last, "ом") if word else last, "веке"])


def _said_in_century(found: re.Match[str]) -> str:
    return found["at"] + (bent_pl(ordinal_name("pl", roman(found[2])), "ym") or found[2])


def bent_pl(word: str | None, ending: str) -> str | None:
    """Bend each word of an ordinal: "dwudziesty pierwszy" has two."""
    if word is None or ending == "y":
        return word
    return " ".join(
        part + ending.removeprefix("y") if part.endswith("i") else part[:-1] + ending for part in word.split()
    )
