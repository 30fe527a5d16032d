"""Wrappers around sinks: ``GainSink`` changes the volume, ``TimedSink`` records when the first audio was taken."""

import threading
from typing import Protocol

from lightning_cli.audio.gain import Volume
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.feed import PlayerStats
from lightning_cli.sinks.base import Audible, Sink, Tee
from lightning_cli.system import trace

LOAD_S = 10.0


class AudibleSink(Sink, Audible, Protocol):
    """A sink that plays."""

    @property
    def stats(self) -> PlayerStats:
        """Return the counts of the player so far; any thread."""


class GainSink(Tee):
    """A sink that scales what is written to another, with the promises of that one.

    A rewind does not take the volume back: it goes on from what was heard last.
    """

    def __init__(self, sink: AudibleSink, percent: int) -> None:
        super().__init__((sink,))
        self._sink = sink
        self._percent = percent
        self._volume: Volume | None = None
        self._thread: threading.Thread | None = None

    @property
    def limited_db(self) -> float:
        """Return the largest reduction that kept the audio from clipping, in dB."""
        return self._volume.limited_db if self._volume else 0.0

    @property
    def stats(self) -> PlayerStats:
        """Return the counts so far; any thread."""
        return self._sink.stats

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound; any thread."""
        return self._sink.heard_sentences

    def begin_sentence(self, text: str) -> None:
        """Mark the beginning of another sentence."""
        self._sink.begin_sentence(text)

    def start(self, fmt: PcmFormat) -> None:
        """Start the other sink; what the volume needs is loaded beside the network's wait."""
        self._volume = Volume(fmt, self._percent)
        self._thread = threading.Thread(target=self._volume.prepare, name="lightning-volume")
        self._thread.start()
        self._sink.start(fmt)

    def write(self, pcm: bytes) -> None:
        """Write at the new volume; raises what the other sink raises."""
        if self._volume is None:
            raise RuntimeError("the sink was not started")
        self._join()
        self._sink.write(self._volume.feed(pcm))

    def finish(self) -> None:
        """Finish the other sink."""
        self._join()
        self._sink.finish()

    def abort(self) -> None:
        """Abort the other sink."""
        self._sink.abort()
        self._join()

    def _join(self) -> None:
        # A signal may have come before it was started.
        if self._thread is not None and self._thread.ident is not None:
            # If it takes longer, the one that needs it waits in the import itself.
            self._thread.join(LOAD_S)
            self._thread = None


class TimedSink(Tee):
    """A sink that passes everything on to another, with the promises of that one."""

    def __init__(self, sink: Sink) -> None:
        super().__init__((sink,))
        self._begun = False

    def write(self, pcm: bytes) -> None:
        """Write to the other sink."""
        super().write(pcm)
        if not self._begun:
            self._begun = True
            trace.mark(trace.FIRST_WRITE)
