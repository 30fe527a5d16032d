"""Start many runs that want to play at once: python tests/soak/mouth.py, or a SHARE of it.

First 20 rounds of 20 runs in a queue, a third of them killed at random: every sentence is heard once or not at all,
none over another, in order. Then ten minutes of ``say --now``, three runs at a time, some killed and some stopped: no
process, lock or socket is left. At last how long a pause and a stop take from another process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.fake_server import serving, speaks
from support.mouth_storm import RATE, queue_with_kills, start, storm_of_now
from support.null_sink import SoundCard, noise

TOOL = str(Path(sys.executable).with_name("lightning-tts"))
QUEUED = 20


def tell(text: str) -> None:
    """Print the progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def silence_after_ms(card: SoundCard, command: str) -> tuple[float, float]:
    """Return how long after the start of a command the last sound was heard, and how long the command took."""
    with serving(speaks(noise(RATE * 20))) as server, card.record() as recording:
        run = start(server.url, card, "Number 0.")
        recording.wait_for_sound()
        recording.wait_for_bytes(RATE)
        begun = time.monotonic()
        subprocess.run((TOOL, command), check=True, stdout=subprocess.DEVNULL)
        took_s = time.monotonic() - begun
        recording.wait_for_bytes(RATE)
        last = recording.arrivals()[-1]
        subprocess.run((TOOL, "stop"), check=True, stdout=subprocess.DEVNULL)
        run.wait(60)
    return 1000 * (last - begun), 1000 * took_s


def main() -> int:
    """Run and report; 0 when nothing was out of place."""
    card = SoundCard(RATE)
    problems: list[str] = []
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ |= {**card.environment, "HOME": home}
            for seed in range(part_of(20)):
                outcome = queue_with_kills(card, QUEUED, seed)
                problems += outcome.problems
                whole, part = sum(share == 1 for share in outcome.heard), sum(0 < share < 1 for share in outcome.heard)
                tell(
                    f"queue {seed}: {QUEUED} runs, {len(outcome.killed)} killed; {whole} heard whole, {part} in part, "
                    f"{QUEUED - whole - part} not; {outcome.problems or 'in order'}"
                )
            rounds, outcome = storm_of_now(card, sys.maxsize, 1, 60 * part_of(10))
            problems += outcome.problems
            tell(f"storm of --now: {rounds} runs; {outcome.problems or 'nothing is left'}")
            for command in ("pause", "stop"):
                taken = [silence_after_ms(card, command) for _ in range(part_of(7))]
                silent, took = (statistics.median(one) for one in zip(*taken, strict=True))
                tell(f"{command}: silence {silent:.0f} ms after its start, which takes {took:.0f} ms in all")
    finally:
        card.close()
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
