"""Server-Sent Events, pure: bytes to events and events to bytes, to the WHATWG text/event-stream grammar.

``Decoder`` is fed whatever the network delivered; the events do not depend on where the bytes were cut. One departure
from the grammar is deliberate: an event that ends with the stream instead of a blank line is delivered by ``finish``,
because servers do leave the last blank line out (protocol.md 3.2).
"""

from lightning_cli.errors import ProtocolError
from lightning_cli.system.records import Record

EVENT_LIMIT_BYTES = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Event(Record):
    """One event: its ``type`` ("message" when the stream names none) and its ``data`` lines joined by newline."""

    type: bytes
    data: bytes


class Decoder:
    """Decoder of a byte stream into events; cost is linear in the bytes, whatever their cut.

    An event larger than ``limit_bytes`` raises ``ProtocolError``: memory stays bounded against an endless line.
    """

    __slots__ = ("_data", "_head", "_limit_bytes", "_partial", "_pending_bytes", "_skip_lf", "_type")

    def __init__(self, *, limit_bytes: int = EVENT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._head: bytes | None = b""  # what came before the byte order mark is decided; None afterwards
        self._skip_lf = False  # the last piece ended in CR: a LF at the start of the next belongs to it
        self._partial: list[bytes] = []
        self._data: list[bytes] = []
        self._type = b""
        self._pending_bytes = 0

    @property
    def idle(self) -> bool:
        """Return whether the stream stands exactly between two events, with nothing held back."""
        return not (self._partial or self._data or self._type or self._skip_lf or self._head is not None)

    def feed(self, piece: bytes) -> list[Event]:
        """Return the events completed by ``piece``."""
        if self._head is not None:
            piece = self._strip_bom(piece)
        if not piece:
            return []
        if self._skip_lf:
            self._skip_lf = False
            if piece.startswith(b"\n"):
                piece = piece[1:]
        if b"\r" in piece:
            self._skip_lf = piece.endswith(b"\r")
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return self._lines(piece.split(b"\n"))

    def finish(self) -> list[Event]:
        """Return the event that the end of the stream completes, if there is one."""
        if self._head:
            self._partial.append(self._head)
            self._head = None
        return self._lines([b"", b"", b""])

    def _strip_bom(self, piece: bytes) -> bytes:
        head = (self._head or b"") + piece
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _lines(self, lines: list[bytes]) -> list[Event]:
        """Return the pieces between line ends; the last item is a line still growing."""
        events: list[Event] = []
        growing = lines.pop()
        for index, tail in enumerate(lines):
            line = tail
            if index == 0 and self._partial:
                self._partial.append(tail)
                line = b"".join(self._partial)
                self._partial.clear()
                self._pending_bytes -= len(line) - len(tail)
            if line:
                self._field(line)
            elif self._data:
                events.append(Event(self._type or b"message", b"\n".join(self._data)))
                self._reset()
            else:
                self._reset()
        if growing:
            self._partial.append(growing)
            self._count(len(growing))
        return events

    def _reset(self) -> None:
        self._data = []
        self._type = b""
        self._pending_bytes = 0

    def _field(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            self._data.append(value)
            self._count(len(value) + 1)
            return
        name, _, value = line.partition(b":")
        if name == b"event":
            self._type = value.removeprefix(b" ")
        elif name == b"data":
            self._data.append(b"")
            self._count(1)

    def _count(self, size_bytes: int) -> None:
        self._pending_bytes += size_bytes
        if self._pending_bytes > self._limit_bytes:
            raise ProtocolError(
                f"the service sent an event larger than {self._limit_bytes} bytes",
                hint="check --base-url: this is not a speech stream",
            )
