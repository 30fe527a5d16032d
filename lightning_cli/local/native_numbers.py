"""Read numbers that are not amounts in other languages: of telephones, fractions, scores, prices for one; pure.

eSpeak NG takes a telephone number for billions, says "slash" in English within a fraction, and German years as thousands.
"""

import re
from collections.abc import Callable
from functools import cache, partial

_PHONE = re.compile(
    r"\+\d{1,3}(?:[\s.-]?\(?\d{1,5}\)?){2,6}(?!\d)"  # with the code of a country
    r"|(?<![\w.,/:+-])8\s?\(\d{3,5}\)\s?\d[\d-]{5,8}(?![\w-])"
    r"|(?<![\w.,/:+-])\d{2,4}(?:-\d{2,4}){2,}(?![\w-]|[.,]\d)"
    r"|(?<![\w.,/:+-])0\d{1,4}[\s/-]\d{5,8}(?![\w-]|[.,]\d)"
    r"|(?<![\w.,/:+-])[6-9]\d{4}[\s-]\d{5}(?![\w-]|[.,]\d)"
    r"|\(0?\d{2,4}\)\s?\d{3,5}[\s-]\d{4}(?![\w-]|[.,]\d)"
    r"|(?<![\w.,/:+-])0\d{2,3}(?:\s\d{2,4}){2,4}(?![\w-]|[.,]?\s?\d)"
    r"|(?<![\w.,/:+-])0\d{1,3}-\d{2,4}(?:\s\d{2,3}){1,3}(?![\w-]|[.,]?\s?\d)"
)
_LONG = re.compile(r"(?<![\dA-Za-z.,$€£₹¥])(?!\d+0{4}\b)\d{10,15}(?![\dA-Za-z-]|[.,]\d)")
_PHONE_DIGITS = 10
_FRACTION = re.compile(r"(?<![\w./,])([1-9]\d?)/([1-9]\d?)(?![\w/]|[.,]\d)")
_VULGAR = re.compile(r"(?:(\d+) ?)?([½⅓¼¾])")
_SLASH = re.compile(r"(?<=\d)/(?=\d)")
_PRICE_FOR_ONE = re.compile(
    r"(?<=[€$£₹₽₺₩%])\s?/\s?(?=[^\W\d])"
    r"|(?<=\w)/(?=(?:kg|кг|l|л|m²|м²|Monat|Tag|Stunde|Jahr|mois|jour|mes|día|mese|mês|dia|месяц|день|шт)\b)"
)
_RATIO = re.compile(r"(?<![\d:.,])(\d{1,3}):(\d)(?![\d:])")
_GERMAN_YEAR = re.compile(r"(?<![\w.,:-])1([1-9])(\d\d)(?![\d%€]|[.,]\d|-\d)")
_HUNDREDS = (
    "elfhundert zwölfhundert dreizehnhundert vierzehnhundert fünfzehnhundert sechzehnhundert siebzehnhundert achtzehnhundert "
    "neunzehnhundert"
).split()


def _words(text: str) -> dict[str, list[str]]:
    """Read lines of a language and its words; an underscore is a space."""
    lines = (line.split() for line in text.strip().splitlines())
    return {code: [word.replace("_", " ") for word in words] for code, *words in lines}


