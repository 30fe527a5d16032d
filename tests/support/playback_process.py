"""Play in a process of its own: PortAudio reads its environment once, so each test needs a fresh one.

``play`` runs a script with these names: ``pcm`` (what is to be played), ``open_player``, ``until_played`` and
``report``, which hands a result back. What the script raises of our errors is handed back too.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from support.null_sink import Recording, SoundCard, silence_inside

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import LightningError
from lightning_cli.playback.player import Player
from lightning_cli.playback.player_options import PlayerOptions

ROOT = Path(__file__).resolve().parents[2]
ENDS_WITHIN_S = 30.0
# A sound server is asked how long it had nothing to play, and goes on meanwhile: frames.
COUNTS_WITHIN = 500


class Playing(subprocess.Popen[str]):
    """A running script; ``tell`` answers its ``wait_for_word``, ``result`` waits for its end."""

    def tell(self) -> None:
        """Release the script from ``wait_for_word``."""
        assert self.stdin is not None
        self.stdin.write("\n")
        self.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Return all that the script reported, with ``error``, ``message`` and ``hint`` if it failed as foreseen."""
        try:
            out, err = self.communicate(timeout=ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        reported: dict[str, Any] = {}
        for line in out.splitlines():
            reported |= json.loads(line)
        assert self.returncode == (1 if "error" in reported else 0), f"exit status {self.returncode}: {err}"
        return reported


def start(script: str, pcm: bytes, environment: dict[str, str], directory: Path) -> Playing:
    """Start a script with ``pcm`` to play; ``environment`` is merged into ours."""
    source = directory / "audio.pcm"
    source.write_bytes(pcm)
    command = [sys.executable, "-c", f"from support.playback_process import *\n{script}", str(source)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", str(ROOT))])
    return Playing(
        command,
        env=os.environ | {"PYTHONPATH": paths} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def play(script: str, pcm: bytes, environment: dict[str, str], directory: Path) -> dict[str, Any]:
    """Run a script to its end."""
    with start(script, pcm, environment, directory) as playing:
        return playing.result()


def play_recorded(
    card: SoundCard, script: str, pcm: bytes, directory: Path, *, counted: bool = True
) -> tuple[Recording, dict[str, Any]]:
    """Run a script that reports its player, and record it; ``counted``: it owns up to all silence between its sounds.

    A machine too busy to wake the sound server in time adds silence, or lets PortAudio drop a block, which it reports.
    That says nothing about us, so such a run is repeated, twice at most.
    """
    for attempts_left in (2, 1, 0):
        with card.record() as recording:
            result = play(script, pcm, card.environment, directory)
        expected = result["silence_frames"] + result["idle_frames"]
        disturbed = result["late_blocks"] or (counted and abs(silence_inside(recording) - expected) > COUNTS_WITHIN)
        if not disturbed or not attempts_left:
            return recording, result
    raise AssertionError


# From here on: the names of the script.


def open_player(rate: int, **options: Any) -> Player:
    """Return a player that is open."""
    player = Player(PcmFormat(rate), PlayerOptions(**options))
    player.open()
    return player


def until_played(player: Player, frames: int) -> None:
    """Wait until so many frames went to the device."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while player.stats.frames_played < frames:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def wait_for_word() -> None:
    """Wait for ``tell``."""
    sys.stdin.readline()


def report(player: Player | None = None, **facts: Any) -> None:
    """Hand results back: the statistics of a player, and whatever else."""
    if player is not None:
        facts |= player.stats._asdict()
    sys.stdout.write(json.dumps(facts, default=lambda record: list(record._asdict().values())) + "\n")
    sys.stdout.flush()


def _report_fault(kind: type[BaseException], fault: BaseException, trace: Any) -> None:
    if isinstance(fault, LightningError):
        report(error=kind.__name__, message=fault.message, hint=fault.hint, exit_code=int(fault.exit_code))
        sys.stdout.flush()
    else:
        sys.__excepthook__(kind, fault, trace)


if sys.argv[0] == "-c" and sys.argv[1:]:  # A worker of the suite has been started with -c too, without a file.
    sys.excepthook = _report_fault
    pcm = Path(sys.argv[1]).read_bytes()
