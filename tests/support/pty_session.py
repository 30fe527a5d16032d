"""A terminal for tests: a pseudo-terminal with a program in its foreground, what it shows, and keys to press."""

import contextlib
import functools
import os
import re
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec

WITHIN_S = 20.0
# What ALSA writes to standard error when it was not fed in time.
LATE = "underrun occurred"
# Everything that any terminal has shown, for ``repeated_if_late``.
shown: list[str] = []
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[=>()].?")


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


_Arguments = ParamSpec("_Arguments")


def repeated_if_late(test: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Run a test again, twice at most, when the machine was too busy for the sound server; that says nothing of us."""

    @functools.wraps(test)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        for _ in range(2):
            del shown[:]
            try:
                return test(*args, **kwargs)
            except AssertionError:
                if LATE not in "".join(shown):
                    raise
        return test(*args, **kwargs)

    return run


class Terminal:
    """A terminal of ``columns``, controlled by the program that was started in it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], columns: int = 80) -> None:
        self.leader, self.follower = os.openpty()
        termios.tcsetwinsize(self.follower, (24, columns))
        self.found = self.settings()
        self._shown = b""
        self._changed = threading.Condition()
        self._closing = False
        # setsid makes the terminal the program's own.
        self.process = subprocess.Popen(
            ("setsid", "--ctty", *command),
            stdin=self.follower,
            stdout=self.follower,
            stderr=self.follower,
            env={"TERM": "xterm", **environment},
        )
        self._thread = threading.Thread(target=self._read, name="terminal")
        self._thread.start()

    def settings(self) -> list[Any]:
        """Return what the terminal is set to."""
        return termios.tcgetattr(self.follower)

    def is_canonical(self) -> bool:
        """Return whether the terminal collects lines and shows what is typed, as it does before anyone sets it."""
        flags = self.settings()[3]
        return bool(flags & termios.ICANON and flags & termios.ECHO)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.leader, keys.encode())

    @property
    def raw(self) -> str:
        """Return all that was shown, as it came."""
        with self._changed:
            return self._shown.decode(errors="replace")

    @property
    def text(self) -> str:
        """Return all that was shown, without control sequences."""
        return _CONTROL.sub("", self.raw)

    @property
    def line(self) -> str:
        """Return what the line that the cursor is in shows, if it only ever was overwritten from its start."""
        return self.text.rpartition("\n")[2].rpartition("\r")[2]

    def wait_for(self, shown: str, times: int = 1) -> None:
        """Wait until something was shown, so many times."""
        with self._changed:
            found = self._changed.wait_for(lambda: self.text.count(shown) >= times, WITHIN_S)
        assert found, f"{shown!r} was not shown: {self.raw!r}"

    def end(self) -> int:
        """Wait for the program's end and return its exit status."""
        status = self.process.wait(timeout=WITHIN_S)
        # What it wrote last may still be on its way.
        until(lambda: not select.select([self.leader], [], [], 0)[0], "the terminal is never quiet")
        return status

    def close(self) -> None:
        """End the program and let the terminal go."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=WITHIN_S)
        self._closing = True
        self._thread.join(WITHIN_S)
        shown.append(self.raw)
        os.close(self.follower)
        os.close(self.leader)

    def _read(self) -> None:
        while not self._closing:
            if not select.select([self.leader], [], [], 0.05)[0]:
                continue
            try:
                piece = os.read(self.leader, 65536)
            except OSError:
                # The other end is closed, as far as the kernel is concerned.
                return
            with self._changed:
                self._shown += piece
                self._changed.notify_all()


@contextlib.contextmanager
def terminal(command: Sequence[str], environment: Mapping[str, str], columns: int = 80) -> Iterator[Terminal]:
    """Run a program in a terminal for the time of the block."""
    opened = Terminal(command, environment, columns)
    try:
        yield opened
    finally:
        opened.close()
