"""How numbers, amounts, units, dates and addresses are said in English: one function for each rule of ``english``; pure.

Each takes what a pattern found and returns the words. The words themselves are in ``local/english_tables.py``.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache

from lightning_cli.local import english_tables as tables

Match = re.Match[str]
_DIGITS = "zero one two three four five six seven eight nine".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
# As far back as a quote is looked for that this one may close.
_QUOTE_CHARS = 200
# Of a telephone in India and in the USA.
_PHONE_DIGITS = 10


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


MONTH = alternatives(
    [*tables.MONTHS, *(month[:3] for month in tables.MONTHS), *(month[:3] + "." for month in tables.MONTHS), "Sept"]
)
DAY = alternatives(tables.WEEKDAYS)
DASH = r"\s?[-\u2013\u2014\u2212]\s?"
MINUS = "[-\u2212\u2013]"
# Numbers as they are written: with groups, with a point, with a comma for one, with the point alone.
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
AMOUNT = r"(?:\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)(?:\.\d+)?|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?|\.\d+)"
SIGN = alternatives(tables.CURRENCIES)
CODE = alternatives(tables.CURRENCY_CODES)
SCALE = rf"(?:[\s-]?(?P<scale>{alternatives(tables.SCALES)})(?![\w]))?"
PER = rf"(?:\s?/\s?(?P<per>{alternatives(tables.PER)})(?![\w/]))?"


# --- What rules share


def ordinal(number: int) -> str:
    """Name a number in a row: 21 is "twenty first"."""
    if number < len(_ORDINALS):
        return _ORDINALS[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return f"{_TENS[ten - 2]} {_ORDINALS[one]}" if one else _TENS[ten - 2][:-1] + "ieth"
    if number % 100 == 0 and number < 1000:
        return f"{_DIGITS[number // 100]} hundredth"
    if number % 1000 == 0 and number < 1_000_000:
        return f"{number // 1000} thousandth"
    return f"{number // 100 * 100} {ordinal(number % 100)}" if number % 100 else f"{number}th"


def spell(text: str, zero: str = "zero") -> str:
    """Read signs one by one; small letters become capitals, which engines read by their names."""
    return " ".join(
        zero if sign == "0" else _DIGITS[int(sign)] if sign in "0123456789" else sign.upper() for sign in text
    )


def text_before(found: Match, chars: int = 24) -> str:
    """Return the signs before a match, only so many: all of them for every match is the square of the text."""
    return found.string[max(0, found.start() - chars) : found.start()]


def text_after(found: Match, chars: int = 24) -> str:
    """Return the signs behind a match, only so many."""
    return found.string[found.end() : found.end() + chars]


def even(text: str) -> str:
    """Write what has several signs with one: minus, primes, apostrophes between digits, spaces that do not break."""
    text = text.replace("\u2032", "'").replace("\u2033", '"').replace("\u03bc", "µ").replace("\u2126", "Ω")
    text = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u2010", "-").replace("\u2011", "-")
    text = re.sub(r"(?<=\d)([\u201c\u201d])", '"', text) if "\u201c" not in text else text
    text = re.sub("[\u2070\u00b9\u00b2\u00b3\u2074-\u207e]+", _superscript, text)
    return re.sub("[\u2080-\u208e]+", lambda found: unicodedata.normalize("NFKC", found.group()), text)


def _superscript(found: Match) -> str:
    digits = unicodedata.normalize("NFKC", found.group()).replace("\u2212", "-").replace("(", "").replace(")", "")
    return found.group() if found.group() in {"²", "³"} else f"^{digits}"


def plain(number: str) -> str:
    """Write a number with groups of any kind as the engines read it."""
    return re.sub(r"[\s_']", ",", number)


def _one(number: str) -> bool:
    return number in {"1", "1.0"}


def said_decimal(number: str) -> str:
    """Put words for the part behind the point."""
    whole, _, part = number.partition(".")
    return f"{whole} point {spell(part)}".lstrip() if part else whole


def parsed_amount(amount: str) -> str:
    """Write an amount with a point, whatever its signs mean: "1.500,00" and "12,50" have a comma for it."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d{1,2}", amount):
        return amount.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d+,\d{1,2}", amount):
        return amount.replace(",", ".")
    return amount


# --- Addresses, files, keys


