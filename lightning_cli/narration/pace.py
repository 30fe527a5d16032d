"""How fast to go: when to stop, how many requests may be under way, and how many characters may still be spent."""

import contextlib
import threading
import time
from collections.abc import Iterator

from lightning_cli.errors import LightningError, OutputError

# How many answers in a row it takes to try one request more at a time; doubled by every refusal.
_CALM_ANSWERS = 8
_CALMEST = 512
_LOOK_S = 0.25
# So many segments in a row that nobody answered, and the service is not asked again.
_SILENCES = 3


class Stopped(Exception):
    """An item was left as it is: the run has been stopped, or may spend no more."""


class Stop:
    """Stop a run once, with a reason; also the clock that its waits go by. Any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._silences = 0
        self.reason = ""
        self.fault: LightningError | None = None

    def now(self, reason: str, fault: LightningError | None = None) -> None:
        """Stop; ``fault`` is what the whole run then ends with. Only the first call counts."""
        with self._lock:
            if not self._event.is_set():
                self.reason, self.fault = reason, fault
                self._event.set()

    @property
    def asked(self) -> bool:
        """Return whether the run is to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise ``Stopped`` if the run is to stop."""
        if self._event.is_set():
            raise Stopped(self.reason)

    def monotonic(self) -> float:
        """Return the time."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; raises ``Stopped`` as soon as the run is to stop."""
        self._event.wait(seconds)
        self.check()

    def answered(self) -> None:
        """Note that the service answers."""
        self._silences = 0

    def unanswered(self, fault: LightningError) -> None:
        """Note a segment given up since nobody answered; too many in a row stop the run."""
        with self._lock:
            self._silences += 1
            silent = self._silences >= _SILENCES
        if silent:
            self.now(f"the service does not answer: {fault.message}")

    def unwritable(self, fault: OutputError) -> None:
        """Stop since audio that was paid for could not be kept."""
        self.now(fault.message, fault)


class Pace:
    """Share the account between threads: a refusal slows all of them down, calm lets them go faster again."""

    def __init__(self, jobs: int, stop: Stop) -> None:
        self._jobs = jobs
        self._stop = stop
        self._free = threading.Condition()
        self._active = 0
        self._allowed = jobs
        self._calm = 0
        self._calm_needed = _CALM_ANSWERS
        self._resume_at = 0.0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it; raises ``Stopped`` when the run stops first."""
        with self._free:
            while True:
                self._stop.check()
                pause_s = self._resume_at - time.monotonic()
                if pause_s <= 0 and self._active < self._allowed:
                    break
                self._free.wait(min(_LOOK_S, pause_s) if pause_s > 0 else _LOOK_S)
            self._active += 1
        try:
            yield
        finally:
            with self._free:
                self._active -= 1
                self._free.notify_all()

    def refused(self, delay_s: float) -> None:
        """Hear of a 429: nobody asks for ``delay_s``, and one request fewer at a time from then on."""
        with self._free:
            self._resume_at = max(self._resume_at, time.monotonic() + delay_s)
            self._allowed = max(1, self._allowed - 1)
            self._calm, self._calm_needed = 0, min(_CALMEST, self._calm_needed * 2)

    def answered(self) -> None:
        """Hear of an answer."""
        with self._free:
            self._calm += 1
            if self._calm >= self._calm_needed and self._allowed < self._jobs:
                self._calm = 0
                self._allowed += 1
                self._free.notify_all()


class Budget:
    """Count characters against a limit, None for none; any thread."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self.spent = 0
        self.exceeded = False

    def take(self, characters: int) -> None:
        """Spend; raises ``Stopped`` when that would be more than the limit, and for everything after it."""
        with self._lock:
            if self._limit is not None and (self.exceeded or self.spent + characters > self._limit):
                self.exceeded = True
                raise Stopped(f"the budget of {self._limit} characters is used up")
            self.spent += characters

    def give_back(self, characters: int) -> None:
        """Take back what was not spoken after all."""
        with self._lock:
            self.spent -= characters


class Progress:
    """Count the characters of which the audio is there; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.done = 0

    def add(self, characters: int) -> None:
        """Count more, or fewer where too many were counted."""
        with self._lock:
            self.done += characters
