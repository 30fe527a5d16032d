"""Where sentences end: decided for each stop and line end by what stands near it, in every language of the service.

A stop ends a sentence if white space follows, the next word may begin one, no quote or bracket is open around it, and
it does not belong to an abbreviation, an initial or a number. What our tables do not know the library decides, from
the word before and the word behind alone. So a text that is still being written is cut as the whole one is, and the
work grows with the text and no faster. Loaded by the first text that a glance does not take for one sentence.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from sentencex import segment

from lightning_cli.system.records import Record
from lightning_cli.text.abbreviations import LAST_LATIN, Abbreviations, abbreviations_of

# A quote or bracket that does not close within so many characters is taken for a lone mark, or for a quotation of
# several sentences, which are cut as others are.
PAIR_CHARS = 250
# So much of the next word decides; a longer one begins no sentence in the tables.
_WORD_CHARS = 12
# The longest word that is measured when a line is judged.
_LONGEST_WORD = 80
# Hard-wrapped text is hardly ever narrower; a shorter line whose next word fits was meant to end.
_NARROWEST_WRAP = 50
# Where no capital tells a new line from a wrapped one, more caution.
_NARROWEST_CASELESS = 30
# Wider than any wrapped text: such lines are paragraphs.
_WIDEST_WRAP = 130
_ITEM_CHARS = 40
_LONGEST_LIST = 999
_LONGEST_ITEM = 500
_ORDINAL_DIGITS = 2
# Shorter words before a number are abbreviations more often than not.
_WHOLE_WORD = 4

# These need white space behind them.
_SOFT = ".!?…‼⁇⁈⁉"
# These do not: Unicode's sentence terminals outside Latin, as far as they are written today.
_HARD = "։؝؞؟۔܀܁܂߹࠷࠹࠽࠾।॥။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿⸮⸼⹓⹔꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？｡。"
_CLOSE = "\"'`”’»›«“‘)\\]}」』）】》〉*_"
_OPENING = "\"'`“‘«„‚»‹¿¡(\\[{「『《（【〈*_"
# Greek asks with a semicolon, Armenian ends with a colon where keyboards lack its own sign.
_SOFT_IN = {"el": _SOFT + ";\u037e", "hy": _SOFT + ":"}
_EVERY_SOFT = "".join(_SOFT_IN.values())
_BLANK_LINE = r"\n[^\S\n]*\n"
# Behind it: closing marks, the numbers of notes ("cold.12 The", "gas. [1]"), faces in signs or as one.
_AFTER_STOP = (
    rf"[{_CLOSE}]*(?:[ \u00a0\u202f][»›](?=\W|\Z))?"
    r"(?:(?<=[^\W\d_]{3}\S|[\w ]\w\)\S)\d{1,3}(?:[ ,]\d{1,3})*(?=\s))?[¹²³⁰⁴-⁹]*(?:\s?\[\d{1,3}\])*"
    r"(?:[ ](?:[:;]-?[)(DP]|[\U0001f600-\U0001f64f\U0001f970-\U0001f97a\U0001f44d\u2764\ufe0f]+)(?=\s))?"
)
_NUMBERED = r"[•⁃‣]?\s?(?:\d{1,3}|[a-z])[.)]\)?(?=\s)"
# A set at its beginning lets the search skip what is not a stop.
_STOP_OR_LINE = (
    r"[{stops}\n](?:(?<=\n)(?P<line>(?:\s*\n)?)|(?<!\n)(?P<more>[{stops}]*)"
    + _AFTER_STOP.replace("{", "{{").replace("}", "}}")
    + ")"
)
_CANDIDATE = re.compile(_STOP_OR_LINE.format(stops=_SOFT + _HARD))
_NEXT_ITEM = re.compile(rf"(?<=\S)[^\S\n]+(?={_NUMBERED})")
_ITEM = re.compile(rf"\s*(?P<item>{_NUMBERED})")
_SPACED_DOTS = re.compile(r"[^.\s]\s\.\s\.\s\Z")
_SPACE = re.compile(r"\s*")
_ITEM_WORD = re.compile(r"(?:\d{1,3}[.)]|[a-z][)\]]|[ivxl]{2,5}\))\Z")
_TO_WORD = re.compile(rf"(?:[{_OPENING}]+\s*|[—–]\s*|--\s*|-\s+)*")
_WORD = re.compile(r"\S*")
# Hebrew writes an abbreviation's quote mark between letters.
_LAST_TOKEN = re.compile(r"(?:[^\s\"“‘«„(\[—–/•⁃‣]|(?<=[\u05d0-\u05ea])\"(?=[\u05d0-\u05ea]))*\Z")
_MARK = re.compile(rf"{_BLANK_LINE}|[\"'“”„«»‹›‘’()\[\]{{}}「」『』《》（）【】]")
_NOT_FIRST = frozenset("&,;:)]}%»›”’」』）】》、，；：" + _SOFT + _HARD)
_FACE_BEFORE = frozenset(":;=8-")
_ACRONYM = re.compile(r"[^\W\d_]{1,2}(?:\.[^\W\d_]{1,3})+\Z")
# A single letter behind one of these is what a thing is called, and no initial: "vitamin C.", "got an A."
_LETTERED = re.compile(
    r"(?:\A|\s)(?:an?|vitamins?|plan|grade|type|group|class|section|part|option|team|hepatitis|appendix|category|column"
    r"|row|point|exhibit|block|terminal|gate|hall|level|blood group)\Z|°\Z",
    re.IGNORECASE,
)
_CONTRACTED = re.compile(r"['’](?:d|ll|ve|re|s|m)\Z")
_UNITS = frozenset("mglhsмлс")
_NUMBER_BEFORE = re.compile(r"\d[ \u00a0\u202f]?\Z")
# Of plurals: "EE. UU.", "LL. AA."
_OF_MANY = re.compile(r"([ABDEFGHJKLNOPRSTU])\1\Z")
# What the library calls abbreviations in Italian: "un PC. Maria".
_FILE_OR_HOST = re.compile(r"[\w-]{4,}(?:\.[\w-]+)*\.\w{2,}\Z")
_CAPITALS = re.compile(r"[A-Z]{2,}\Z")
# Of a short form with white space in it: "т. п."
_LETTER_APART = re.compile(r"\b([^\W\d_])\.\s[^\W\d_]\Z")
_NAME_BEFORE = re.compile(r"(?:\A|\s)[A-Z\d][\w'’.-]*\Z")
_INITIAL = re.compile(r"[^\W\d_a-z]\.(?=\Z|[^\W\d_])")
_ELIDED = re.compile(r"^[dlDL]['’](?=\w)")
_ROMAN = re.compile(r"[IVXLC]+\Z")
_NUMBER_FOLLOWS = re.compile(r"[#№§(\[]?(?:\d|[IVXLC]+\b|[A-Z]-?\d)")
# English short forms before numbers that are words or names too, and days and months, which no Roman numeral follows.
_WORDS_TOO = frozenset(
    "no art ref refs app re sat sun jan feb mar apr jun jul aug sep sept oct nov dec cat item lot max min tab"
    " mod".split()
)
_BULLET = re.compile(r"(?:[-*•‣▪◦·+]|\d{1,3}[.)]|[A-Za-z][.)])\Z")
_OF_AN_HOUR = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun|January|February|March|April|May"
    r"|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z]{2,5}"
    r"|Eastern|Central|Mountain|Pacific|Atlantic|Greenwich)\Z"
)
_BEGINS_WITH_HOUR = re.compile(
    r"(?:On|At|By|In|Around|About|Before|After|Until|Till|Since|From|Between|Shortly|Just|Only|Yesterday|Today|Tomorrow"
    r"|Tonight|This|Last|Next|Every|Each|Late|Early|\w+day|\S+(?:\s\S+)?\Z)(?:\s|\Z)"
)
_HOUR_OF_SOMETHING = re.compile(r"\b(?:the|a|an|this|that|every|each|our|my|his|her|their)\s[\d:.]+\Z")
# "родился в 1799 г.": a past verb, a preposition, the year.
_YEAR_OF_EVENT = re.compile(
    r"(?:\b[Уу]мер|\b[Пп]омер|\b[Пп]огиб|\b[Вв]озник|\b[Зз]агинув|\w(?:л[аои]?|л[аои]сь|лся|в(?:ся)?|л[аои]ся))\s(?:[^,;:]*\s)?(?:в|у|до|с|з|по|к|от|від|после|після|около|близько)\s"
    r"(?:\d{1,2}\s)?(?:\w+\s)?\d{3,4}\Z"
)
_PLAIN_WORD = re.compile(r"[^\W\d_]?(?:[^\W\d_]|[\u200c\u200d'’-])+[,.]?\Z")
# A line that ends in one of these is not wrapped before what looks like an item.
_BEFORE_ITEM = ".:;!?"
_LISTED = re.compile(r"\s*(?:[-*•‣▪◦·+]|\d{1,3}[.)]|[A-Za-z][.)])\s")
_FIRST_LETTER = re.compile(r"[^\W_]")
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"\d{4}\b")
_IDEOGRAPHS = "\u2e80"
_HANGUL = "\uac00"
_FACES = ("\U0001f000", "\U0001ffff")
_HIRAGANA = ("\u3041", "\u309f")
# Of a phrase that goes on, in Japanese.
_PARTICLES = frozenset("のをがへに")
_ELISIONS = ("tis", "twas", "em", "n", "cause", "til", "bout", "s", "t", "ve", "d", "ll", "re", "m")
_CLOSING_FOR = {
    '"': '"',
    "'": "'’",
    "‘": "’'",
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "(": ")",
    "[": "]",
    "{": "}",
    "「": "」",
    "『": "』",
    "《": "》",
    "（": "）",
    "【": "】",
}


class LineState(Record):
    """What was seen of the paragraph's lines before the text at hand: they tell how wide it is wrapped, if it is."""

    longest: int = 0
    wrapped: bool = False
    # Of the line under way: its beginning, and its length so far.
    head: str = ""
    length: int = 0