def _said_address(address: str) -> str:
    """Read an address part by part, its signs by name."""
    said: list[str] = []
    for part in re.findall(r"[^\W_]+|\W|_", address):
        if part in tables.ADDRESS_SIGNS:
            said.append(tables.ADDRESS_SIGNS[part])
        elif part in tables.PATH_WORDS:
            said.append(tables.PATH_WORDS[part])
        elif part == "a":
            said.append("A")
        elif part.lower() in tables.ENDINGS and said[-1:] == ["dot"]:
            said.append(tables.ENDINGS[part.lower()])
        elif (said[-1:] == ["dot"] and part.lower() in tables.FILE_ENDINGS | tables.DOMAINS) or not re.search(
            "[aeiouyAEIOUY]", part
        ):
            said.append(part if part.isdigit() else spell(part))
        else:
            said.append(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part))
    return " ".join(said)


def url(found: Match) -> str:
    """Read an address of the web or of mail, without what everybody leaves out."""
    address = re.sub(r"^(?:[a-z\d]+://)?(?:www\.)?", "", found.group(), flags=re.IGNORECASE)
    body = address.rstrip(".,;:!?'\")]}>")
    return _said_address(body.rstrip("/")) + address[len(body) :]


def file(found: Match) -> str:
    """Read a file's name and its ending."""
    name, ending = found["name"], found["ending"].lower()
    stem = " ".join(re.findall(r"[^\W_]+|[.@+~]", name.replace("_", " ").replace("-", " ")))
    parts = [
        _said_address(part) if part.isupper() and len(part) > 1 and part != "README" else part for part in stem.split()
    ]
    said = " ".join("dot" if part == "." else tables.SHORT_FORMS.get(part, part) for part in parts)
    return f"{said} dot {tables.ENDINGS.get(ending, spell(ending))}"


def path(found: Match) -> str:
    """Read a path, of either slash."""
    return found["before"] + _said_address(found["path"].rstrip("/") or "/")


def keys(found: Match) -> str:
    """Read keys that are pressed together."""
    parts = re.split(r"(?<=\w)[+-](?=\S)", found.group())
    said = [tables.KEYS.get(part.lower()) or tables.KEY_NAMES.get(part.lower()) or part for part in parts]
    return " ".join(re.sub(r"^([Ff])(\d+)$", r"F \2", part.upper() if len(part) == 1 else part) for part in said)


def flag(found: Match) -> str:
    """Read the name of an option and that it has a value."""
    return f"{found[1].replace('-', ' ').replace('_', ' ').strip()} equals "


# --- Numbers that are names: of telephones, cards, places, versions


def digit_groups(found: Match) -> str:
    """Read digits one by one, with a pause between groups."""
    groups = re.findall(r"[0-9]+|[A-Z]+", found.group())
    plus = "plus " if found.group().lstrip("(").startswith("+") else ""
    return plus + ", ".join(spell(group) for group in groups)


def long_digits(found: Match) -> str:
    """Read a long number without groups digit by digit: nine billions of anything are hard to follow."""
    digits = found.group()
    groups = [digits[:3], digits[3:6], digits[6:]] if len(digits) == _PHONE_DIGITS else re.findall(r"\d{1,4}", digits)
    return ", ".join(map(spell, groups))


def joined_digits(found: Match) -> str:
    """Read digits one by one, without the signs between them."""
    return spell(re.sub(r"\D", "", found.group()))


def last_group(found: Match) -> str:
    """Read the digits behind a word that makes them a code."""
    return found["before"] + spell(found["digits"])


def network(found: Match) -> str:
    """Read an address of the internet protocol, its port or its mask."""
    address, _, rest = re.sub(r"(?=[:/])", " ", found.group(), count=1).partition(" ")
    said = " dot ".join(spell(part) for part in address.split("."))
    return said + (
        {":": " colon ", "/": " slash "}[rest[0]] + (spell(rest[1:]) if rest[0] == ":" else rest[1:]) if rest else ""
    )


def hardware(found: Match) -> str:
    """Spell the address of a network card, byte by byte."""
    return ", ".join(map(spell, found.group().split(":")))


def network_six(found: Match) -> str:
    """Spell an address of version six of the internet protocol; what has no "::" must have all its groups."""
    address = found.group()
    if "::" not in address and address.count(":") < 7:
        return address
    said = " colon ".join(spell(part) for part in address.replace("::", ":colon:").split(":"))
    return said.replace("C O L O N", "").replace("  ", " ")


def version(found: Match) -> str:
    """Read the number of a version."""
    word = found["word"]
    said = "version" if word.lower() == "v" else word.rstrip()
    return f"{said} " + " point ".join(found["number"].split("."))


