"""How Roman numerals are said in English, and when an I is who speaks; pure.

As in ``local/english_forms.py``, each takes what a pattern of ``english`` found and returns the words.
"""

import re

from lightning_cli.local import english_forms as forms
from lightning_cli.local import english_tables as tables
from lightning_cli.local.roman import roman

ROMAN = r"(?=[MDCLXVI]+\b)M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[MDCLXVI])"
# Nothing with a name has so many successors.
_NUMBERED = 40


def century(found: forms.Match) -> str:
    """Read a Roman numeral that counts centuries or the like."""
    return f"{forms.ordinal(roman(found[1]))}{found[2]}"


def named_roman(found: forms.Match) -> str:
    """Read a Roman numeral behind the name of a ruler or of a thing that is counted."""
    name, numeral = found["name"], found["numeral"]
    value = roman(numeral)
    if numeral in {"L", "C", "D", "M"} or (numeral == "I" and _is_pronoun(found)):
        return found.group()
    if name in tables.REGNAL:
        return f"{name} the {forms.ordinal(value)}"
    single = len(numeral) == 1
    if name.lower() in tables.COUNTED or (
        not single and name[0].isupper() and value < _NUMBERED and numeral not in {"XL", "IV", "VI", "XX"}
    ):
        return f"{name} {value}"
    return found.group()


def _is_pronoun(found: forms.Match) -> bool:
    """Return whether the I behind a name or a thing is who speaks: "the book I read", not "type I error"."""
    name, after, before = found["name"], forms.text_after(found), forms.text_before(found)
    if re.match(_BEHIND_NUMERAL, after):
        return False
    if name in tables.REGNAL:
        if re.match(_BEHIND_PRONOUN, after):
            return True
        spoken_to = re.search(_SPOKEN_TO, before) or (name in _EVERYDAY and not re.search(_TITLE, before))
        return bool(spoken_to and re.match(_BEHIND_EITHER, after))
    return name[0].islower() or name == "No" or re.search(_DETERMINER, forms.text_before(found)) is not None


_BEHIND_NUMERAL = (
    r"[^\w\s]|\s?$|\s(?:and|or|to|through|of|is|has|errors?|trials?|stud(?:y|ies)|diabetes|devices?|elements?|metals?|"
    r"collagens?|cancers?|tumou?rs?|diseases?|patients?|disorders?|clinical|listed|buildings?|reactions?|proteins?)\b"
)
_BEHIND_PRONOUN = r"\s(?:am|have|do|don't|think|know|mean|guess|hope|like|love|want|need)\b"
# What a ruler does too; who is told something, or has a name of every day and no title, does not.
_BEHIND_EITHER = (
    r"\s(?:was|had|did|said|told|went|saw|came|got|made|took|wanted|thought|knew|could|would|will|can|should|might|may|"
    r"must|never|also|just|really|always|still|only|can't|won't|didn't|wasn't|couldn't|wouldn't)\b"
)
_SPOKEN_TO = r"\b(?i:told|tell|asked|ask|with|thanks|thank|hi|hello|hey|dear|sorry|promised|showed|gave)\s\Z"
_EVERYDAY = frozenset(
    "John Paul David Robert Mary Anne Margaret Michael Kenneth Richard Peter Joseph Carlos Juan Boris Oscar Erik Karl "
    "Leo Albert Alexander Rama Malcolm Harald Christian".split()
)
_TITLE = r"\b(?:King|Queen|Pope|Emperor|Empress|Tsar|Czar|Prince|Duke|Saint|St\.|Kaiser|Sultan|Shah)\s\Z"
_DETERMINER = r"\b(?i:the|a|an|this|that|each|every|which|what|any|no)\s\Z"


def small_roman(found: forms.Match) -> str:
    """Read a small Roman numeral behind what it counts."""
    return f"{found['name']} {roman(found['numeral'])}"


def lone_roman(found: forms.Match) -> str:
    """Read a year in Roman numerals."""
    return str(roman(found.group())) if len(found.group()) > len("MIX") else found.group()


def listed_roman(found: forms.Match) -> str:
    """Read the small Roman numeral of a list."""
    return f"({roman(found[1])})"
