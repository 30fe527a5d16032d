"""When to try again and how long to wait: protocol.md 4.2 as a table, on a clock that the tests turn."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.errors import (
    CannotConnect,
    EngineError,
    KeyRefused,
    LightningError,
    OutputError,
    ProtocolError,
    ServiceError,
    StreamCut,
    StreamFault,
    TimedOut,
    Unavailable,
)

STEADY = RetryPolicy(jitter=0.0)


@dataclass
class Clock:
    """A clock set by the test; sleeping moves it."""

    now_s: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Return the time."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Advance the time."""
        self.slept.append(seconds)
        self.now_s += seconds


def unavailable(status: int, retry_after_s: float | None = None) -> Unavailable:
    """Make what an answer with this status becomes."""
    return Unavailable("busy", status=status, retry_after_s=retry_after_s)


def run(policy: RetryPolicy, *faults: LightningError, took_s: float = 0.0) -> list[float]:
    """Fail with each fault in turn, each after ``took_s``, the last one for ever; give the waits between."""
    clock = Clock()
    retrier = Retrier(policy, clock)
    for number in range(1000):
        clock.now_s += took_s
        delay_s = retrier.delay_after(faults[min(number, len(faults) - 1)])
        if delay_s is None:
            break
        retrier.wait(delay_s)
    else:
        pytest.fail("it never gave up")
    return clock.slept


NEVER: list[LightningError] = [
    *(ServiceError("no", status=status) for status in (400, 402, 403, 404, 410, 413, 422)),
    KeyRefused("no", status=401),
    ProtocolError("nonsense"),
    CannotConnect("a bad certificate", transient=False),
    EngineError("no"),
    OutputError("disk full"),
]


@pytest.mark.parametrize("fault", NEVER, ids=lambda fault: f"{type(fault).__name__} {getattr(fault, 'status', '')}")
def test_never_again(fault: LightningError) -> None:
    """Report at once what another try cannot mend."""
    assert run(STEADY, fault) == []
    assert run(RetryPolicy(retries=50), fault) == []


AGAIN: list[LightningError] = [
    *(unavailable(status) for status in (408, 502, 503, 504, 599)),
    CannotConnect("refused"),
    TimedOut("too slow"),
    StreamCut("cut"),
    StreamFault("engine gone"),
]


@pytest.mark.parametrize("fault", AGAIN, ids=lambda fault: f"{type(fault).__name__} {getattr(fault, 'status', '')}")
def test_again(fault: LightningError) -> None:
    """Try again as often as the policy says, at 500 ms and then twice as long each time."""
    assert run(STEADY, fault) == [0.5, 1.0]
    assert run(RetryPolicy(jitter=0.0, retries=4), fault) == [0.5, 1.0, 2.0, 4.0]
    assert run(RetryPolicy(retries=0), fault) == []


def test_500_once() -> None:
    """Try a 500 again once, whatever the policy allows for others; and never when it allows nothing."""
    assert run(RetryPolicy(jitter=0.0, retries=9), unavailable(500)) == [0.5]
    assert run(RetryPolicy(retries=0), unavailable(500)) == []
    assert run(RetryPolicy(jitter=0.0, retries=9), unavailable(503), unavailable(500)) == [0.5]


def test_mixed_faults_share_the_count() -> None:
    """Count tries at the piece of work, not kinds of failure."""
    assert run(STEADY, StreamCut("x"), TimedOut("x"), CannotConnect("x")) == [0.5, 1.0]


def test_cap() -> None:
    """Double the wait only up to the cap."""
    assert run(RetryPolicy(jitter=0.0, retries=9), TimedOut("x")) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert run(RetryPolicy(jitter=0.0, retries=5, base_s=1, cap_s=3), TimedOut("x")) == [1, 2, 3, 3, 3]


@pytest.mark.parametrize("retries", [0, 2, 9])
def test_429_until_the_budget_is_used_up(retries: int) -> None:
    """Wait for the account's only slot as long as the person allows, to the last second, whatever ``retries`` says."""
    assert run(RetryPolicy(jitter=0.0, retries=retries), unavailable(429)) == [0.5, 1, 2, 4, 8, 16, 28.5]
    assert run(RetryPolicy(jitter=0.0, retries=retries, max_wait_s=2), unavailable(429)) == [0.5, 1, 0.5]
    assert run(RetryPolicy(jitter=0.0, retries=retries, max_wait_s=0), unavailable(429)) == []


def test_429_counts_the_time_that_answers_take() -> None:
    """Bound the person's whole wait, not only the pauses in it."""
    assert run(RetryPolicy(jitter=0.0, max_wait_s=10), unavailable(429), took_s=4.0) == [0.5, 1.0, 0.5]


