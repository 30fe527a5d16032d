"""Connect to a host by any of its addresses: families take turns, each attempt 250 ms after the last.

So a family that leads nowhere costs that much and no more (RFC 8305 5).
"""

import contextlib
import errno
import os
import selectors
import socket
import time
from itertools import chain, zip_longest

# RFC 8305 8, "Connection Attempt Delay".
STAGGER_S = 0.25
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK}
_Address = tuple[int, int, int, tuple[object, ...]]


class Dial:
    """One attempt at a TCP connection; one thread calls ``resolve`` or ``resolve_within``, ``start``, ``finish``.

    Any other may call ``cancel``.
    ``resolve`` raises ``socket.gaierror`` or ``UnicodeError``; ``finish`` raises ``OSError``, of the last address in
    the resolver's order when there is no reaching any, and ``TimeoutError``.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._waiting: list[tuple[int, _Address]] = []
        self._under_way: dict[socket.socket, int] = {}
        self._faults: dict[int, OSError] = {}
        self._cancelled = False

    def resolve(self) -> None:
        """Look the addresses up; nothing interrupts this."""
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        numbered = [(number, (*one[:3], one[4])) for number, one in enumerate(found)]
        first = [one for one in numbered if one[1][0] == found[0][0]]
        other = [one for one in numbered if one[1][0] != found[0][0]]
        self._waiting = [one for one in chain.from_iterable(zip_longest(first, other)) if one is not None]

    def resolve_within(self, limit_s: float) -> None:
        """Look the addresses up as ``resolve`` does; raises ``TimeoutError`` when that takes too long.

        Resolvers wait by their own rules, half a minute and more, and cannot be stopped: the look-up is left behind.
        """
        if _is_number(self._host):
            self.resolve()
            return
        from lightning_cli.system.watchdog import call_with_timeout

        faults: list[OSError | UnicodeError] = []

        def look_up() -> None:
            try:
                self.resolve()
            except (OSError, UnicodeError) as fault:
                faults.append(fault)

        if not call_with_timeout(look_up, limit_s, "lightning-resolver"):
            raise TimeoutError("name lookup timed out")
        if faults:
            raise faults[0]

    def start(self) -> None:
        """Begin with the next address and return at once."""
        number, (family, kind, protocol, address) = self._waiting.pop(0)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as fault:
            self._faults[number] = fault
            return
        self._under_way[sock] = number
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = sock.connect_ex(address)
        except OSError as fault:
            self._drop(sock, fault)
        else:
            if code and code not in _UNDER_WAY:
                self._drop(sock, OSError(code, os.strerror(code)))

    def finish(self, deadline_s: float) -> socket.socket:
        """Wait for the first connection, until ``time.monotonic`` reaches ``deadline_s``; it does not block."""
        next_s = time.monotonic() + STAGGER_S
        try:
            while not self._cancelled:
                now_s = time.monotonic()
                if self._waiting and (not self._under_way or now_s >= next_s):
                    self.start()
                    next_s = now_s + STAGGER_S
                    continue
                if not self._under_way:
                    raise self._faults[max(self._faults)] if self._faults else OSError("the host has no address")
                if now_s >= deadline_s:
                    raise TimeoutError("timed out")
                until_s = min(next_s, deadline_s) if self._waiting else deadline_s
                if (sock := self._connected(until_s - now_s)) is not None:
                    return sock
            raise ConnectionAbortedError("given up")
        finally:
            self.close()

    def close(self) -> None:
        """Close every attempt under way; for the driving thread."""
        for sock in list(self._under_way):
            self._drop(sock, None)

    def cancel(self) -> None:
        """Make ``finish`` end now; any thread."""
        self._cancelled = True
        for sock in list(self._under_way):
            # Not connected yet: this ends the attempt and wakes the thread that waits for it.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _connected(self, wait_s: float) -> socket.socket | None:
        """Wait for any attempt to come to something and return the one that succeeded."""
        with selectors.DefaultSelector() as selector:
            for sock in self._under_way:
                selector.register(sock, selectors.EVENT_WRITE)
            ready = [key.fileobj for key, _ in selector.select(wait_s)]
        for sock in [one for one in self._under_way if one in ready]:
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not code:
                del self._under_way[sock]
                return sock
            self._drop(sock, OSError(code, os.strerror(code)))
        return None

    def _drop(self, sock: socket.socket, fault: OSError | None) -> None:
        number = self._under_way.pop(sock)
        sock.close()
        if fault is not None:
            self._faults[number] = fault


def _is_number(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return True
    return False
