"""How codes are said in English: hashes, identifiers, blobs, colours; formulas of substances and their ions; pure.

As in ``local/english_forms.py``, each takes what a pattern of ``english`` found and returns the words.
"""

import re

from lightning_cli.local import english_forms as forms

# Of a long hash, and of an identifier, this many signs are said: more of it is not compared by ear.
_HASH_SIGNS, _IDENTIFIER_SIGNS = 7, 4
_WHOLE_HASH_CHARS = 12
_REST = "and so on"
_BLOB_CAPITALS, _BLOB_DIGITS, _BLOB_TURNS = 4, 3, 8
ELEMENTS = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Nd Sm Eu Gd Tb Er Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po "
    "Rn Ra Ac Th Pa U Np Pu Am".split()
)
# Substances without a number, and symbols that a hyphen follows as it follows a word.
_PLAIN_FORMULAS = frozenset("NaCl KCl HCl NaOH KOH CaO MgO NaF KI HBr HF HCN KCN ZnO FeS CuO LiF AgCl NaBr KBr".split())
_WORDS_TOO = frozenset("As At Be He I In No".split())
# Without a number behind it; a hyphen hangs behind other words and names: "UK- and US-based".
_ANIONS = frozenset("Cl Br OH CN HS".split())
# A larger number, and no other, is that of a thing: "COP26".
_MOST_ATOMS_ALONE = 9
_PART = re.compile(r"([A-Z][a-z]?)|(\d+)|([()])")


def hash_code(found: forms.Match) -> str:
    """Read a hash; of a long one the beginning."""
    code = found.group()
    if not re.search("[a-fA-F]", code) or len(re.findall(r"\d", code)) < 2:  # noqa: PLR2004 - one may end a word
        return code
    if len(code) <= _WHOLE_HASH_CHARS:
        return forms.spell(code)
    return f"{forms.spell(code[:_HASH_SIGNS])} {_REST}"


def identifier(found: forms.Match) -> str:
    """Read the beginning of a universal identifier."""
    return f"{forms.spell(found.group()[:_IDENTIFIER_SIGNS])} {_REST}"


def blob(found: forms.Match) -> str:
    """Name data that is written as letters and digits; words with signs between them stay."""
    text = found.group()
    turns = len(re.findall(r"[a-z](?=[A-Z\d])|[A-Z\d](?=[a-z])", text))
    enough = (
        len(re.findall("[A-Z]", text)) >= _BLOB_CAPITALS
        and len(re.findall(r"\d", text)) >= _BLOB_DIGITS
        and turns >= _BLOB_TURNS
    )
    return "a long code" if enough else text


def colour(found: forms.Match) -> str:
    """Spell the number of a colour."""
    return f"hash {forms.spell(found[1])}"


def substance(found: forms.Match) -> str:
    """Spell the formula of a substance, if it is one: all of its letters are symbols, and it has a number."""
    formula, charge = found["formula"], found["charge"]
    parts = _PART.findall(formula)
    symbols = [symbol for symbol, _, _ in parts if symbol]
    if not ELEMENTS.issuperset(symbols) or not _is_formula(formula, symbols, charge):
        return found.group()
    said = [" ".join(symbol.upper()) or number for symbol, number, _ in parts]
    if charge:
        sign = "plus" if charge[-1] == "+" else "minus"
        said += [charge[:-1].strip("^"), sign]
    return " ".join(filter(None, [found["count"], *said]))


def _is_formula(formula: str, symbols: list[str], charge: str | None) -> bool:
    numbers = [int(number) for number in re.findall(r"\d+", formula)]
    if charge == "-" and not numbers:
        return formula in _ANIONS
    if charge:
        certain = len(charge) > 1 or len(symbols) > 1 or len(symbols[0]) > 1 or symbols[0] in {"H", "K"}
        return certain and formula not in _WORDS_TOO
    counted = len(symbols) > 1 and (len(numbers) > 1 or 0 < sum(numbers) <= _MOST_ATOMS_ALONE)
    return counted or formula in _PLAIN_FORMULAS or formula in {"O2", "H2"}


def isotope(found: forms.Match) -> str:
    """Read the number above a symbol."""
    return f"{found[1]} {' '.join(found[2].upper())}" if found[2] in ELEMENTS else found.group()
