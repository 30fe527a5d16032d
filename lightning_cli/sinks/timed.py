"""A sink that notes when it took the first audio, for whoever asked when that was."""

from lightning_cli import trace
from lightning_cli.audio import PcmFormat
from lightning_cli.sinks.base import Sink


class TimedSink:
    """Pass everything on to another sink; promises what that one does."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._begun = False

    def start(self, fmt: PcmFormat) -> None:
        """Start the other sink."""
        self._sink.start(fmt)

    def write(self, pcm: bytes) -> None:
        """Write to the other sink."""
        self._sink.write(pcm)
        if not self._begun:
            self._begun = True
            trace.mark(trace.FIRST_WRITE)

    def commit(self) -> None:
        """Commit in the other sink."""
        self._sink.commit()

    def can_rewind(self) -> bool:
        """Say whether the other sink can."""
        return self._sink.can_rewind()

    def rewind(self) -> None:
        """Rewind the other sink."""
        self._sink.rewind()

    def finish(self) -> None:
        """Finish the other sink."""
        self._sink.finish()

    def abort(self) -> None:
        """Abort the other sink."""
        self._sink.abort()
