"""The numbers of a run."""

import time

from support.fake_server import Exchange, serving, speaks, speech_events
from support.joined_speech import Recorder, run, segments, voice


def test_summary_knows_ids_and_times() -> None:
    """Keep the ids of all answers, failed ones too, for a question to the support."""
    sink = Recorder()
    events = speech_events(voice(0))

    def numbered(exchange: Exchange) -> None:
        number = len(exchange.server.requests)
        exchange.stream(events[:2] if number == 1 else events, "close", (f"X-Request-Id: r-{number}",))

    before = time.monotonic()
    with serving(numbered) as server:
        summary = run(server, sink, segments("One.", "Two."))
    assert summary.request_ids == ["r-1", "r-2", "r-3"]
    assert summary.first_audio_at is not None
    assert before <= summary.first_audio_at <= time.monotonic()


def test_nothing_heard_no_time() -> None:
    """Claim no first audio where there was none."""
    sink = Recorder()
    with serving(speaks(b"")) as server:
        summary = run(server, sink, segments("..."))
    assert summary.first_audio_at is None
    assert summary.audio_bytes == 0
    assert sink.state == "finish"
