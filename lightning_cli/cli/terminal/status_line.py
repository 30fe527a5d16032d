"""The status line of a player or a run: its text for a number of columns, and how it is drawn and cleared."""

import contextlib
import os
import re
import select
import sys
from collections.abc import Callable
from typing import NamedTuple

from lightning_cli.cli.terminal.console import Console, clock, escape, is_terminal, uses_colour
from lightning_cli.playback.deck import DeckStatus
from lightning_cli.system.counting import counted
from lightning_cli.system.records import Record
from lightning_cli.system.text_width import cut, terminal_columns, width

CLEAR = "\r\x1b[K"
# From here on there is room for words.
WIDE_COLUMNS = 60
# A piece of a sentence shorter than this is useless.
LEAST_COLUMNS = 8


class Glyphs(Record):
    """The signs for the states and for a cut, as far as a terminal's encoding has them."""

    states: dict[str, str]
    more: str


# None of them is ever drawn as an emoji, which would be wide.
GLYPHS = Glyphs({"playing": "▸", "paused": "‖", "waiting": "…", "skipping": "»"}, "…")
PLAIN_GLYPHS = Glyphs({"playing": ">", "paused": "=", "waiting": ".", "skipping": ">>"}, "...")
_COLOURS = {"playing": "\x1b[32m", "paused": "\x1b[33m"}
_NO_COLOUR = "\x1b[0m"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def compose(status: DeckStatus, columns: int, glyphs: Glyphs = GLYPHS, hint: str = "") -> str:
    """Return the line in at most ``columns`` columns; the state's sign comes first, ``hint`` where there is room."""
    total = clock(status.arrived_s) + ("" if status.is_complete else "+")
    head = f"{glyphs.states[status.state]} {clock(status.heard_s)} / {total}"
    ahead_s = int(status.arrived_s - status.heard_s)
    parts = [f"{ahead_s} s ahead" if columns >= WIDE_COLUMNS else f"+{ahead_s} s"]
    if status.percent != 100:  # noqa: PLR2004 - per cent
        parts.append(f"volume {status.percent} %" if columns >= WIDE_COLUMNS else f"{status.percent} %")
    if status.rate != 1:
        parts.append(f"speed {status.rate:g}x" if columns >= WIDE_COLUMNS else f"{status.rate:g}x")
    if hint and columns >= WIDE_COLUMNS:
        parts.append(hint)
    line = cut("  ".join([head, *parts]), columns, glyphs.more)
    return line + _sentence(status.sentence, columns - width(line), glyphs)


def _sentence(text: str, columns: int, glyphs: Glyphs) -> str:
    """Return the end of the line: the sentence, as far as there is room for it and two blanks."""
    sentence = cut(escape(text), columns - 2, glyphs.more) if columns - 2 >= LEAST_COLUMNS else ""
    return sentence and f"  {sentence}"


class StatusLine:
    """One line at the bottom of standard error; one thread at a time.

    A message of the console clears the line first, in the same write, and it is redrawn below.
    """

    # The last column stays free: some terminals wrap as soon as it is used.
    spare_columns = 1

    def __init__(self, console: Console, *, wanted: bool) -> None:
        self._console = console
        self._descriptor: int | None = None
        wanted = wanted and not console.quiet and os.environ.get("TERM", "dumb") != "dumb"
        if wanted and is_terminal(sys.stderr):
            # Of our own, for the same reason as the console's.
            self._descriptor = os.dup(sys.stderr.fileno())
        self._colours = _COLOURS if uses_colour(sys.stderr) else {}
        self._encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        self.glyphs = _glyphs_for(self._encoding)
        # What is shown; None when there is no line.
        self._seen: tuple[object, int, int] | None = None
        self._drawn_columns = 0
        # A few words beside the times of a player.
        self.hint = ""

    def draw(self, status: DeckStatus) -> None:
        """Show ``status``, if it is new and the terminal takes it."""
        whole = status._replace(heard_s=int(status.heard_s), arrived_s=int(status.arrived_s))

        def paint(columns: int) -> str:
            line = compose(status._replace(sentence=self.spelled(status.sentence)), columns, self.glyphs, self.hint)
            colour = self._colours.get(status.state)
            return f"{colour}{line[:1]}{_NO_COLOUR}{line[1:]}" if colour else line

        self.show((whole, int(status.arrived_s - status.heard_s), self.hint), paint)

    @property
    def has_colour(self) -> bool:
        """Return whether the line may be coloured."""
        return bool(self._colours)

    def spelled(self, text: str) -> str:
        """Return a text with escapes for what the terminal's encoding lacks; they take columns."""
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)

    def in_foreground(self) -> bool:
        """Return whether the terminal is ours: in the background it belongs to the shell."""
        try:
            return self._descriptor is not None and os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            # It is not the process's own, so no shell hands it over.
            return True

    def show(self, what: object, paint: Callable[[int], str]) -> None:
        """Show the result of ``paint`` for the columns, if ``what`` is new and the terminal takes it."""
        if self._descriptor is None:
            return
        columns = terminal_columns(self._descriptor) - self.spare_columns
        seen = (what, columns, self._console.said)
        if seen == self._seen or not select.select([], [self._descriptor], [], 0)[1]:
            return
        start, end = self._edges()
        line = paint(columns if columns > 0 else 79)
        self._seen, self._drawn_columns = seen, width(_COLOUR.sub("", line))
        self._console.clear_line = CLEAR
        self._write(f"{start}{line}{end}")

    def _edges(self) -> tuple[str, str]:
        """Return what goes before and behind a line that replaces the one that is shown.

        A terminal that has become narrower has wrapped it, over several rows; xterm alone cuts it off.
        """
        columns = terminal_columns(self._descriptor) if self._descriptor is not None else 0
        # A message has cleared it already.
        is_there = self._seen is not None and self._seen[2] == self._console.said
        wraps = is_there and columns > 0 and "XTERM_VERSION" not in os.environ
        rows = (self._drawn_columns - 1) // columns if wraps else 0
        return (f"\r\x1b[{rows}A", "\x1b[J") if rows > 0 else ("\r", "\x1b[K")

    def clear(self) -> None:
        """Clear the line; idempotent."""
        if self._seen is not None:
            cleared = "".join(self._edges())
            self.forget()
            self._write(cleared)

    def forget(self) -> None:
        """Leave the line where it is: the terminal is another process's now."""
        self._seen = None
        self._console.clear_line = ""

    def close(self) -> None:
        """Clear the line and close the terminal."""
        self.clear()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, text: str) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, text.encode(self._encoding, "backslashreplace"))


