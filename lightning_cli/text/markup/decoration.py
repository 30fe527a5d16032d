"""What is drawn with characters, line by line: boxes, trees, bullets, bars, rules and the times of subtitles.

Signs that only draw say nothing. A line that begins with one is looked at whole: a table with drawn borders is read
row by row, a tree or a bulleted line becomes the item of a list, a rule nothing. The number and the times of a cue go,
so that subtitles read as the text that they are.
"""

import re
from collections.abc import Sequence

from lightning_cli.text.markup.spoken_marks import row_sentences

# Patterns that only drawn lines need are strings, as in ``lines``.

# Boxes, blocks, the patterns of spinners, and bullets; private characters, which are icons, except those of marks.
_DRAWN = "\u2500-\u259f\u2800-\u28ff\u2022\u2023\u2043\u25aa\u25ab\u25a0\u25a1\u25cf\u25c9\u25e6\u25c6\u25c7\u25b6"
_DRAWN += "\u25ba\u25b8\u25b9\u25fc\u25fb\u25fe\u25fd\u29bf\u204c\u204d\u2756"
_ICONS = "\ue000-\ue1ff\ue300-\uf8ff\U000f0000-\U000ffffd"
_DRAWING = re.compile(f"[{_DRAWN}{_ICONS}]")
_HELD_FIRST = re.compile(f"[{_DRAWN}]")
_BULLET_LINE = (
    "[\u2022\u2023\u2043\u25aa\u25ab\u25a0\u25a1\u25cf\u25e6\u25c6\u25c7\u25b6\u25ba\u25b8\u25b9\u2756][ \t]*(\\S.*)"
)
_BORDER = "[\u2500-\u259f \t+=|-]+"
_BARS = "\u2502\u2503\u2551"
_BAR = f"[{_BARS}|]"
_BOTTOM = "\u2514\u2515\u2516\u2517\u2570\u2558\u2559\u255a"
_TREE = (
    "[ \t\u2502\u2503\u2551]*[\u251c\u2514\u2570\u2523\u2517\u2560\u255a][\u2500\u2501\u2550\u254c\u2574 \t]*(\\S.*)"
)
_SIDE = f"[ \t{_BARS}]+(\\S.*)"
_ASCII_BORDER = r"\+[-=][-=+]+"
# A rule of signs that Markdown has no use for, and a title between two rules.
_RULE = re.compile(r"[-=#+*_<>~]+")
_MARKDOWN_RULE = re.compile(r"-+|=+|~+|\++")
_TITLE = r"([=~+-])\1{2,}[ \t]+(?=.*\w)(\S.*?)[ \t]+\1{3,}"
# The rule of a table whose columns are marked by nothing else.
_COLUMNS_RULE = r"={2,}(?:[ \t]+={2,})+"
# A line of a picture or of large letters drawn with signs, without a letter; and one that parts scenes. What Markdown
# has a meaning for stays.
_ART = r"(?=(?:.*?[_|/\\]){3})(?!(?:[|: \t=+-]+|[*_ \t]+|[*_-]+|\\.)\Z)[^\w\s$`]*(?:[_\s][^\w\s$`]*)*"
_SCENE = r"([.*~\u2022\u00b7])(?:[ \t]+\1){2,}|([\^\"':.])\2{4,}"
_ART_SIGNS = "_|/\\<(.^'\"~:"
_RULE_SIGNS = "=-~+<#"
_MIN_RULE = 3
_CUE_NUMBER = re.compile(r"\d{1,7}")
_CUE_TIME = re.compile(
    r"(?:\d{1,3}:)?\d{1,2}:\d\d[,.]\d{1,3}[ \t]*-->[ \t]*(?:\d{1,3}:)?\d{1,2}:\d\d[,.]\d{1,3}(?:[ \t].*)?"
)
_CUE_TIME_PART = re.compile(r"[\d:.,]*[ \t]*-{0,2}(?:->.*)?")
# The bar of a program that copies, downloads or computes: what is done of it, then the speed.
_PROGRESS = r"(?:(\S.{0,60}?): +)?(\d{1,3}%)[ \t]*\|[^|]*\|[ \t]*(\S+/\S+)?[ \t]*(?:\[[^\[\]]*\])?"
_PROGRESS_PART = re.compile(r"\d{0,3}%?[ \t]*(?:(?<=[% \t])\|.*)?")
# A bar that begins its line.
_LEADING_BAR = r"\|[ \u2580-\u259f#=>-]{4,}\|[ \t]*(\d.*)"
_LEADING_BAR_PART = r"\|[ \u2580-\u259f#=>-]*(?:\|.*)?"
_ART_REST = r"[| \t]+"
_CUE_TAGS = r"</?[^<>\n]{1,100}>|\{\\[^{}\n]{1,100}\}|\u266a"
_WEBVTT = "WEBVTT"
_WEBVTT_BLOCKS = ("NOTE", "STYLE", "REGION")
# A line is plain text when this much of it leaves open what it is.
LINE_LIMIT = 2000