class End:
    """One end: the next sentence begins at ``at``. What follows cannot change it if it is ``certain``."""

    __slots__ = ("at", "certain", "line_start", "lines")

    def __init__(self, at: int, *, certain: bool, lines: LineState, line_start: int) -> None:
        self.at = at
        self.certain = certain
        self.lines = lines
        self.line_start = line_start

    def lines_from(self, text: str) -> LineState:
        """Return the state of the lines for the text that begins here."""
        head = self.lines.head if self.line_start < 0 else ""
        head += text[max(0, self.line_start) : self.at]
        return LineState(self.lines.longest, self.lines.wrapped, head[:_LONGEST_WORD], self.at - self.line_start)


class _Pairs:
    """Spans between quotes or brackets that belong together, in order and apart; and where one is still open."""

    def __init__(self, starts: list[int], ends: list[int], open_at: int | None) -> None:
        self.starts = starts
        self.ends = ends
        self.open_at = open_at

    def encloses(self, at: int) -> bool:
        index = bisect_left(self.starts, at) - 1
        return index >= 0 and at < self.ends[index]

    def start_of(self, at: int) -> int:
        """Return where the span around ``at`` begins, -1 if there is none."""
        return self.starts[bisect_left(self.starts, at) - 1] if self.encloses(at) else -1


