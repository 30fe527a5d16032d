"""What to say for signs that no engine reads: emoji and their sequences, symbols, letters of foreign scripts.

Pure. Names are English and come from the Unicode database of the running Python, shortened where a shorter one is
what people say.
"""

import re
import unicodedata
from functools import cache

from lightning_cli.local.emoji_names import CHILDREN, KISSING, NAMES, PEOPLE, ROLES, SEQUENCES

_MODIFIERS = "\ufe0e\ufe0f\U0001f3fb-\U0001f3ff"
_PICTURE = "[\u00a9\u00ae\u203c-\u2fff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_SEQUENCE = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[★⭐]{1,10}☆{1,10}|[★⭐]{2,10}|☆{2,10}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f"
    f"|{_PICTURE}[{_MODIFIERS}]*(?:\u200d{_PICTURE}[{_MODIFIERS}]*)+"
    f"|{_PICTURE}[{_MODIFIERS}]+"
)
_REGIONAL_A = 0x1F1E6
_TAG_BASE = 0xE0000
_SKIN_TONES = {
    "\U0001f3fb": "light skin tone",
    "\U0001f3fc": "medium light skin tone",
    "\U0001f3fd": "medium skin tone",
    "\U0001f3fe": "medium dark skin tone",
    "\U0001f3ff": "dark skin tone",
}
_SHORT_NAMES = dict(
    pair.split("=")
    for pair in (
        "\u2212=minus;→=right arrow;←=left arrow;↑=up arrow;↓=down arrow;⇒=right double arrow;≤=less than or equal to;"
        "≥=greater than or equal to;≠=not equal to;≈=approximately;∞=infinity;√=square root of;∑=sum;∏=product;"
        "∫=integral;∂=partial derivative;∈=element of;\u222a=union;∩=intersection;✓=check mark;✔=check mark;"
        "✅=check mark;☑=check mark;⭐=star;⌘=command;⌥=option;⌃=control;⇧=shift;⏎=return;↵=return;⌫=delete;"
        "⌦=forward delete;⎋=escape;⇥=tab;␣=space;⇪=caps lock;"
        "✗=cross mark;✘=cross mark;★=star;☆=star;"
        "№=number;‰=per mille;†=dagger;‡=double dagger;♥=heart;❤=heart;®=registered;"
        "™=trade mark;©=copyright;♀=woman;♂=man;\u00d7=times;÷=divided by;±=plus or minus;<=less than;>=greater than;"
        "^=caret;$=dollars;€=euros;£=pounds;¥=yen;₹=rupees;¢=cents;§=section;°=degrees;¾=three quarters;%=percent;"
        "&=and;@=at;#=number;☕=coffee;🔥=fire;✨=sparkles;👍=thumbs up;👎=thumbs down;😂=tears of joy"
    ).split(";")
)
_SHORT_NAMES["="] = "equals"
# What people call the signs of ASCII; the Unicode database has "hyphen minus", "solidus" and "low line".
_SHORT_NAMES |= dict(
    zip("-./\\_~|`*", "minus point slash backslash underscore tilde pipe backtick asterisk".split(), strict=True)
)
_SHORT_NAMES |= dict(
    zip(
        ":;,!?'\"()[]{}",
        [
            "colon",
            "semicolon",
            "comma",
            "exclamation mark",
            "question mark",
            "apostrophe",
            "quote",
            "open parenthesis",
            "close parenthesis",
            "left bracket",
            "right bracket",
            "left brace",
            "right brace",
        ],
        strict=True,
    )
)
_SHORT_NAMES |= dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))
_REGIONS = dict(
    pair.split("=")
    for pair in (
        "AE=the United Arab Emirates;AR=Argentina;AT=Austria;AU=Australia;BD=Bangladesh;BE=Belgium;BR=Brazil;CA=Canada;"
        "CH=Switzerland;CL=Chile;CN=China;CO=Colombia;CZ=Czechia;DE=Germany;DK=Denmark;EG=Egypt;ES=Spain;ET=Ethiopia;"
        "EU=the European Union;FI=Finland;FR=France;GB=the United Kingdom;GR=Greece;HK=Hong Kong;HU=Hungary;"
        "ID=Indonesia;IE=Ireland;IL=Israel;IN=India;IQ=Iraq;IR=Iran;IT=Italy;JP=Japan;KE=Kenya;KR=South Korea;"
        "LK=Sri Lanka;MA=Morocco;MM=Myanmar;MX=Mexico;MY=Malaysia;NG=Nigeria;NL=the Netherlands;NO=Norway;NP=Nepal;"
        "NZ=New Zealand;PE=Peru;PH=the Philippines;PK=Pakistan;PL=Poland;PT=Portugal;RO=Romania;RU=Russia;"
        "SA=Saudi Arabia;SE=Sweden;SG=Singapore;TH=Thailand;TR=Turkey;TW=Taiwan;UA=Ukraine;US=the United States;"
        "VN=Vietnam;ZA=South Africa;gbeng=England;gbsct=Scotland;gbwls=Wales"
    ).split(";")
)
_DINGBATS = range(0x2600, 0x27C0)
_UNNAMED = {"Co": "private use character", "Cs": "broken character", "Cc": "control character"}


