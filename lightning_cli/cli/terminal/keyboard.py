"""The keyboard of a terminal: read key by key, and left as it was found.

It is touched only while the terminal's foreground is ours; in the background it belongs to the shell. What was typed
before us or for other programs goes back into the terminal's queue, where the shell will find it; where the system does
not allow that (Linux since 6.2 may not), what waits is not read at all, and there are no keys.

``KeyDecoder`` turns the bytes of a keyboard into keys; pure.
"""

import contextlib
import fcntl
import os
import re
import select
import signal
import stat
import struct
import termios
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple

_READ_BYTES = 1024
_LINE_ENDS = {b"\r", b"\n"}
_TEXT_CONTROLS = {*_LINE_ENDS, b"\t"}
_BACKGROUND_SIGNALS = {signal.SIGTTIN, signal.SIGTTOU}
_LEGACY_TIOCSTI = Path("/proc/sys/dev/tty/legacy_tiocsti")
_LOCAL_FLAGS, _CONTROL_CHARACTERS = 3, 6  # in what tcgetattr gives


class Keyboard:
    """The descriptor of a terminal; ``close`` closes it if it ``owns`` it.

    One thread at a time. ``take`` and ``give_back`` come in pairs, any number of times.
    """

    def __init__(self, descriptor: int, *, owns: bool = False) -> None:
        self.descriptor = descriptor
        self.is_taken = False
        # False once there is nothing to read: the terminal hung up, or what waits in it must stay there.
        self.is_usable = True
        self._owns = owns
        self._found: list[Any] | None = None
        self._ours: list[Any] | None = None
        self._for_others = bytearray()
        self._line_is_broken = False

    def in_foreground(self) -> bool:
        """Return whether the terminal listens to us: only then may it be read or set."""
        try:
            return os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:
            return False

    def take(self) -> bool:
        """Deliver every key at once and show none; Ctrl-C and Ctrl-Z stay signals. Only in the foreground.

        Returns False when that cannot be, since what waits must stay where it is.
        """
        with _unstoppable(), contextlib.suppress(termios.error, OSError):
            found = termios.tcgetattr(self.descriptor)
            if found != self._ours:
                self._found = found
            ours = [*found[:_CONTROL_CHARACTERS], list(found[_CONTROL_CHARACTERS])]
            ours[_LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
            ours[_CONTROL_CHARACTERS][termios.VMIN] = 1
            ours[_CONTROL_CHARACTERS][termios.VTIME] = 0
            self.is_taken = True
            # Never TCSAFLUSH: it throws away what was typed ahead.
            termios.tcsetattr(self.descriptor, termios.TCSANOW, ours)
            self._ours = termios.tcgetattr(self.descriptor)
            waiting = self._waiting_bytes()
            if waiting and _can_return():
                self._for_others += os.read(self.descriptor, waiting)
            elif waiting:
                self.is_usable = False
                self.give_back()
        return self.is_usable

    def read(self) -> bytes:
        """Return what was typed, at least a byte; b"" when the terminal is no longer ours, and then it is not taken."""
        data = b""
        with _unstoppable(), contextlib.suppress(OSError):
            data = os.read(self.descriptor, _READ_BYTES)
        if not data:
            self.is_taken = False
            self.is_usable = not self.in_foreground()
        return data

    def keep(self, typed: bytes) -> None:
        """Store text that was typed for other programs; what is not text, such as an arrow, is dropped."""
        if typed[:1] in _LINE_ENDS and self._line_is_broken:
            typed = b" "
        if len(typed) == 1 and (typed >= b" " or typed in _TEXT_CONTROLS):
            self._for_others += typed

    def break_line(self) -> None:
        """Record that a key was taken out of the input: a command that may lack a letter must not run by itself."""
        self._line_is_broken = True

    def lose(self) -> None:
        """Record that another process may have set the terminal meanwhile."""
        self.is_taken = False

    def give_back(self) -> None:
        """Restore the terminal as it was found, with all that was typed for others; idempotent, never raises."""
        if not self.is_taken:
            return
        with _unstoppable(), contextlib.suppress(termios.error, OSError):
            if self.in_foreground():
                # While nothing is shown: the shell shows what it finds with its prompt.
                self._return_typed()
                termios.tcsetattr(self.descriptor, termios.TCSANOW, self._found or self._ours or [])
        self.is_taken = False

    def close(self) -> None:
        """Close the terminal."""
        if self._owns:
            os.close(self.descriptor)
            self._owns = False

    def _return_typed(self) -> None:
        typed, self._for_others = bytes(self._for_others), bytearray()
        if not typed or not _can_return():
            return
        # In order: what was typed last is still in the queue.
        while select.select([self.descriptor], [], [], 0)[0] and (later := os.read(self.descriptor, _READ_BYTES)):
            typed += later
        for at in range(len(typed)):
            fcntl.ioctl(self.descriptor, termios.TIOCSTI, typed[at : at + 1])

    def _waiting_bytes(self) -> int:
        return int(struct.unpack("i", fcntl.ioctl(self.descriptor, termios.FIONREAD, bytes(4)))[0])


def open_keyboard(*, wanted: bool | None, text_on_stdin: bool, text_is_piped: bool = False) -> Keyboard | None:
    """Return the keyboard: standard input if it is a terminal, else the process's own terminal.

    That one is opened where keys are ``wanted``, or where the text is piped to a job that a shell gave the terminal to.
    None where there is none, where it is not wanted, and where the text itself is typed there.
    """
    if wanted is False:
        return None
    if os.isatty(0):
        return None if text_on_stdin else Keyboard(0)
    if wanted is None and not (text_is_piped and _is_job()):
        return None
    try:
        return Keyboard(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC), owns=True)
    except OSError:
        return None


