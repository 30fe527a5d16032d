"""The progress of a run in one line at the bottom of a terminal: a bar for a file, the sentence for a player.

One thread (``lightning-progress``) draws; nothing is drawn for what takes a second or less, and nothing is left.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.pipeline.pipeline import Observer, Pipeline, PlacedSegment
from lightning_cli.sinks.targets import is_stream
from lightning_cli.text.segmenter import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lightning_cli.cli.say.outputs import Outputs
    from lightning_cli.cli.say.speaking import TextSource
    from lightning_cli.cli.terminal.status_line import WriteProgress
    from lightning_cli.playback.deck import DeckStatus
    from lightning_cli.sinks.playback_sink import InteractiveSink

# A run that is done by then needs no line.
_UNSEEN_S = 1.0
_TICK_S = 0.1
_JOIN_S = 2.0
# Until a segment is complete the pace of the voice is unknown.
_CHARACTERS_PER_S = 15.0


class ProgressDisplay(Observer):
    """A display of the progress of a run: of what ``player`` plays, if there is one, else of what is written.

    Told by the thread that speaks, from which the one that draws only reads.
    """

    def __init__(self, console: Console, player: "InteractiveSink | None") -> None:
        self._console = console
        self._player = player
        self._pipeline: Pipeline | None = None
        self._began = 0.0
        self._total: int | None = None
        self._done = 0
        self._done_s = 0.0
        # The segment that is written, and where it begins in seconds of audio.
        self._segment = (0.0, "")
        self._ended = threading.Event()
        # A daemon: a terminal that takes no output (Ctrl-S) must not keep the process.
        self._thread = threading.Thread(target=self._run, name="lightning-progress", daemon=True)

    def begins(self, pipeline: Pipeline, segments: Iterable[Segment]) -> None:
        """Start to count; the thread may start to draw."""
        self._pipeline = pipeline
        self._total = characters_of(segments)
        self._began = time.monotonic()
        self._thread.start()

    def segment_begins(self, number: int, segment: Segment) -> None:
        """Handle the next segment."""
        del number
        self._segment = (self._spoken_s, segment.spoken)

    def spoken(self, placed: PlacedSegment) -> None:
        """Count a segment."""
        self._done += len(placed.segment.spoken)
        self._done_s = self._spoken_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the line."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    @property
    def _spoken_s(self) -> float:
        pipeline = self._pipeline
        return pipeline.fmt.seconds(pipeline.summary.audio_bytes) if pipeline is not None else 0.0

    def _run(self) -> None:
        # The thread never stops the process by touching a terminal in the background.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        if self._ended.wait(_UNSEEN_S):
            return
        # Loads what a player's line needs too, and only where there is time for it.
        from lightning_cli.cli.terminal.event_lines import progress_line

        line = progress_line(self._console)
        try:
            while not self._ended.wait(_TICK_S):
                line.draw(self._written() if self._player is None else self._player.status or _nothing_yet())
        finally:
            line.close()

    def _written(self) -> "WriteProgress":
        from lightning_cli.cli.terminal.status_line import WriteProgress

        spoken_s, done, done_s = self._spoken_s, self._done, self._done_s
        start_s, sentence = self._segment
        pace = done / done_s if done_s else _CHARACTERS_PER_S
        # The place in the current sentence is estimated from its audio, and never its end.
        within = min(int((spoken_s - start_s) * pace), max(0, len(sentence) - 1)) if start_s >= done_s else 0
        return WriteProgress(done + within, self._total, spoken_s, time.monotonic() - self._began, sentence)


def _nothing_yet() -> "DeckStatus":
    """Return the status of a player that has nothing to play yet, or whose turn has not come."""
    from lightning_cli.playback.deck import DeckStatus

    return DeckStatus("waiting", 0.0, 0.0, False, 100, "")


def showing(
    console: Console, script: "TextSource", target: "Outputs", *, paths: "Sequence[str]", echo: bool
) -> ProgressDisplay | None:
    """Return the display of a run; None unless it has the terminal, which standard error is, to itself."""
    if os.environ.get("TERM", "dumb") == "dumb" and not console.is_plain:
        return None
    if os.name != "posix" or target.has_keys:
        return None
    typed = script.reads_stdin and is_terminal(sys.stdin)
    passed_on = echo and is_terminal(sys.stdout)
    # What reads a pipe has its own to show.
    if typed or passed_on or any(map(is_stream, paths)):
        return None
    return ProgressDisplay(console, target.deck)


def characters_of(segments: Iterable[Segment]) -> int | None:
    """Return the number of characters to speak; None while it is unknown."""
    if isinstance(segments, list):
        return sum(len(segment.spoken) for segment in segments)
    counted: int | None = getattr(segments, "characters", None)
    return counted