def find_ends(
    text: str, language: str, *, lines: LineState | None = None, lower: bool | None = None, hurry: bool = False
) -> Iterator[End]:
    """Yield the sentence ends of a text that begins with a sentence, in order.

    ``lower`` says whether that sentence begins in lower case, if its beginning is no longer in ``text``; ``hurry``
    takes an open quote or bracket for a lone one.
    """
    yield from _Scan(text, language, lower=lower, pairs=_pairs(text, hurry=hurry)).ends(lines or LineState())


def inner_ends(sentence: str, language: str, *, lower: bool | None = None) -> list[int]:
    """Return where a long sentence could end within its quotes and brackets; ``lower`` is as above."""
    lone = _Pairs([], [], None)
    return [end.at for end in _Scan(sentence, language, lower=lower, pairs=lone).ends(LineState(wrapped=True))]


def lines_until(text: str, at: int, lines: LineState) -> LineState:
    """Return what was seen of the lines before ``at``, for the text that begins there."""
    scan = _Scan(text, "", lower=None, pairs=_Pairs([], [], None))
    line_start = -lines.length
    for match in re.finditer(r"\n(\s*\n)?", text[:at]):
        line = lines.head + text[max(0, line_start) : match.start()]
        _, lines = scan.judge_line(match.start(), line, lines, match.start() - line_start, paragraph=bool(match[1]))
        line_start = match.end()
    return End(at, certain=True, lines=lines, line_start=line_start).lines_from(text)


