"""The keyboard of a terminal: read key by key, and left as it was found.

It is touched only while the terminal's foreground is ours; in the background it belongs to the shell. What was typed
before us or for somebody else goes back into the terminal's queue, where the shell will find it; where the system does
not allow that (Linux since 6.2 may not), what waits is not read at all, and there are no keys.
"""

import contextlib
import fcntl
import os
import select
import signal
import struct
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BACKGROUND_SIGNALS = {signal.SIGTTIN, signal.SIGTTOU}
_LEGACY_TIOCSTI = Path("/proc/sys/dev/tty/legacy_tiocsti")
_LOCAL_FLAGS, _CONTROL_CHARACTERS = 3, 6  # in what tcgetattr returns


class Keyboard:
    """Hold one terminal; ``descriptor`` leads to it and is closed by ``close`` if it ``owns`` it.

    One thread at a time. ``take`` and ``give_back`` may be called again and again.
    """

    def __init__(self, descriptor: int, *, owns: bool = False) -> None:
        self.descriptor = descriptor
        self._owns = owns
        # What the terminal was set to before us; None while it is not ours.
        self._found: list[Any] | None = None
        self._ours: list[Any] | None = None
        self._typed_for_others = bytearray()
        self._returns = _can_return()
        # False once there is nothing to read: it hung up, or what waits must not be read.
        self.is_usable = True

    @property
    def is_taken(self) -> bool:
        """Say whether keys can be read."""
        return self._found is not None

    def in_foreground(self) -> bool:
        """Say whether the terminal listens to us: only then may it be read or set."""
        try:
            return os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:
            return False

    def take(self) -> None:
        """Have every key at once and none shown; Ctrl-C and Ctrl-Z stay signals. Only in the foreground."""
        if self._found is not None or not self.is_usable:
            return
        with _unstoppable(), contextlib.suppress(termios.error):
            found = termios.tcgetattr(self.descriptor)
            # Whoever took it from us may have left it as we had set it.
            found = self._found_before if found == self._ours and self._found_before is not None else found
            ours = [*found[:_CONTROL_CHARACTERS], list(found[_CONTROL_CHARACTERS])]
            ours[_LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
            ours[_CONTROL_CHARACTERS][termios.VMIN] = 1
            ours[_CONTROL_CHARACTERS][termios.VTIME] = 0
            termios.tcsetattr(self.descriptor, termios.TCSANOW, ours)
            self._found = found
            self._keep_typed_ahead()
