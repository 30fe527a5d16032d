"""Play at 1.05 times real time for long and look for gaps: python tests/soak/playback.py [MINUTES].

30 minutes, or their SHARE. The server sends 1 KiB events paced by the clock; the null sink's monitor is searched for
zeros while it plays, so that memory stays flat here too. The player's own memory is read at the start and at the end.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.command_line import COMMAND
from support.fake_server import Exchange, audio_event, serving
from support.null_sink import SoundCard, noise

RATE, PIECE_BYTES, FASTER = 24_000, 1024, 1.05


def rss_kib(pid: int) -> int:
    """Return the resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def main(minutes: float) -> int:
    """Run and report; 0 when nothing was missing and memory stayed flat."""
    block = noise(RATE * 10)
    events = [audio_event(block[at : at + PIECE_BYTES]) for at in range(0, len(block), PIECE_BYTES)]
    finished = threading.Event()

    def paced(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        began, sent_bytes = time.monotonic(), 0
        for number in range(round(minutes * 6) * len(events)):
            exchange.chunk(events[number % len(events)])
            sent_bytes += PIECE_BYTES
            ahead_s = sent_bytes / (RATE * 2 * FASTER) - (time.monotonic() - began)
            finished.wait(max(0.0, ahead_s))
        exchange.chunk(b'data: {"status":"200","done":true}\n\n')
        exchange.end_chunks()

    card = SoundCard(RATE)
    try:
        with serving(paced) as server, tempfile.TemporaryDirectory() as home, card.record() as recording:
            env = {**os.environ, **card.environment, "HOME": home}
            # One request, long enough for what comes: more than a text can take to speak is refused.
            text = "These are words. " * max(1, round(minutes))
            command = (*COMMAND, "say", text, "--whole", "-r", str(RATE), "--base-url", server.url)
            process = subprocess.Popen(command, env=env)
            finished.wait(20)
            first = rss_kib(process.pid)
            last = first
            while process.poll() is None:
                last = rss_kib(process.pid) or last
                finished.wait(5)
        pcm = recording.pcm.strip(b"\0")
        zeros = sum(1 for at in range(0, len(pcm) - 1, 2) if pcm[at : at + 2] == b"\0\0")
        sys.stdout.write(
            f"{minutes:g} min: exit {process.returncode}, {len(pcm) / 2 / RATE:.1f} s heard, "
            f"{1000 * zeros / RATE:.1f} ms of silence inside, RSS {first} -> {last} KiB\n"
        )
        return int(bool(process.returncode or zeros or last > first * 1.1))
    finally:
        card.close()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else part_of(30)))
