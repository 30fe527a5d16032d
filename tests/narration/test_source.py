"""Audio from the cache, and from the service what the cache lacks."""

from pathlib import Path

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.errors import TimedOut, Unavailable
from lightning_cli.narration import source
from lightning_cli.narration.cache import Entry, SpeechCache
from lightning_cli.narration.pace import Budget, Pace, Stop
from lightning_cli.narration.plan import Identity
from lightning_cli.narration.source import CachedStream, RunContext


def test_a_kept_answer_without_sound() -> None:
    """Punctuation may have none: it gives no piece, not an empty one."""
    assert list(CachedStream(Entry(b"", 8000, ()))) == []


def test_tries_count_anew_while_the_service_is_waited_for(tmp_path: Path) -> None:
    """A fault after the outage is tried again as it would be without one; a 429 slows all threads down."""
    stop = Stop(patience_s=100.0)
    context = RunContext(
        cache=SpeechCache(tmp_path),
        identity=Identity("test", {}),
        stop=stop,
        pace=Pace(2, stop),
        budget=Budget(None),
        retry=RetryPolicy(retries=1, base_s=0.25, jitter=0.0),
    )
    retrier = source._RunRetrier(context)
    away, failing = TimedOut("late"), Unavailable("down", status=503)
    assert [retrier.delay_after(away), retrier.delay_after(away)] == [0.25, 1.0]
    assert retrier.delay_after(failing) == 0.25
    assert context.pace._allowed == 2
    retrier.delay_after(Unavailable("busy", status=429))
    assert context.pace._allowed == 1
