"""The turn of a run that plays: taken when there is something to say, with what the user sees of the wait."""

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.system.paths import NotPrivate

if TYPE_CHECKING:
    from lightning_cli.playback.turn import Turn

# A wait that is over by then needs no words.
_UNSEEN_S = 0.3


class TurnTaking:
    """The turn of one run; see ``sinks.playback_sink.PlayTurn``.

    ``within_s`` limits the wait. One that ``goes_first`` silences the run that plays, one that ``overlaps`` needs no
    turn. A directory that cannot be used is not a failure: playback then goes on without a turn.
    """

    def __init__(
        self, console: Console, *, goes_first: bool = False, overlaps: bool = False, within_s: float | None = None
    ) -> None:
        self._console = console
        self._goes_first = goes_first
        self._within_s = within_s
        self._turn: Turn | None = None
        self._has_told = False
        self._near: Callable[[], None] | None = None
        # Whether something is to be said; under the lock, so that the turn is not lent at that very moment.
        self._lock = threading.Lock()
        self._is_wanted = False
        # Set where there are no turns.
        self._is_free = overlaps

    def take(self) -> bool:
        """Wait for the turn, and return False, with a note, where it does not come."""
        with self._lock:
            self._is_wanted = True
        if self._is_free or self.is_mine:
            return True
        try:
            return self._take()
        except NotPrivate as fault:
            self._console.warn(f"playing without waiting for other runs: {fault}")
        except OSError as fault:
            self._console.detail(f"playing without waiting for other runs: {fault}")
        self._is_free = True
        return True

    def when_near(self, call: Callable[[], None]) -> None:
        """Call ``call`` at once, or, where others wait for their turn now, when this run is the next; never else."""
        if self._is_free or self._goes_first or not _others_wait():
            call()
        else:
            self._near = call

    def rest(self) -> None:
        """Note that nothing is to be said until ``take`` is called again."""
        with self._lock:
            self._is_wanted = False

    def lend(self) -> None:
        """Release the turn unless something is to be said; any thread."""
        with self._lock:
            if not self._is_wanted:
                self.release()

    @property
    def is_mine(self) -> bool:
        """Return whether it is this run's turn; any thread."""
        return self._turn is not None and self._turn.is_mine

    def release(self) -> None:
        """Release the turn; idempotent, any thread."""
        if self._turn is not None:
            self._turn.release()

    def _take(self) -> bool:
        from lightning_cli.playback.turn import Turn, directory_of_turns

        with directory_of_turns() as directory:
            try:
                self._turn = Turn(directory, goes_first=self._goes_first)
                # The turn, or a place before all others: no other run follows the one that is silenced.
                self._turn.take()
                if self._goes_first:
                    self._silence(directory)
                missed = self._turn.wait(self._within_s, lambda waited_s: self._waits(directory, waited_s))
            except BaseException:
                self.release()
                raise
        if missed == "late":
            self._console.note(f"note: not played: its turn did not come within {self._within_s:g} s")
        elif missed == "sent away":
            self._console.note("note: not played: stopped by lightning-tts stop --all")
        return missed is None

    def _silence(self, directory: int) -> None:
        from lightning_cli.playback import remote_control

        for player in remote_control.players(directory):
            remote_control.stop(directory, player)

    def _waits(self, directory: int, waited_s: float) -> None:
        if self._goes_first:
            # Where it did not listen yet, or another came before.
            self._silence(directory)
        if self._near is not None and self._turn is not None and self._turn.is_next:
            near, self._near = self._near, None
            near()
        if self._has_told or waited_s < _UNSEEN_S:
            return
        self._has_told = True
        told = "another lightning-tts is playing; waiting for its end (--now goes first)"
        # In a job's log it is of no use.
        if is_terminal(sys.stderr):
            self._console.note(f"note: {told}")
        else:
            self._console.detail(told)


def _others_wait() -> bool:
    from lightning_cli.playback import turn

    try:
        with turn.directory_of_turns() as directory:
            return turn.waiting(directory) > 0
    except OSError:
        return False