# One half, third, quarter, and three quarters.
_FRACTIONS = _words("""
hi आधा एक_तिहाई एक_चौथाई तीन_चौथाई
mr अर्धा एक_तृतीयांश पाव पाऊण
bn আধা এক_তৃতীয়াংশ এক_চতুর্থাংশ তিন_চতুর্থাংশ
gu અડધો એક_તૃતીયાંશ પા પોણો
ta அரை மூன்றில்_ஒன்று கால் முக்கால்
te అర మూడో_వంతు పావు ముప్పావు
kn ಅರ್ಧ ಮೂರನೇ_ಒಂದು ಕಾಲು ಮುಕ್ಕಾಲು
ml അര മൂന്നിലൊന്ന് കാൽ മുക്കാൽ
pa ਅੱਧਾ ਇੱਕ_ਤਿਹਾਈ ਚੌਥਾਈ ਪੌਣਾ
or ଅଧା ଏକ_ତୃତୀୟାଂଶ ଏକ_ଚତୁର୍ଥାଂଶ ତିନି_ଚତୁର୍ଥାଂଶ
de ein_halb ein_Drittel ein_Viertel drei_Viertel
fr un_demi un_tiers un_quart trois_quarts
es medio un_tercio un_cuarto tres_cuartos
it mezzo un_terzo un_quarto tre_quarti
pt meio um_terço um_quarto três_quartos
nl een_half een_derde een_kwart drie_kwart
sv en_halv en_tredjedel en_fjärdedel tre_fjärdedelar
no en_halv en_tredel en_fjerdedel tre_fjerdedeler
fi puoli kolmasosa neljäsosa kolme_neljäsosaa
pl pół jedna_trzecia ćwierć trzy_czwarte
ru половина одна_треть четверть три_четверти
uk половина одна_третина чверть три_чверті
el μισό ένα_τρίτο ένα_τέταρτο τρία_τέταρτα
tr yarım üçte_bir çeyrek dörtte_üç
ar نصف ثلث ربع ثلاثة_أرباع
zh 二分之一 三分之一 四分之一 四分之三
ko 이분의_일 삼분의_일 사분의_일 사분의_삼
id setengah sepertiga seperempat tiga_perempat
ms setengah satu_pertiga satu_perempat tiga_suku
vi một_nửa một_phần_ba một_phần_tư ba_phần_tư
""")
_PARTS = ((1, 2), (1, 3), (1, 4), (3, 4))
_PER = {
    "de": "pro", "fr": "par", "es": "por", "it": "al", "pt": "por", "nl": "per", "sv": "per", "no": "per", "pl": "za",
    "ru": "за", "uk": "за", "hi": "प्रति", "mr": "प्रति", "bn": "প্রতি", "gu": "પ્રતિ", "pa": "ਪ੍ਰਤੀ", "kn": "ಪ್ರತಿ", "te": "ప్రతి",
    "ta": "ஒரு", "ml": "ഒരു", "or": "ପ୍ରତି", "id": "per", "ms": "setiap", "vi": "mỗi", "zh": "每", "el": "ανά",
}  # fmt: skip # a table of pairs
_TO = {
    "de": "zu", "fr": "à", "es": "a", "it": "a", "pt": "a", "sv": "till", "no": "til", "pl": "do", "ru": "к", "zh": "比", "ko": "대",
    "ja": "たい",
}  # fmt: skip # a table of pairs
# Behind a whole number, for one half more; {} is where the number stands.
_AND_A_HALF = {
    "fr": "{} et demi", "es": "{} y medio", "it": "{} e mezzo", "pt": "{} e meio", "de": "{} einhalb", "nl": "{} en een half",
    "sv": "{} och en halv", "no": "{} og en halv", "fi": "{} ja puoli", "pl": "{} i pół", "ru": "{} с половиной",
    "uk": "{} з половиною", "el": "{} και μισό", "tr": "{} buçuk", "ar": "{} ونصف", "id": "{} setengah", "ms": "{} setengah",
    "vi": "{} rưỡi", "hi": "साढ़े {}", "mr": "साडे {}", "bn": "সাড়ে {}", "gu": "સાડા {}", "pa": "ਸਾਢੇ {}", "zh": "{}又二分之一",
    "ko": "{}와 이분의 일",
}  # fmt: skip # a table of pairs
# One and a half, two and a half, where they have words of their own.
_OWN_HALVES = {
    "hi": ("डेढ़", "ढाई"),
    "mr": ("दीड", "अडीच"),
    "bn": ("দেড়", "আড়াই"),
    "gu": ("દોઢ", "અઢી"),
    "pa": ("ਡੇਢ", "ਢਾਈ"),
}


@cache
def _rules(language: str) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str], ...]:
    rules: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str]] = [
        (_PHONE, _digits),
        (_LONG, _long),
        (_FRACTION, partial(_fraction, language)),
        (_VULGAR, partial(_vulgar, language)),
    ]
    if language in _PER:
        rules.append((_PRICE_FOR_ONE, f" {_PER[language]} "))
    if language in _TO:
        rules.append((_RATIO, rf"\1 {_TO[language]} \2"))
    return tuple(rules)


def read_numbers(text: str, language: str, reads: Callable[[str], bool]) -> str:
    """Return ``text`` with the words of these numbers; ``reads`` says what the voice has a word for."""
    for pattern, said in _rules(language):
        text = pattern.sub(said, text)
    return text if "/" not in text or reads("/") else _SLASH.sub(" ", text)


