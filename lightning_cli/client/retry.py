"""The retry policy and the one loop of tries: which faults, how often, how long to wait (protocol.md 4.2)."""

import random
import time
from collections.abc import Callable
from typing import Protocol, Self

from lightning_cli.errors import (
    CannotConnect,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    StreamFault,
    TimedOut,
    TransportError,
    Unavailable,
)
from lightning_cli.system.records import Record

_TOO_MANY_REQUESTS = 429
_INTERNAL_ERROR = 500


class Clock(Protocol):
    """The clock of the retries; tests bring their own."""

    def monotonic(self) -> float:
        """Return the seconds since some fixed moment."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class RetryPolicy(Record):
    """Bounds of the tries: ``retries`` beyond the first, waits from ``base_s`` doubling to ``cap_s``.

    A 429 is routine on an account that takes one request at a time, so it is tried again until ``max_wait_s`` is used
    up, whatever ``retries`` says; a 500 is tried again once.
    """

    retries: int = 2
    base_s: float = 0.5
    cap_s: float = 30.0
    jitter: float = 0.1
    max_wait_s: float = 60.0

    def retrier(self) -> "Retrier":
        """Return what counts the tries at one piece of work."""
        return Retrier(self)


class Attempt:
    """One try, as a context: a fault that leads to another try is kept in ``fault``, any other is raised."""

    fault: LightningError
    delay_s: float

    def __init__(self, retrier: "Retrier", may_repeat: Callable[[LightningError], bool] | None) -> None:
        self._retrier = retrier
        self._may_repeat = may_repeat

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, fault: BaseException | None, traceback: object) -> bool:
        """Return whether there is another try."""
        if not isinstance(fault, ServiceError | TransportError | ProtocolError):
            return False
        if self._may_repeat is not None and not self._may_repeat(fault):
            return False
        delay_s = self._retrier.delay_after(fault)
        if delay_s is None:
            return False
        self.fault, self.delay_s = fault, delay_s
        self._retrier.pending_s = delay_s
        return True


class Retrier:
    """The tries at one piece of work, such as a segment, and their count.

    A loop of tries is ``while True: with retrier.attempt() as attempt: return ...``; what follows the block undoes what
    the attempt has done.
    """

    def __init__(self, policy: RetryPolicy, clock: Clock = time) -> None:
        self._policy = policy
        self._clock = clock
        # The wait before the next attempt.
        self.pending_s = 0.0
        self.reset()

    def reset(self) -> None:
        """Count anew."""
        self.failures = 0
        self._busy = 0
        self._busy_since: float | None = None

    def attempt(self, may_repeat: Callable[[LightningError], bool] | None = None) -> Attempt:
        """Wait as long as the last attempt's fault asks for, and return the next one.

        A fault that ``may_repeat`` refuses is raised, whatever the policy says.
        """
        pending_s, self.pending_s = self.pending_s, 0.0
        if pending_s:
            self.wait(pending_s)
        return Attempt(self, may_repeat)

    def delay_after(self, fault: LightningError) -> float | None:
        """Return the seconds to wait before the next try, or None when ``fault`` is to be reported."""
        asked_s = fault.retry_after_s if isinstance(fault, Unavailable) else None
        left_s = self._policy.max_wait_s
        if isinstance(fault, Unavailable) and fault.status == _TOO_MANY_REQUESTS:
            self._busy += 1
            left_s -= self._waited_s()
            if left_s <= 0:
                return None
            if asked_s is None:
                # A budget that has room for part of a wait is used up before giving in.
                return min(self._backoff(self._busy), left_s)
        elif self.failures < self._allowed(fault):
            self.failures += 1
            if asked_s is None:
                return self._backoff(self.failures)
        else:
            return None
        if asked_s > left_s:
            return None
        # "Retry-After: 0" must not lead to requests without a pause.
        return min(self._jittered(max(asked_s, self._policy.base_s)), max(asked_s, left_s))

    def wait(self, delay_s: float) -> None:
        """Wait; a signal ends it."""
        self._clock.sleep(delay_s)

    def _waited_s(self) -> float:
        """Return the time since the first 429; audio that came before it is not a wait."""
        now_s = self._clock.monotonic()
        if self._busy_since is None:
            self._busy_since = now_s
        return now_s - self._busy_since

    def _allowed(self, fault: LightningError) -> int:
        if isinstance(fault, Unavailable):
            return min(1, self._policy.retries) if fault.status == _INTERNAL_ERROR else self._policy.retries
        if isinstance(fault, CannotConnect):
            return self._policy.retries if fault.transient else 0
        return self._policy.retries if isinstance(fault, TimedOut | StreamCut | StreamFault) else 0

    def _backoff(self, count: int) -> float:
        return self._jittered(min(self._policy.cap_s, self._policy.base_s * 2 ** (count - 1)))

    def _jittered(self, seconds: float) -> float:
        """Return a slightly longer wait, never a shorter one: a time the service named is a minimum."""
        return seconds * (1 + self._policy.jitter * random.random())  # noqa: S311 - spreads load, guards no secret
