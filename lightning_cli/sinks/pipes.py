"""Output to standard output, a FIFO, a device or an open descriptor: what is written cannot be taken back."""

import contextlib
import errno
import fcntl
import os
import select
import stat
import sys
from typing import TYPE_CHECKING, NoReturn

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError, ReaderGone, UsageFault
from lightning_cli.sinks.containers import Container
from lightning_cli.sinks.encoders import Encoder, encoder_for
from lightning_cli.sinks.targets import STDOUT_FD, output_fault

if TYPE_CHECKING:
    from lightning_cli.sinks.files import SegmentHold

_READER_LEFT = {errno.EPIPE, errno.ECONNRESET}
_STANDARD = {0: "__stdin__", STDOUT_FD: "__stdout__", 2: "__stderr__"}
# How long one wait for a full pipe lasts before it is looked at anew; a slow reader may take for ever.
_WAIT_MS = 1000
# A header never leaves alone: sox tells a pipe's format from its first 256 bytes, and goes back to the last read only.
_LEAST_FIRST_BYTES = 512


class PipeSink:
    """A sink that writes to ``target``, a path to open or a descriptor that stays open.

    Each ``write`` has passed on what is ready before it returns. With ``hold_segments`` a segment is kept until
    ``commit`` and then released whole, so that it can be taken back until then.

    ``start`` on the path of a FIFO waits for its reader, as ``>`` does in a shell; Ctrl-C ends the wait. Where standard
    output is a regular file that is not opened for appending, ``finish`` corrects the container's head in it.

    ``start``, ``write``, ``commit`` and ``finish`` raise ``OutputError``, or ``ReaderGone`` when the reader of standard
    output has left. A terminal raises ``UsageFault``.
    """

    def __init__(self, target: int | str, container: Container, *, hold_segments: bool = False) -> None:
        self._target = target
        self._container = container
        self._is_linear = container.is_linear
        self._fd = target if isinstance(target, int) else -1
        self._hold = _hold() if hold_segments else None
        self._encoder: Encoder | None = None
        self._origin: int | None = None
        self._pending_head = b""
        self._head_bytes = 0
        self._sent_bytes = 0
        self._clean = True

    def start(self, fmt: PcmFormat) -> None:
        """Open the target; raises ``UsageFault`` for a sample rate that the container does not take."""
        self._container.check_rate(fmt.sample_rate)
        try:
            if isinstance(self._target, str):
                self._open(self._target)
            check_not_terminal(self._fd)
            self._origin = _seekable_position(self._fd)
            self._encoder = encoder_for(self._container, streamed=self._origin is None)
            # Sent with the first audio: a request that fails before it leaves the pipe empty.
            self._pending_head = self._encoder.begin(fmt)
            self._head_bytes = len(self._pending_head)
        except BaseException:
            self.abort()
            raise

    def write(self, pcm: bytes) -> None:
        """Take whole frames; they have left, or are held, when this returns."""
        if self._hold:
            self._hold.write(pcm)
        elif pcm:
            self._clean = False
            encoder = self._ready()
            self._send(pcm if self._is_linear else encoder.encode(pcm))

    def commit(self) -> None:
        """Mark the end of a segment; releases what was held."""
        if self._hold:
            encoder = self._ready()
            self._clean = False
            for block in self._hold.blocks():
                self._send(encoder.encode(block))
            self._hold.clear()
        self._clean = True

    def can_rewind(self) -> bool:
        """Return whether nothing has left since the last ``commit``."""
        return self._clean

    def rewind(self) -> None:
        """Discard what is held."""
        if not self._clean:
            raise RuntimeError("audio that has left a pipe cannot be taken back")
        if self._hold:
            self._hold.clear()

    def finish(self) -> None:
        """Send the rest, and close the target if it was opened here."""
        encoder = self._ready()
        try:
            self.commit()
            self._send(encoder.end())
            self._send_pending()
            head = encoder.head(self._sent_bytes)
            has_room = self._container.libsndfile is not None or len(head) <= self._head_bytes
            # Without room, for RF64, what was sent stays a stream of unknown length.
            if head and self._origin is not None and has_room:
                self._correct(head, self._origin)
        except BaseException:
            self.abort()
            raise
        self._release()

    def abort(self) -> None:
        """Send nothing more; never raises."""
        with contextlib.suppress(OutputError):
            self._release()

    def _ready(self) -> Encoder:
        if self._encoder is None:
            raise RuntimeError("a pipe takes audio after start only")
        return self._encoder

    def _open(self, path: str) -> None:
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_NOCTTY)
        except OSError as fault:
            raise output_fault(fault, path) from fault

    def _send(self, data: bytes) -> None:
        if self._pending_head:
            data = self._pending_head + data
            if len(data) < _LEAST_FIRST_BYTES:
                self._pending_head = data
                return
            self._pending_head = b""
        self._write_all(data)

    def _send_pending(self) -> None:
        """Send what is too little to begin with, since nothing follows it."""
        head, self._pending_head = self._pending_head, b""
        self._write_all(head)

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                sent = os.write(self._fd, view)
            except BlockingIOError:
                _wait_for_room(self._fd)
                continue
            except OSError as fault:
                self._fail(fault)
            self._sent_bytes += sent
            view = view[sent:]

    def _fail(self, fault: OSError) -> NoReturn:
        if fault.errno in _READER_LEFT and self._fd == STDOUT_FD:
            raise ReaderGone from fault
        raise output_fault(fault, str(self._target), shown=_shown(self._target)) from fault

    def _correct(self, head: bytes, origin: int) -> None:
        try:
            os.pwrite(self._fd, head, origin)
        except OSError as fault:
            self._fail(fault)

    def _release(self) -> None:
        if self._encoder:
            self._encoder.close()
        if self._hold:
            self._hold.close()
        # Only what was opened here is closed: the interpreter still flushes standard output at its exit.
        if isinstance(self._target, str) and self._fd >= 0:
            fd, self._fd = self._fd, -1
            try:
                os.close(fd)
            except OSError as fault:
                self._fail(fault)


def _hold() -> "SegmentHold":
    from lightning_cli.sinks.files import SegmentHold

    return SegmentHold()


def check_not_terminal(fd: int) -> None:
    """Raise ``UsageFault`` if ``fd`` is a terminal, ``OutputError`` if it is not open."""
    # Something else is open under the free number since: only the interpreter knows that there was nothing.
    closed = fd in _STANDARD and getattr(sys, _STANDARD[fd]) is None
    try:
        os.fstat(-1 if closed else fd)
    except OSError as fault:
        raise output_fault(fault, str(fd), shown=_shown(fd)) from fault
    if os.isatty(fd):
        raise UsageFault(
            "refusing to write audio to a terminal", hint="name a file with -o FILE, or pipe it into a program"
        )


def _seekable_position(fd: int) -> int | None:
    """Return the place in a regular file where the next byte goes, or None where the start cannot be written again."""
    if not stat.S_ISREG(os.fstat(fd).st_mode) or fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND:
        return None
    return os.lseek(fd, 0, os.SEEK_CUR)


def _wait_for_room(fd: int) -> None:
    """Wait until a descriptor in non-blocking mode may take bytes, has failed, or a second has passed."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll(_WAIT_MS)


def _shown(target: int | str) -> str:
    if isinstance(target, str):
        return repr(target)
    return "standard output" if target == STDOUT_FD else f"descriptor {target}"
