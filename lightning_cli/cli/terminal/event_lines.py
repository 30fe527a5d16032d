"""What a status line shows, as lines of their own: nothing is drawn twice, so that a screen reader can read it.

Asked for by ``--plain``, or by ``ACCESSIBLE=1`` in the environment.
"""

from typing import TYPE_CHECKING

from lightning_cli.cli.terminal.console import clock
from lightning_cli.cli.terminal.status_line import ProgressLine, StatusLine, WriteProgress

if TYPE_CHECKING:
    from lightning_cli.cli.terminal.console import Console
    from lightning_cli.playback.deck import DeckStatus

_TENTHS = 10


class EventLines:
    """One line for each event of a player or a run, in the place of a status line; one thread."""

    def __init__(self, console: "Console", *, wanted: bool = True) -> None:
        self._console = console
        self._wanted = wanted
        self._sentence = ""
        self._is_paused = False
        self._sound = (100, 1.0)
        self._tenth = 0

    def draw(self, state: "DeckStatus | WriteProgress") -> None:
        """Print what has changed since the last time."""
        if not self._wanted:
            return
        if isinstance(state, WriteProgress):
            self._tell_written(state)
        else:
            self._tell_played(state)

    def clear(self) -> None:
        """Do nothing: there is no line to take away."""

    def forget(self) -> None:
        """Do nothing: the same."""

    def close(self) -> None:
        """Do nothing: the same."""

    def _tell_written(self, state: WriteProgress) -> None:
        tenth = _TENTHS * min(state.characters, state.total) // state.total if state.total else 0
        if tenth > self._tenth:
            self._tenth = tenth
            self._console.note(f"{_TENTHS * tenth} % written")

    def _tell_played(self, status: "DeckStatus") -> None:
        is_paused = status.state == "paused"
        if is_paused != self._is_paused:
            self._is_paused = is_paused
            self._console.note(f"paused at {clock(status.heard_s)}" if is_paused else "playing on")
        sound = status.percent, status.rate
        if sound != self._sound:
            self._sound = sound
            self._console.note(f"volume {status.percent} %, speed {status.rate:g}x")
        if status.state == "playing" and status.sentence and status.sentence != self._sentence:
            self._sentence = status.sentence
            self._console.note(status.sentence)


def player_line(console: "Console", *, wanted: bool) -> StatusLine | EventLines:
    """Return what shows a player that has keys."""
    return EventLines(console, wanted=wanted) if console.is_plain else StatusLine(console, wanted=wanted)


def progress_line(console: "Console") -> ProgressLine | EventLines:
    """Return what shows the progress of a run."""
    return EventLines(console) if console.is_plain else ProgressLine(console)
