"""Read English as it is written: numbers, amounts, units, dates, addresses and signs become words; pure.

One step before an English voice. ``RULES`` is the list of what is done, in its order: addresses first, whose digits are
no numbers, then numbers by what stands around them, at last what is left of them. What hibari reads right by itself
(years, times, ordinals, plain numbers) is left to it. What a rule says is in ``local/english_forms.py``, the words are in
``local/english_tables.py``, and the readings that must hold in tests/local/readings/english.tsv.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from lightning_cli.local import english_codes as codes
from lightning_cli.local import english_dates as dates
from lightning_cli.local import english_forms as forms
from lightning_cli.local import english_money as money
from lightning_cli.local import english_names as names
from lightning_cli.local import english_numerals as numerals
from lightning_cli.local import english_tables as tables


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and what it is read as; tried where one of ``signs`` is in the text, so that plain prose costs nothing."""

    signs: str
    pattern: str
    say: Callable[[forms.Match], str] | str


_compiled = cache(re.compile)


def read_english(text: str, is_word: Callable[[str], bool] | None = None) -> str:
    """Return ``text`` as it is to be said; ``is_word`` tells whether the voice knows a word, for those in capitals."""
    text = forms.even(text)
    if is_word is not None:
        text = forms.quiet_capitals(text, is_word)
    for rule in RULES:
        if not rule.signs or any(map(text.__contains__, rule.signs)):
            # What a rule was not made for is left to the voice.
            with contextlib.suppress(LookupError, ValueError):
                text = _compiled(rule.pattern).sub(rule.say, text)
    return re.sub(r"[ \t]{2,}", " ", text)


# Parts of patterns
_UNIT = forms.alternatives(tables.UNITS)
_PER = forms.alternatives(tables.PER)
_UNIT_POWER = r"(?P<power>[²³]|\^?[23](?![\d.,]\d|\d))?"
_ENDING = forms.alternatives(tables.FILE_ENDINGS)
_LOUD_ENDING = forms.alternatives(ending.upper() for ending in tables.FILE_ENDINGS if len(ending) > len("md"))
_STREET = forms.alternatives(tables.STREETS)
_KEY = forms.alternatives(tables.KEYS)
_SHORT_MONTH = "|".join(("Sept", *(month[:3] for month in tables.MONTHS if month != "May")))
_WEEKDAY = rf"(?<![\w.])(?:{forms.DAY})"
_D = "0123456789"
_VULGAR = "".join(map(chr, (*range(0xBC, 0xBF), *range(0x2150, 0x215F))))