def state(found: Match) -> str:
    """Read a state of the USA and the code behind it."""
    code = found["zip"] or ""
    said = spell(code.replace("-", ""), "oh") if code else ""
    return f", {tables.STATES[found['state']]} {said}".rstrip()


def named(words: dict[str, str]) -> Callable[[Match], str]:
    """Return what puts the word of a table for a sign."""
    return lambda found: words[found.group()]


# --- Plain numbers


def count(found: Match) -> str:
    """Read a count of thousands, millions or billions: "10k users", "2.5M people"."""
    number, scale = found["number"], found["scale"]
    after = text_after(found)
    plural = re.match(r"\s(?:people|[a-z]+[^s\W]s)\b", after)
    if scale in {"k", "K"}:
        certain = plural and not (scale == "K" and number in {"2", "4", "5", "6", "8"})
    elif scale in {"M", "B", "T"}:
        certain = ("." in number and not re.match(r"\s?[/²³]", after)) or (plural and number != "3")
    else:
        certain = True
    return f"{said_decimal(number)} {tables.SCALES[scale]}" if certain else found.group()


def spaced_groups(found: Match) -> str:
    """Join groups of three, unless they may be numbers in a row."""
    groups = found.group().split(" ")
    counts = re.match(r"\s?[a-z%°€$£]", text_after(found))
    if " " in found.group() and len(groups[0]) == 3 and "000" not in groups and (len(groups) > 2 or not counts):
        return found.group()
    return plain(found.group())


def number_range(found: Match) -> str:
    """Read a range, or a subtraction."""
    first, second = found["first"], found["second"]
    dash = found["dash"]
    if second[0] == "0" and second.isdigit() and len(second) > 1:
        month = int(second)
        if re.fullmatch(r"(?:19|20)\d\d", first) and len(second) == len("05") and month:
            return f"{tables.MONTHS[month - 1]} {first}"
        return f"{first}, {spell(second)}"  # a number that is a name
    if dash == "-" and second.isdigit() and first.isdigit() and len(second) > max(len(first) + 1, len("12345")):
        return f"{spell(first)}, {spell(second)}"  # no range is so wide: a number that is a name
    if dash != dash.strip() and not found["percent"] and _value(first) > _value(second):
        scored = re.search(r"(?:won|win|lost|lose|beat|led|lead|drew|score|scored|by)\s(?:\w+\s)?$", text_before(found))
        named = re.search(r"[A-Z]\w+\s\Z", text_before(found)) and re.match(r"\s[A-Z]", text_after(found))
        return f"{first} {'to' if scored or named else 'minus'} {second}"
    return f"{first}{' percent' if found['percent'] else ''} to {second}"


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def fraction(found: Match) -> str:
    """Read a whole number and a part."""
    whole, top, bottom = found["whole"], int(found["top"]), int(found["bottom"])
    if not bottom or len(found["bottom"]) > 4:
        return found.group()
    joint = f"{whole} and " if whole else ""
    return joint + _said_fraction(top, bottom, alone=not whole)


def _said_fraction(top: int, bottom: int, *, alone: bool = True) -> str:
    many = "" if top == 1 else "s"
    if bottom == 2:
        return ("one half" if alone else "a half") if top == 1 else f"{top} halves"
    return f"{'one' if top == 1 else top} {'quarter' if bottom == 4 else ordinal(bottom)}{many}"


def slashed(found: Match) -> str:
    """Read numbers around a slash that are not a date: parts of a whole, or one over the other."""
    top, bottom = int(found["top"]), int(found["bottom"])
    boxed = text_before(found)[-1:] == "[" and text_after(found)[:1] == "]"
    if 0 < top <= bottom and (boxed or re.search(_NUMBERED, text_before(found))):
        return f"{top} of {bottom}"
    if counted := _counted(top, bottom, found):
        return counted
    if re.match(
        r"(?:\s(?:of|inch|inches|in\.|cups?|mile|teaspoon|tablespoon|tsp|tbsp|lb|oz|ths?)\b|\"|-inch)",
        text_after(found),
    ):
        return _said_fraction(top, bottom) if bottom else found.group()
    dated = re.search(
        r"\b(?:on|by|since|until|till|before|after|from|due|dated?|between|through|[A-Z]\w+day)\s$", text_before(found)
    )
    if (
        not dated
        and 0 < top < bottom
        and bottom in {12, 15, 16, 20, 24, 25, 30, 32, 36, 40, 48, 50, 60, 64, 100, 128, 1000}
    ):
        return _said_fraction(top, bottom)
    if not dated and 0 < top < bottom <= 10:
        return _said_fraction(top, bottom)
    if 1 <= top <= 12 and 1 <= bottom <= 31:
        return f"{tables.MONTHS[top - 1]} {ordinal(bottom)}"
    if top >= bottom >= 10:
        return f"{top} {'out of' if top == bottom else 'over'} {bottom}"
    return found.group()


