"""What the writer and the pump of a deck share: the tape, the sentences on it, and how far each of them is.

Every field has one side that sets it, so that neither needs a lock: a signal that ends a thread of ours in the middle
of a line could never give one back. Positions are the tape's.

The writer must not overwrite what the pump is about to read. It looks at ``listening`` before each piece, of
``PIECE_S`` at most. The pump, before it goes back, first publishes where to and then looks whether that is still on
the tape, with ``MARGIN_S`` to spare: a writer that had looked before it published writes one piece, and that fits
into the margin.

The last minutes of what was played, and all that is still to be played, in a temporary file without a name.

Positions count bytes since the beginning and never wrap; the file does, so it never grows beyond its capacity.
"""

import errno
import os
import tempfile
import time
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from typing import BinaryIO

HISTORY_S = 600
# How far the writer may run ahead of the listener before it waits in the middle of a segment...
AHEAD_S = 60
# ...and between two: half of it, so that the next one can be read as fast as it comes.
NEXT_S = 30
PIECE_S = 0.25
MARGIN_S = 1
# The pump says where the listener is more often than this.
_STALE_S = 0.2
# Below -46 dB of full scale nothing is taken for speech.
_NOISE = 160
_WINDOW_MS = 5
# What is silent for so long may be so for ever, and begins with its silence.
_SILENT_S = 10


class Sentence(Record):
    """Where on the tape a sentence begins, and what it says."""

    position: int
    text: str


class History:
    """What both sides look at."""

    def __init__(self, fmt: PcmFormat) -> None:
        """Make the tape; raises ``OutputError``."""
        self.fmt = fmt
        # Set by the writer. While it waits for a rewind to be confirmed, the pump truncates the tape for it.
        self.tape = Tape((HISTORY_S + 2 * AHEAD_S) * fmt.bytes_per_second, fmt.frame_bytes)
        self.sentences = [Sentence(0, "")]
        self.committed = 0
        self.ended = False
        # Set by the pump. wants_data asks the writer to say when there is more.
        self.listening = 0
        self.wants_data = False
        # Where the listener was, when, and how fast that moves.
        self.clock = (0, 0.0, 0.0)
        # The writer's alone: what the audio to come says, until it sounds.
        self._pending: str | None = None
        self._pending_from = 0
        self._has_sentence = False

    @property
    def ahead(self) -> int:
        """Return how many bytes lie between the listener and the end of the tape."""
        return self.tape.written - self.listening

    @property
    def room(self) -> int:
        """Return how many bytes can be written without touching what the pump may still read. Writer."""
        return self.tape.capacity - self._bytes_in(MARGIN_S) - self.ahead

    @property
    def soft_room(self) -> int:
        """Return how many bytes the writer may write now: all of a segment that is not too long. Writer."""
        segment = self.tape.written - self.committed
        return min(self.room, self._bytes_in(AHEAD_S) - min(self.ahead, segment), self._bytes_in(PIECE_S))

    @property
    def may_go_on(self) -> bool:
        """Return whether the listener is near enough for another segment. Writer."""
        return self.ahead <= self._bytes_in(NEXT_S)

    def is_kept(self, position: int) -> bool:
        """Return whether ``position`` is on the tape and stays there; ``listening`` must say so first. Pump."""
        return self.tape.written - position <= self.tape.capacity - self._bytes_in(MARGIN_S)

    def begin_sentence(self, text: str) -> None:
        """Note that a sentence begins here, or where its first sound will be. Writer."""
        self._end_sentence()
        self._pending = text
        self._pending_from = self.tape.written

    def note_audio(self, pcm: bytes | memoryview) -> None:
        """Note where in the audio that is about to be written its sentence begins to sound. Writer."""
        if self._pending is None:
            return
        if (offset := onset(pcm, self.fmt)) is not None:
            self._place(self.tape.written + offset)
        elif self.tape.written - self._pending_from > self._bytes_in(_SILENT_S):
            self._place(self._pending_from)

    def commit(self) -> None:
        """Note that a segment ends here. Writer."""
        self._end_sentence()
        self.committed = self.tape.written

    def rewound(self) -> None:
        """Note that what came since the last ``commit`` was taken back and will come again. Writer."""
        last = self.sentences[-1]
        if self._pending is None and self._has_sentence and last.position >= self.committed:
            self._pending, self._pending_from = last.text, self.committed
            if len(self.sentences) > 1:
                self.sentences.pop()
            else:
                self._has_sentence = False
                self.sentences[0] = Sentence(0, "")

    def _end_sentence(self) -> None:
        # One without a sound begins with its silence, and one without anything not at all.
        if self._pending is not None and self.tape.written > self._pending_from:
            self._place(self._pending_from)
        self._pending = None

    def _place(self, position: int) -> None:
        sentence, self._pending = Sentence(position, self._pending or ""), None
        if self._has_sentence or self._pending_from:
            self.sentences.append(sentence)
            self._has_sentence = True
        else:
            self.sentences[0] = sentence
            self._has_sentence = True

    def begun_by(self, position: int) -> int:
        """Return how many sentences have begun to sound before ``position``. Any thread."""
        sentences = self.sentences
        return bisect_right(sentences, position, key=_position) if self._has_sentence else 0

    def listening_now(self) -> int:
        """Return where the listener is by now; any thread."""
        position, at, rate = self.clock
        passed_s = min(time.monotonic() - at, _STALE_S) * rate
        return min(position + self._bytes_in(passed_s), self.tape.written)

    def sentence_at(self, position: int) -> int:
        """Return the index of the sentence that ``position`` is in. Any thread."""
        return max(bisect_right(self.sentences, position, key=_position) - 1, 0)

    def _bytes_in(self, seconds: float) -> int:
        return self.fmt.bytes_in_ms(seconds * 1000)


