"""How dates, times of day and durations are said in English: functions for the rules of ``english``; pure.

As in ``local/english_forms.py``, each takes what a pattern found and returns the words.
"""

import re

from lightning_cli.local import english_forms as forms
from lightning_cli.local import english_tables as tables


def dotted_date(found: forms.Match) -> str:
    """Read a date with full stops, the day first."""
    day, month, year = int(found[2]), int(found[3]), found[4]
    day, month = (month, day) if month > 12 else (day, month)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found.group()
    the = "" if re.search(r"\bthe\s?$", found[1]) else "the "
    return f"{found[1]}{the}{forms.ordinal(day)} of {tables.MONTHS[month - 1]} {year}"


def timestamp(found: forms.Match) -> str:
    """Read the time behind an ISO date; the date is left to the voice."""
    seconds = f" and {int(found['s'])} seconds" if found["s"] and int(found["s"]) else ""
    zone = " U T C" if found["zone"] == "Z" else ""
    hour, minute = int(found["h"]), int(found["m"])
    said = f"{hour} {'hundred' if not minute else 'oh ' + str(minute) if minute < 10 else minute}"
    return f"{found['date']}, {said}{seconds}{zone}"


def month(found: forms.Match) -> str:
    """Write out the name of a month."""
    short = found.group()[:3]
    return next(month for month in tables.MONTHS if month[:3] == short)


def dashed_date(found: forms.Match) -> str:
    """Read a date whose month is a name."""
    return f"{int(found[1])} {next(month for month in tables.MONTHS if month[:3] == found[2][:3])} {found[3]}"


def zone(found: forms.Match) -> str:
    """Read how far a zone of time is off."""
    minutes = f" {found[4]}" if found[4] and int(found[4]) else ""
    return f"{found[1]} {'plus' if found[2] == '+' else 'minus'} {int(found[3])}{minutes}"


def month_days(found: forms.Match) -> str:
    """Read some days of a month."""
    return f"{found[1]} {forms.ordinal(int(found[2]))} to {forms.ordinal(int(found[3]))}"


def days_month(found: forms.Match) -> str:
    """Read some days of a month, the month last."""
    return f"{forms.ordinal(int(found[1]))} to {forms.ordinal(int(found[2]))} of {found[3]}"


def clock(found: forms.Match) -> str:
    """Read hours, minutes and seconds: how long it took, or the time of day."""
    hour, minute, second = (int(part) for part in found.group(1, 2, 3))
    half = f"{found[4].lower()}m" if found[4] else ""
    if re.search(rf"(?i:\b(?:{forms.alternatives(tables.BEFORE_DURATIONS)}):?\s)\Z", forms.text_before(found)):
        return _duration((hour, "hour"), (minute, "minute"), (second, "second"))
    return f"{found[1]}:{found[2]}{half}" + (f" and {second} second{'' if second == 1 else 's'}" if second else "")


def lap(found: forms.Match) -> str:
    """Read minutes, seconds and parts of them."""
    minutes = "" if found[1] == "0" else f"{found[1]} minute{'' if found[1] == '1' else 's'} "
    return f"{minutes}{int(found[2])} point {forms.spell(found[3])} seconds"


def duration(found: forms.Match) -> str:
    """Read a duration whose parts are letters: "1d 3h", "3m20s"."""
    names = ("day", "hour", "minute", "second")
    return _duration(*((int(part or 0), name) for part, name in zip(found.groups(), names, strict=True)))


def _duration(*parts: tuple[int, str]) -> str:
    said = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in parts if count]
    return " and ".join(filter(None, (" ".join(said[:-1]), said[-1]))) if said else "0 seconds"


def hours(found: forms.Match) -> str:
    """Read hours and minutes as a count."""
    hours, minutes = found[1], found[2]
    minute = f" {int(minutes)} minute{'' if int(minutes) == 1 else 's'}" if int(minutes) else ""
    return f"{hours} hour{'' if hours == '1' else 's'}{minute}"


def months(found: forms.Match) -> str:
    """Read a range of months."""
    full = {month[:3]: month for month in tables.MONTHS}
    return f"{full[found[1]]} to {full[found[2]]}"


def year(found: forms.Match) -> str:
    """Read a year of the first ten of a century, written with an apostrophe."""
    return f"oh {found[1]}" if found[1] != "0" else "two thousand"