def starts_lower(text: str, start: int = 0) -> bool:
    """Return whether the first letter is a small one, as that of a writer who knows no others."""
    first = _FIRST_LETTER.search(text, start)
    return first is not None and _is_lower(text[first.start() : first.start() + 2])


class _Scan:
    """One walk over a text."""

    def __init__(self, text: str, language: str, *, lower: bool | None, pairs: _Pairs) -> None:
        self._text = text
        self._language = language
        self._lower = lower
        self._pairs = pairs
        self._start = 0  # of the sentence under way
        self._first = -1
        self._certain = True
        # The white space that was looked at last: many line ends share one stretch of it.
        self._space_from, self._space_to = 0, -1

    @property
    def _words(self) -> Abbreviations:
        return abbreviations_of(self._language)

    def ends(self, lines: LineState) -> Iterator[End]:
        """Yield the ends; line ends in the white space behind a stop only tell more of the lines."""
        text, line_start = self._text, -lines.length
        pending: End | None = None
        for match in self._candidates():
            if pending is not None and match.start() >= pending.at:
                yield pending
                pending = None
            at, is_line = match.start(), match.lastgroup == "line"
            next_at = self._space_end(match.end())
            paragraph = is_line and bool(match["line"])
            if next_at == len(text) and not paragraph:
                break
            if is_line:
                line = lines.head + text[max(0, line_start) : at]
                ends, lines = self.judge_line(at, line, lines, at - line_start, paragraph=paragraph)
                line_start = match.end()
            else:
                is_stop = match.lastgroup == "more"
                ends = self._ends_at_stop(match, next_at) if is_stop else self._ends_at_item(match.end())
            if pending is not None:
                pending.lines, pending.line_start = lines, line_start
            elif ends and next_at > self._start and (paragraph or self._first_letter() < at):
                if not text[self._start : next_at].isspace():
                    pending = End(next_at, certain=self._certain, lines=lines, line_start=line_start)
                self._start, self._lower, self._first = next_at, None, -1
        if pending is not None:
            yield pending

    def _candidates(self) -> Iterator[re.Match[str]]:
        """Yield the places to judge, in order; what is yielded may move the beginning of the sentence."""
        pattern = _CANDIDATE
        if self._language in _SOFT_IN:
            pattern = re.compile(_STOP_OR_LINE.format(stops=_SOFT_IN[self._language] + _HARD))
        stop = pattern.search(self._text)
        start, item = -1, None
        while True:
            if start != self._start:
                start = self._start
                is_item = _ITEM.match(self._text, start) is not None
                item = _NEXT_ITEM.search(self._text, start + 1) if is_item else None
            if item is not None and (stop is None or item.start() < stop.start()):
                yield item
                item = _NEXT_ITEM.search(self._text, item.end()) if start == self._start else None
            elif stop is not None:
                yield stop
                stop = pattern.search(self._text, stop.end())
            else:
                return

    def _space_end(self, at: int) -> int:
        if not self._space_from <= at <= self._space_to:
            match = _SPACE.match(self._text, at)
            self._space_from, self._space_to = at, match.end() if match else at
        return self._space_to

    def _next(self, at: int) -> tuple[str, bool]:
        """Return the first word behind a stop, without its quotes, and whether all of it is there."""
        opening = _TO_WORD.match(self._text, at)
        begin = opening.end() if opening else at
        found = _WORD.match(self._text, begin)
        word = found[0] if found else ""
        if word[:1] >= _IDEOGRAPHS and not _FACES[0] <= word[0] <= _FACES[1]:
            return word[0], True
        complete = begin + len(word) < len(self._text) or len(word) >= _WORD_CHARS
        return word[:_WORD_CHARS], complete and bool(word)

    def _doubt(self, at: int, *, complete: bool) -> None:
        """Note that this place could still be judged in another way: then nothing behind it is certain either."""
        open_at = self._pairs.open_at
        if not complete or (open_at is not None and open_at < at):
            self._certain = False

    def _first_letter(self) -> int:
        """Return where the sentence has its first letter or digit: marks alone are none, and go with what follows."""
        if self._first < self._start:
            first = _FIRST_LETTER.search(self._text, self._start)
            self._first = first.start() if first else len(self._text)
        return self._first

    def _starts_lower(self) -> bool:
        if self._lower is None:
            self._lower = starts_lower(self._text, self._start)
        return self._lower

    def _may_begin_lower(self, follows: str) -> bool:
        """Return whether a sentence may begin in lower case here, as "b) milk", or as its writer's others do."""
        return _ITEM_WORD.match(follows) is not None or follows in self._words.start or self._starts_lower()

    def _ends_at_stop(self, match: re.Match[str], next_at: int) -> bool:
        text, at = self._text, match.start()
        stop = text[at : match.end("more")]
        soft = stop[-1] in _EVERY_SOFT
        glued = match.end() == next_at
        if glued and self._is_within_word(stop, at, next_at, soft=soft):
            return False
        follows, complete = self._next(next_at)
        self._doubt(at, complete=complete)
        closed = match[0][len(stop) :]
        left_out = text[at - 1 : at] in _CLOSING_FOR and closed.startswith((")", "]"))  # [...], (!)
        enclosed = self._pairs.encloses(at) and self._pairs.encloses(match.end() - 1)
        if closed[:1] in {")", "）"} and _is_caseless(follows):
            enclosed |= self._pairs.start_of(at) > self._first_letter()  # (really?) goes on where no capital can tell
        if left_out or enclosed or not _may_begin(follows):
            return False
        if soft and stop[-1] in _SOFT and _is_lower(follows) and not self._may_begin_lower(follows):
            return False
        if glued and not soft and closed and _HIRAGANA[0] <= text[next_at] <= _HIRAGANA[1]:
            return False  # 「...。」と言った goes on
        word = _token_before(text, max(self._start, at - 2 * _WORD_CHARS), at)
        noted = closed.isdigit()
        if (noted and (not follows[0].isupper() or self._words.is_short(word))) or (
            match[0] == ".)" and word.isdecimal()
        ):
            return False  # "Fig.10 shows" has no note, and 1.) counts
        if stop == "!" and self._words.has(self._words.shout, word):
            return follows in self._words.start
        if stop == "." and len(word) == 1 and word.isupper() and _INITIAL.match(follows):
            return False  # the first of several
        return stop != "." or self._ends_at_full_stop(word, at, follows)

    def _is_within_word(self, stop: str, at: int, next_at: int, *, soft: bool) -> bool:
        """Return whether a stop that no white space follows ends nothing."""
        follows = self._text[next_at]
        if soft:
            return stop[-1] == "." or follows < _IDEOGRAPHS
        return stop == "．" and self._text[at - 1 : at].isdigit() and follows.isdigit()

    def _ends_at_item(self, at: int) -> bool:
        """Return whether the item of a list at ``at`` comes after the one that the sentence is."""
        self._doubt(at, complete=True)
        own, item = _ITEM.match(self._text, self._start), _ITEM.match(self._text, at)
        if own is None or item is None or self._pairs.encloses(at):
            return False
        return own["item"][-1] == item["item"][-1] and _follows_on(own["item"], item["item"])

    def _ends_at_full_stop(self, word: str, at: int, behind: str) -> bool:
        word, follows = _ELIDED.sub("", word), _bare(behind)
        if not word:
            # Three dots apart, as in print, go on; a fourth is the full stop.
            return _SPACED_DOTS.search(self._text[max(self._start, at - 6) : at]) is None
        if len(word) == 1 and at - self._start < _WORD_CHARS and not self._before(word, at):
            return False
        if word.isdecimal() and self._is_enumerator(word, at):
            return False
        words = abbreviations_of(self._language, foreign=word[0] > LAST_LATIN)
        starts = follows in words.start or _CONTRACTED.sub("", follows) in words.start
        starts = starts and not _INITIAL.fullmatch(behind)
        if words.ordinals and word[0] == "-":
            word = word[1:]
        if words.ordinals and (_ROMAN.match(word) or (word.isdecimal() and len(word) <= _ORDINAL_DIGITS)):
            return starts or word == "0" or (follows[0].isupper() and self._is_numbered(words, word, at))
        in_path = "." in word and self._text[at - len(word) - 1 : at - len(word)] == "/"
        if in_path or (_FILE_OR_HOST.match(word) and not words.is_short(word)):
            return starts or follows[0].isupper()
        ends = self._ends_at_short(words, word, at, follows, starts=starts)
        if ends is not None or starts or _ITEM_WORD.match(behind):
            return ends is not False
        if _CAPITALS.match(word) and follows[0].isupper() and not follows.isupper():
            return True
        # Where a stop makes a number an ordinal, the library ends nothing before one.
        counts = words.ordinals and behind[0].isdecimal() and len(word) >= _WHOLE_WORD - bool(_YEAR.match(behind))
        return counts or self._library_ends(word, follows)

    def _ends_at_short(self, words: Abbreviations, word: str, at: int, follows: str, *, starts: bool) -> bool | None:
        """Return whether the stop of a short form or an initial ends the sentence; None where ``word`` is none."""
        is_letter, capital = len(word) == 1 and _is_initial(word), follows[0].isupper()
        if words.has(words.year, word) and capital:
            return _YEAR_OF_EVENT.search(self._before(word, at)) is not None
        if capital and (word in words.word or (is_letter and self._is_measure(word, at))):
            return True
        if is_letter and word.isupper() and (starts or _LETTERED.search(self._before(word, at))):
            return True
        apart = _LETTER_APART.search(self._text, max(self._start, at - 4), at) if is_letter else None
        word = f"{apart[1]}.{word}" if apart else word
        number = words.counts(word)
        # Only English has an "I" that begins sentences: "He said no. I left."
        speaks = starts and follows == "I" and word.lower() in _WORDS_TOO
        if words.has(words.open, word) or (number and _NUMBER_FOLLOWS.match(follows) and not speaks):
            return False
        if words.has(words.last, word) and capital:
            return True
        if words.has(words.anywhere, word) or _ACRONYM.match(word) or _OF_MANY.match(word) or is_letter:
            starts = starts and not self._leads(words, word, at)
            return starts or (words.has(words.hour, word) and self._ends_at_hour(word, at, follows))
        return True if number else None

    def _leads(self, words: Abbreviations, word: str, at: int) -> bool:
        """Return whether a short form goes with what follows by its place: "Dr. Who", but "Elm Dr. The"; "P.S. I"."""
        before = self._before(word, at)
        if words.has(words.street, word):
            return _NAME_BEFORE.search(before) is None
        return not before and _ACRONYM.match(word) is not None

    def _is_numbered(self, words: Abbreviations, number: str, at: int) -> bool:
        """Return whether a short form before a number says that it is not an ordinal: "kl. 8", "Nr. 3"."""
        before = self._before(number, at).rpartition(" ")[2]
        return before[-1:] == "." and words.counts(before[:-1])

    def _is_measure(self, letter: str, at: int) -> bool:
        """Return whether a letter is a unit, as in "45 m" and "30 m/s"; German has nouns that could follow "5 m"."""
        before = self._text[max(self._start, at - _WORD_CHARS) : at - 1]
        counted = letter in _UNITS and _NUMBER_BEFORE.search(before) is not None
        return before[-1:] == "/" or (counted and not self._language.startswith("de"))

    def _ends_at_hour(self, word: str, at: int, follows: str) -> bool:
        """Return whether "5 p.m." ends the sentence: not before a day or a zone, nor where it begins one."""
        before = self._before(word, at)
        return (
            follows[0].isupper()
            and _OF_AN_HOUR.match(follows) is None
            and _BEGINS_WITH_HOUR.match(before) is None
            and _HOUR_OF_SOMETHING.search(before) is None
        )

    def _library_ends(self, word: str, follows: str) -> bool:
        begins = accumulate(map(len, segment(self._language, f"{word}. {follows}")))
        return any(len(word) < at <= len(word) + 2 for at in begins)

    def _before(self, word: str, at: int) -> str:
        """Return what the sentence has before a word, as far as it matters; quotes and bullets aside."""
        return self._text[max(self._start, at - _LONGEST_ITEM) : at - len(word)].strip(" \t\r\n\"'“‘«„([•⁃‣")

    def _is_enumerator(self, number: str, at: int) -> bool:
        """Return whether a number counts the items of a list: it begins the sentence, or counts on from another."""
        before = self._before(number, at)
        if not before:
            return True
        value = int(number)
        if value <= 1:
            return before.endswith(":")
        return value <= _LONGEST_LIST and re.search(rf"(?:\A|\s){value - 1}[.)]{{1,2}}\s", before) is not None

    def _is_in_list(self) -> bool:
        return _LISTED.match(self._text, self._start) is not None

    def judge_line(
        self, at: int, line: str, lines: LineState, length: int, *, paragraph: bool
    ) -> tuple[bool, LineState]:
        """Judge the line end at ``at``: it is meant where the next word would still have fitted."""
        if paragraph:
            return True, LineState()
        text = self._text
        longest = max(lines.longest, length)
        state, wrapped = LineState(longest, lines.wrapped), LineState(longest, wrapped=True)
        next_at = self._space_end(at)
        found = _WORD.match(text, next_at)
        word = found[0][:_LONGEST_WORD] if found else ""
        complete = next_at + len(word) < len(text) or len(word) == _LONGEST_WORD
        follows, known = self._next(next_at)
        self._doubt(at, complete=complete and known)
        line = line.strip()
        if not word or not line or line[-1] in "-\u00ad":
            return False, state
        free = not self._pairs.encloses(at)
        follows = follows or word
        first = line.split(None, 1)[0]
        if _BULLET.match(word):
            by_chance = (word in "-*+" and _is_lower(follows)) or (word[0].isdecimal() and int(word[:-1]) > 1)
            wrapped_there = by_chance and length > _NARROWEST_WRAP and line[-1] not in _BEFORE_ITEM
            return free and not (wrapped_there and not self._is_in_list()), state
        if not _may_begin(follows) or (_is_lower(follows) and not _is_item(line, lines, length)):
            return False, wrapped
        if line[-1] in _PARTICLES or (length > _ITEM_CHARS and text[at - 2 : at].strip() and text[at - 1] == " "):
            return False, wrapped  # a line that mail and print go on from ends in one space
        labelled = _is_label(word) and (_is_label(first) or length < _NARROWEST_WRAP)
        if labelled or (not lines.wrapped and _same_shape(first, word)):
            return free, state
        cased = follows[0].isupper() or follows[0].isdigit() or _is_lower(follows)
        narrowest = 0 if lines.wrapped else _NARROWEST_WRAP if cased else _NARROWEST_CASELESS
        fits = length + 1 + (1 if _IDEOGRAPHS <= word[0] < _HANGUL else len(word)) <= max(narrowest, lines.longest)
        return free and (fits or length > _WIDEST_WRAP), state


