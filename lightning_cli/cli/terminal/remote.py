"""The controls of a listener: keys from the terminal to the deck, and a line that shows the position.

One thread (``lightning-keys``) owns keyboard and line: it alone takes the terminal, restores it and draws. The main
thread takes part in two moments: for Ctrl-Z it asks the thread to let go before the process stops, and when the
listener quits it is called (``quit_call``).
"""

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.cli.terminal.event_lines import EventLines, player_line
from lightning_cli.cli.terminal.keyboard import Key, Keyboard, KeyDecoder, open_keyboard, text_has_ended
from lightning_cli.cli.terminal.status_line import StatusLine
from lightning_cli.system.watchdog import sleep

if TYPE_CHECKING:
    from lightning_cli.playback.deck import Deck

VOLUME_STEP_PERCENT = 10
RATE_STEP = 0.1
# Ten times a second the line is looked at, and the terminal's foreground.
_TICK_S = 0.1
# How long the line says how to see the keys.
_HINT_S = 5.0
_HINT = "? shows the keys"
_KEYS = "keys: space pause; left, right sentence; r repeat; + - volume; [ ] speed; q quit"
# In speech that is over by then the volume is rarely changed; later, a first key would wait while it loads.
_LOADS_AFTER_S = 0.1
# How long the device takes to fall silent before the process is stopped, and to wake up before it sounds again.
_SETTLE_S = 0.1
_LET_GO_S = 0.5
_JOIN_S = 2.0


class KeyControls:
    """Controls of one deck from ``start`` to ``stop``, both called in the main thread.

    ``quits`` is called when the listener has quit. ``has_line``: there may be a status line. ``waits_for_text``: the
    keyboard is left alone until the text on standard input has ended.
    """

    def __init__(
        self,
        keyboard: Keyboard,
        console: Console,
        quits: Callable[[], None],
        *,
        has_line: bool = True,
        waits_for_text: bool = False,
    ) -> None:
        self._keyboard = keyboard
        self._waits_for_text = waits_for_text
        self._has_line = has_line
        self._console = console
        self._quits = quits
        self._line: StatusLine | EventLines | None = None
        self._deck: Deck | None = None
        self._thread: threading.Thread | None = None
        self._wake: tuple[int, int] = (-1, -1)
        self._decoder = KeyDecoder()
        # Set by the main thread, in signal handlers too, looked at by the other.
        self._handlers: dict[int, Any] = {}
        self._stopping = False
        self._suspended = False
        self._continued = False
        # Set by the thread.
        self._let_go = False
        self._hint = _HINT
        self._loader: threading.Thread | None = None

    def start(self, deck: "Deck") -> None:
        """Take the keyboard, as soon as the terminal's foreground is ours."""
        self._deck = deck
        self._line = player_line(self._console, wanted=self._has_line)
        self._wake = os.pipe()
        os.set_blocking(self._wake[1], False)
        atexit.register(self._keyboard.give_back)
        self._handle(signal.SIGTSTP, self._suspend)
        self._handle(signal.SIGCONT, self._continue)
        # A daemon: a terminal that takes no output (Ctrl-S) must not keep the process.
        self._thread = threading.Thread(target=self._run, args=(deck, self._line), name="lightning-keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Restore the terminal as it was; idempotent, never raises."""
        if self._thread is None:
            return
        self._stopping = True
        self._nudge()
        self._thread.join(_JOIN_S)
        if self._loader is not None:
            self._loader.join(_TICK_S)
        # What the thread could not do.
        self._keyboard.give_back()
        for signum, handler in self._handlers.items():
            signal.signal(signum, handler)
        if not self._thread.is_alive():
            if self._line is not None:
                self._line.close()
            for descriptor in self._wake:
                os.close(descriptor)
            self._keyboard.close()
        atexit.unregister(self._keyboard.give_back)
        self._thread = None

    def _handle(self, signum: signal.Signals, handler: Any) -> None:
        """Handle a signal until ``stop``, unless it was ignored or has another handler."""
        if signal.getsignal(signum) == signal.SIG_DFL:
            self._handlers[signum] = signal.signal(signum, handler)

    def _suspend(self, signum: int, _frame: FrameType | None) -> None:
        """Stop as Ctrl-Z asks, with the terminal as it was; go on when the shell says so."""
        if self._deck is None or self._stopping or self._suspended:
            return
        self._deck.hold(held=True)
        self._let_go, self._suspended = False, True
        self._nudge()
        waited_s = sleep(_SETTLE_S)
        while not self._let_go and waited_s < _LET_GO_S:
            waited_s += sleep(0.01)
        signal.signal(signum, signal.SIG_DFL)
        signal.raise_signal(signum)
        # The process stands still in the line above.
        signal.signal(signum, self._suspend)
        self._suspended = False
        self._nudge()
        sleep(_SETTLE_S)
        self._deck.hold(held=False)

    def _continue(self, _signum: int, _frame: FrameType | None) -> None:
        # After SIGSTOP, which cannot be handled, the shell may have set the terminal.
        self._continued = True

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake[1], b"\0")

    def _run(self, deck: "Deck", line: StatusLine | EventLines) -> None:
        # The thread never stops the process by touching a terminal in the background.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        try:
            while not self._stopping and not deck.has_quit:
                if self._may_use():
                    status = deck.status
                    if isinstance(line, StatusLine):
                        line.hint = self._hint if self._keyboard.is_taken and status.heard_s < _HINT_S else ""
                    line.draw(status)
                self._listen(deck)
                if self._loader is None and deck.status.heard_s > _LOADS_AFTER_S:
                    # The first step of the volume should not wait for it.
                    self._loader = threading.Thread(target=deck.prepare, name="lightning-volume", daemon=True)
                    self._loader.start()
        finally:
            # The line may not be ours to clear where the keyboard is not ours to set.
            if self._keyboard.in_foreground():
                line.clear()
            else:
                line.forget()
            self._keyboard.keep(self._decoder.flush())
            self._keyboard.give_back()
        if deck.has_quit and not self._stopping:
            self._quits()

    def _may_use(self) -> bool:
        """Take or release the terminal, as its foreground and Ctrl-Z require; return whether the line may be drawn."""
        keyboard, line = self._keyboard, self._line
        if self._continued:
            self._continued = False
            keyboard.lose()
        if self._suspended:
            if not self._let_go and line is not None:
                if keyboard.in_foreground():
                    line.clear()
                else:
                    line.forget()
                keyboard.give_back()
            self._let_go = True
            return False
        if not keyboard.in_foreground():
            keyboard.lose()
            if line is not None:
                line.forget()
            return False
        if self._waits_for_text:
            self._waits_for_text = not text_has_ended()
            return True
        if keyboard.is_usable and not keyboard.is_taken and not keyboard.take():
            self._console.note("note: keyboard control off: pending input was left for the shell")
        return True

    def _listen(self, deck: "Deck") -> None:
        """Wait for a key, a message of the main thread or the next update of the line."""
        keys = [self._keyboard.descriptor] if self._keyboard.is_taken else []
        ready = select.select([*keys, self._wake[0]], [], [], _TICK_S)[0]
        if self._wake[0] in ready:
            os.read(self._wake[0], 1024)
        elif self._keyboard.descriptor in ready:
            for raw, key in self._decoder.feed(self._keyboard.read()):
                if key is None or deck.has_quit:
                    self._keyboard.keep(raw)
                else:
                    self._obey(deck, key)
        elif not ready:
            self._keyboard.keep(self._decoder.flush())

    def _obey(self, deck: "Deck", key: Key) -> None:
        if key is Key.QUIT:
            deck.quit()
            return
        if key is Key.HELP:
            self._hint = ""
            self._console.report(_KEYS)
        else:
            _ACTIONS[key](deck)
        self._keyboard.break_line()


