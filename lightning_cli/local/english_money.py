"""How amounts of money are said in English: functions for the rules of ``english``; pure.

Each takes what a pattern found and returns the words. The words themselves are in ``local/english_tables.py``.
"""

import re

from lightning_cli.local import english_forms as forms
from lightning_cli.local import english_tables as tables

_LAKH, _CRORE = 100_000, 10_000_000


def indian(number: str) -> str | None:
    """Read a number whose groups are lakhs and crores; None for another one."""
    whole, _, part = number.partition(".")
    if not re.fullmatch(r"\d{1,2}(?:,\d{2})+,\d{3}", whole):
        return None
    value = int(whole.replace(",", ""))
    crores, rest = divmod(value, _CRORE)
    lakhs, rest = divmod(rest, _LAKH)
    thousands, ones = divmod(rest, 1000)
    counts = ((crores, " crore"), (lakhs, " lakh"), (thousands, " thousand"), (ones, ""))
    said = " ".join(f"{count}{name}" for count, name in counts if count)
    return said + (f" point {forms.spell(part)}" if part.strip("0") else "")


def _money(amount: str, scale: str | None, names: tuple[str, ...]) -> str:
    number = forms.parsed_amount(amount)
    if scale:
        return f"{forms.said_decimal(number)} {tables.SCALES[scale]} {names[1]}"
    grouped_by_lakhs = indian(number)
    if grouped_by_lakhs:
        return f"{grouped_by_lakhs} {names[1]}"
    whole, _, part = number.partition(".")
    if part and (len(part) != 2 or len(names) < 4) and part.strip("0"):
        return f"{forms.said_decimal(number)} {names[1]}"
    hundredths = int(part or "0") if len(part) == 2 else 0
    said = f"{whole} {names[0] if whole == '1' else names[1]}" if whole.strip("0,") or not hundredths else ""
    small = f"{hundredths} {names[2] if hundredths == 1 else names[3]}" if hundredths else ""
    return " and ".join(filter(None, (said, small)))


def _spoken_sign(minus: str | None) -> str:
    return "" if not minus else "plus " if minus.strip() == "+" else "minus "


def _single(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names for one, for whatever amount: "a five dollar bill"."""
    return tuple(names[at - at % 2] for at in range(len(names)))


def _is_adjective(found: forms.Match) -> bool:
    """Return whether an amount belongs to the noun behind it: "a $5 bill", "a $20-a-month plan", "the €20 note"."""
    after = forms.text_after(found)
    if re.match(r"-\w", after) or re.search(r"\d-[a-z]", found.group()):
        return True
    if not re.match(r"\s(?!(?:or|and|to|is|was|in|on|at|for|than|more|less|off|each)\b)[a-z]", after):
        return False
    before = forms.text_before(found)
    determined = re.search(
        r"\b(?:[Tt]h(?:e|is|at|ese|ose)|[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[OoYy]u?r|[Mm]y|[Aa]nother|\w+'s)\s\Z", before
    )
    return bool(
        re.search(r"\b[Aa]n?\s\Z", before)
        or (determined and re.match(rf"\s(?:{forms.alternatives(tables.PRICED)})s?\b", after))
    )


def price(found: forms.Match) -> str:
    """Read an amount or two of a currency, with the sign before or behind it."""
    sign = found["sign"]
    names = tables.CURRENCIES.get(sign) or tables.CURRENCY_CODES[sign]
    minus, amount, scale = _spoken_sign(found["minus"] or found["inner"]), found["amount"], found["scale"]
    if found["to"]:
        second = _money(found["to"], found["toscale"], names)
        first = (
            _money(amount, scale, names)
            if found["tosign"] or scale
            else forms.said_decimal(forms.parsed_amount(amount))
        )
        return f"{minus}{first} to {second}{said_per(found['per'])}"
    said = _money(amount, scale, _single(names) if _is_adjective(found) else names)
    return f"{minus}{said}{said_per(found['per'])}"


def price_behind(found: forms.Match) -> str:
    """Read an amount whose currency stands behind it."""
    names = tables.CURRENCIES.get(found["sign"]) or tables.CURRENCY_CODES[found["sign"]]
    amount = found["amount"]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", amount) and found["sign"] in {"€", "₺", "₽", "EUR", "TRY"}:
        amount = amount.replace(".", ",")
    first = f"{forms.said_decimal(forms.parsed_amount(found['from']))} to " if found["from"] else ""
    return f"{_spoken_sign(found['minus'])}{first}{_money(amount, found['scale'], names)}{said_per(found['per'])}"


def said_per(per: str | None) -> str:
    """Read what a price or a rate is for."""
    return f" per {tables.PER[per]}" if per else ""
