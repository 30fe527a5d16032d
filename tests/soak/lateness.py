"""Measure how late the device's callback comes on a busy machine: python tests/soak/lateness.py [SECONDS [BURNERS]].

One player for each of several latencies, fed at 1.05 times real time beside as many processes that never rest. For
each: how far apart the calls were, what the device still held when it asked, and what was missing in the recording.
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.null_sink import SoundCard, noise, silence_inside
from support.playback_process import start

RATE, FASTER = 44_100, 1.05
LATENCIES_S = (0.06, 0.1, 0.2, 0.4)
BURNER = "while True: pass"
SCRIPT = """
from lightning_cli.playback.feed import Feed
calls, fill = [], Feed.fill

def noted(feed, out, **facts):
    calls.append((time.monotonic(), facts["delay_s"]))
    fill(feed, out, **facts)

Feed.fill = noted
player = open_player({rate}, latency={latency})
began = time.monotonic()
for at in range(0, {seconds} * {rate} * 2, 1024):
    player.write(pcm[at % len(pcm) :][:1024])
    time.sleep(max(0.0, at / ({rate} * 2 * {faster}) - (time.monotonic() - began)))
player.end()
player.drain()
player.close()
# The first calls fill an empty device.
report(player, calls=calls[20:], block_ms=1000 * player._feed.block_bytes / ({rate} * 2))
"""


def measured(card: SoundCard, latency_s: float, seconds: int) -> str:
    """Play once and describe it in a line."""
    script = SCRIPT.format(rate=RATE, latency=latency_s, seconds=seconds, faster=FASTER)
    with (
        tempfile.TemporaryDirectory() as home,
        card.record() as recording,
        start(script, noise(RATE * 10), card.environment, Path(home)) as playing,
    ):
        out, told = playing.communicate(timeout=seconds * 2 + 60)
    if playing.returncode:
        return f"failed: {told}"
    result: dict[str, Any] = {}
    for line in out.splitlines():
        result |= json.loads(line)
    calls = result["calls"]
    gaps = sorted(1000 * (late - early) for (early, _), (late, _) in itertools.pairwise(calls))
    held = sorted(1000 * delay_s for _, delay_s in calls)
    shares = " / ".join(f"{gaps[min(int(share * len(gaps)), len(gaps) - 1)]:.0f}" for share in (0.5, 0.99, 0.999, 1))
    return (
        f"blocks of {result['block_ms']:.0f} ms; calls apart {shares} ms (half, 99 %, 99.9 %, all); "
        f"held at least {held[0]:.0f} ms; {result['late_blocks']} device underruns, {result['underruns']} of ours, "
        f"{1000 * silence_inside(recording) / RATE:.0f} ms of silence"
    )


def main(seconds: int, burners: int) -> int:
    """Measure every latency."""
    with contextlib.ExitStack() as stack:
        for _ in range(burners):
            burner = subprocess.Popen([sys.executable, "-c", BURNER])
            stack.callback(burner.wait)
            stack.callback(burner.kill)
        card = SoundCard(RATE)
        stack.callback(card.close)
        for latency_s in LATENCIES_S:
            sys.stdout.write(f"latency {1000 * latency_s:.0f} ms: {measured(card, latency_s, seconds)}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*numbers, *(20, os.cpu_count() or 1)[len(numbers) :]))
