"""Kill a batch again and again, and look at what is left: shared by the suite and by the soak."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from batches import arguments, asked, numbered, outputs, pcm_for, speaking
from commandline import COMMAND, keyed
from speechserver import Exchange, speech_events


def speaks_slowly(exchange: Exchange) -> None:
    """Answer in pieces, so that a kill also falls into the middle of an answer."""
    events = speech_events(pcm_for(exchange.request.json["text"]), size=512)
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in events:
        exchange.chunk(event)
        time.sleep(0.001)
    exchange.end_chunks()


def survive(directory: Path, *, rows: int, kills: int, seed: int, suffix: str = ".wav") -> Counter[str]:
    """Kill a run ``kills`` times at random moments, let it end, and compare it with a run nobody disturbed.

    Gives how often each text was asked for. Raises ``AssertionError`` when a byte, a file or a request is too many.
    """
    chance = random.Random(seed)
    source = numbered(directory / "rows.csv", rows, suffix)
    calm, rough = directory / "calm", directory / "rough"
    with speaking(speaks_slowly) as server:
        begun = time.monotonic()
        subprocess.run(command(source, calm, server.url), env=keyed(), check=True, capture_output=True, timeout=600)
        whole_s = time.monotonic() - begun
    killed = 0
    with speaking(speaks_slowly) as server:
        while killed < kills:
            process = subprocess.Popen(command(source, rough, server.url), env=keyed(), stderr=subprocess.DEVNULL)
            try:
                # Spread over the run: each try gets a little further.
                process.wait(chance.uniform(0.1, 0.3 + 2 * whole_s / kills))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)
                killed += 1
            else:
                assert process.returncode == 0
                # It came to its end before it could be killed.
                break
        subprocess.run(command(source, rough, server.url), env=keyed(), check=True, capture_output=True, timeout=600)
        counts = asked(server)
    assert killed >= kills // 2
    assert outputs(rough) == outputs(calm)
    assert len(outputs(calm)) == rows
    assert len(counts) == rows
    extra = sum(counts.values()) - rows
    assert extra <= killed, f"{extra} requests more than texts after {killed} kills"
    sys.stderr.write(f"{rows} rows, {killed} kills, {extra} segments asked for twice\n")
    return counts


def command(source: Path, directory: Path, url: str) -> list[str]:
    """Give the command of a run."""
    return [*COMMAND, *arguments(source, directory, None)[:-1], url]
