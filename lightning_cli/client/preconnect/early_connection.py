"""The early connection: a thread looks the host up, connects and makes the handshake, while others import.

``ssl`` and what it trusts load while the first packet is on its way. The settings are urllib3's own (held by a test),
so that nothing is accepted here that it would refuse; what is refused here is left for it to judge again.
"""

import contextlib
import os
import select
import socket
import sys
import threading
import time

from lightning_cli.client.preconnect.dial import Dial

TYPE_CHECKING = False  # see __init__
if TYPE_CHECKING:
    import ssl

# How long the thread may take for all of it; a thread that waits for it has its own timeout.
_LONGEST_S = 60.0
# Servers and their proxies close an idle connection, the quickest after 5 s.
_OLDEST_S = 4.0
# An importing thread gives way after so long, instead of 5 ms: each step of the handshake waits for that.
_SWITCH_INTERVAL_S = 0.0005
# Loading authorities takes 20 ms and cannot be interrupted; everything else ends at once.
_END_S = 2.0


class EarlyConnection:
    """A connection to ``target`` (host, port, authorities; see ``guess.target``) in the thread ``lightning-early``.

    The thread that begins it calls ``start``; the one that claims it calls ``take`` or ``cancel``, once, which join it.
    ``resolved_s``, ``connected_s`` and ``secured_s`` are when each step was over, by ``time.monotonic``.
    """

    def __init__(self, target: "tuple[str, int, str | None]") -> None:
        self._host, self._port, self._authorities = target
        self._dial = Dial(self._host, self._port)
        self._thread = threading.Thread(target=self._run, name="lightning-early", daemon=True)
        # Shared with cancel, under the lock; the rest is the thread's until it has ended.
        self._lock = threading.Lock()
        self._cancelled = False
        self._resolving = True
        self._handshaking: socket.socket | None = None
        self._trusted: tuple[str | None, str | None] = (None, None)
        self._secured: ssl.SSLSocket | None = None
        self._unreachable: Exception | None = None
        self._switch_interval_s = sys.getswitchinterval()
        self.begun_s = self.resolved_s = self.connected_s = self.secured_s = self._ended_s = 0.0

    def start(self) -> None:
        """Start the thread."""
        self.begun_s = time.monotonic()
        self._thread.start()
        sys.setswitchinterval(_SWITCH_INTERVAL_S)

    @property
    def is_ready(self) -> bool:
        """Return whether nothing is left to wait for, whatever came of it."""
        return self._ended_s > 0.0

    def take(
        self, host: str, port: int, trusted: tuple[str | None, str | None], wait_s: float
    ) -> "ssl.SSLSocket | None":
        """Return the socket if it leads to ``host`` and trusts the path ``trusted``; None if there is none.

        Waits up to ``wait_s`` for a connection that is still being made. Raises what kept it from being made,
        ``OSError`` or ``UnicodeError``, if that happened while the caller waited: to try again would take as long and
        end the same way.
        """
        asked_s = time.monotonic()
        if (host, port) != (self._host, self._port):
            self.cancel()
            return None
        try:
            self._thread.join(wait_s)
        finally:
            # Late, or a signal ended the wait.
            sys.setswitchinterval(self._switch_interval_s)
            is_late = self._thread.is_alive()
            if is_late:
                self.cancel()
        if is_late:
            raise TimeoutError("timed out")
        # The thread's own clock is not the caller's.
        is_final = self._ended_s > asked_s and not isinstance(self._unreachable, TimeoutError)
        if self._unreachable is not None and is_final:
            raise self._unreachable
        sock, self._secured = self._secured, None
        if sock is None:
            return None
        if self._trusted == trusted and time.monotonic() - self.secured_s <= _OLDEST_S and not _hung_up(sock):
            return sock
        sock.close()
        return None

    def cancel(self) -> None:
        """Abandon the connection, whatever its state; waits until the thread is out of OpenSSL."""
        sys.setswitchinterval(self._switch_interval_s)
        with self._lock:
            self._cancelled = True
            resolving = self._resolving
            self._dial.cancel()
            if self._handshaking is not None:
                # SSLSocket's own would take the TLS state away under the thread's feet.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._handshaking, socket.SHUT_RDWR)
        if not resolving:
            self._thread.join(_END_S)
        if self._secured is not None:
            self._secured.close()
            self._secured = None

    def _run(self) -> None:
        # Whatever it is: the request makes its own connection and reports the error.
        with contextlib.suppress(Exception):
            self._secured = self._connect()
        self._dial.close()
        self._ended_s = time.monotonic()

    def _connect(self) -> "ssl.SSLSocket | None":
        if not self._resolved():
            return None
        self._dial.start()
        context = self._context()
        deadline_s = time.monotonic() + _LONGEST_S
        with self._connected(deadline_s) as plain:
            plain.settimeout(max(0.001, deadline_s - self.connected_s))
            secured = context.wrap_socket(plain, server_hostname=self._host, do_handshake_on_connect=False)
        try:
            with self._lock:
                self._handshaking = None if self._cancelled else secured
            if self._handshaking is not None:
                secured.do_handshake()
                self.secured_s = time.monotonic()
        finally:
            with self._lock:
                self._handshaking = None
            if not self.secured_s:
                secured.close()
        return secured if self.secured_s else None

    def _resolved(self) -> bool:
        """Look the host up and return whether to go on."""
        try:
            self._dial.resolve()
        except (OSError, UnicodeError) as fault:
            self._unreachable = fault
        self.resolved_s = time.monotonic()
        with self._lock:
            # From here on the thread ends soon after it is told to.
            self._resolving = False
            return self._unreachable is None and not self._cancelled

    def _connected(self, deadline_s: float) -> socket.socket:
        try:
            sock = self._dial.finish(deadline_s)
        except OSError as fault:
            self._unreachable = fault
            raise
        self.connected_s = time.monotonic()
        return sock

    def _context(self) -> "ssl.SSLContext":
        """Return urllib3's context, and load what the request will trust."""
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
        if sys.version_info >= (3, 13):
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
        context.post_handshake_auth = True
        context.hostname_checks_common_name = False
        context.set_alpn_protocols(["http/1.1"])
        place = self._authorities
        if place is None:
            # requests asks the same; the import is shared with it.
            import certifi

            place = certifi.where()
        self._trusted = (None, place) if os.path.isdir(place) else (place, None)
        if self._trusted[0] and not os.path.isfile(place):
            # A pipe would be waited for; the request itself tells.
            raise FileNotFoundError(place)
        context.load_verify_locations(*self._trusted)
        return context


def _hung_up(sock: socket.socket) -> bool:
    """Return whether the server has closed; data to read is not a sign, since TLS 1.3 tickets wait there."""
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    return bool(poll.poll(0))