RULES: tuple[Rule, ...] = (
    # A sign that leads a line, and the signs of keys, which come as their names
    Rule("=->\u2192\u279c\u27a4", r"^\s*(?:--?>|=>|[\u2192\u279c\u27a4])\s+(?=\w)", ""),
    Rule("+", r"\b(command|option|control|shift)\s+\+\s?(?=\w)", r"\1 "),
    # Addresses and names of files
    Rule(
        "/.",
        r"\b(?:https?|ftps?|sftp|ssh|file|git|s3|gs|wss?|redis|postgres(?:ql)?|mysql|mongodb)://\S+|\bwww\.\S+",
        forms.url,
    ),
    Rule("-", r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])", codes.identifier),
    Rule(_D, r"(?<![\w.#/-])(?:[0-9a-f]{7,128}|[0-9A-F]{20,128})(?![\w-]|\.\w)", codes.hash_code),
    Rule(_D, r"(?<![\w.@/+=-])(?=[\w+=.-])[\w+/=-]{32,}(?:\.[\w+/=-]{8,}){0,2}=*(?![\w])", codes.blob),
    Rule(
        "#",
        r"(?<!\w)#((?=\d*[A-Fa-f])(?:(?=[A-Fa-f]*\d)(?:[\dA-Fa-f]{8}|[\dA-Fa-f]{6}|[\dA-Fa-f]{3})|(?:([A-Fa-f])\2){3}))\b",
        codes.colour,
    ),
    Rule("@", r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?!\w)", forms.url),
    Rule("/", rf"(?<![\w.@-])(?:[a-z0-9-]+\.)+(?:{forms.alternatives(tables.DOMAINS)})/[^\s,;]*", forms.url),
    Rule("\\", r"(?<![\w\\])(?P<before>)(?P<path>[A-Za-z]:\\[\w\\.~$-]*[\w\\]|\\\\[\w.-]+(?:\\[\w.-]+)+)", forms.path),
    Rule(
        "/",
        r"(?P<before>(?<![^\s=])[\"'(\[]?)(?P<path>(?:~|\.{1,2})?(?:/[\w.@+~-]*[\w@+~-])+/?(?:\?[\w=&.%+-]*\w)?)(?![\w/])",
        forms.path,
    ),
    Rule("/", rf"(?P<before>(?<!\S)[\"'(\[]?)(?P<path>[\w.-]+(?:/[\w.-]+)*/[\w.-]+\.(?:{_ENDING}))(?!\w)", forms.path),
    Rule(
        ".",
        rf"(?<![\w./@-])(?P<name>\.?[A-Za-z0-9][\w-]*(?:\.[\w-]+)*|)\.(?P<ending>{_ENDING}|{_LOUD_ENDING})(?![\w/-]|\.\w)",
        forms.file,
    ),
    Rule(".", r"(?<![\w./])([\w+-]+)\.so\.(\d+(?:\.\d+)*)(?!\w)", names.shared_library),
    Rule("@", r"(?P<before>(?<![^\s\"'(]))(?P<path>[\w.-]+@[\w.-]+:[~/\w][\w./~-]*[\w/])(?![\w./~$#-])", forms.path),
    Rule("@", r"(?P<before>(?<!\S))(?P<path>[\w.-]+@[\w.-]+:[~/][\w./-]*)(?P<sign>[$#])(?=\s|$)", names.prompt),
    Rule("\\", r"(?<![\w\\])([A-Z]):\\>?(?=[\s.,;!?)\"']|$)", r"\1 colon backslash"),
    Rule("P", r"\b(PgUp|Home)/(?=PgDn\b|End\b)", r"\1 "),
    Rule(
        _D,
        r"(?P<before>(?<![\w./@-]))(?P<path>[a-z][a-z0-9+]*(?:_\d+(?=[.-]\d)[\w.+~-]*\w|-\d+(?:\.\d+)+-\d[\w.+~]*(?<!\.)))(?![\w/-])",
        forms.path,
    ),
    Rule(".", r"(?<![\w.])\.(NET|env|gitignore|bashrc|zshrc|profile|vimrc|dockerignore|npmrc)\b", r"dot \1"),
    Rule(
        "+-",
        r"(?i:(?<![\w.])(?:{0})(?:[+-](?:{0}))*[+-](?:[fF]\d{{1,2}}|\w+|[^\s\w,.;:!?)]))(?!\w)".replace("{0}", _KEY)
        .replace("{{", "{")
        .replace("}}", "}"),
        forms.keys,
    ),
    Rule("l", r"(?<![\w.])localhost:(\d{2,5})\b", r"local host colon \1"),
    Rule(
        "+-",
        r"(?<![\w.])([a-z]|[a-z]+_\w+|\w+\])(\+\+|--)(?![\w-])",
        lambda found: f"{found[1]} {'plus plus' if found[2] == '++' else 'minus minus'}",
    ),
    Rule("<", r"(?<![\w<])<([A-Za-z][\w.:-]*(?: [\w:-]+){0,9})>(?!\w)", forms.placeholder),
    Rule("|", r"(?<=\S) \|\| (?=\S)", " or "),
    Rule("^", r"(?<!\S)\^([A-Z])(?!\w)", r"control \1"),
    Rule("#", r"#(?=0\d+\b)", "number "),
    Rule("#", r"\b([A-GJQ])#(?!\w)", r"\1 sharp"),
    Rule("+", r"\b(C|Notepad|G|g)\+\+(?!\w)", r"\1 plus plus"),
    Rule("=", r"(?<![^\s\"'(\[`])--?([A-Za-z][\w-]*)=(?=\S)", forms.flag),
    Rule("", r"\b(?:sha|SHA)[-_]?(?=\d)", "S H A "),
    # Numbers that are names
    Rule(
        _D,
        r"(?<![\w/@.-])(?=\d*[A-Z]+\d+[A-Z]|\d[A-Z\d]*[A-Z]\d|[A-Z]+\d+[A-Z])(?=(?:[A-Z]*\d){4})[A-Z\d]{8,20}(?![\w-]|\.\w)",
        lambda found: forms.spell(found.group()),
    ),
    Rule(_D, r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?(?![\w.]\d|\d)", forms.network),
    Rule("0", r"\b0[xX][0-9A-Fa-f]+\b", lambda found: forms.spell(found.group())),
    Rule(
        "+", r"\+\d{1,3}[\s.-]?(?:\(\d+\)[\s.-]?)?\d{1,5}(?:[\s./-]\d{2,9}){1,5}(?!\d)|\+\d{8,15}\b", forms.digit_groups
    ),
    Rule("-", r"(?<![\w.,/-])(?<!\) )(?<!\))\d{3}-\d{4}(?![\w-]|[.,]\d)", forms.digit_groups),
    Rule(_D, r"(?<![\w.])(?:1[-.\s])?\(\d{3}\)\s?\d{3}[-.\s]\d{4}\b", forms.digit_groups),
    Rule(
        _D,
        r"(?<![\w.,-])1[38]00\s\d{3}\s\d{3}(?![\w-]|[.,\s]\d)|\(0\d{1,4}\)\s?\d{3,4}[\s-]\d{3,4}(?![\w-]|[.,]\d)",
        forms.digit_groups,
    ),
    Rule(":", r"(?<![\w:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])", forms.hardware),
    Rule(":", r"(?<![\w:.])(?:[0-9a-f]{1,4}:){1,7}(?::?[0-9a-f]{1,4}){1,7}(?![\w:.])(?<=[a-f\d])", forms.network_six),
    Rule(
        _D,
        r"\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)\b",
        lambda found: forms.spell(found.group().replace(" ", "")),
    ),
    Rule("-", r"(?<![\w-])([A-Z])([A-Z])-(?=\d{2,}(?![\w-]))", r"\1 \2 "),
    Rule(_D, r"(?<![\w.-])1[-.\s]\d{3}[-.\s]\d{3}[-.\s]\d{4}\b|\b1-\d{3}-[A-Z]{3,}(?:-[A-Z]+)*\b", forms.digit_groups),
    Rule(_D, r"(?<![\w.-])\d{3}[.\s]\d{3}[.\s]\d{4}(?![\w.]\d|\d)", forms.digit_groups),
    Rule(
        _D,
        r"(?<![\w.,/:-])(?<!\d )0\d{1,5}(?:[\s-]\d{2,8}){1,4}(?![\d/:])|(?<![\w.,/:-])0\d{2,5}/\d{4,9}(?![\w/-])",
        forms.digit_groups,
    ),
    Rule(
        _D,
        r"\b[A-Z]{2}[-\s]\d{2}[-\s][A-Z]{1,3}[-\s]\d{4}\b",
        lambda found: forms.spell(re.sub(r"[-\s]", "", found.group())),
    ),
    Rule(_D, r"(?<![\w.,/:-])(?<!\d )[6-9]\d{4}[\s-]\d{5}(?![\w-]|[.,/:\s]\d)", forms.digit_groups),
    Rule(_D, r"(?<![\w.,/:$€£₹¥#-])(?!\d+0{4}\b)\d{10,15}(?![\w-]|[.,/:]\d)", forms.long_digits),
    Rule(
        _D,
        r"(?<![\w.,-])\d{4}([\s-])\d{4}\1\d{4}(?:\1\d{1,4}){1,2}\b|(?<![\w.,-])(?!(?:(?:1[89]|20)\d\d[\s-]?){3})\d{4}([\s-])\d{4}\2\d{4}(?![\w-]|[.,\s]\d)|\b3\d{3}[\s-]\d{6}[\s-]\d{5}\b",
        forms.digit_groups,
    ),
    Rule(_D, r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b", forms.iban),
    Rule(
        "-",
        r"(?<![\w.,-])\d{1,5}(?:-\d{1,7}){2,}-[\dXx](?![\w-])|(?<![\w.,-])\d{3}-\d{2}-\d{4}(?![\w-])",
        forms.joined_digits,
    ),
    Rule(
        _D,
        r"(?P<before>\b(?:[Cc]all|[Dd]ial|[Dd]ialed|[Cc]alled|[Cc]alling|[Pp]hone|[Tt]ext(?:\s\w+\sto)?|[Rr]ing)\s)(?P<digits>\d{3}|\d{5,6})\b(?![\s,.-]?\d|\s(?:people|times|of|more|names|friends))",
        forms.last_group,
    ),
    Rule(
        _D,
        r"(?P<before>\b(?:zip|ZIP|Zip|zip code|ZIP code|postcode|postal code|area code|PIN|[Pp]in|[Pp]asscode|[Pp]assword|OTP|[Aa]ccess code|[Ss]ecurity code|[Vv]erification code|[Dd]oor code|[Cc]ode|[Aa]ccount|[Rr]outing number|[Ss]erial|[Ee]xtension|[Ee]xt\.?|ending in|ends in|[Tt]racking|[Pp]ort)(?:\s(?:number|no\.))?(?:\sis|\swas|:|\s=)?\s#?)(?P<digits>\d{4,}|(?<=ea code )\d{3}|(?<=ension )\d{3}|(?<=ext )\d{3}|(?<=ext\. )\d{3})\b(?![.,:/-]\d)",
        forms.last_group,
    ),
    Rule(_D, r"(\b(?:on|On|the|by|since|from|until)\s|(?<![\w.]))(\d{1,2})\.(\d{1,2})\.(\d{4})\b", dates.dotted_date),
    Rule(
        _D,
        r"(?P<word>\b[Vv]ersions?\s|\b[Rr]elease\s|\b[vV]\.?\s?)(?P<number>\d+(?:\.\d+)+)(?![\w.]\d|\d)",
        forms.version,
    ),
    Rule(".", r"(?<![\w.,])\d{1,3}(?:\.\d{3}){2,}(?![\w.]\d|\d)", lambda found: found.group().replace(".", ",")),
    Rule(
        _D,
        r"(?P<word>)(?<![\w.,-])(?P<number>\d+\.\d+\.\d+)(?=(?:-(?:rc|beta|alpha)|[,;:!?)]|\.?(?:\s|$)))(?!\.?\d)",
        forms.dots,
    ),
    Rule("-", r"(?<=\d)-(rc|alpha|beta|dev|pre|preview)(?:\.?(\d+))?(?!\w)", names.preview),
    Rule("T", r"(?<![\w.,$€£])(?P<number>\d+(?:\.\d+)?)[\s-]?T(?![\w/²³-])", names.tesla),
    Rule(
        ",",
        rf",\s(?P<state>{forms.alternatives(tables.STATES)})(?:\s(?P<zip>\d{{5}}(?:-\d{{4}})?))?(?=[\s.,;)]|$)",
        forms.state,
    ),
    # Dates and times
    Rule(
        _D,
        rf"\b(?:{_SHORT_MONTH})\b\.?(?=\s'?\d)|(?:(?<=\d\s)(?<!\d\d\d\s)|(?<=\d(?:st|nd|rd|th)\s))(?:{_SHORT_MONTH})\b(?:\.(?=,?\s[a-z\d]))?",
        dates.month,
    ),
    Rule("0", rf"\b0(?=\d[ -](?:{forms.MONTH})\b)", ""),
    Rule(
        "-\u2013\u2014",
        rf"(\b(?:{forms.MONTH}) \d{{1,2}}(?:st|nd|rd|th)?(?:, \d{{4}})?)\s?[-\u2013\u2014]\s?(?=(?:{forms.MONTH})\b)",
        r"\1 to ",
    ),
    Rule("-\u2013/", r"\bFY\s?(\d{2,4})[-\u2013/](\d{2,4})\b", r"F Y \1 to \2"),
    Rule("-+\u2212\u2013", r"\b(GMT|UTC)\s?([-+\u2212\u2013])\s?(\d{1,2})(?::?(\d{2}))?(?![\d:])", dates.zone),
    Rule(
        _D,
        r"\b(?P<date>\d{4}-\d{2}-\d{2})[T ](?P<h>\d{2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?(?!\d)",
        dates.timestamp,
    ),
    Rule(":", r"(?<![\d:.])(\d{1,2}):([0-5]\d)\.(\d{1,3})(?![\d.:])", dates.lap),
    Rule(":", r"(?<![\d:.])1:(?=\d{3,}(?![\d:])|\d{1,3}(?:,\d{3})+(?!\d))", "1 to "),
    Rule(":", r"(?<![\d:.])(\d{1,2}):([0-5]\d):([0-5]\d)(?:\s?([AaPp])\.?[Mm]\b)?(?![\d:]|\.\d)", dates.clock),
    Rule(
        _D,
        r"(?<![\w.])(?=\d+d\s?\d+[hms]|(?:\d+h\s?)?\d+m\s?\d+s)(?:(\d+)d\s?)?(?:(\d+)h\s?)?(?:(\d+)m)?(?:\s?(\d+)s)?(?<=[hms])\b",
        dates.duration,
    ),
    Rule("0", rf"\b({forms.MONTH}) 0([1-9])\b", r"\1 \2"),
    Rule(_D, r"\b(\d{4})/(\d{2})/(\d{2})\b", r"\1-\2-\3"),
    Rule(_D, rf"\b({forms.MONTH}) (\d{{1,2}})\s?[-\u2013]\s?(\d{{1,2}})\b(?![\d:%]|\s?%)", dates.month_days),
    Rule(_D, rf"\b(\d{{1,2}})\s?[-\u2013]\s?(\d{{1,2}}) ({forms.MONTH})\b", dates.days_month),
    Rule("-\u2013", rf"(?<=\d )({forms.MONTH})\s?[-\u2013]\s?(?=\d{{1,2}} (?:{forms.MONTH})\b)", r"\1 to "),
    Rule(_D, rf"\b(\d{{1,2}})-({forms.MONTH})-(\d{{4}})\b", dates.dashed_date),
    Rule(
        _D,
        rf"{_WEEKDAY}\.?(?=,? (?:the )?(?:{forms.MONTH}|\d{{1,2}}(?:st|nd|rd|th)?\s(?:{forms.MONTH})|\d{{1,2}}(?:st|nd|rd|th)\b|\d{{1,2}}/\d{{1,2}}\b))",
        lambda found: tables.WEEKDAYS[found.group().rstrip(".")],
    ),
    Rule(
        "-\u2013",
        rf"{_WEEKDAY}\.?{forms.DASH}(?:{forms.DAY})\b\.?",
        lambda found: " to ".join(tables.WEEKDAYS[day] for day in re.findall(forms.DAY, found.group())),
    ),
    Rule(
        "-\u2013",
        rf"\b({'|'.join(month[:3] for month in tables.MONTHS)})\.?\s?[-\u2013]\s?({'|'.join(month[:3] for month in tables.MONTHS)})\b",
        dates.months,
    ),
    Rule(_D, r"\b(\d{1,2})\.(\d{2})(?=\s?[ap]\.?m\b)", r"\1:\2"),
    Rule(_D, r"(?<=\d)(\s?[AaPp]\.?[Mm]\.?)?\s?[-\u2013]\s?(?=\d{1,2}(?::\d{2}|\s?[AaPp]\.?[Mm]\b))", r"\1 to "),
    Rule(_D, r"\b(\d{1,2})\s?h(?:rs?|ours?)?\s?(\d{1,2})(?:\s?m(?:ins?)?)?\b(?!\s?m)", dates.hours),
    Rule(_D, r"(?<![\d:.])(\d{1,3}):(\d)(?![\d:])", r"\1 to \2"),
    Rule("'", r"(?<![\w'])'0(\d)\b", dates.year),
    # Groups of digits
    Rule(
        _D, r"(?<![\w.,-])[1-9]\d{0,2}(?:[\u00a0\u202f\u2009]\d{3}|(?: \d{3}))+(?![\w]|[\s,.-]\d)", forms.spaced_groups
    ),
    Rule("_", r"(?<![\w.,])\d+(?:_\d+)+(?!\w)", lambda found: forms.grouped(found.group().replace("_", ""))),
    Rule("'", r"(?<![\w.,'])\d{1,3}(?:'\d{3})+(?![\w'])", lambda found: forms.plain(found.group())),
    # Money
    Rule(
        _D,
        rf"(?P<minus>(?<![\w)\]%])(?:{forms.MINUS}|\+)\s?)?(?<![\w$])(?P<sign>{forms.SIGN}|(?:{forms.CODE})(?=\s\d|\d))\s?(?P<inner>{forms.MINUS})?(?P<amount>{forms.AMOUNT}){forms.SCALE}(?:/-)?"
        rf"(?:{forms.DASH}(?P<tosign>(?:{forms.SIGN})\s?)?(?P<to>{forms.AMOUNT})(?:[\s-]?(?P<toscale>{forms.alternatives(tables.SCALES)})(?!\w))?(?![\w/]\d|\d))?{forms.PER}",
        money.price,
    ),
    Rule(
        _D,
        rf"(?P<minus>(?<![\w)\]%])(?:{forms.MINUS}|\+)\s?)?(?<![\w.,])(?:(?P<from>{forms.AMOUNT}){forms.DASH})?(?P<amount>\d{{1,3}}(?:\.\d{{3}})+(?!\d)|{forms.AMOUNT}){forms.SCALE}\s?(?P<sign>{forms.SIGN}|{forms.CODE})(?![\w$]){forms.PER}",
        money.price_behind,
    ),
    Rule(
        _D,
        r"(?<![\w.,$€£-])(?P<number>\d+(?:\.\d+)?)(?P<scale>k|K|M|B|T|bn|Bn|mn|mln|bln|tn|trn)(?![\w/²³-])",
        forms.count,
    ),
    Rule("$", r"\$(?=[A-Za-z_{(])", "dollar "),
    Rule(
        _D,
        r"(?<![\w.,])\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?(?![\w,])",
        lambda found: money.indian(found.group()) or found.group(),
    ),
    # Formulas of substances
    Rule("^", r"\^(\d{1,3})([A-Z][a-z]?)(?!\w)", codes.isotope),
    Rule(
        "",
        r"(?<![\w.^/-])(?P<count>[1-9]\d?)?(?P<formula>(?:[A-Z][a-z]?(?:[1-9]\d?)?|\((?:[A-Z][a-z]?(?:[1-9]\d?)?)+\)(?:[1-9]\d?)?)+)(?P<charge>\^?\d?[-+](?=[\s,.;:)]|$)|)(?![\w/-])",
        codes.substance,
    ),
    Rule(
        ".",
        r"\b([A-Z]{2,})(\d+)\.(\d+)(?![\w.]\w|\w)",
        lambda found: f"{found[1]} {found[2]} point {forms.spell(found[3])}",
    ),
    # Mathematics
    Rule(
        "'",
        r"\b([a-zA-Z])('{1,2})(?=\()",
        lambda found: f"{found[1]} {'prime' if len(found[2]) == 1 else 'double prime'} of ",
    ),
    Rule(
        "=>-",
        forms.alternatives(sign for sign in tables.WORDS if len(sign) > 1),
        lambda found: forms.word_of(found.group()),
    ),
    Rule(
        _D, r"(?<![\w.])(?P<number>\d+(?:\.\d+)?)[eE](?P<exponent>[-+\u2212]?\d{1,3})(?![\w.]\d|\w)", forms.scientific
    ),
    Rule("^", r"(?<=\d)\s?[x×X*·]\s?(?=10\s?\^)", " times "),
    Rule(
        "^",
        r"(?P<base>(?:\b[\d.]*\d|\b[A-Za-z]|\)))\s?\^\s?(?P<power>[-+\u2212]?\d+|\{[^}]+\}|\([^)]+\)|[a-z])(?!\w)",
        forms.power_of,
    ),
    Rule(
        "!",
        r"(?<![\w!])(?P<n>\d+|[a-zA-Z])!(?=\s?[=+*/×)]|\s(?:is|equals|=|ways)\b|(?<=[b-hj-z]!)\s[a-z])",
        lambda found: f"{found['n']} factorial",
    ),
    Rule(
        "=<>\u2260\u2264\u2265\u2248",
        rf"(?:{forms.OPERAND}|\()[\w().!²³√π∞,]*(?:\s?(?:[=<>!≠≤≥≈]=?|[-+*/×·⋅÷\u2212\u2013]|\bx\b(?=\s?\d)|(?<=\d)x(?=\d))\s?[-\u2212√π∞(]*[\w(][\w().!²³√π∞]*)+",
        forms.equation,
    ),
    Rule(
        "x",
        r"(?<=\d)x(?=\s(?:slower|faster|quicker|more|less|fewer|longer|shorter|bigger|smaller|larger|cheaper|better|worse|higher|lower|stronger|as|the|speed|zoom|growth|increase|improvement|return|revenue)\b)",
        " times",
    ),
    Rule("=", r"(?<=[\w\])\"'])\s?={2,3}\s?(?=[\w\[\"'(-])(?!\w*\Z)|(?<=[\w\])\"']) ={2,3} (?=\w)", " equals "),
    Rule(_D, r"([\d½¼¾](?:['\"]|\s?(?:mm|cm|m|km|in|ft|px))?)\s?(?:[x×X]|\bby\b)\s?(?=\d)", forms.by),
    Rule("*·⋅∗", r"(?<=[\d)])\s?[*·⋅∗]\s?(?=[\d(])", " times "),
    Rule("\u2212", r"(?<=[\d)])\s\u2212\s?(?=[\d(])|(?<=[\d)])\u2212(?=\d)", " minus "),
    Rule("/", r"(?<=\d)\s/\s(?=\d)", " divided by "),
    Rule("<", r"(?<![\w<=-])<\s?(?=[-\d$€£.])", "less than "),
    Rule(">", r"(?<![\w>=-])>\s?(?=[-\d$€£.])", "greater than "),
    Rule("-\u2212\u2013", r"(?:(?<=squared)|(?<=cubed))\s[-\u2212\u2013]\s(?=\w)", " minus "),
    # Ranges
    Rule(
        _D,
        rf"(?<![\w.,/:+-])(?P<first>{forms.MINUS}?{forms.NUMBER})(?P<percent>\s?%)?(?P<dash>{forms.DASH})(?P<second>{forms.NUMBER})(?![\w/:]*:\d|/\d|[.,]\d|[-\u2013]\d|\d)(?!-[A-Za-z]+\d)",
        forms.number_range,
    ),
    Rule("-\u2013", r"(\d0s)\s?[-\u2013]\s?(?=(?:\d\d)?\d0s\b)", r"\1 to "),
    Rule("A", r"\bAD (?=\d)", "A D "),
    Rule("-\u2013", r"(?<![\w-])([A-Z])\s?[-\u2013]\s?([A-Z])(?![\w-]|\.[A-Z])(?=[.,;:!?)]|\s[a-z]|$)", r"\1 to \2"),
    Rule(_D, r"(?<![\w)\].,%'-])[-\u2212\u2013](?=\.?\d)|(?<=\d\s)\u2212(?=\d)", "minus "),
    Rule("+", r"(?<![\w)\].,%'+])(?<![\d)]\s)\+(?=\.?\d)", "plus "),
    Rule(
        ",",
        r"(?<![\w.,(\[/:-])(?<![\d,]\s)(\d+),(\d{1,2}|\d{4,})(?![\w,/:-]|\.\d|,?\s\d|\s(?:and|or|to)\s\d)",
        names.comma_decimal,
    ),
    Rule("‰", r"(?<=\d)\s?‰", " per mille"),
    # Fractions
    Rule(
        '"',
        r"(?<![\w./,])(?:(?P<whole>\d+)[ -])?(?P<top>[1-9]\d?)[/\u2044](?P<bottom>[1-9]\d?)\"(?!\w)",
        forms.part_of_inch,
    ),
    Rule(
        "/\u2044",
        r"(?<![\w./,])(?P<whole>\d+)[\s-](?P<top>\d{1,2})[/\u2044](?P<bottom>\d{1,3})(?![\w/.]\d|[\w/])",
        forms.fraction,
    ),
    Rule(_VULGAR, r"(?:(?P<whole>\d+)\s?)?(?P<sign>[\u00bc-\u00be\u2150-\u215e])", forms.vulgar),
    Rule("/", r"(?<![\w./])(\d+\.\d+)/(5|10|100)(?![\w/]|\.\d)", r"\1 out of \2"),
    Rule("/\u2044", r"(?<![\w./,$-])(?P<top>\d{1,4})[/\u2044](?P<bottom>\d{1,4})(?![\w/]|\.\d)", forms.slashed),
    # Units
    Rule("b", r"(?<![\w.,])(?P<number>\d+(?:\.\d+)?)\s?bps\b", names.basis_points),
    Rule("/", r"(?<=\d)\s?[lL]/100\s?km\b", " liters per 100 kilometers"),
    Rule("/", r"(?<=\d)\s?kWh/100\s?km\b", " kilowatt hours per 100 kilometers"),
    Rule("°", r"(\d)\s?°\s?([NSEW])\b(?!\w)", forms.bearing),
    Rule("°", rf"(?<![\w.])({forms.NUMBER})°\s?(\d+)['](?:\s?(\d+(?:\.\d+)?)\")?\s?([NSEW]\b)?", forms.coordinate),
    Rule(
        "'",
        r"(?<![\w.'])(?P<feet>\d+)'\s?(?P<inches>\d{1,2}(?: \d/\d)?(?:\.\d)?)(?:\"|''|(?=[\s.,;!?)]|$))",
        forms.feet,
    ),
    Rule(
        "'",
        r"(?<![\w.'])(?P<feet>\d+)'(?=\s(?:tall|high|long|wide|deep|by|x)\b|\s?x\s?\d|[,;)]|\.(?:\s|$))(?P<inches>)",
        forms.feet,
    ),
    Rule("'", r"(?<=\bby )(\d+)'(?![\w'])", r"\1 feet"),
    Rule("\"'", rf"(?<![\w.])(?P<number>{forms.NUMBER})\s?(?:\"|'')(?!\w)", forms.inches),
    Rule(
        _D,
        rf"(?<![\w.])(?P<number>\d+,\d{{1,2}}(?![\d,])|10 to the (?:minus \d+|(?:[a-z]+ )?[a-z]+(?:th|rd|st|nd))|{forms.NUMBER})(?P<space>[\s\u00a0\u202f-])?(?P<unit>{_UNIT}){_UNIT_POWER}"
        rf"(?:/(?P<below>{_UNIT}|{_PER})(?P<below_power>[²³]|\^?[23](?!\d))?(?:/(?P<third>day|d|h|min|s))?)?(?![\w²³^]|/(?!\d)|-\d|\.[A-Za-z])(?:\.(?=\s+[a-z(\d]|,))?",
        forms.quantity,
    ),
    Rule(
        "/",
        rf"(?<=\d)\s?/\s?(?P<per>{forms.alternatives(tables.PER)})(?![\w/])",
        lambda found: money.said_per(found["per"]),
    ),
    # Roman numerals
    Rule(
        "IVXLC",
        rf"\b({numerals.ROMAN})(\s(?:[Cc]entur(?:y|ies)|[Dd]ynasty|[Oo]lympi\w+|[Cc]ongress|[Aa]mendment|[Mm]illennium|[Aa]nniversary|[Aa]rrondissement)\b)",
        numerals.century,
    ),
    # Not behind the name of a sign, as addresses are read: "question mark V". They are read first, since digits in the
    # place of numerals would join the numbers beside them.
    Rule(
        "IVXLC",
        rf"\b(?<!question )(?P<name>[A-Za-z][a-z]+)\s(?P<numeral>{numerals.ROMAN})\b(?![.-][^\W\d]|-\d|'(?!s\b))",
        numerals.named_roman,
    ),
    Rule(
        "ivx",
        rf"\b(?P<name>(?:[Pp]ages?|[Ss]cene|[Cc]hapter|[Aa]ct)(?=\s[ivx]+\b)|(?i:{forms.alternatives(tables.COUNTED)})(?=\s(?:i[ivx]|[vx][ivx])))\s(?P<numeral>x{{0,3}}(?:ix|iv|v?i{{0,3}})(?<=[ivx]))\b(?!['-])",
        numerals.small_roman,
    ),
    Rule(
        "M", r"(?<![\w.'-])M{1,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![\w'-])", numerals.lone_roman
    ),
    Rule("(", r"(?<!\w)\((i{1,3}|iv|vi{0,3}|ix|xi{1,2})\)", numerals.listed_roman),
    # Words
    Rule(
        _D,
        r"(?<![:\d.])(\d{1,2})\s?([AaPp])\.?\s?[Mm]\b(?:\.(?=\s*\S))?",
        lambda found: f"{found[1]} {found[2].upper()} M",
    ),
    Rule(
        ".",
        r"\b((?!The|And|But|With|For|By|To|See|Ask|Dear|Hi|Hello|When|If|As|Is|Was|Are|From|Did|Does|Our|My|His|Her|Your|Their|Then|Now|So|Said|Meet|Call|Mr|Mrs|Ms|Prof)[A-Z][a-z]+|\d+(?:st|nd|rd|th)) (Dr|St)\.(?=,?\s+[a-z0-9]|,|\s*$)",
        forms.street,
    ),
    Rule(
        "",
        rf"(?P<before>\b\d+[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]+|\d+(?:st|nd|rd|th))(?: [A-Z][a-z]+)?) (?P<street>{_STREET})\b\.?(?P<side>,? (?:NW|NE|SW|SE|N|S|E|W)\b)?(?=[,;)]|\s+[a-z\d]|\s*$|, )",
        forms.addressed,
    ),
    Rule("A", r"\bApt\b\.?(?=\s#?\d|\s[A-Z]\b)", "apartment"),
    Rule("RBSE", r"\b(?:Rm|Bldg|Ste|Ext)\b\.?(?=\s#?\d)", lambda found: tables.PLACES[found.group().rstrip(".")]),
    Rule("P", r"\bP\.?\s?O\.? Box\b", "P O Box"),
    Rule(".", rf"(?<![\w.])(?:{forms.alternatives(tables.ABBREVIATIONS)})(?!\w)", forms.abbreviation),
    Rule(".", r"(?<=[a-z]\s)v\.(?=\s[A-Z])", "versus"),
    Rule(".", r"(?<![\w.])(?!a\.m\.|p\.m\.)(?:[a-z]\.){2,}(?!\w)", names.dotted_letters),
    Rule(
        "",
        rf"(?<![\w./@-])(?:{forms.alternatives(tables.SHORT_FORMS)})(?![\w@-]|\.\w)",
        forms.named(tables.SHORT_FORMS),
    ),
    Rule(".", r"(?<=[a-z0-9_)][a-z0-9_)])\.(?=[a-z_]{2})|(?<=[A-Z]{2})\.(?=[A-Z]{2})", " dot "),
    # Signs
    Rule("".join(tables.WORDS), forms.alternatives(tables.WORDS), lambda found: forms.word_of(found.group())),
    Rule(
        "\\|~^_`{}[]#@&<>+=/%",
        r"(^|(?<=\s)|(?<=[\"'(]))(?P<sign>[\\|~^_`{}\[\]#@&<>+=/%])(?=[\s\"').,;:!?]|$)",
        forms.alone,
    ),
    Rule("*", r"(?<=\w\s)(?P<sign>\*)(?=\s\w)()", "asterisk"),
    Rule("\\", r"(?<=[a-z])\s\\\s?|\\(?=\w)", " backslash "),
    # What is left of numbers
    Rule(_D, r"(?<![\w.,:/-])0\d+(?![\w:/]|[.,-]\d)", forms.leading_zeros),
    Rule(".", r"(?<![\w.])\.(\d+)(?!\w|\.\w)", lambda found: f"point {forms.spell(found[1])}"),
    Rule("/", r"\bw/(?=\d)", "with "),
    Rule("/", r"(?<=[A-Za-z])/(?=\d)|(?<=\d{3})/(?=\d{3})", " slash "),
    Rule(
        ".", r"(?<![\w.])(\d[\d,]*)\.(\d*0)(?![\w.]\d|\d|\w)", lambda found: f"{found[1]} point {forms.spell(found[2])}"
    ),
)
