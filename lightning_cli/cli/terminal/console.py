"""The only writer of text to the user: notes and errors on stderr, results on stdout.

Whatever comes from the network, a file or the command line is escaped here, so that no control sequence reaches a
terminal raw, and secrets are blotted out. Colour is decided per stream (NO_COLOR, FORCE_COLOR, TERM=dumb).
"""

import contextlib
import os
import re
import sys
from collections.abc import Iterable
from typing import TextIO

from lightning_cli.errors import LightningError, OutputError, ReaderGone
from lightning_cli.system.secret_words import without_secrets

# C0, DEL and C1 controls, and the marks that turn the direction of text around.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]"
_RED, _YELLOW, _BOLD, _PLAIN = "\x1b[1;31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
# How long to wait for room before trying again.
_ROOM_S = 1.0
_STATES = {"ok": "\x1b[32m", "warn": _YELLOW, "fail": _RED}


def clock(seconds: float) -> str:
    """Return a duration as a clock shows it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def escape(text: str) -> str:
    """Return a text with every control character replaced by its escape."""
    if text.isprintable():
        # The fast path: compiling the expression takes a millisecond.
        return text
    return re.sub(_CONTROL, lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def uses_colour(stream: TextIO | None) -> bool:
    """Decide on colour for one stream, by what the environment asks and where the stream leads."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a person reads the stream; a closed one has no reader."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def encodable(text: str) -> str:
    """Return a text with escapes for what stdout's encoding lacks."""
    encoding = _encoding(sys.stdout)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def draws_blocks(stream: TextIO | None) -> bool:
    """Return whether a stream's encoding has more than letters."""
    return stream is not None and _encoding(stream).lower().replace("-", "") == "utf8"


def put_all(stream: TextIO, data: bytes) -> None:
    """Write all of ``data`` behind what a stream still holds; raises ``OSError``.

    The stream itself would drop the rest of a write that was cut short where Python runs unbuffered, as it does in
    most containers, and would fail where another process made the descriptor non-blocking.
    """
    stream.flush()
    try:
        descriptor = stream.fileno()
    except (AttributeError, OSError):
        # What only looks like a file, as in a test's capture.
        stream.write(data.decode(_encoding(stream)))
        stream.flush()
        return
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            import select

            select.select([], [descriptor], [], _ROOM_S)


class Console:
    """The writer of messages to the user; ``quiet`` keeps errors only, ``verbose`` adds details.

    ``plain``, or ``ACCESSIBLE`` in the environment, asks for no line that is drawn twice.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False, plain: bool = False) -> None:
        self.is_plain = plain or os.environ.get("ACCESSIBLE", "") not in {"", "0", "false", "no"}
        self.quiet = quiet
        self.verbose = verbose
        # Stored for ``say --json``, also where they are not shown.
        self.warnings: list[str] = []
        # What takes a status line off the terminal, while there is one; it goes out in one write with the message.
        self.clear_line = ""
        # How many messages went out: a status line is redrawn after each.
        self.said = 0
        # Loading PortAudio points descriptor 2 at /dev/null for a moment, for every thread; a duplicate is not hit.
        self._stderr = _duplicate(sys.stderr)

    def __del__(self) -> None:
        # A signal may have come while it was made.
        descriptor: int | None = getattr(self, "_stderr", None)
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def result(self, text: str) -> None:
        """Write one line of the command's result to stdout.

        Raises ``ReaderGone`` when its reader has left and ``OutputError`` when it cannot be written.
        """
        self._put(encodable(escape(without_secrets(text))))

    def row(self, cells: Iterable[str]) -> None:
        """Write one tab-separated line of the result; raises what ``result`` raises."""
        self._put("\t".join(encodable(escape(without_secrets(cell))) for cell in cells))

    def _put(self, line: str) -> None:
        if sys.stdout is None:
            raise OutputError("standard output is closed", hint="drop >&-")
        try:
            put_all(sys.stdout, f"{line}\n".encode(_encoding(sys.stdout)))
        except BrokenPipeError as fault:
            raise ReaderGone from fault
        except OSError as fault:
            raise OutputError(
                f"standard output cannot be written ({fault.strerror})", hint="check what it leads to"
            ) from fault

    def finding(self, state: str, text: str) -> None:
        """Write one line of a check's result, ``state`` (ok, warn, fail or nothing) first; raises as ``result``."""
        painted = f"{state:<5}"
        if state and uses_colour(sys.stdout):
            painted = f"{_STATES[state]}{painted}{_PLAIN}"
        self._put(painted + encodable(escape(without_secrets(text))))

    def note(self, text: str) -> None:
        """Write a note to stderr."""
        if not self.quiet:
            self._say("", text, "")

    def warn(self, text: str) -> None:
        """Write a warning to stderr."""
        text = without_secrets(text)
        self.warnings.append(text)
        if not self.quiet:
            self._say("warning: ", text, _YELLOW)

    def warn_once(self, text: str) -> None:
        """Write a warning unless it was written before; any thread."""
        if without_secrets(text) not in self.warnings:
            self.warn(text)

    def report(self, text: str) -> None:
        """Write to stderr what a flag asked for, even when quiet."""
        self._say("", text, "")

    def detail(self, text: str) -> None:
        """Write a detail, only with ``--verbose``."""
        if self.verbose:
            self._say("", text, "")

    def error(self, text: str, hint: str | None = None) -> None:
        """Write what happened and what to do next, even when quiet."""
        self._say("error: ", text, _RED)
        if hint:
            self._say("hint: ", hint, _BOLD)

    def fault(self, fault: LightningError) -> None:
        """Report a failure of the tree in errors.py."""
        known = fault.request_id is None or fault.request_id in fault.message
        self.error(fault.message if known else f"{fault.message} [request {fault.request_id}]", fault.hint)

    def _say(self, label: str, text: str, colour: str) -> None:
        stream = sys.stderr
        if stream is None:
            return
        text = without_secrets(text)
        painted = f"{colour}{label}{_PLAIN}" if colour and uses_colour(stream) else label
        message = f"{self.clear_line}{painted}{escape(text)}\n"
        # A message that cannot be delivered is not a reason to fail.
        with contextlib.suppress(OSError, ValueError):
            if self._stderr is None:
                stream.write(message)
                stream.flush()
            else:
                os.write(self._stderr, message.encode(_encoding(stream), "backslashreplace"))
        self.said += 1


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _duplicate(stream: TextIO | None) -> int | None:
    """Return a descriptor of our own for a stream; None where it has none, as in a test's capture."""
    try:
        return os.dup(stream.fileno()) if stream is not None else None
    except (AttributeError, OSError, ValueError):
        return None