def sequence_at(text: str, index: int) -> tuple[int, str] | None:
    """Read an emoji sequence that starts at ``index``: its length in characters and its name, or None."""
    found = _SEQUENCE.match(text, index)
    return (found.end() - index, sequence_name(found.group())) if found else None


@cache
def sequence_name(sequence: str) -> str:
    """Name a flag, a keycap, or a picture with skin tone, gender or other parts joined to it."""
    if all(_REGIONAL_A <= ord(sign) < _REGIONAL_A + 26 for sign in sequence):
        return _flag("".join(chr(ord(sign) - _REGIONAL_A + ord("A")) for sign in sequence))
    if sequence[-1] == "\u20e3":
        return f"keycap {_SHORT_NAMES.get(sequence[0], sequence[0])}"
    if all(sign in "★⭐☆" for sign in sequence):
        full = sum(sign != "☆" for sign in sequence)
        return f"{full} stars" if full == len(sequence) else f"{full} out of {len(sequence)} stars"
    tags = "".join(chr(ord(sign) - _TAG_BASE) for sign in sequence[1:-1] if ord(sign) > _TAG_BASE)
    if tags:
        return _flag(tags)
    return _joined([sign for sign in sequence if sign not in "\ufe0e\ufe0f\u200d"])


def _joined(signs: list[str]) -> str:
    """Name pictures that are joined to one: people by what they do, and who are together."""
    bare = [sign for sign in signs if sign not in _SKIN_TONES]
    tones = [_SKIN_TONES[sign] for sign in signs if sign in _SKIN_TONES][:1]
    if known := SEQUENCES.get("".join(bare)):
        return known
    people = [sign for sign in bare if sign in PEOPLE or sign in CHILDREN]
    if len(people) > 1 and len(people) == len(bare):
        return "family"
    if len(people) > 1 and KISSING.intersection(bare):
        return "couple"
    if len(bare) > 1 and bare[0] in PEOPLE and bare[1] in ROLES:
        role = ROLES[bare[1]]
        who = PEOPLE[bare[0]] or ("person" if role.startswith(("with", "in ", "who", "holding", "feeding")) else "")
        return " ".join(filter(None, [who, role, *tones]))
    if len(bare) > 1 and bare[-1] in PEOPLE:
        return " ".join([PEOPLE[bare[-1]], *map(character_name, bare[:-1]), *tones])
    return " ".join([*map(character_name, bare), *tones])


def has_short_name(sign: str) -> bool:
    """Return whether people call this sign otherwise than the Unicode database does."""
    return sign in _SHORT_NAMES


@cache
def character_name(sign: str) -> str:
    """Name one character in English words; one the database does not know is spelled by its number."""
    short = _SHORT_NAMES.get(sign) or _SKIN_TONES.get(sign) or NAMES.get(sign)
    if short:
        return short
    if sign.isascii() and sign.isalpha():
        return sign.upper()
    name = unicodedata.name(sign, "")
    if name:
        if ord(sign) in _DINGBATS:
            # How a picture is drawn: filled, as an outline, thick.
            name = re.sub("^(?:BLACK|WHITE|HEAVY) ", "", name)
        return re.sub("^VULGAR FRACTION | (?:SIGN|SYMBOL|ORNAMENT)$", "", name).lower().replace("-", " ")
    number = " ".join(f"{ord(sign):X}")
    return f"{_UNNAMED.get(unicodedata.category(sign), 'character')} {number}"


def spelled_out(text: str) -> str:
    """Name every character that is not white space, one after the other: the last resort for a word."""
    names: list[str] = []
    script = ""
    for sign in text:
        if sign.isspace():
            continue
        name = character_name(sign)
        first, _, rest = name.partition(" ")
        # "tibetan letter ka, letter kha": the script is said once.
        names.append(rest if rest and first == script else name)
        script = first
    return ", ".join(names)


def _flag(code: str) -> str:
    return f"flag of {_REGIONS.get(code) or ' '.join(code.upper())}"
