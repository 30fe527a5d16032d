"""How fast to go: when to stop, how many requests may be under way, and how many characters may still be spent."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus

from lightning_cli.errors import (
    ExitCode,
    LightningError,
    OutputError,
    ServiceError,
    StreamFault,
    TransportError,
    Unavailable,
    UsageFault,
)

# How many answers in a row it takes to try one request more at a time; doubled by every refusal.
_CALM_ANSWERS = 8
_CALMEST = 512
_LOOK_S = 0.25
# After so many segments in a row without an answer the service is not asked again.
_SILENCES = 3
# So many texts in a row that were forbidden with words that say nothing known.
_FORBIDDEN = 3
# How long to wait before the service that does not answer is asked again, from and up to.
_OUTAGE_PAUSE_S = (1.0, 60.0)
# What a 403 says when it is meant for the account and not for the text.
_OF_ACCOUNT = re.compile(
    r"credit|quota|\bplan|balance|billing|payment|subscri|upgrade|insufficient|exceed|suspend|disabled|expired"
    r"|permission|workspace|account|not allowed to use|api.?key",
    re.IGNORECASE,
)
# What a 404 says when it is meant for one row and not for the path.
_OF_ROW = re.compile(r"voice|model|dictionar|pronunciation", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?:in)?)?(?:(\d{1,8}(?:\.\d{1,3})?)s?)?", re.ASCII)


def seconds_of(text: str) -> float:
    """Read a duration: ``30m``, ``1h30m``, ``90s`` or seconds alone; raises ``UsageFault``."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise UsageFault(f"{text!r} is not a duration", hint="use one such as 30m, 90s or 1h30m")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def is_unanswered(fault: LightningError) -> bool:
    """Return whether there was no answer, or one that the service is not available now."""
    return isinstance(fault, TransportError | Unavailable) and not isinstance(fault, StreamFault)


def is_busy(fault: LightningError) -> bool:
    """Return whether the account takes no more requests for now."""
    return fault.exit_code is ExitCode.NETWORK and (
        getattr(fault, "status", None) == HTTPStatus.TOO_MANY_REQUESTS or type(fault).__name__ == "AccountBusy"
    )


def refuses_everyone(fault: LightningError) -> bool:
    """Return whether a refusal would meet every other row too: the key, the account, the path."""
    if fault.exit_code is ExitCode.CONFIG:
        return True
    if not isinstance(fault, ServiceError):
        return False
    if fault.status == HTTPStatus.PAYMENT_REQUIRED:
        return True
    if fault.status == HTTPStatus.FORBIDDEN:
        return _OF_ACCOUNT.search(fault.message) is not None
    if fault.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.METHOD_NOT_ALLOWED}:
        return _OF_ROW.search(fault.message) is None
    return False


class Stopped(Exception):
    """An item was left as it is: the run has been stopped, or may spend no more."""


class Stop:
    """Stop a run once, with a reason; also the clock that its waits go by. Any thread.

    ``patience_s`` is how long a service that does not answer is waited for.
    """

    def __init__(self, patience_s: float = 0.0) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._silences = 0
        self._forbidden = 0
        self._patience_s = patience_s
        self._silent_since: float | None = None
        self._pause_s = _OUTAGE_PAUSE_S[0]
        self.reason = ""
        # What the whole run ends with, and what it was that stopped it.
        self.fault: LightningError | None = None
        self.cause: LightningError | None = None

    def now(self, reason: str, fault: LightningError | None = None, *, cause: LightningError | None = None) -> None:
        """Stop; ``fault`` is what the whole run then ends with. Only the first call counts."""
        with self._lock:
            if not self._event.is_set():
                self.reason, self.fault, self.cause = reason, fault, cause or fault
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

    def answered(self, *, refused: bool = False) -> None:
        """Note that the service answers, be it with a refusal."""
        with self._lock:
            self._silences = 0
            self._silent_since, self._pause_s = None, _OUTAGE_PAUSE_S[0]
            if not refused:
                self._forbidden = 0

    def gave_up(self, fault: LightningError) -> None:
        """Note what a segment was given up for; what every other one would meet stops the run."""
        if refuses_everyone(fault):
            self.now(fault.message, fault)
        elif is_unanswered(fault):
            with self._lock:
                self._silences += 1
                silent = self._silences >= _SILENCES
            if silent:
                told = fault.message if is_busy(fault) else f"the service does not answer: {fault.message}"
                self.now(told, cause=fault)
        else:
            self.answered(refused=True)
            self._refused(fault)

    def _refused(self, fault: LightningError) -> None:
        if not isinstance(fault, ServiceError) or fault.status != HTTPStatus.FORBIDDEN:
            return
        with self._lock:
            self._forbidden += 1
            again = self._forbidden >= _FORBIDDEN
        if again:
            self.now(fault.message, fault)

    def outage_pause_s(self, fault: LightningError) -> tuple[float, bool] | None:
        """Return how long to wait for a service that does not answer, and whether the wait has just begun.

        None when that is not a reason to wait, or the patience is used up.
        """
        if not self._patience_s or not is_unanswered(fault):
            return None
        with self._lock:
            now_s = time.monotonic()
            is_new = self._silent_since is None
            if self._silent_since is None:
                self._silent_since = now_s
            left_s = self._silent_since + self._patience_s - now_s
            if left_s <= 0:
                return None
            pause_s = min(self._pause_s, left_s)
            self._pause_s = min(self._pause_s * 2, _OUTAGE_PAUSE_S[1])
            return pause_s, is_new

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
        """Handle a 429: no thread asks for ``delay_s``, and one request fewer at a time from then on."""
        with self._free:
            self._resume_at = max(self._resume_at, time.monotonic() + delay_s)
            self._allowed = max(1, self._allowed - 1)
            self._calm, self._calm_needed = 0, min(_CALMEST, self._calm_needed * 2)

    def answered(self) -> None:
        """Handle an answer."""
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


class CharacterProgress:
    """Count the characters of which the audio is there; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.done = 0

    def add(self, characters: int) -> None:
        """Count more, or fewer where too many were counted."""
        with self._lock:
            self.done += characters