_NUMBERED = (
    r"\b(?i:pages?|steps?|parts?|slides?|tasks?|tests?|attempt|question|round|batch|epoch|try|item|file|job|volume|disc)"
    r":?\s\Z"
)


def _counted(top: int, bottom: int, found: Match) -> str | None:
    """Read seasons, what is known for itself, shares of a hundred, points of those there are, runs and wickets."""
    if top >= 1900 and bottom == (top + 1) % 100:
        return f"{top} to {found['bottom']}"
    if found.group() in {"24/7", "9/11"}:
        return f"{top} {'7' if bottom == 7 else bottom}"
    if (top, bottom) in {(50, 50), (20, 20)} or (top + bottom == 100 and bottom % 10 == 0 and bottom >= 10):
        return f"{top} {bottom}"
    scored = re.search(
        r"(?:scor(?:ed|e|es|ing)(?: of)?|rat(?:ed|e|es|ing)(?: of)?|got|gave|gives|received|earned|it(?: a)?|solid|grade:?|score:|rating:|review:)\s$",
        text_before(found),
    )
    if (scored and bottom in {5, 10, 20, 50, 100}) or (bottom == 100 and top > 10):
        return f"{top} out of {bottom}"
    if top >= 20 and bottom <= 10 and not re.match(r"\s?(?:per|%|inch|million|billion)|-", text_after(found)):
        return f"{top} for {bottom}"
    return None


def part_of_inch(found: Match) -> str:
    """Read a part of an inch."""
    whole = found["whole"]
    said = _said_fraction(int(found["top"]), int(found["bottom"]), alone=not whole)
    return f"{whole} and {said} inch" if whole else f"{said} inch"


def vulgar(found: Match) -> str:
    """Read a fraction that is one sign."""
    top, _, bottom = unicodedata.normalize("NFKC", found["sign"]).partition("\u2044")
    joint = f"{found['whole']} and " if found["whole"] else ""
    if not top or not bottom:
        return found.group()
    return f"{joint}{'one half' if (top, bottom) == ('1', '2') else _said_fraction(int(top), int(bottom))} ".rstrip()


def leading_zeros(found: Match) -> str:
    """Read a number that begins with zero digit by digit: it is a name."""
    return spell(found.group())


# --- Units


def _power(power: str | None, unit: str) -> str | None:
    """Return what a power of a unit is said with; None where the sign behind it is not a power."""
    if not power:
        return ""
    word = tables.POWERS.get(power)
    return word if word and (power in "²³" or power[0] == "^" or unit in tables.LENGTHS) else None


def quantity(found: Match) -> str:
    """Read a number and its unit."""
    number, unit, below = found["number"], found["unit"], found["below"]
    power, spaced, glued = _power(found["power"], unit), found["space"], not found["space"]
    if power is None or (glued and unit in tables.NEEDS_SPACE and unit not in _glued_units(number)):
        return found.group()
    if unit in tables.NEVER_PLAIN and not power and not below:
        return found.group()
    if unit == "in" and not below and not re.match(_MEASURED, text_after(found)):
        return found.group()
    is_grade = re.match(r"\s(?:grades?|students?|levels?|marks?|sides?|teams?|notes)\b", text_after(found))
    if unit == "A" and (is_grade or (glued and re.match(r"\s[A-Za-z]", text_after(found)))):
        return found.group()
    one, many = tables.UNITS[unit]
    article = re.search(r"\b(?:an?|per)\s$", text_before(found), re.IGNORECASE)
    described = re.match(rf"\s(?:{alternatives(tables.MEASURED)})\b", text_after(found))
    single = _one(number) or spaced == "-" or described or (article and re.match(r"[\s-][a-z]", text_after(found)))
    said = f"{said_decimal(parsed_amount(number))} {power + ' ' if power else ''}{one if single else many}"
    if below:
        below_power = _power(found["below_power"], below) or ""
        per = tables.UNITS[below][0] if below in tables.UNITS else tables.PER[below]
        said += f" per {below_power + ' ' if below_power else ''}{per}"
        if found["third"]:
            said += f" per {tables.PER[found['third']]}"
    return said


