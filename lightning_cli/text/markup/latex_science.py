"""Formulas of chemistry (mhchem) and quantities (siunitx) within TeX: what the voice reads for them.

A unit stays its symbol, since each voice has words of its language for those.
"""

import re
from collections.abc import Callable

_ARROWS = r"<-->|<=?-?>|<=>>?|->|-->|=>"
_PART = re.compile(
    rf"(?P<arrow>{_ARROWS})(?:\[[^\]]*\])*|\^?\{{?(?P<charge>\d*[-+])\}}?(?=[\s)\]]|$)|_?\{{?(?P<count>\d+)\}}?"
    r"|(?P<letters>[A-Z][a-z]?|e(?=[-^]))|\((?:s|l|g|aq)\)|(?P<plus>\+)|\s+|[-()\[\]=#.^v]"
)
# What siunitx calls units and prefixes.
_SYMBOLS = dict(
    pair.split("=")
    for pair in (
        "meter=m metre=m gram=g second=s ampere=A kelvin=K mole=mol candela=cd hertz=Hz newton=N pascal=Pa joule=J "
        "watt=W coulomb=C volt=V farad=F ohm=Ω siemens=S weber=Wb tesla=T henry=H lumen=lm lux=lx becquerel=Bq gray=Gy "
        "sievert=Sv celsius=°C degreeCelsius=°C degree=° percent=% liter=l litre=l hour=h minute=min day=d bar=bar "
        "electronvolt=eV decibel=dB hectare=ha tonne=t bit=bit byte=B kilo=k mega=M giga=G tera=T milli=m micro=µ "
        "nano=n pico=p centi=c deci=d hecto=h squared=² cubed=³ square=² cubic=³"
    ).split()
)
_PREFIXES = frozenset("kilo mega giga tera milli micro nano pico centi deci hecto".split())
_NUMBER = re.compile(r"([-+]?[\d.,]*)(?:[eE]([-+]?)(\d+))?")


def chemistry(source: str, say: Callable[[str], str]) -> str | None:
    r"""Return how the argument of ``\ce`` is read, letter by letter; None where it has other forms."""
    said: list[str] = []
    at = 0
    while at < len(source):
        found = _PART.match(source, at)
        if found is None:
            return None
        at = found.end()
        if found["arrow"]:
            said.append(say("in equilibrium with" if found["arrow"][0] == "<" else "to"))
        elif found["charge"]:
            said += [found["charge"][:-1], say("plus" if found["charge"][-1] == "+" else "minus")]
        elif found["count"]:
            said.append(found["count"])
        elif found["letters"]:
            said.append(" ".join(found["letters"].upper()))
        elif found["plus"]:
            said.append(say("plus"))
    return " ".join(filter(None, said))


def number(source: str, say: Callable[[str], str]) -> str | None:
    r"""Return how the argument of ``\num`` is read."""
    found = _NUMBER.fullmatch(source.replace(" ", ""))
    if found is None:
        return None
    before = f"{found[1]} {say('times')} " if found[1] not in {"", "1"} else ""
    if not found[3]:
        return found[1]
    sign = f"{say('minus')} " if found[2] == "-" else ""
    return before + "10 " + say("to the power {}").replace("{}", sign + found[3])


def unit(source: str) -> str | None:
    r"""Return the symbol for the argument of ``\si``: ``\kilo\gram\per\metre`` is kg/m."""
    names = re.findall(r"\\([A-Za-z]+)", source)
    if not names:
        return source.replace("{", "").replace("}", "").replace("~", " ").replace(".", " ").strip()
    said = power = ""
    prefixed = False
    for name in names:
        if name in {"square", "cubic"}:
            power = _SYMBOLS[name]
        elif name == "per":
            said += "/"
        elif name not in _SYMBOLS:
            return None
        else:
            glued = not said or said[-1] == "/" or prefixed or name in {"squared", "cubed"}
            prefixed = name in _PREFIXES
            said += ("" if glued else " ") + _SYMBOLS[name] + ("" if prefixed else power)
            power = power if prefixed else ""
    return said