def _glyphs_for(encoding: str) -> Glyphs:
    try:
        "".join([*GLYPHS.states.values(), GLYPHS.more]).encode(encoding)
    except UnicodeEncodeError:
        return PLAIN_GLYPHS
    return GLYPHS


# The widest terminals have room for more of a bar.
_VERY_WIDE_COLUMNS = 120
_BAR_COLUMNS = {True: 20, False: 10}
_DONE, _REST, _PLAIN_DONE, _PLAIN_REST = "━", "─", "#", "-"


class WriteProgress(NamedTuple):
    """The progress of a file: characters of ``total`` (None while the text grows), seconds of audio and of time."""

    characters: int
    total: int | None
    audio_s: float
    elapsed_s: float
    sentence: str


class ProgressLine(StatusLine):
    """The progress line of a run; for one thread."""

    # Without key controls the terminal shows a ^C behind the line, which must not wrap and stay.
    spare_columns = 3

    def __init__(self, console: Console) -> None:
        super().__init__(console, wanted=True)

    def draw(self, state: DeckStatus | WriteProgress) -> None:
        """Show the line, if it is new, the terminal takes it and its foreground is ours."""
        if not self.in_foreground():
            self.forget()
        elif isinstance(state, DeckStatus):
            super().draw(state)
        else:
            said = state._replace(sentence=self.spelled(state.sentence))
            self.show(
                state._replace(elapsed_s=int(state.elapsed_s)),
                lambda columns: compose_progress(said, columns, self.glyphs, colour=self.has_colour),
            )


def compose_progress(state: WriteProgress, columns: int, glyphs: Glyphs, *, colour: bool = False) -> str:
    """Return the line in at most ``columns`` columns: bar, time, speed and sentence, as far as there is room."""
    parts = [_time(state), f"{state.audio_s / state.elapsed_s:.1f}x" if state.elapsed_s else ""]
    line, painted = _begin(state, columns, glyphs, colour=colour)
    for part in filter(None, parts):
        if width(line) + 2 + len(part) <= columns:
            line, painted = f"{line}  {part}", f"{painted}  {part}"
    return painted + _sentence(state.sentence, columns - width(line), glyphs)


def _begin(state: WriteProgress, columns: int, glyphs: Glyphs, *, colour: bool) -> tuple[str, str]:
    """Return the first part as it is measured, and as it is painted."""
    if not state.total:
        told = cut(counted(state.characters, "character"), columns, glyphs.more)
        return told, told
    done, rest = (_DONE, _REST) if len(glyphs.more) == 1 else (_PLAIN_DONE, _PLAIN_REST)
    share = min(1.0, state.characters / state.total)
    told = f"{int(share * 100):3} %"
    size = _BAR_COLUMNS[columns >= WIDE_COLUMNS] + (10 if columns >= _VERY_WIDE_COLUMNS else 0)
    if size + 1 + len(told) > columns:
        told = cut(told.strip(), columns, "")
        return told, told
    filled = int(share * size)
    bar = f"{done * filled}{rest * (size - filled)} {told}"
    return bar, f"\x1b[32m{bar[:filled]}\x1b[0m{bar[filled:]}" if colour and filled else bar


def _time(state: WriteProgress) -> str:
    elapsed = clock(state.elapsed_s)
    if not state.total or not state.characters:
        return elapsed
    left_s = state.elapsed_s * max(0, state.total - state.characters) / state.characters
    return f"{elapsed}, {clock(left_s)} left"