# Of brackets in brackets; each mark is compared with all that are open.
_DEEPEST = 8


def _pairs(text: str, *, hurry: bool) -> _Pairs:
    """Find quotes and brackets that belong together, each with the first that can close it."""
    spans: list[tuple[int, int]] = []
    opened: dict[str, int] = {}
    for match in _MARK.finditer(text):
        mark, at = match[0], match.start()
        if mark[0] == "\n":
            opened.clear()
            continue
        opener = _opener_closed_by(text, mark, at, opened)
        if opener is not None:
            begin = opened.pop(opener)
            if at - begin <= PAIR_CHARS:
                spans.append((begin, at))
                # What was opened inside and not closed there is no pair.
                opened = {other: where for other, where in opened.items() if where < begin}
        elif _opens(text, mark, at):
            while mark in opened and mark[0] in "([{" and len(mark) < _DEEPEST:
                mark += mark[0]  # brackets in brackets
            opened.pop(mark, None)
            opened[mark] = at
    waiting = [] if hurry else [at for at in opened.values() if len(text) - at <= PAIR_CHARS]
    starts: list[int] = []
    ends: list[int] = []
    for begin, end in sorted(spans):
        if starts and begin < ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(begin)
            ends.append(end)
    return _Pairs(starts, ends, min(waiting, default=None))