def _glued_units(number: str) -> frozenset[str]:
    """Return the ambiguous units that may stand glued to this number: "5m" and "0.5s", not "80s", "5A" or "4K"."""
    seconds = {"s"} if "." in number or not number.endswith("0") else set()
    return frozenset({"m", "L", "in", "pt", "mo"} | seconds)


_MEASURED = r"(?:\s(?:wide|long|tall|deep|thick|high|across|diameter|in diameter|by|x|of rain|of snow)\b|\s?[x×]\s?\d|[.,;:!?)]|\s?$)"


def feet(found: Match) -> str:
    """Read a height or a length in feet, and inches."""
    inches = found["inches"]
    feet = found["feet"]
    if inches:
        return f"{feet} foot {inches.replace(' ', ' and ')}"
    return f"{feet} {'foot' if feet == '1' else 'feet'}"


def inches(found: Match) -> str:
    """Read inches, unless the sign closes a quote."""
    quoted = False
    for mark in re.findall(r'\d?"', text_before(found, _QUOTE_CHARS)):
        # Behind a number it closes a quote that is open, and stands for inches otherwise.
        quoted = not quoted and mark == '"'
    if quoted:
        return found.group()  # the quote that closes
    number = found["number"]
    adjective = (
        re.match(r"[\s-][A-Za-z]", text_after(found))
        and text_before(found)[-3:] != "by "
        and not re.match(_MEASURED, text_after(found))
    )
    return f"{number} inch" if adjective or _one(number) else f"{number} inches"


def bearing(found: Match) -> str:
    """Read the side of the equator or of Greenwich."""
    return f"{found[1]} degrees {_SIDES[found[2]]}"


_SIDES = {"N": "north", "S": "south", "E": "east", "W": "west"}


def coordinate(found: Match) -> str:
    """Read degrees, minutes and seconds of a place."""
    parts = [(found[1], "degree"), (found[2], "minute"), (found[3], "second")]
    said = [f"{said_decimal(number)} {name}{'' if _one(number) else 's'}" for number, name in parts if number]
    return " ".join([*said, _SIDES.get(found[4] or "", "")]).rstrip()


# --- Mathematics

OPERAND = r"[\w)\]!²³√π∞]"
_OPERATORS = {
    "*": "times", "×": "times", "·": "times", "⋅": "times", "x": "times", "/": "divided by", "÷": "divided by",
    "-": "minus", "\u2212": "minus", "\u2013": "minus", "+": "plus", "=": "equals", "==": "equals",
}  # fmt: skip # a table of pairs


def equation(found: Match) -> str:
    """Read the operators of a run of operands that has an equals sign, or one that means nothing else."""
    run = found.group()
    if not re.search(r"[=≠≤≥<>≈]", run):
        return run
    run = re.sub(r"(?<=[\w)!²³])\s?(\*|×|·|⋅|÷)\s?(?=[\w(√π])", lambda one: f" {_OPERATORS[one[1]]} ", run)
    run = re.sub(r"(?<=[\d)])\s?x\s?(?=[\d(])", " times ", run)
    run = re.sub(r"(?<![\w.])([a-z])/(?=[a-z](?!\w))", lambda one: f"{one[1].upper()} over ", run)
    run = re.sub(
        r"(?<=[\w)!²³])(?:\s([-\u2212\u2013/])\s|([-\u2212\u2013])(?=[\d(A-Za-z]))",
        lambda one: f" {_OPERATORS[one[1] or one[2]]} ",
        run,
    )
    run = re.sub(
        r"(?<![\d.])(\d+)/(\d+)",
        lambda one: one.group() if int(one[1]) < int(one[2]) else f"{one[1]} divided by {one[2]}",
        run,
    )
    run = re.sub(r"(?<![\w'])a(?![A-Za-z\d_'])", "A", run)
    return re.sub(r"(?<=[\w)!²³])\s?([+=]|==)\s?(?=[-\u2212\w(√π∞])", lambda one: f" {_OPERATORS[one[1]]} ", run)


def power_of(found: Match) -> str:
    """Read a power."""
    base, power = found["base"], found["power"].strip("{}()")
    if power == "2":
        return f"{base} squared"
    if power == "3":
        return f"{base} cubed"
    if re.fullmatch(r"\d+", power):
        return f"{base} to the {ordinal(int(power))}"
    number = power.lstrip("+-\u2212")
    if not number.isdigit():
        return f"{base} to the power of {power}"
    return f"{base} to the {'' if power[0] == '+' else 'minus '}{number}"