def _spaced(digits: str) -> str:
    return " ".join(digits)


def _digits(found: re.Match[str]) -> str:
    """Read digit after digit, with a pause between groups; a date has other lengths and was read before."""
    plus = "+ " if found.group().startswith("+") else ""
    return plus + ", ".join(map(_spaced, re.findall(r"\d+", found.group())))


def _long(found: re.Match[str]) -> str:
    digits = found.group()
    groups = [digits[:5], digits[5:]] if len(digits) == _PHONE_DIGITS else re.findall(r"\d{1,4}", digits)
    return ", ".join(map(_spaced, groups))


def _fraction(language: str, found: re.Match[str]) -> str:
    part = (int(found[1]), int(found[2]))
    if part == (1, 2) and (her := _before_her(language, found)):
        return her
    if part in _PARTS and language in _FRACTIONS:
        return _FRACTIONS[language][_PARTS.index(part)]
    return f"{found[2]}分之{found[1]}" if language == "zh" and part[0] < part[1] else found.group()


def _before_her(language: str, found: re.Match[str]) -> str | None:
    """Return one half as it is before what is feminine by its ending: "media taza"."""
    half = {"es": "media", "it": "mezza", "pt": "meia"}.get(language)
    return half if half and re.match(r" [^\W\d]+a\b", found.string[found.end() :]) else None


def _vulgar(language: str, found: re.Match[str]) -> str:
    whole, sign = found.groups()
    words = _FRACTIONS.get(language)
    if words is None:
        return found.group()
    if whole is None and sign == "½" and (her := _before_her(language, found)):
        return her
    if whole is None:
        return words["½⅓¼¾".index(sign)]
    if sign == "½" and language in _AND_A_HALF:
        own = _OWN_HALVES.get(language)
        return own[int(whole) - 1] if own and whole in {"1", "2"} else _AND_A_HALF[language].format(whole)
    return f"{whole} {words['½⅓¼¾'.index(sign)]}"


# One, two to four, many, and behind a decimal point.
_COUNTED = {
    "ru": {
        "млн": ("миллион", "миллиона", "миллионов", "миллиона"),
        "млрд": ("миллиард", "миллиарда", "миллиардов", "миллиарда"),
        "тыс": ("тысяча", "тысячи", "тысяч", "тысячи"),
    },
    "pl": {
        "zł": ("złoty", "złote", "złotych", "złotego"),
        "mln": ("milion", "miliony", "milionów", "miliona"),
        "mld": ("miliard", "miliardy", "miliardów", "miliarda"),
        "tys": ("tysiąc", "tysiące", "tysięcy", "tysiąca"),
        "$": ("dolar", "dolary", "dolarów", "dolara"),
        "£": ("funt", "funty", "funtów", "funta"),
    },
}
_TEENS = range(11, 15)


@cache
def counted_forms(language: str) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
    """Return what is read in the form that the number before it asks for: patterns, and what puts the words."""
    words = _COUNTED.get(language)
    if words is None:
        return ()
    short = "|".join(map(re.escape, words))
    return (
        (
            re.compile(
                rf"(?<![\d.,])(\d+(?:[ \u00a0]\d{{3}})*)(,\d+)?[ \u00a0]?({short})(?!\w)(?:(?<=тыс)\.|(?<=tys)\.)?"
            ),
            partial(_counted, language),
        ),
    )


def _counted(language: str, found: re.Match[str]) -> str:
    number, decimals = re.sub(r"\D", "", found[1]), found[2] or ""
    one, few, many, part = _COUNTED[language][found[3]]
    count = int(number)
    if decimals.strip(",0"):
        word = part
    elif count == 1 or (language == "ru" and count % 10 == 1 and count % 100 not in _TEENS):
        word = one
    else:
        word = few if count % 10 in range(2, 5) and count % 100 not in _TEENS else many
    return f"{number}{decimals if decimals.strip(',0') else ''} {word}"


def read_german_years(text: str) -> str:
    """Read 1990 as nineteen hundred ninety, as German does of any number from 1100 on."""
    return _GERMAN_YEAR.sub(_german_year, text)


def _german_year(found: re.Match[str]) -> str:
    rest = int(found[2])
    return _HUNDREDS[int(found[1]) - 1] + (f" {rest}" if rest else "")
