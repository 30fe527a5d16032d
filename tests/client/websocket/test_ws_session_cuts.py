"""A WebSocket session that breaks off, or falls silent, at any byte: nothing hangs, and what arrived is not lost."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.broken_answers import heard
from support.broken_sessions import PCM, ending, session_of
from support.fake_server import Exchange, serving

from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import TimedOut

HANG_S = 5.0
SHORT_S = 0.2
LONG = Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=20.0)
WHOLE = session_of("dGhlIHNhbXBsZSBub25jZQ==")


@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset], ids=["FIN", "RST"])
def test_every_byte(end: Callable[[Exchange], None]) -> None:
    """Cut after every byte: whole, or an error that is worth another try; with an orderly end nothing is lost."""
    places = range(len(WHOLE.raw) + 1)
    with serving(ending(iter(places), end)) as server:
        settings = ServiceSettings(base_url=server.url, transport="ws", timeouts=LONG)
        for place in places:
            with SpeechClient(settings) as client:
                begun = time.monotonic()
                pcm, fault = heard(client)
                assert time.monotonic() - begun < HANG_S, f"hangs after byte {place}"
            assert PCM.startswith(pcm), f"wrong audio after byte {place}"
            if fault is None:
                assert (place, pcm) == (WHOLE.whole_from, PCM), f"taken for whole after byte {place}"
            else:
                assert Retrier(RetryPolicy()).delay_after(fault) is not None, f"{fault!r} after byte {place}"
            if end is Exchange.hang_up:
                assert pcm == WHOLE.heard_at_least(place), f"audio lost after byte {place}"
                assert (fault is None) == (place == WHOLE.whole_from), f"{fault!r} after byte {place}"


def test_silence_at_many_bytes() -> None:
    """Stall after every 29th byte: a clock of ours ends it, and what had arrived is heard."""

    def stalled(place: int) -> None:
        clocks = Timeouts(connect_s=SHORT_S, first_byte_s=SHORT_S, idle_s=SHORT_S)
        with serving(ending(iter([place]), Exchange.stall)) as server:
            settings = ServiceSettings(base_url=server.url, transport="ws", timeouts=clocks)
            with SpeechClient(settings) as client:
                begun = time.monotonic()
                pcm, fault = heard(client)
        assert time.monotonic() - begun < HANG_S, f"hangs after byte {place}"
        assert isinstance(fault, TimedOut), f"{fault!r} after byte {place}"
        assert pcm == WHOLE.heard_at_least(place), f"audio lost after byte {place}"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(stalled, range(0, WHOLE.whole_from, 29)))
