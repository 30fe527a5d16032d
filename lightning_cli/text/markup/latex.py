"""TeX mathematics to words: the forms that people and models write; the rest is "formula".

A converter to Unicode, as pylatexenc has one, would leave signs and raised figures for the voice to stumble over. The
phrases are English here; ``formula_words`` has what stands for them in other languages.
"""

import re
from itertools import takewhile

from lightning_cli.text.markup.formula_words import phrases_of

FORMULA = "formula"
# Programmers' names are words.
_NAMES = r"(?:mid|low|max|min|len|sum|avg|lo|hi|new|old|end|row|col|pos|val|key)(?![A-Za-z])|[a-z]{4,}"
_TOKEN = re.compile(rf"\\[A-Za-z]+\*?|{_NAMES}|\\.|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_DEPTH = 30
_ENVIRONMENTS = (
    r"(?:(?:aligned|align|alignat|flalign|equation|eqnarray)|(?:alignedat|gathered|gather|multline)"
    r"|split|cases|dcases|array)\*?"
)
_ALIGNED = rf"\\begin\{{{_ENVIRONMENTS}\}}(?:\{{[^{{}}]*\}})?|\\end\{{(?:{_ENVIRONMENTS}|(?:[pbvVB]|small)?matrix)\}}"
_MATRIX = r"\\begin\{(?:([vV])|[pbB]|small)?matrix\}"
_CASES = r"(?s)\\begin\{d?cases\}.*?\\end\{d?cases\}"
# What parts a case from its condition, where no word says so.
_CONDITION = r"&\s*(?![\s&]|\\(?:text|mbox|textrm|mathrm|quad|qquad)\b)"
# Those that are called with what stands in parentheses.
_CALLED = frozenset("fghFGPpOTELJ")
_CALLED_GREEK = frozenset("Theta Omega Gamma zeta phi psi Phi Psi".split())
_FACTOR_SIGNS = 40

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_WORDS = {
    **{name: name for name in _GREEK.split()},
    **{name: name for name in "in det dim ker deg gcd arg argmin argmax mod nabla angle union dagger triangle".split()},
    **{name: name for name in "star aleph hom rank".split()},
    **dict.fromkeys(("cdot", "times", "ast", "otimes", "odot", "bullet"), "times"),
    **dict.fromkeys(("oplus", "uplus"), "plus"),
    **dict.fromkeys(("coloneqq", "triangleq", "doteq"), "equals"),
    **dict.fromkeys(("le", "leq", "leqslant"), "is less than or equal to"),
    **dict.fromkeys(("ge", "geq", "geqslant"), "is greater than or equal to"),
    **dict.fromkeys(("ne", "neq"), "is not equal to"),
    **dict.fromkeys(("approx", "simeq", "cong"), "is approximately"),
    **dict.fromkeys(("to", "rightarrow", "longrightarrow", "mapsto", "longmapsto", "hookrightarrow"), "to"),
    **dict.fromkeys(("Rightarrow", "implies", "Longrightarrow"), "implies"),
    **dict.fromkeys(("iff", "Leftrightarrow", "leftrightarrow", "Longleftrightarrow"), "if and only if"),
    **dict.fromkeys(("ldots", "dots", "cdots", "vdots", "ddots"), "and so on"),
    **dict.fromkeys(("subset", "subseteq"), "is a subset of"),
    **dict.fromkeys(("land", "wedge"), "and"),
    **dict.fromkeys(("lor", "vee"), "or"),
    **dict.fromkeys(("neg", "lnot"), "not"),
    **dict.fromkeys(("emptyset", "varnothing"), "the empty set"),
    **dict.fromkeys(("mid", "vert"), "given"),
    **dict.fromkeys(("top", "intercal"), "transpose"),
    "bmod": "mod",
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
    **dict.fromkeys(("rfloor", "rceil", "langle", "rangle", "rbrace"), ""),
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
    "Pr": "P",
    "lg": "log",
    "arcsin": "arc sine",
    "arccos": "arc cosine",
    "arctan": "arc tangent",
}
# What sums over a range: (name, word before the lower bound).
_RANGES = {
    "sum": ("the sum", "from {}"),
    "prod": ("the product", "from {}"),
    "int": ("the integral", "from {}"),
    "iint": ("the double integral", "over {}"),
    "iiint": ("the triple integral", "over {}"),
    "oint": ("the contour integral", "over {}"),
    "lim": ("the limit", "as {}"),
    "limsup": ("the upper limit", "as {}"),
    "liminf": ("the lower limit", "as {}"),
}
# What is the most of something, and how it is called where it is the most over a range.
_EXTREMES = {"max": "the maximum", "min": "the minimum", "sup": "the supremum", "inf": "the infimum"}
_PLAIN_GROUPS = frozenset(
    "text textbf textit textrm texttt mathrm mathbf mathit mathsf mathtt mathbb mathcal mathfrak mathscr operatorname "
    "operatorname* boldsymbol bm boxed mbox hbox mathop".split()
)
_ACCENTS = {"bar": "bar", "overline": "bar", "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde"}
_ACCENTS |= {"dot": "dot", "ddot": "double dot"}
_SILENT = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle limits nolimits quad qquad , ; ! : "
    "nonumber notag hfill thinspace } | middle hline".split()
) | {" ", "\n"}
# What says nothing and takes its argument along.
_DROPPED = frozenset("label tag tag* phantom hphantom vphantom hspace vspace color hspace* ref eqref".split())
# What shows its last argument, of so many; and what stands below or above that one goes.
_SHOWN = {
    "textcolor": 2,
    "colorbox": 2,
    "stackrel": 2,
    "overset": 2,
    "underset": 2,
    "cancel": 1,
    "underline": 1,
    "substack": 1,
}
# Ours, for what has been found before the reading.
_OURS = {"sayif": "if", "saymatrix": "the matrix {}", "saydeterminant": "the determinant of {}"}
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
    "%": "percent",
    **dict.fromkeys("&~()[]|", ""),
    ":": ":",
    ",": ",",
    ".": ".",
    ";": ",",
}
_ONE_IN = {2: "one half", 3: "one third", 4: "one quarter"}
_PARTS = {(1, under): words for under, words in _ONE_IN.items()} | {(2, 3): "two thirds", (3, 4): "three quarters"}
_ORDINALS = ("", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CARDINALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_POWERS = {"2": "squared", "3": "cubed", "*": "star", "\\prime": "prime", "\\circ": "degrees", "\\degree": "degrees"}
_POWERS |= {"\\top": "transpose", "\\intercal": "transpose", "\\dagger": "dagger", "\\ast": "star"}
_ROOTS = dict.fromkeys(("", "2"), "the square root of {}")
_ROOTS |= {"3": "the cube root of {}", "4": "the fourth root of {}"}


class _Unknown(Exception):
    """A form that has no words here."""


def latex_words(source: str, language: str | None = None) -> str:
    """Return how a formula is read, without the signs that enclose it; in English where no language is given."""
    phrases = phrases_of(language)
    # A comma in a number, and what only lines formulas up.
    source = re.sub(_CASES, lambda found: re.sub(_CONDITION, r" \\sayif ", found[0]), source.replace("{,}", ","))
    source = re.sub(r"\\[lr](?:vert|Vert)(?![A-Za-z])", lambda found: "|" if "v" in found[0] else r"\|", source)
    source = re.sub(_MATRIX, lambda found: r" \saydeterminant " if found[1] else r" \saymatrix ", source)
    try:
        words = _Reader(re.sub(_ALIGNED, " ", source), phrases).sequence("")
    except _Unknown:
        words = ""
    said = re.sub(r"\s+([,.:²³^ᵀ])", r"\1", " ".join(words.split()))
    return said.strip(" ,") or phrases.get(FORMULA, FORMULA)


class _Reader:
    def __init__(self, source: str, phrases: dict[str, str]) -> None:
        self._signs: list[str] = _TOKEN.findall(source)
        self._phrases = phrases
        self._at = 0
        self._depth = 0
        self._sets = 0  # how many braces of sets are open

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
            if sign == "\\over":
                self._at += 1
                words = [self._fraction(" ".join(filter(None, words)), self.sequence(closer))]
                self._depth -= 1
                return words[0]
            if sign in "^_":
                self._at += 1
                if not words:
                    words.append("")
                words[-1] = f"{words[-1]} {self._script(sign)}"
            else:
                words.append(self._atom())

    def _say(self, phrase: str, *words: str) -> str:
        """Return what stands for a phrase in the language, with words in the places it has for them."""
        said = self._phrases.get(phrase, phrase)
        for word in words:
            said = said.replace("{}", word, 1)
        return said

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
        if sign == "'":
            return self._primes()
        if sign in _SIGNS:
            return self._sign(sign)
        if sign[0].isdigit():
            return sign
        if sign.isalpha():
            return self._called(sign) if self._is_function(sign) else sign
        raise _Unknown

    def _sign(self, sign: str) -> str:
        if sign == "|" and self._sets:
            return self._say("such that")
        if sign == "|" and (ends := self._bar()):
            return self._say("given") if ends == ")" else self._say("the absolute value of {}", self.sequence("|"))
        return self._say("times" if sign == "(" and self._multiplies() else _SIGNS[sign])

    def _bar(self) -> str:
        """Return what a bar meets first: another one, the end of what it stands in, or nothing."""
        depth = 0
        for sign in self._signs[self._at :]:
            depth += (sign in "([{") - (sign in ")]}")
            if depth < 0:
                return ")"
            if sign == "|" and not depth:
                return sign
        return ""

    def _called(self, name: str) -> str:
        return f"{name} {self._say('of')}".rstrip()

    def _is_function(self, letter: str) -> bool:
        """Return whether what stands in parentheses behind a letter is what it is called with: one letter is."""
        if self._peek() != "(":
            return False
        inside = "".join(self._signs[self._at : self._at + 4]).replace(" ", "")
        return letter in _CALLED or bool(re.match(r"\([A-Za-z]\)", inside))

    def _primes(self) -> str:
        count = 1 + len(list(takewhile("'".__eq__, self._signs[self._at :])))
        self._at += count - 1
        said = self._say("prime" if count == 1 else "double prime")
        return self._called(said) if self._peek() == "(" else said

    def _multiplies(self) -> bool:
        """Return whether the parenthesis just taken stands behind a factor and has a sum in it."""
        before = next((sign for sign in reversed(self._signs[: self._at - 1]) if not sign.isspace()), "")
        if not (before.isdigit() or before == ")" or (len(before) == 1 and before.isalpha() and before not in _CALLED)):
            return False
        inside = self._signs[self._at : self._at + _FACTOR_SIGNS]
        closes = inside.index(")") if ")" in inside else 0
        return any(sign in "+-\u2212" for sign in inside[:closes])

    def _argument(self, *, single: bool = False) -> str:
        """Read what a command or a script takes; ``single`` takes one figure of a number, as TeX does."""
        sign = self._peek()
        if not sign or sign in "^_}":
            raise _Unknown
        if single and sign.isdigit() and len(sign) > 1:
            self._signs[self._at : self._at + 1] = [*sign]
        return self._atom()

    def _raw(self) -> str:
        """Take an argument as it is written."""
        if self._peek() != "{":
            raise _Unknown
        start, depth = self._at + 1, 0
        while self._at < len(self._signs):
            depth += {"{": 1, "}": -1}.get(self._signs[self._at], 0)
            self._at += 1
            if not depth:
                return "".join(self._signs[start : self._at - 1])
        raise _Unknown

    def _option(self) -> str:
        """Take what stands in brackets behind a command, if there is any."""
        if self._peek() != "[":
            return ""
        self._at += 1
        return self.sequence("]")

    def _script(self, mark: str) -> str:
        start = self._at
        words = self._argument()
        if mark == "_":
            return self._say("sub {}", words)
        written = "".join(self._signs[start : self._at]).strip("{} \n")
        if written in _POWERS:
            return self._say(_POWERS[written])
        if written == "T" and self._signs[start - 2 : start - 1] and self._signs[start - 2][-1:] in _TRANSPOSED:
            return self._say("transpose")
        if not self._phrases and len(words.split()) == 1:
            return f"to the {words}"
        return self._say("to the power {}", words)

    def _command(self, name: str) -> str:
        if name == "arg" and self._peek()[1:] in _EXTREMES:
            name += f" {self._peek()[1:]}"
            self._at += 1
        if name.removeprefix("arg ") in _EXTREMES and (self._peek() == "_" or name not in _EXTREMES):
            return self._extreme(self._say(_EXTREMES.get(name, name)))
        if name == "mid" and self._sets:
            return self._say("such that")
        if name in _WORDS or name in _EXTREMES:
            said = self._say(_WORDS.get(name, name))
            return self._called(said) if name in _CALLED_GREEK and self._peek() == "(" else said
        if name in _PLAIN_GROUPS:
            said = self._plain_group()
            named = name in {"operatorname", "operatorname*", "mathcal"} or (name == "mathrm" and len(said) > 1)
            return self._called(said) if named and self._peek() == "(" else said
        if name in _SILENT:
            return self._silent(name)
        return self._applied(name)

    def _applied(self, name: str) -> str:
        """Read what goes with what follows it."""
        if name in _ACCENTS:
            return f"{self._argument()} {self._say(_ACCENTS[name])}"
        if name in _RANGES:
            return self._range(*_RANGES[name])
        if name in _FUNCTIONS:
            return self._function(self._say(_FUNCTIONS[name]))
        if name in _OURS:
            return self._say(_OURS[name], *[""] * (name != "sayif"))
        if name in {"{", "lbrace"}:
            closed = "\\}" in self._signs[self._at :] or "\\rbrace" in self._signs[self._at :]
            self._sets += closed
            return self._say("the set") if closed else ""
        if name in _SHOWN or name in _DROPPED:
            for _ in range(_SHOWN.get(name, 2) - 1):
                self._raw() if self._peek() == "{" else self._argument()
            return self._argument() if name in _SHOWN else ""
        return self._structure(name)

    def _extreme(self, said: str) -> str:
        """Read the most or the least of something, over a range if one is given."""
        if self._peek() == "_":
            self._at += 1
            said += f" {self._say('over {}', self._argument())}"
        return self._called(said)

    def _silent(self, name: str) -> str:
        if name in {"left", "right", "big", "Big"} and self._peek() == ".":
            self._at += 1
        self._sets -= name == "}" and self._sets > 0
        if name == "|" and "\\|" in self._signs[self._at :]:
            return self._say("the norm of {}", self.sequence("\\|"))
        return ""

    def _structure(self, name: str) -> str:
        if name == "\\":
            return ","
        if name in {"frac", "dfrac", "tfrac", "cfrac"}:
            return self._fraction(self._argument(single=True), self._argument(single=True))
        if name in {"binom", "dbinom"}:
            return f"{self._argument(single=True)} {self._say('choose')} {self._argument(single=True)}"
        if name == "sqrt":
            return self._root()
        if name in {"vec", "overrightarrow"}:
            return self._say("vector {}", self._argument())
        if name in {"pmod", "pod"}:
            return f"{self._say('mod')} {self._argument()}"
        return self._annotated(name)

    def _annotated(self, name: str) -> str:
        """Read what has something written above or below it, which is left out."""
        if name in {"xrightarrow", "xleftarrow"}:
            self._option()
            self._argument()
            return self._say("to" if name == "xrightarrow" else "from")
        if name in {"underbrace", "overbrace"}:
            said = self._argument()
            if self._peek() in {"_", "^"}:
                self._at += 1
                self._argument()
            return said
        return self._science(name)

    def _science(self, name: str) -> str:
        from lightning_cli.text.markup.latex_science import chemistry, number, unit

        said: str | None = None
        if name in {"ce", "cf"}:
            said = chemistry(self._raw(), self._say)
        elif name in {"SI", "qty"}:
            amount, symbol = number(self._raw(), self._say), unit(self._raw())
            said = f"{amount} {symbol}" if amount is not None and symbol is not None else None
        elif name in {"si", "unit"}:
            said = unit(self._raw())
        elif name == "num":
            said = number(self._raw(), self._say)
        elif name == "ang":
            said = f"{self._raw()} {self._say('degrees')}"
        if said is None:
            raise _Unknown
        return said

    def _root(self) -> str:
        degree = self._option()
        words = self._argument(single=True)
        if degree in _ROOTS:
            return self._say(_ROOTS[degree], words)
        return self._say("the {}th root of {}", degree, words)

    def _fraction(self, above: str, below: str) -> str:
        if above.isdigit() and below.isdigit():
            over, under = int(above), int(below)
            if (over, under) in _PARTS:
                return self._say(_PARTS[over, under])
            if not self._phrases and 1 <= over < len(_CARDINALS) and 2 <= under < len(_ORDINALS):  # noqa: PLR2004 - a half is the first
                many = {"half": "halves"}.get(_ORDINALS[under], f"{_ORDINALS[under]}s")
                return f"{_CARDINALS[over]} {_ORDINALS[under] if over == 1 else many}"
        if len(above.split()) > 1:
            above += ","
        return f"{above} {self._say('over')} {below}"

    def _range(self, name: str, before: str) -> str:
        bounds = {"_": "", "^": ""}
        while (sign := self._peek()) in {"_", "^", "\\limits"}:
            self._at += 1
            if sign in bounds:
                bounds[sign] = self._argument()
        low, high = bounds["_"], bounds["^"]
        if low and not high and before == "from {}":
            before = "over {}"
        if before == "as {}":
            low = low.replace(f" {self._say('to')} ", f" {self._say('goes to')} ")
        said = self._say(name) + (f" {self._say(before, low)}" if low else "")
        if high:
            said += f" {self._say('up to {}', high) if self._phrases else 'to ' + high}"
        return self._called(said)

    def _function(self, name: str) -> str:
        power = base = ""
        while (sign := self._peek()) in {"_", "^"}:
            self._at += 1
            if sign == "^":
                power = f" {self._script('^')}"
            else:
                base = f" {self._say('base {}', self._argument())}"
        return self._called(f"{name}{power}{base}")

    def _has_scripts(self) -> bool:
        """Return whether there is anything above or below the line within the braces that come."""
        inside = takewhile(lambda sign: sign != "}", self._signs[self._at :])
        return any(sign in "^_" for sign in inside)

    def _plain_group(self) -> str:
        """Read text that stands as it is: words, not single letters."""
        if self._peek() != "{" or self._has_scripts():
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
            if sign.startswith("\\") and sign[1:] in _WORDS:
                words.append(f" {self._say(_WORDS[sign[1:]])} ")
            elif sign.startswith("\\") and sign[1:] not in _SILENT:
                raise _Unknown
            else:
                words.append(" " if sign.startswith("\\") else sign.strip("{}") or " " * sign.isspace())
        raise _Unknown


# What a T above turns: the name of a matrix, plain or in bold.
_TRANSPOSED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ}")
