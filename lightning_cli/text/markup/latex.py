"""TeX mathematics to English words: the forms that people and models write; the rest is "formula".

A converter to Unicode, as pylatexenc has one, would leave signs and raised figures for the voice to stumble over.
"""

import re

FORMULA = "formula"
# Programmers' names are words.
_NAMES = r"(?:mid|low|max|min|len|sum|avg|lo|hi|new|old|end|row|col|pos|val|key)(?![A-Za-z])|[a-z]{4,}"
_TOKEN = re.compile(rf"\\[A-Za-z]+\*?|{_NAMES}|\\.|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_DEPTH = 30
_ENVIRONMENTS = r"(?:aligned|align|equation|gather|gathered|split|cases|array|alignat)\*?"
_ALIGNED = rf"\\begin\{{{_ENVIRONMENTS}\}}(?:\{{[^{{}}]*\}})?|\\end\{{(?:{_ENVIRONMENTS}|[pbvVB]?matrix)\}}"
_MATRIX = r"\\begin\{[pbvVB]?matrix\}"
# Those that are called with what stands in parentheses.
_CALLED = frozenset("fghFGPpOTE")
_CALLED_GREEK = frozenset("Theta Omega Gamma zeta phi psi Phi Psi".split())
_FACTOR_SIGNS = 40

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_WORDS = {
    **{name: name for name in _GREEK.split()},
    **dict.fromkeys(("varepsilon", "vartheta", "varphi", "varrho", "varsigma"), ""),
    **{name: name for name in "in max min sup inf det dim ker deg gcd arg mod nabla angle union".split()},
    **dict.fromkeys(("cdot", "times", "ast"), "times"),
    **dict.fromkeys(("le", "leq", "leqslant"), "is less than or equal to"),
    **dict.fromkeys(("ge", "geq", "geqslant"), "is greater than or equal to"),
    **dict.fromkeys(("ne", "neq"), "is not equal to"),
    **dict.fromkeys(("approx", "simeq", "cong"), "is approximately"),
    **dict.fromkeys(("to", "rightarrow", "longrightarrow", "mapsto"), "to"),
    **dict.fromkeys(("Rightarrow", "implies", "Longrightarrow"), "implies"),
    **dict.fromkeys(("iff", "Leftrightarrow", "leftrightarrow"), "if and only if"),
    **dict.fromkeys(("ldots", "dots", "cdots"), "and so on"),
    **dict.fromkeys(("subset", "subseteq"), "is a subset of"),
    **dict.fromkeys(("land", "wedge"), "and"),
    **dict.fromkeys(("lor", "vee"), "or"),
    **dict.fromkeys(("neg", "lnot"), "not"),
    **dict.fromkeys(("emptyset", "varnothing"), "the empty set"),
    **dict.fromkeys(("mid", "vert"), "given"),
    "lt": "is less than",
    "gt": "is greater than",
    "pm": "plus or minus",
    "mp": "minus or plus",
    "div": "divided by",
    "infty": "infinity",
    "partial": "partial",
    "notin": "not in",
    "forall": "for all",
    "exists": "there exists",
    "cup": "union",
    "cap": "intersection",
    "setminus": "without",
    "equiv": "is equivalent to",
    "sim": "is similar to",
    "propto": "is proportional to",
    "ll": "is much less than",
    "gg": "is much greater than",
    "perp": "is perpendicular to",
    "parallel": "is parallel to",
    "circ": "composed with",
    "prime": "prime",
    "ell": "l",
    "hbar": "h bar",
    "degree": "degrees",
    "therefore": "therefore",
    "because": "because",
    "leftarrow": "from",
    "lfloor": "the floor of",
    "lceil": "the ceiling of",
    **dict.fromkeys(("rfloor", "rceil", "langle", "rangle", "lbrace", "rbrace"), ""),
    "%": "percent",
    "$": "dollars",
    "&": "and",
    "#": "number",
}
_WORDS |= {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma"}
_FUNCTIONS = {name: name for name in "sin cos tan cot sec csc log exp sinh cosh tanh arcsin arccos arctan".split()}
_FUNCTIONS |= {
    "sin": "sine",
    "cos": "cosine",
    "tan": "tangent",
    "ln": "natural log",
    "arcsin": "arc sine",
    "arccos": "arc cosine",
    "arctan": "arc tangent",
}
# What sums over a range: (name, word before the lower bound).
_RANGES = {
    "sum": ("the sum", "from"),
    "prod": ("the product", "from"),
    "int": ("the integral", "from"),
    "iint": ("the double integral", "over"),
    "oint": ("the contour integral", "over"),
    "lim": ("the limit", "as"),
    "limsup": ("the upper limit", "as"),
    "liminf": ("the lower limit", "as"),
}
_PLAIN_GROUPS = frozenset(
    "text textbf textit textrm mathrm mathbf mathit mathsf mathtt mathbb mathcal mathfrak mathscr operatorname "
    "operatorname* boldsymbol boxed mbox hbox displaystyle textstyle mathop overset".split()
) - {"overset", "displaystyle", "textstyle"}
_ACCENTS = {"bar": "bar", "overline": "bar", "hat": "hat", "widehat": "hat", "tilde": "tilde", "dot": "dot"}
_SILENT = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle limits nolimits quad qquad , ; ! : "
    "nonumber notag hfill thinspace { } | middle".split()
) | {" ", "\n"}
_SIGNS = {
    "=": "equals",
    "+": "plus",
    "-": "minus",
    "\u2212": "minus",
    "*": "times",
    "/": "over",
    "<": "is less than",
    ">": "is greater than",
    "!": "factorial",
    "'": "prime",
    "&": "",
    "~": "",
    ":": ":",
    ",": ",",
    ";": ",",
    ".": ".",
    "(": "",
    ")": "",
    "[": "",
    "]": "",
    "|": "",
    "%": "percent",
}
_ORDINALS = ("", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CARDINALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_POWERS = {
    "2": "squared",
    "3": "cubed",
    "*": "star",
    "prime": "prime",
    "composed with": "degrees",
    "degrees": "degrees",
}
_ROOTS = {"": "the square root of", "2": "the square root of", "3": "the cube root of"}


class _Unknown(Exception):
    """A form that has no words here."""


def latex_words(source: str) -> str:
    """Return how a formula is read, without the signs that enclose it."""
    # A comma in a number, and what only lines formulas up.
    source = re.sub(_MATRIX, r" \\text{the matrix} ", re.sub(_ALIGNED, " ", source.replace("{,}", ",")))
    try:
        reader = _Reader(source)
        words = reader.sequence("")
    except _Unknown:
        return FORMULA
    said = re.sub(r"\s+([,.:])", r"\1", " ".join(words.split()))
    return said.strip(" ,") or FORMULA


class _Reader:
    def __init__(self, source: str) -> None:
        self._signs: list[str] = _TOKEN.findall(source)
        self._at = 0
        self._depth = 0

    def sequence(self, closer: str) -> str:
        """Read up to ``closer``, or the end where that is empty."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise _Unknown
        words: list[str] = []
        while True:
            sign = self._peek()
            if sign == closer:
                self._at += bool(closer)
                self._depth -= 1
                return " ".join(filter(None, words))
            if not sign:
                raise _Unknown
            if sign in "^_":
                self._at += 1
                if not words:
                    words.append("")
                words[-1] = f"{words[-1]} {self._script(sign)}"
            else:
                words.append(self._atom())

    def _peek(self) -> str:
        while self._at < len(self._signs) and self._signs[self._at].isspace():
            self._at += 1
        return self._signs[self._at] if self._at < len(self._signs) else ""

    def _atom(self) -> str:
        sign = self._peek()
        self._at += 1
        if sign == "{":
            return self.sequence("}")
        if sign.startswith("\\"):
            return self._command(sign[1:])
        if sign == "|" and "|" in self._signs[self._at :]:
            return f"the absolute value of {self.sequence('|')}"
        if sign == "(" and self._multiplies():
            return "times"
        if sign in _SIGNS:
            return _SIGNS[sign]
        if sign[0].isdigit():
            return sign
        if sign.isalpha():
            return f"{sign} of" if self._is_function(sign) else sign
        raise _Unknown

    def _is_function(self, letter: str) -> bool:
        return letter in _CALLED and self._peek() == "("

    def _multiplies(self) -> bool:
        """Return whether the parenthesis just taken stands behind a factor and has a sum in it."""
        before = next((sign for sign in reversed(self._signs[: self._at - 1]) if not sign.isspace()), "")
        if not (before.isdigit() or before == ")" or (len(before) == 1 and before.isalpha() and before not in _CALLED)):
            return False
        inside = self._signs[self._at : self._at + _FACTOR_SIGNS]
        closes = inside.index(")") if ")" in inside else 0
        return any(sign in "+-\u2212" for sign in inside[:closes])

    def _argument(self) -> str:
        sign = self._peek()
        if not sign or sign in "^_}":
            raise _Unknown
        return self._atom()

    def _script(self, mark: str) -> str:
        words = self._argument()
        if mark == "_":
            return f"sub {words}"
        if words in _POWERS:
            return _POWERS[words]
        return f"to the {words}" if len(words.split()) == 1 else f"to the power {words}"

    def _command(self, name: str) -> str:
        if name in _WORDS:
            return f"{_WORDS[name]} of" if name in _CALLED_GREEK and self._peek() == "(" else _WORDS[name]
        if name in _ACCENTS:
            return f"{self._argument()} {_ACCENTS[name]}"
        if name in _PLAIN_GROUPS:
            return self._plain_group()
        if name in _RANGES:
            return self._range(*_RANGES[name])
        if name in _FUNCTIONS:
            return self._function(_FUNCTIONS[name])
        return self._structure(name)

    def _structure(self, name: str) -> str:
        if name in _SILENT:
            if name in {"left", "right", "big", "Big"} and self._peek() in {".", "\\{", "\\}"}:
                self._at += 1
            return ""
        if name == "\\":
            return ","
        if name in {"frac", "dfrac", "tfrac"}:
            return _fraction(self._argument(), self._argument())
        if name in {"binom", "dbinom"}:
            return f"{self._argument()} choose {self._argument()}"
        if name == "sqrt":
            return self._root()
        if name == "vec":
            return f"vector {self._argument()}"
        raise _Unknown

    def _root(self) -> str:
        degree = ""
        if self._peek() == "[":
            self._at += 1
            degree = self.sequence("]")
        before = _ROOTS.get(degree, f"the {degree}th root of")
        return f"{before} {self._argument()}"

    def _range(self, name: str, before: str) -> str:
        bounds = {"_": "", "^": ""}
        while (sign := self._peek()) in {"_", "^", "\\limits"}:
            self._at += 1
            if sign in bounds:
                bounds[sign] = self._argument()
        low, high = bounds["_"], bounds["^"]
        if low and not high and before == "from":
            before = "over"
        if before == "as":
            low = low.replace(" to ", " goes to ")
        said = f"{name} {before} {low}" if low else name
        return f"{said} to {high} of" if high else f"{said} of"

    def _function(self, name: str) -> str:
        power = base = ""
        while (sign := self._peek()) in {"_", "^"}:
            self._at += 1
            if sign == "^":
                power = f" {self._script('^')}"
            else:
                base = f" base {self._argument()}"
        return f"{name}{power}{base} of"

    def _plain_group(self) -> str:
        """Read text that stands as it is: words, not single letters."""
        if self._peek() != "{":
            return self._argument()
        self._at += 1
        words: list[str] = []
        depth = 1
        while self._at < len(self._signs):
            sign = self._signs[self._at]
            self._at += 1
            depth += (sign == "{") - (sign == "}")
            if not depth:
                return "".join(words).strip()
            if sign.startswith("\\") and sign[1:] not in _SILENT:
                raise _Unknown
            words.append(" " if sign.startswith("\\") else sign.strip("{}") or " " * sign.isspace())
        raise _Unknown


def _fraction(above: str, below: str) -> str:
    if above.isdigit() and below.isdigit():
        over, under = int(above), int(below)
        if 1 <= over < len(_CARDINALS) and 2 <= under < len(_ORDINALS):  # noqa: PLR2004 - a half is the first
            many = {"half": "halves"}.get(_ORDINALS[under], f"{_ORDINALS[under]}s")
            return f"{_CARDINALS[over]} {_ORDINALS[under] if over == 1 else many}"
    if len(above.split()) > 1:
        above += ","
    return f"{above} over {below}"