def _opener_closed_by(text: str, mark: str, at: int, opened: dict[str, int]) -> str | None:
    for opener, begin in reversed(opened.items()):
        if mark not in _CLOSING_FOR[opener[0]] or at == begin + 1:
            continue
        if opener in "'‘" and (text[at - 1] not in ".!?,…—-" or text[at + 1 : at + 2].isalnum()):
            continue
        if mark == opener and _opens(text, mark, at):
            continue
        return opener
    return None


def _opens(text: str, mark: str, at: int) -> bool:
    if mark not in _CLOSING_FOR:
        return False
    before, behind = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    free = not before or before.isspace() or before in "([{“‘«„—–-\"'"
    if mark in "([{":
        return before not in _FACE_BEFORE or not before
    if mark in '"‘':
        ended = behind in ",;:)" or (behind == "." and text[at + 2 : at + 3] != ".")
        return free and not behind.isspace() and not ended
    if mark == "'":
        rest = text[at + 1 : at + 8]
        return (
            free
            and behind.isalpha()
            and not any(rest.startswith(word) and not rest[len(word) : len(word) + 1].isalpha() for word in _ELISIONS)
        )
    if mark in "»›":
        return free and behind.isalnum()
    if mark in "«‹":
        return free
    if mark == "“":
        return free or (not before.isspace() and behind.isalnum() and not before.isalnum())
    return True


