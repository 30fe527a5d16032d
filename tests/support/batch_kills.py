"""Kill a batch again and again, and look at what is left: shared by the suite and by the soak."""

import functools
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from support.batch_runs import arguments, asked, numbered, outputs, pcm_for, speaking
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, SpeechServer, speech_events
from support.pty_session import until


def speaks_slowly(exchange: Exchange) -> None:
    """Answer in pieces, so that a kill also falls into the middle of an answer."""
    events = speech_events(pcm_for(exchange.request.json["text"]), size=512)
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in events:
        exchange.chunk(event)
        time.sleep(0.001)
    exchange.end_chunks()


def survive(directory: Path, *, rows: int, kills: int, seed: int, suffix: str = ".wav") -> Counter[str]:
    """Kill a run ``kills`` times at random moments, let it end, and compare it with an undisturbed run.

    Returns how often each text was asked for. Raises ``AssertionError`` when a byte, a file or a request is too many.
    """
    chance = random.Random(seed)
    source = numbered(directory / "rows.csv", rows, suffix)
    calm, rough = directory / "calm", directory / "rough"
    with speaking(speaks_slowly) as server:
        subprocess.run(command(source, calm, server.url), env=keyed(), check=True, capture_output=True, timeout=600)
    with speaking(speaks_slowly) as server:
        for _ in range(kills):
            # Spread over the run: each try gets a little further, into its start or into an answer.
            wanted = len(server.requests) + chance.randrange(rows // kills)
            process = subprocess.Popen(command(source, rough, server.url), env=keyed(), stderr=subprocess.DEVNULL)
            until(functools.partial(_was_asked, server, wanted), "the run does not go on")
            time.sleep(chance.uniform(0, 0.02))
            assert process.poll() is None, "it came to its end before it could be killed"
            process.kill()
            process.wait(60)
        subprocess.run(command(source, rough, server.url), env=keyed(), check=True, capture_output=True, timeout=600)
        counts = asked(server)
    assert outputs(rough) == outputs(calm)
    assert len(outputs(calm)) == rows
    assert len(counts) == rows
    extra = sum(counts.values()) - rows
    assert extra <= kills, f"{extra} requests more than texts after {kills} kills"
    sys.stderr.write(f"{rows} rows, {kills} kills, {extra} segments asked for twice\n")
    return counts


def _was_asked(server: SpeechServer, count: int) -> bool:
    return len(server.requests) >= count


def command(source: Path, directory: Path, url: str) -> list[str]:
    """Return the command of a run."""
    return [*COMMAND, *arguments(source, directory, None)[:-1], url]