class DecorationFilter:
    """Take the drawing out of a growing text."""

    def __init__(self) -> None:
        self._held = ""  # of a line whose kind is open
        self._passing = False
        self._pending = ""  # a line that the next one may make the number of a cue
        self._first = True
        self._cues = self._webvtt = self._skipped_block = self._cue_id_possible = self._between_cues = False
        self._ascii_box = self._art = self._after_art = False
        self._row: list[str] | None = None  # the first row of a table, until it is known what it is
        self._headers: list[str] | None = None
        self._rows = 0

    def feed(self, text: str) -> str:
        """Return what is certain."""
        return self._pass(text, final=False)

    def finish(self) -> str:
        """Return what was held."""
        passed = self._pass("", final=True)
        pending, self._pending = self._pending, ""
        return passed + pending + self._end_table()

    def _pass(self, text: str, *, final: bool) -> str:
        passed: list[str] = []
        text = self._held + text
        self._held = ""
        while text:
            end = text.find("\n") + 1
            piece, complete = (text[:end], True) if end else (text, False)
            if not self._passing:
                whole = (complete or final) and len(piece) <= LINE_LIMIT + complete
                if not whole and self._is_open(piece):
                    self._held = piece
                    break
                if whole:
                    passed.append(self._line(piece.removesuffix("\n"), piece[-1:] if complete else ""))
                    text = text[len(piece) :]
                    continue
                passed.append(self._before_text())
                self._first = False
                self._passing, self._art = True, False
            passed.append(_undrawn(piece))
            self._passing = not complete
            text = text[len(piece) :]
        return "".join(passed)

    def _is_open(self, line: str) -> bool:
        """Return whether a line that is still growing may be more than text."""
        body = line.lstrip(" \t")
        if len(line) > LINE_LIMIT:
            return False
        if not body or self._webvtt or self._cues or (self._first and _WEBVTT.startswith(body[: len(_WEBVTT)])):
            return True
        first = body[0]
        if _HELD_FIRST.match(first) or (first == "|" and self._ascii_box):
            return True
        if first in _RULE_SIGNS and (_RULE.fullmatch(body) or body[:_MIN_RULE] == first * _MIN_RULE):
            return True
        if first == "|" and re.fullmatch(_LEADING_BAR_PART, body):
            return True
        if first in _ART_SIGNS and not re.search(r"[^\W_]", body):
            return True
        return first.isdigit() and bool(_CUE_TIME_PART.fullmatch(body) or _PROGRESS_PART.fullmatch(body))

    def _line(self, line: str, end: str) -> str:
        """Read a whole line."""
        body = line.strip(" \t")
        self._first, first = False, self._first
        self._after_art, self._art = self._art, False
        if first and body.startswith(_WEBVTT):
            self._webvtt = self._cues = self._skipped_block = True
            return ""
        if not body:
            return self._blank(line + end)
        if self._skipped_block:
            return ""
        if _CUE_TIME.fullmatch(body):
            self._pending, self._cues = "", True
            self._cue_id_possible = self._between_cues = False
            return ""
        if self._webvtt and self._cue_id_possible and body.split()[0] in _WEBVTT_BLOCKS:
            self._skipped_block = True
            return ""
        after_cues = ""
        if self._between_cues and not self._webvtt and not _CUE_NUMBER.fullmatch(body):
            # The subtitles were a quotation.
            self._cues, after_cues = False, "\n"
        self._between_cues = False
        if _CUE_NUMBER.fullmatch(body) or (self._webvtt and self._cue_id_possible):
            pending, self._pending = self._pending, line + end
            self._cue_id_possible = False
            return pending + self._end_table()
        self._cue_id_possible = False
        if self._cues:
            line = re.sub(_CUE_TAGS, "", line)
            body = line.strip(" \t")
        return after_cues + self._before_text(keeps_table=True) + self._drawn(line, body, end)

    def _before_text(self, *, keeps_table: bool = False) -> str:
        pending, self._pending = self._pending, ""
        return pending + ("" if keeps_table else self._end_table())

    def _blank(self, line: str) -> str:
        pending, self._pending = self._pending, ""
        self._skipped_block = False
        self._between_cues = self._cues
        self._cue_id_possible = self._webvtt
        # Cues follow each other within a sentence.
        return pending + self._end_table() + ("" if self._cues else line)

    def _drawn(self, line: str, body: str, end: str) -> str:
        """Read a whole line that may be drawn."""
        if not body:
            return ""
        if body[0] == "+" and re.fullmatch(_ASCII_BORDER, body):
            self._ascii_box = True
            return self._border(bottom=False)
        bar = (
            re.fullmatch(_PROGRESS, body)
            if body[-1] in "|]"
            else re.fullmatch(_LEADING_BAR, body)
            if body[0] == "|"
            else None
        )
        if bar:
            return self._end_table() + " ".join(filter(None, bar.groups())) + end
        if _HELD_FIRST.match(body[0]) or (body[0] == "|" and self._ascii_box):
            return self._drawn_line(body, end)
        before = self._end_table()
        self._art = body[0] in _ART_SIGNS and bool(
            re.fullmatch(_ART, body)
            or re.fullmatch(_SCENE, body)
            or (self._after_art and re.fullmatch(_ART_REST, body))
        )
        if self._art or (body[0] == "=" and re.fullmatch(_COLUMNS_RULE, body)):
            return before + end
        if body[0] in _RULE_SIGNS:
            if len(body) >= _MIN_RULE and _RULE.fullmatch(body) and not _MARKDOWN_RULE.fullmatch(body):
                return before + end
            if title := re.fullmatch(_TITLE, body):
                return f"{before}# {_undrawn(title[2])}{end}"
        return before + _undrawn(line + end)

    def _drawn_line(self, body: str, end: str) -> str:
        if re.fullmatch(_BORDER, body):
            return self._border(bottom=body[0] in _BOTTOM)
        if re.match(_BAR, body[-1]) and re.match(_BAR, body[0]):
            cells = [_undrawn(cell).strip() for cell in re.split(_BAR, body[1:-1])]
            return self._cells(cells, end)
        before = self._end_table()
        if tree := re.fullmatch(_TREE, body):
            return f"{before}- {_undrawn(tree[1])}{end}"
        if bullet := re.fullmatch(_BULLET_LINE, body):
            return f"{before}- {_undrawn(bullet[1])}{end}"
        side = re.fullmatch(_SIDE, body)
        return before + _undrawn(side[1] if side else body).lstrip() + end

    def _border(self, *, bottom: bool) -> str:
        if self._row is not None and not bottom:
            self._headers, self._row, self._rows = self._row, None, 0
            return ""
        within = self._headers is not None and not bottom
        ascii_box = self._ascii_box
        said = "" if within else self._end_table()
        self._ascii_box = ascii_box
        return said or ("" if within else "\n")

    def _cells(self, cells: Sequence[str], end: str) -> str:
        if len(cells) == 1:
            return self._end_table() + cells[0] + end
        if self._headers is not None:
            self._rows += 1
            return row_sentences(self._headers, cells) + end
        said = self._plain_row()
        self._row = [*cells]
        return said

    def _plain_row(self) -> str:
        """Read the row that turned out to be no header."""
        row, self._row = self._row, None
        return f"{row_sentences((), [', '.join(filter(None, row))])}\n" if row else ""

    def _end_table(self) -> str:
        said = self._plain_row()
        if self._headers is not None and not self._rows:
            said += f"{row_sentences((), self._headers)}\n"
        self._headers, self._ascii_box = None, False
        return said


def _undrawn(text: str) -> str:
    return _DRAWING.sub(" ", text)
