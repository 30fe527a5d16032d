"""Play many short sounds, one run each, and look for a sample that is missing: python tests/soak/ends.py [RUNS].

1,000 runs of a frame to 50 ms, or their SHARE. The null sink's recording without its silence must be all of them in
order, first to last sample: a head that is eaten or a tail that is cut shows, and so does one that is played twice.
"""

import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.null_sink import SoundCard, noise, without_silence

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.player import Player
from lightning_cli.playback.player_options import PlayerOptions

RATE = 24_000


def main(runs: int) -> int:
    """Run and report; 0 when nothing was lost."""
    chance = random.Random(runs)
    sounds = [noise(chance.choice((1, 2, 7, 100, 240, 500, 1200)), seed) for seed in range(runs)]
    card = SoundCard(RATE)
    os.environ.update(card.environment)
    try:
        with card.record() as recording:
            for pcm in sounds:
                player = Player(PcmFormat(RATE), PlayerOptions())
                player.open()
                player.write(pcm)
                player.end()
                player.drain()
                player.close()
        whole = without_silence(recording) == b"".join(sounds)
        sys.stdout.write(f"{runs} short runs: {'every sample heard once' if whole else 'samples lost or repeated'}\n")
        return int(not whole)
    finally:
        card.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else round(part_of(1_000))))
