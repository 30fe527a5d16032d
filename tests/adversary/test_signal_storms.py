"""A small sample of the storms that tests/soak/adversary.py lets loose: servers hit while they speak, readers gone."""

import signal
from pathlib import Path

from support.command_line import environment, keyed
from support.fake_server import ramp, serving, speaks
from support.serve_storm import SHOTS, Target
from support.signal_storm import Hit, leaving


def test_a_killed_server() -> None:
    """Its clients keep what has arrived and tell that there is no more, over events, a socket and OpenAI's route."""
    target = Target()
    shots = {shot.name: shot for shot in SHOTS}
    # About when they have begun to hear something.
    target.hit(shots["SIGKILL"], target.lasts_s * 0.6)


def test_readers_that_leave(tmp_path: Path) -> None:
    """Wherever the reader of standard output leaves, the command dies quietly, and no file beside it has its name."""
    target = tmp_path / "a.wav"

    def look(hit: Hit) -> None:
        left = [path.name for path in tmp_path.iterdir()]
        assert left == ([target.name] if hit.code == 0 else []), hit
        target.unlink(missing_ok=True)

    with serving(speaks(ramp(40_000))) as server:
        words = ("say", "Hello.", "--base-url", server.url, "-o", "-", "-o", str(target))
        hits = leaving(words, keyed(), 4, seed=3, look=look)
    assert -signal.SIGPIPE in [hit.code for hit in hits]
    leaving(("voices", "--json"), environment(), 2, seed=4, look=lambda _hit: None)