def scientific(found: Match) -> str:
    """Read a number times a power of ten."""
    exponent = found["exponent"]
    number = int(exponent.lstrip("+-\u2212"))
    power = f"minus {number}" if exponent[0] in "-\u2212" else ordinal(number)
    return f"{said_decimal(found['number'])} times ten to the {power}"


def by(found: Match) -> str:
    """Read what stands between two measures."""
    near = text_before(found, 8) + text_after(found, 8)
    return f"{found[1]} {'times' if '×' in found.group() and re.search(_SUMS, near) else 'by'} "


_SUMS = r"[+=÷]|\b(?:plus|equals|minus)\b"


# --- Words


def abbreviation(found: Match) -> str:
    """Write out an abbreviation; its full stop stays where it ends the sentence too."""
    word, after = found.group(), text_after(found)
    if word in tables.BEFORE_NUMBERS and not re.match(r"\s?(?:\d|[IVXLC]+\b)", after):
        return word
    if word in tables.ALSO_WORDS and not re.match(r"\s[a-z\d]", after):
        return word
    # What was denied, and a sentence of its own: "That is a no. I said so."
    if word in {"No.", "no."} and re.match(r"\s[IVXLC]\b", after):
        return word
    if word in {"p.", "P."} and re.search(r"\d\s$", text_before(found)):
        return word
    stop = "." if not after.strip() or (re.match(r"\s+[\"'(]?[A-Z](?!\.)", after) and word == "etc.") else ""
    return tables.ABBREVIATIONS[word] + (stop if word.lower() not in {"i.e.", "e.g.", "vs."} else "")


def street(found: Match) -> str:
    """Write out a street or a drive behind its name."""
    return f"{found[1]} {'Drive' if found[2] == 'Dr' else 'Street'}"


def addressed(found: Match) -> str:
    """Write out the street of an address, and the side of the town."""
    side = found["side"] or ""
    said = f" {tables.SIDES[side.strip(', ')]}" if side else ""
    return f"{found['before']} {tables.STREETS[found['street']]}{said}"


def placeholder(found: Match) -> str:
    """Read a key, or what is to be put in a place, without the signs around it."""
    words = re.sub("[_-]+", " ", found[1])
    return tables.KEY_NAMES.get(words.lower(), words)


def quiet_capitals(text: str, is_word: Callable[[str], bool]) -> str:
    """Write words that are shouted as words: all of a text in capitals, and single ones that are not letters."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    if len(words) > 2 and all(word.isupper() for word in words) and max(map(len, words)) > 3:
        return re.sub(r"[^\W\d_]+(?:'[^\W\d_]+)?", lambda found: _lowered(found.group(), is_word), text)
    if len(words) > 1 and any(not word.isupper() for word in words):
        return re.sub(
            rf"(?<![\w.&/-])(?:{_CAPITALS})(?![\w&/-]|\.\w)",
            lambda found: found.group() if len(found.group()) == 1 else found.group().lower(),
            text,
        )
    return text


_CAPITALS = alternatives(word for word in tables.CAPITAL_WORDS if len(word) > 1 and word not in {"AM", "IT", "US"})


def _lowered(word: str, is_word: Callable[[str], bool]) -> str:
    if word == "I" or word.startswith("I'"):
        return word[0] + word[1:].lower()
    return word.lower() if is_word(word.lower()) else word


def alone(found: Match) -> str:
    """Name a sign that stands alone."""
    sign = found["sign"]
    if sign == "|" and " |" in text_before(found, _QUOTE_CHARS) + text_after(found, _QUOTE_CHARS):
        return found.group()
    return f"{found[1]}{tables.SIGNS[sign]}"


@cache
def word_of(sign: str) -> str:
    """Return the word for a sign, parted from its neighbours."""
    return f" {tables.WORDS[sign]} "


def iban(found: Match) -> str:
    """Spell an account's number."""
    return (
        ", ".join(spell(group) for group in found.group().split())
        if re.search(r"\d{4}", found.group())
        else found.group()
    )


def dots(found: Match) -> str:
    """Read numbers parted by points."""
    return " point ".join(found["number"].split("."))


def grouped(digits: str) -> str:
    """Write a number with commas, unless it begins with zero."""
    return f"{int(digits):,}" if digits[0] != "0" else digits
