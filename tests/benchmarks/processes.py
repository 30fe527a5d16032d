"""Start a process and time it: from just before it is made until its first byte or its end.

``posix_spawn`` is what a shell's own start comes closest to, and ``wait4`` tells what this one process used.
"""

import contextlib
import os
import select
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from benchmarks.faults import BenchmarkFault

HANG_S = 900.0
_READ_BYTES = 256 * 1024
_STDERR_CHARS = 800
_ARGUMENT_CHARS = 60


def shown(argv: Sequence[str]) -> str:
    """Write a command line for a message, long texts cut short."""
    return " ".join(one if len(one) <= _ARGUMENT_CHARS else f"{one[:_ARGUMENT_CHARS]}..." for one in argv)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process ended: its exit status, wall and CPU seconds, its highest resident memory in KiB.

    That memory is never less than what this process had when it started the other (Linux carries it over).
    """

    code: int
    wall_s: float
    cpu_s: float
    peak_kib: int


class Child:
    """Own one process from its start to its end; leaving the block kills what is left of its group."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], *, piped: bool = False) -> None:
        self.argv = tuple(argv)
        self._out = -1
        self._finished: Finished | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            if piped:
                self._out, write_end = os.pipe()
                os.close(sink)
                sink = write_end
            actions = [
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, sink, 1),
                (os.POSIX_SPAWN_DUP2, self._stderr.fileno(), 2),
            ]
            self.began_ns = time.monotonic_ns()
            self.pid = os.posix_spawn(
                argv[0], self.argv, env, file_actions=actions, setpgroup=0, setsigdef=[signal.SIGPIPE, signal.SIGINT]
            )
        finally:
            os.close(sink)
        self._pidfd = os.pidfd_open(self.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if self._finished is None:
            os.waitpid(self.pid, 0)
        os.close(self._pidfd)
        if self._out >= 0:
            os.close(self._out)
        self._stderr.close()

    @property
    def errors(self) -> str:
        """Return the end of what it wrote to standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace").strip()[-_STDERR_CHARS:]

    def first_output_ns(self, timeout_s: float = HANG_S) -> int | None:
        """Wait for output and give ``time.monotonic_ns`` of it; None when none came in time.

        Raises ``BenchmarkFault`` when the output ends without a byte.
        """
        if not _ready(self._out, timeout_s):
            return None
        at_ns = time.monotonic_ns()
        if not os.read(self._out, _READ_BYTES):
            raise BenchmarkFault(f"{self.argv[0]} wrote nothing: {self.errors}")
        return at_ns

    def drain(self) -> int:
        """Read the output to its end, without looking at it; give the number of bytes."""
        null = os.open(os.devnull, os.O_WRONLY)
        total = 0
        try:
            # Spliced, the bytes cost the reader nothing that the writer would have to wait for.
            while count := os.splice(self._out, null, _READ_BYTES):
                total += count
        finally:
            os.close(null)
        return total

    def output(self) -> bytes:
        """Read the output to its end."""
        parts = []
        while part := os.read(self._out, _READ_BYTES):
            parts.append(part)
        return b"".join(parts)

    def send(self, signum: int) -> int:
        """Send a signal to the process alone; give ``time.monotonic_ns`` of just before."""
        at_ns = time.monotonic_ns()
        signal.pidfd_send_signal(self._pidfd, signum)
        return at_ns

    def wait(self, *, timeout_s: float = HANG_S, code: int | None = 0) -> Finished:
        """Wait for the end; raises ``BenchmarkFault`` if that takes too long or the exit status is not ``code``."""
        if not _ready(self._pidfd, timeout_s):
            raise BenchmarkFault(f"{shown(self.argv)} did not end within {timeout_s:g} s: {self.errors}")
        wall_s = (time.monotonic_ns() - self.began_ns) / 1e9
        _, status, usage = os.wait4(self.pid, 0)
        ended = os.waitstatus_to_exitcode(status)
        self._finished = Finished(ended, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
        if code is not None and ended != code:
            raise BenchmarkFault(f"{shown(self.argv)} ended with {ended}: {self.errors}")
        return self._finished


def _ready(descriptor: int, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))


def run(argv: Sequence[str], env: Mapping[str, str]) -> Finished:
    """Run a process to its end, its output dropped."""
    with Child(argv, env) as child:
        return child.wait()


def run_piped(argv: Sequence[str], env: Mapping[str, str]) -> tuple[Finished, int]:
    """Run a process to its end, its output taken away through a pipe; give the number of its bytes too."""
    with Child(argv, env, piped=True) as child:
        count = child.drain()
        return child.wait(), count


def first_byte_s(argv: Sequence[str], env: Mapping[str, str]) -> float:
    """Return the seconds until a process has written its first byte; it then runs to its end."""
    with Child(argv, env, piped=True) as child:
        at_ns = child.first_output_ns()
        if at_ns is None:
            raise BenchmarkFault(f"{shown(argv)} wrote nothing within {HANG_S:g} s")
        child.drain()
        child.wait()
        return (at_ns - child.began_ns) / 1e9