def text_has_ended() -> bool:
    """Return whether standard input has no writer any more: until then a writer may read the terminal itself."""
    try:
        if stat.S_ISREG(os.fstat(0).st_mode):
            return True
        poll = select.poll()
        poll.register(0, 0)
        return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))
    except OSError:
        return True


def _is_job() -> bool:
    """Return whether this process runs in a job of a shell's: in a script the terminal is the script's."""
    try:
        return os.getpgid(os.getppid()) != os.getpgrp()
    except OSError:
        # The parent is of another session.
        return True


def _can_return() -> bool:
    """Return whether the system lets a process put bytes into its own terminal's queue."""
    try:
        return hasattr(termios, "TIOCSTI") and _LEGACY_TIOCSTI.read_text().strip() != "0"
    except OSError:
        return True


@contextlib.contextmanager
def _unstoppable() -> Iterator[None]:
    """Turn what would stop a process in the background into an error, in this thread, for a moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _BACKGROUND_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Key(Enum):
    """The commands of a listener."""

    PAUSE = auto()
    PREVIOUS = auto()
    NEXT = auto()
    REPEAT = auto()
    LOUDER = auto()
    QUIETER = auto()
    FASTER = auto()
    SLOWER = auto()
    QUIT = auto()
    HELP = auto()


class KeyPress(NamedTuple):
    """The bytes of one key, and its meaning."""

    raw: bytes
    key: Key | None


_KEYS = {
    b" ": Key.PAUSE,
    b"\x1b[D": Key.PREVIOUS,
    b"\x1b[C": Key.NEXT,
    # The same two from a terminal in application mode.
    b"\x1bOD": Key.PREVIOUS,
    b"\x1bOC": Key.NEXT,
    b"r": Key.REPEAT,
    b"+": Key.LOUDER,
    # The same key without shift, where the plus needs it.
    b"=": Key.LOUDER,
    b"-": Key.QUIETER,
    b"]": Key.FASTER,
    b"[": Key.SLOWER,
    b"q": Key.QUIT,
    b"?": Key.HELP,
}
# A control sequence, a function key, a key with Alt, or one byte.
_TYPED = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^\x1b\[O]|[^\x1b]|\x1b(?=\x1b)", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(\[[0-?]*[ -/]*|O)?\Z")


class KeyDecoder:
    """Decoder of input into keys, however it arrives."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, typed: bytes) -> Iterator[KeyPress]:
        """Return the keys of the input, all of it but a beginning that may go on."""
        typed, self._pending = self._pending + typed, b""
        at = 0
        while at < len(typed):
            if _UNFINISHED.match(typed, at):
                self._pending = typed[at:]
                return
            match = _TYPED.match(typed, at)
            # A sequence that breaks off is not a key, and neither is its bracket; the rest is looked at anew.
            raw = match[0] if match else typed[at : at + 2]
            at += len(raw)
            yield KeyPress(raw, _KEYS.get(raw))

    def flush(self) -> bytes:
        """Return a beginning that nothing followed."""
        pending, self._pending = self._pending, b""
        return pending