def test_429_spends_no_retries() -> None:
    """Leave the tries for real failures: waiting for a slot is routine."""
    assert run(STEADY, *[unavailable(429)] * 4, StreamCut("x")) == [0.5, 1, 2, 4, 0.5, 1]


def test_retry_after_is_honoured() -> None:
    """Wait as long as the service asks, on any status that may be tried again."""
    assert run(RetryPolicy(jitter=0.0, max_wait_s=10), unavailable(429, 3.0)) == [3.0, 3.0, 3.0]
    assert run(STEADY, unavailable(503, 7.0)) == [7.0, 7.0]
    assert run(STEADY, unavailable(500, 7.0)) == [7.0]


@pytest.mark.parametrize("status", [429, 503, 408])
def test_retry_after_beyond_the_budget_gives_up_at_once(status: int) -> None:
    """Do not begin a wait that is known to be too long; one that just fits is taken."""
    policy = RetryPolicy(jitter=0.5, max_wait_s=60)
    assert run(policy, unavailable(status, 60.1)) == []
    assert run(policy, unavailable(status, 60.0))[0] == 60.0
    assert run(policy, unavailable(429), unavailable(429, 59.9)) != []
    assert len(run(policy, unavailable(429), unavailable(429, 59.9))) == 1


def test_retry_after_zero_is_no_invitation_to_hammer() -> None:
    """Keep the smallest wait between tries."""
    assert run(RetryPolicy(jitter=0.0, max_wait_s=2), unavailable(429, 0.0)) == [0.5] * 4


@pytest.mark.parametrize("fault", [StreamCut("cut"), TimedOut("slow"), unavailable(503)])
def test_long_answers_do_not_use_the_budget_up(fault: LightningError) -> None:
    """Repair a segment that broke after minutes of audio like any other: that time was not spent waiting."""
    assert run(STEADY, fault, took_s=300.0) == [0.5, 1.0]


@settings(deadline=None)
@given(
    asked=st.none() | st.floats(0, 60),
    jitter=st.floats(0, 1),
    status=st.sampled_from([408, 429, 500, 503]),
    retries=st.integers(1, 6),
)
def test_jitter_never_shortens(*, asked: float | None, jitter: float, status: int, retries: int) -> None:
    """Spread the tries upwards only, and never beyond the budget of a 429."""
    plain = run(RetryPolicy(jitter=0.0, retries=retries), unavailable(status, asked))
    spread = run(RetryPolicy(jitter=jitter, retries=retries), unavailable(status, asked))
    least = plain[0]
    assert spread[0] >= least
    assert spread[0] <= max(least * (1 + jitter), least)
    if status == 429:
        assert sum(spread) <= 60.0 + 1e-6
    else:
        assert len(spread) == len(plain)
        assert all(long >= short for long, short in zip(spread, plain, strict=True))


def test_jitter_spreads() -> None:
    """Spread out the retries of clients that were refused together."""
    waits = {run(RetryPolicy(jitter=0.1), TimedOut("x"))[0] for _ in range(20)}
    assert len(waits) > 10
    assert all(0.5 <= wait <= 0.55 for wait in waits)


def test_attempts_until_one_succeeds() -> None:
    """Attempts go on until one succeeds; the wait comes before the next one, after what the loop undoes."""
    clock = Clock()
    retrier = Retrier(STEADY, clock)
    faults: list[LightningError] = [StreamCut("cut"), TimedOut("late")]
    undone: list[tuple[LightningError, float, int]] = []

    def work() -> str:
        while True:
            with retrier.attempt() as attempt:
                if faults:
                    raise faults.pop(0)
                return "done"
            undone.append((attempt.fault, attempt.delay_s, len(clock.slept)))

    assert work() == "done"
    assert [(type(fault), delay_s, slept) for fault, delay_s, slept in undone] == [
        (StreamCut, 0.5, 0),
        (TimedOut, 1.0, 1),
    ]
    assert clock.slept == [0.5, 1.0]
    assert work() == "done"
    assert clock.slept == [0.5, 1.0], "what succeeded leaves no wait behind"


@pytest.mark.parametrize(
    ("fault", "may_repeat"),
    [
        (ServiceError("no", status=400), True),
        (StreamCut("cut"), False),
        (OutputError("full"), True),
        (ValueError(), True),
    ],
)
def test_an_attempt_raises_what_leads_to_no_other(fault: Exception, may_repeat: bool) -> None:  # noqa: FBT001 # a table
    """The fault itself comes out: a final one, one that the caller cannot repeat, one of another kind."""
    retrier = Retrier(STEADY, Clock())
    with pytest.raises(type(fault)) as caught, retrier.attempt(lambda _: may_repeat):
        raise fault
    assert caught.value is fault
    assert retrier.failures == 0
