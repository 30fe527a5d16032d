"""How fast a run goes and when it stops: turns, budget, stop."""

import threading
import time

import pytest

from lightning_cli.errors import (
    AccountBusy,
    KeyRefused,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    StreamFault,
    TimedOut,
    Unavailable,
    UsageFault,
)
from lightning_cli.narration.pace import (
    Budget,
    CharacterProgress,
    Pace,
    Stop,
    Stopped,
    is_busy,
    is_unanswered,
    refuses_everyone,
    seconds_of,
)

LONG_S = 20.0


def test_turns_follow_refusals_and_calm() -> None:
    """Each refusal takes one turn away, never the last; enough answers in a row give one back."""
    pace = Pace(3, Stop())
    assert pace._allowed == 3
    for _ in range(5):
        pace.refused(0.0)
    assert pace._allowed == 1
    for _ in range(2000):
        pace.answered()
    assert pace._allowed == 3


def test_nobody_takes_a_turn_before_the_time_the_service_named() -> None:
    """A refusal of one holds all of them back; stopping ends the wait."""
    stop = Stop()
    pace = Pace(2, stop)
    with pace.turn(), pace.turn():
        pass
    begun = time.monotonic()
    pace.refused(0.3)
    with pace.turn():
        assert time.monotonic() - begun >= 0.3
    pace.refused(3600.0)
    held = threading.Event()

    def waits() -> None:
        with pytest.raises(Stopped, match="enough"), pace.turn():
            pass
        held.set()

    waiting = threading.Thread(target=waits, name="waiting")
    waiting.start()
    stop.now("enough")
    stop.now("too late")
    assert held.wait(LONG_S)
    waiting.join(LONG_S)
    with pytest.raises(Stopped, match="enough"):
        stop.sleep(3600.0)


def test_a_budget_is_for_all_threads() -> None:
    """Characters are counted once, in any thread; after the first that does not fit nothing else does."""
    budget = Budget(100)
    spent: list[int] = []

    def spends() -> None:
        for _ in range(10):
            try:
                budget.take(7)
            except Stopped:
                return
            spent.append(7)

    threads = [threading.Thread(target=spends, name=f"spends-{number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert sum(spent) == budget.spent == 98
    with pytest.raises(Stopped):
        budget.take(1)
    Budget(None).take(10**12)


def test_what_was_not_spoken_is_given_back() -> None:
    """A budget counts what was spoken, and progress may take back what was counted too early."""
    budget = Budget(10)
    budget.take(10)
    budget.give_back(10)
    budget.take(10)
    assert budget.spent == 10
    progress = CharacterProgress()
    progress.add(7)
    progress.add(-2)
    assert progress.done == 5


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("1h30m", 5400), ("90", 90), ("90s", 90), ("0.5", 0.5), (" 2H ", 7200)]
)
def test_durations(text: str, seconds: float) -> None:
    """With units or as seconds."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-1", "30 m", "1d", "nan", "1e9", "1" * 99])
def test_what_is_no_duration(text: str) -> None:
    """It is refused."""
    with pytest.raises(UsageFault, match="not a duration"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("fault", "everyone"),
    [
        (KeyRefused("no"), True),
        (ServiceError("no", status=402), True),
        (ServiceError("the service refused: Insufficient credits", status=403), True),
        (ServiceError("this key lacks permission", status=403), True),
        (ServiceError("please upgrade your plan", status=403), True),
        (ServiceError("this text cannot be spoken", status=403), False),
        (ServiceError("Not Found", status=404), True),
        (ServiceError("voice 'x' not found", status=404), False),
        (ServiceError("gone", status=410), True),
        (ServiceError("unsupported characters", status=400), False),
        (Unavailable("busy", status=429), False),
        (ProtocolError("nonsense"), False),
    ],
)
def test_refusals_that_meet_everyone(*, fault: LightningError, everyone: bool) -> None:
    """A key, an account without credit, and a path that is not there; a text or a voice is one row's matter."""
    assert refuses_everyone(fault) is everyone
    stop = Stop()
    stop.gave_up(fault)
    assert stop.asked is everyone
    assert stop.fault is (fault if everyone else None)


def test_three_texts_in_a_row() -> None:
    """No answers, or only refusals, stop the run; an answer in between starts the count anew."""
    for fault in (TimedOut("late"), StreamCut("cut"), Unavailable("away", status=503), AccountBusy("busy")):
        assert is_unanswered(fault)
        stop = Stop()
        for _ in range(2):
            stop.gave_up(fault)
        stop.answered()
        for _ in range(2):
            stop.gave_up(fault)
        assert not stop.asked
        stop.gave_up(ServiceError("this text cannot be spoken", status=400))
        stop.gave_up(fault)
        assert not stop.asked
        for _ in range(2):
            stop.gave_up(fault)
        assert stop.reason == ("busy" if is_busy(fault) else f"the service does not answer: {fault.message}")
        assert (stop.fault, stop.cause) == (None, fault)
    assert not is_unanswered(StreamFault("it says so itself"))
    stop = Stop()
    forbidden = ServiceError("no", status=403)
    for _ in range(3):
        assert not stop.asked
        stop.gave_up(forbidden)
    assert stop.fault is forbidden


def test_an_account_that_is_busy() -> None:
    """Refused as too many requests, or held by other processes."""
    assert is_busy(Unavailable("busy", status=429))
    assert is_busy(AccountBusy("busy"))
    assert not is_busy(Unavailable("away", status=503))
    assert not is_busy(ServiceError("no", status=403))


def test_an_outage_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With longer and longer pauses, told once, until the patience is used up; an answer starts it anew."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stop = Stop(patience_s=100.0)
    away = TimedOut("late")
    assert stop.outage_pause_s(ServiceError("no", status=400)) is None
    assert Stop().outage_pause_s(away) is None
    seen = []
    while (pause := stop.outage_pause_s(away)) is not None:
        seen.append(pause)
        now[0] += pause[0]
    assert [is_new for _, is_new in seen] == [True] + [False] * (len(seen) - 1)
    assert [pause_s for pause_s, _ in seen] == [1, 2, 4, 8, 16, 32, 37]
    stop.answered()
    assert stop.outage_pause_s(away) == (1.0, True)