def _is_lower(word: str) -> bool:
    """Return whether a word begins in lower case; iPhone and eBay do not count."""
    return word[:1].islower() and not word[1:2].isupper()


def _is_caseless(word: str) -> bool:
    return word[:1].isalpha() and word[0].lower() == word[0].upper()


def _is_initial(letter: str) -> bool:
    return letter.isalpha() and letter < _IDEOGRAPHS


def _may_begin(word: str) -> bool:
    """Return whether a sentence may begin with this, capitals aside."""
    return bool(word) and (word[0] not in _NOT_FIRST or _begins_with_dots(word))


def _begins_with_dots(word: str) -> bool:
    """Return whether dots stand before the first letter of a sentence: "...and then"."""
    return word.startswith(("...", "…")) and len(word.lstrip(".…")) > 0 and word.lstrip(".…")[0].isalnum()


def _token_before(text: str, start: int, at: int) -> str:
    match = _LAST_TOKEN.search(text[start:at])
    return match[0] if match else ""


def _follows_on(first: str, second: str) -> bool:
    """Return whether two enumerators count on: 1. and 2., a) and b)."""
    one, two = (_FIRST_LETTER.search(item) for item in (first, second))
    if one is None or two is None:
        return False
    numbers = _DIGITS.search(first), _DIGITS.search(second)
    if numbers[0] and numbers[1]:
        again = second[-1] == ")" and int(numbers[1][0]) == 1
        return again or int(numbers[1][0]) == int(numbers[0][0]) + 1
    return not any(numbers) and ord(two[0]) == ord(one[0]) + 1


def _bare(word: str) -> str:
    return word.rstrip(",;:.!?\"'”’»)]") or word


def _is_item(line: str, lines: LineState, length: int) -> bool:
    """Return whether a line, and not only its beginning in lower case, looks like an item of a list."""
    return starts_lower(line) and length < _ITEM_CHARS and not lines.wrapped and line[-1] not in ",;:"


def _is_label(word: str) -> bool:
    return len(word) > 1 and word[-1] == ":" and word[0].isalnum()


def _same_shape(first: str, second: str) -> bool:
    """Return whether two lines begin alike, as the entries of a log do; a word alone may do so by chance."""
    if _PLAIN_WORD.match(first) and not first.isupper() and not _OF_AN_HOUR.match(first):
        return False
    return _DIGITS.sub("0", first) == _DIGITS.sub("0", second)