def onset(pcm: bytes | memoryview, fmt: PcmFormat) -> int | None:
    """Return where in whole frames of 16-bit PCM there is more than a noise floor, None where there is no more."""
    data = bytes(pcm)
    # Exact silence, the usual pause, costs nothing to pass over.
    at = (len(data) - len(data.lstrip(b"\0"))) // fmt.frame_bytes * fmt.frame_bytes
    window = fmt.bytes_in_ms(_WINDOW_MS)
    while at < len(data):
        samples = array("h", data[at : at + window])
        if max(samples) > _NOISE or min(samples) < -_NOISE:
            return at
        at += window
    return None


def _position(sentence: Sentence) -> int:
    return sentence.position


# Where the disk has no room for the whole history, this much of it will do.
LEAST_BYTES = 512 * 1024
# Where the disk has none at all, so much memory is used: three minutes at the service's usual rate.
MEMORY_BYTES = 16 * 1024 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HINT = "make room there, or point TMPDIR elsewhere"


class Tape:
    """The last ``capacity`` bytes of what was written, in whole frames.

    One thread appends and truncates, another reads. ``written`` is published only after the bytes are there. The
    reader keeps to the last ``capacity`` bytes; that the writer does not overtake it from behind is for the two of
    them to arrange.
    """

    __slots__ = ("_file", "_frame_bytes", "_is_in_memory", "_left", "capacity", "written")

    def __init__(self, capacity_bytes: int, frame_bytes: int) -> None:
        """Make the file; raises ``OutputError``."""
        self.capacity = capacity_bytes - capacity_bytes % frame_bytes
        self.written = 0
        self._frame_bytes = frame_bytes
        self._is_in_memory = False
        self._file: BinaryIO | None = None
        self._left: BinaryIO | None = None
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as the tape
        except OSError as fault:
            if not self._move_to_memory():
                raise OutputError(f"cannot create a temporary file ({fault.strerror or fault})", hint=_HINT) from fault

    def append(self, pcm: memoryview) -> int:
        """Write as much as goes in one piece and return its size; raises ``OutputError``.

        A full disk ends the history there, as long as there is some: the capacity shrinks to what was written, and 0
        is returned, for the caller to find anew how much room there is.
        """
        offset = self.written % self.capacity
        try:
            count = os.pwrite(self._opened().fileno(), pcm[: self.capacity - offset], offset)
        except OSError as fault:
            if fault.errno not in _NO_ROOM:
                raise OutputError(f"the temporary file cannot be written ({fault.strerror})", hint=_HINT) from fault
            count = 0
        count -= count % self._frame_bytes
        if not count:
            self._shorten()
        self.written += count
        return count

    def _shorten(self) -> None:
        if LEAST_BYTES <= self.written < self.capacity:
            self.capacity = self.written
        elif self.written >= LEAST_BYTES or not self._move_to_memory():
            raise OutputError("no space left for the temporary file", hint=_HINT)

    def _move_to_memory(self) -> bool:
        """Continue in memory with a short history, where the system has files in memory; return whether it has."""
        if self._is_in_memory:
            return False
        try:
            # Not on every system.
            descriptor = os.memfd_create("lightning-tts")
        except (AttributeError, OSError):
            return False
        self._is_in_memory = True
        if self._file is not None:
            # Not much, and at its place: nothing has gone around the end yet.
            os.write(descriptor, os.pread(self._file.fileno(), self.written, 0))
        # The reader may be in the middle of the other.
        self._left, self._file = self._file, os.fdopen(descriptor, "r+b", buffering=0)
        self.capacity = min(self.capacity, MEMORY_BYTES - MEMORY_BYTES % self._frame_bytes)
        return True

    def truncate(self, to: int) -> None:
        """Forget what was written after position ``to``."""
        self.written = min(self.written, to)

    def read(self, position: int, size: int) -> bytes:
        """Return what stands at ``position``, at most ``size`` bytes; less where the tape or the file ends."""
        offset = position % self.capacity
        size = min(size, self.written - position, self.capacity - offset)
        return os.pread(self._opened().fileno(), size, offset) if size > 0 else b""

    def close(self) -> None:
        """Close the file; idempotent."""
        for file in (self._file, self._left):
            if file is not None:
                file.close()

    def _opened(self) -> "BinaryIO":
        if self._file is None:
            raise RuntimeError("the tape has no file")
        return self._file
