"""How names of libraries, versions and machines, magnets and dotted letters are said in English; pure.

As in ``local/english_forms.py``, each takes what a pattern of ``english`` found and returns the words.
"""

import re

from lightning_cli.local import english_forms as forms

# What is near a number with a T that means tesla; elsewhere it means trillions.
_MAGNETS = re.compile(
    r"\b(?:f?MRI|MR|NMR|MEG|scann?(?:er|ers|ed|s)?|magnet(?:s|ic|ism)?|fields?|coils?|superconduct\w+|imaging)\b"
)
_NEAR = 48
# What is near a number of basis points.
_RATES = re.compile(
    r"\b(?:yields?|rates?|spreads?|hikes?|hiked|cuts?|rose|fell|up|down|margins?|Fed|ECB|bonds?|Treasury|Treasuries|basis"
    r"|inflation|mortgages?|raised|lowered|tighten\w*|widen\w*)\b",
    re.IGNORECASE,
)
# What is counted in the plural has several numbers behind it: "items 3,14".
_SEVERAL = re.compile(
    r"\b(?!(?:is|was|has|does|equals|weighs|costs|measures|times|minus|plus|as|thus)\b)\w+s\s\Z", re.IGNORECASE
)


def shared_library(found: forms.Match) -> str:
    """Read the file of a shared library: "libfoo.so.6"."""
    number = " dot ".join(found[2].split("."))
    return f"{found[1].replace('_', ' ')} dot S O dot {number}"


def prompt(found: forms.Match) -> str:
    """Read the prompt of a shell: who, where, and the sign that waits."""
    return f"{forms.path(found)} {'dollar' if found['sign'] == '$' else 'hash'}"


def preview(found: forms.Match) -> str:
    """Read what stands behind the number of a version that is not out yet: "-rc.2", "-beta1"."""
    said = "R C" if found[1] == "rc" else found[1]
    return f" {said} {found[2] or ''}".rstrip()


def tesla(found: forms.Match) -> str:
    """Read the strength of a magnet, where something near says that it is one."""
    near = forms.text_before(found, _NEAR) + " " + forms.text_after(found, _NEAR)
    return f"{forms.said_decimal(found['number'])} tesla" if _MAGNETS.search(near) else found.group()


def basis_points(found: forms.Match) -> str:
    """Read hundredths of a percent, where something near says that these are no bits in a second."""
    near = forms.text_before(found, _NEAR) + " " + forms.text_after(found, _NEAR)
    return f"{forms.said_decimal(found['number'])} basis points" if _RATES.search(near) else found.group()


def dotted_letters(found: forms.Match) -> str:
    """Spell small letters with full stops, as on a prescription; the last stop ends the sentence if nothing follows."""
    stop = "" if forms.text_after(found).strip() else "."
    return forms.spell(found.group().replace(".", "")) + stop


def comma_decimal(found: forms.Match) -> str:
    """Read a number that has a comma for the point, unless it is two numbers."""
    if _SEVERAL.search(forms.text_before(found)):
        return found.group()
    return f"{found[1]}.{found[2]}"
