"""The contract that every sink keeps, and the tee that feeds several.

A sink's life: ``start``, any number of ``write`` with a ``commit`` at the end of every segment, then either ``finish``
or ``abort``. One thread drives it. ``abort`` may come at any time after construction, also after a failed ``start``.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

from lightning_cli.audio.pcm import PcmFormat


class Sink(Protocol):
    """A consumer of whole frames of PCM, in the order in which they are to be heard."""

    def start(self, fmt: PcmFormat) -> None:
        """Get ready for audio of this format; raises ``OutputError`` or ``AudioError``."""

    def write(self, pcm: bytes) -> None:
        """Take whole frames; may wait for room. Raises ``OutputError``, ``AudioError`` or ``ReaderGone``."""

    def commit(self) -> None:
        """Mark the end of a segment: what was written so far is never taken back."""

    def can_rewind(self) -> bool:
        """Return whether everything since the last ``commit`` can still be taken back or replaced."""

    def rewind(self) -> None:
        """Discard what came since the last ``commit``; only after ``can_rewind`` returned True."""

    def finish(self) -> None:
        """Complete the result: the last sample heard, the file under its final name."""

    def abort(self) -> None:
        """Stop at once and leave nothing that looks complete; never raises."""


class Audible(Protocol):
    """The position of a listener; a sink that plays has one."""

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound; any thread."""

    def begin_sentence(self, text: str) -> None:
        """Set the sentence that the audio from here on speaks; after ``start``."""


# What a process that ends at once has to undo before; any thread, each call by itself is atomic.
_begun: set[Callable[[], None]] = set()


def register_cleanup(undo: Callable[[], None]) -> None:
    """Register how to undo what is half done, should the process end before ``unregister_cleanup``."""
    _begun.add(undo)


def unregister_cleanup(undo: Callable[[], None]) -> None:
    """Remove it, registered or not."""
    _begun.discard(undo)


def undo_all() -> None:
    """Run every registered cleanup once, as the process ends, whatever its threads are doing."""
    while _begun:
        # A failure of one must not keep the others, or the end of the process.
        with contextlib.suppress(Exception):
            _begun.pop()()


class Tee:
    """Several sinks fed as one; the strictest decides what can be taken back.

    When one sink fails, the error leaves through ``write`` and the owner aborts them all.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def start(self, fmt: PcmFormat) -> None:
        """Start every sink."""
        for sink in self._sinks:
            sink.start(fmt)

    def write(self, pcm: bytes) -> None:
        """Write to every sink, in the order given."""
        for sink in self._sinks:
            sink.write(pcm)

    def commit(self) -> None:
        """Commit in every sink."""
        for sink in self._sinks:
            sink.commit()

    def can_rewind(self) -> bool:
        """Return whether all of them can."""
        return all(sink.can_rewind() for sink in self._sinks)

    def rewind(self) -> None:
        """Rewind every sink."""
        for sink in self._sinks:
            sink.rewind()

    def finish(self) -> None:
        """Finish every sink; files come first, so that a result is on disk before the last second is heard."""
        for sink in self._sinks:
            sink.finish()

    def abort(self) -> None:
        """Abort every sink."""
        for sink in self._sinks:
            sink.abort()


def write_whole(sink: Sink, data: bytes) -> None:
    """Write bytes to a sink whose container takes them as they are, and finish it; abort it on any failure."""
    try:
        # The rate is not used.
        sink.start(PcmFormat(8000))
        sink.write(data)
        sink.commit()
        sink.finish()
    except BaseException:
        sink.abort()
        raise