_ACTIONS: dict[Key, "Callable[[Deck], None]"] = {
    Key.PAUSE: lambda deck: deck.toggle(),
    Key.PREVIOUS: lambda deck: deck.go(-1),
    Key.NEXT: lambda deck: deck.go(1),
    Key.REPEAT: lambda deck: deck.go(0),
    Key.LOUDER: lambda deck: deck.change_volume(VOLUME_STEP_PERCENT),
    Key.QUIETER: lambda deck: deck.change_volume(-VOLUME_STEP_PERCENT),
    Key.FASTER: lambda deck: deck.change_rate(RATE_STEP),
    Key.SLOWER: lambda deck: deck.change_rate(-RATE_STEP),
}


def remote_for(
    console: Console,
    quits: Callable[[], None],
    *,
    keys: bool | None,
    text_on_stdin: bool,
    text_on_stdout: bool,
    text_is_piped: bool = False,
) -> KeyControls | None:
    """Return the key controls for a run, or None where there is no keyboard for them, with a warning if asked for.

    ``keys`` is True where they were asked for, False where they were refused, None where neither was said: then the
    text of a pipe must have ended first, since its writer may read the terminal too.
    """
    keyboard = open_keyboard(wanted=keys, text_on_stdin=text_on_stdin, text_is_piped=text_is_piped)
    if keyboard is not None:
        # Text that comes to the terminal bit by bit would run into the line.
        has_line = not (text_on_stdout and is_terminal(sys.stdout))
        waits = keys is None and not is_terminal(sys.stdin)
        return KeyControls(keyboard, console, quits, has_line=has_line, waits_for_text=waits)
    if keys:
        console.warn("--keys needs a terminal that is not also the text source")
    return None
