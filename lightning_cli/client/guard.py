"""Timeouts above a socket, because a timeout per read never ends a server that drips bytes.

The guard watches one exchange at a time. When its clock runs out it shuts the socket down, which wakes the reader;
the reader then asks ``expired`` and so distinguishes a time-out from a broken connection, as ``mapped_faults`` does.
"""

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator
from typing import Self

import requests
import urllib3.exceptions as u3

# On a machine that is merely busy no thread wakes up later than this.
_OVERSLEPT_S = 1.0
# A thread that is woken takes the interpreter from the one that speaks: the guard's looks by itself so often, which is
# soon enough for every usual time.
_NAP_S = 5.0
_IDLE_S = 3600.0


class Guard:
    """Owner of the thread ``lightning-guard``; the exchange's thread calls everything else.

    Written by the exchange's thread: ``_deadline``, ``_timeout_s``. Written by the guard's: ``expired``, ``_looks_at``.
    Each is a single reference, so no lock is held while audio flows; ``progress`` costs one assignment.
    """

    def __init__(self) -> None:
        self.expired: str | None = None
        self._deadline = 0.0
        self._timeout_s = 0.0
        # When the guard's thread will have woken by itself.
        self._looks_at = 0.0
        self._phase: str | None = None
        self._socket: socket.socket | None = None
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def attach(self, connection: socket.socket) -> socket.socket | None:
        """Watch ``connection`` from now on by a duplicate, since TLS takes the original over; return the duplicate."""
        with self._wake:
            self._drop_socket()
            # A socket that cannot be duplicated goes unwatched: its own timeouts still hold.
            with contextlib.suppress(OSError, AttributeError):
                self._socket = connection.dup()
            if self.expired and self._socket is not None:
                self._shut_down()
            return self._socket

    def release(self, duplicate: socket.socket | None) -> None:
        """Stop watching a connection that was closed, unless another one is watched by now."""
        with self._wake:
            if duplicate is self._socket:
                self._drop_socket()

    def watch(self, phase: str, timeout_s: float) -> None:
        """Start the clock for ``phase``; ``expired`` becomes its name if it runs out."""
        with self._wake:
            self.expired = None
            self._phase = phase
            self._timeout_s = timeout_s
            self._deadline = time.monotonic() + timeout_s
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lightning-guard", daemon=True)
                self._thread.start()
            if self._deadline < self._looks_at:
                self._wake.notify()

    def progress(self) -> None:
        """Start the phase's time anew; takes no lock."""
        self._deadline = time.monotonic() + self._timeout_s

    def suspend(self) -> None:
        """Stop the clock until ``progress``; takes no lock."""
        self._deadline = math.inf

    def rest(self) -> None:
        """Stop the clock."""
        with self._wake:
            self._phase = None

    def cut(self) -> None:
        """End the watched connection at once; a thread that reads from it or writes to it wakes up."""
        with self._wake:
            self._shut_down()

    def close(self) -> None:
        """Stop the thread and join it."""
        with self._wake:
            self._closing = True
            self._phase = None
            self._drop_socket()
            self._wake.notify()
        # A signal may have come before it was started.
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drop_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _run(self) -> None:
        with self._wake:
            while not self._closing:
                left_s = self._deadline - time.monotonic() if self._phase else None
                if left_s is not None and left_s <= 0:
                    self._expire()
                    left_s = None
                # Looked at once per period: time that is suspended may begin anew at any moment.
                nap_s = _IDLE_S if left_s is None else min(left_s, self._timeout_s, _NAP_S)
                began_s = time.monotonic()
                self._looks_at = began_s + nap_s
                self._wake.wait(timeout=nap_s)
                if time.monotonic() - began_s - nap_s > _OVERSLEPT_S:
                    # The process was stopped, as by Ctrl-Z, for an unknown time: the service's time starts anew.
                    self._deadline = max(self._deadline, time.monotonic() + self._timeout_s)

    def _expire(self) -> None:
        self.expired = self._phase
        self._phase = None
        self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


# What the HTTP libraries raise, with the guard's help.
FOREIGN_FAULTS = (requests.RequestException, u3.HTTPError, OSError, AttributeError)


@contextlib.contextmanager
def mapped_faults(guard: Guard, *, connected: bool) -> Iterator[None]:
    """Turn what the HTTP libraries raise into the tree of errors.py; wrap it around reading a body too.

    ``connected`` is whether an answer had begun, so that a stall is never reported as a failure to connect. Reading
    ``raw`` raises urllib3's classes, everything else requests' (held complete by a test).
    """
    try:
        yield
    except FOREIGN_FAULTS as fault:
        # http.client loses its file object when the guard shuts the socket down in the middle of a read.
        if isinstance(fault, AttributeError) and guard.expired is None:
            raise
        from lightning_cli.client.faults import translated

        raise translated(fault, guard.expired, connected=connected) from fault
