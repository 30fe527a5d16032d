"""The long attacks: python tests/soak/adversary.py [PART...]; each ends with an error when a promise breaks.

``storm``: signals at 100 random moments into each command. ``stalls``: silence after every byte of an answer.
``threads``: the tests of ring, player and batch again and again with threads that switch every microsecond.
``hours``: ten hours of audio at full speed through each sink. ``starts``: a thousand players, one after the other.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from batches import numbered
from breakages import FRAMINGS, PCM, answer, breaking, heard
from commandline import COMMAND, keyed
from soundcard import SoundCard, noise
from speechserver import Exchange, SpeechServer, audio_event, serving, speech_events
from storm import Hit, storm
from talking import client_of

from lightning_cli.errors import TimedOut

HERE = Path(__file__).resolve().parent
HITS = 100
ROUNDS = 200
HOURS = 10
STARTS = 1000
RATE = 44_100
GROWTH_KIB = 20_000
SHORT_S = 0.2


def tell(text: str) -> None:
    """Say how it goes."""
    sys.stderr.write(f"{text}\n")


def unhurried(exchange: Exchange) -> None:
    """Answer in pieces with time between them."""
    if exchange.request.method == "GET":
        exchange.refuse("200 OK", {"voices": []} if "voices" in exchange.request.path else [])
        return
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in speech_events(noise(8000), size=2048):
        exchange.chunk(event)
        time.sleep(0.01)
    exchange.end_chunks()


def part_storm(directory: Path) -> None:
    """Hit every command."""
    target, out = directory / "a.wav", directory / "out"
    rows = numbered(directory / "rows.csv", 5)

    def look(hit: Hit) -> None:
        left = [path for path in directory.rglob("*") if path.is_file() and path != rows]
        parts = [path.name for path in left if path.name.endswith(".part")]
        assert hit.signum is signal.SIGKILL or not parts, f"{parts} after {hit}"
        for path in left:
            assert path.suffix != ".wav" or path.stat().st_size > 16_000, f"{path} after {hit}"
            path.unlink()
        shutil.rmtree(out, ignore_errors=True)

    card = SoundCard(RATE)
    try:
        with serving(unhurried) as server:
            env = keyed(LIGHTNING_TTS_BASE_URL=server.url, LIGHTNING_TTS_CACHE=str(directory / "cache"))
            commands = {
                "file": ["say", "Hello.", "-o", str(target)],
                "mp3": ["say", "Hello.", "-o", str(target.with_suffix(".mp3"))],
                "stdout": ["say", "Hello.", "-o", "-"],
                "player": ["say", "Hello."],
                "batch": ["batch", str(rows), "-d", str(out)],
                "voices": ["voices", "--refresh"],
                "dicts": ["dicts", "list"],
            }
            for name, words in commands.items():
                hits = storm(words, {**env, **card.environment}, HITS, int(time.time()), look)
                ends: dict[int, int] = {}
                for hit in hits:
                    ends[hit.code] = ends.get(hit.code, 0) + 1
                tell(f"storm {name}: {HITS} hits, by exit status {ends}")
    finally:
        card.close()


def part_stalls(_: Path) -> None:
    """Fall silent after every byte, in every framing."""

    def stalled(framing: str, place: int) -> None:
        whole = answer("sse", framing)
        with (
            serving(breaking(whole, iter([place]), Exchange.stall)) as server,
            client_of(server, first_byte_s=SHORT_S, idle_s=SHORT_S) as client,
        ):
            pcm, fault = heard(client)
        assert isinstance(fault, TimedOut), f"{fault!r} after byte {place}"
        assert PCM.startswith(pcm)

    for framing in FRAMINGS:
        places = range(answer("sse", framing).never_before)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda place, framing=framing: stalled(framing, place), places))
        tell(f"stalls {framing}: {len(places)} places")


def part_threads(_: Path) -> None:
    """Run tests under threads that switch as often as they can, with the machine busy."""
    code = "import sys, pytest\nsys.setswitchinterval(1e-6)\nsys.exit(pytest.main(sys.argv[1:]))"
    tests = [
        str(HERE.parent / f"test_{name}.py") for name in ("ring", "pump", "feed", "sinks_rewind", "narration_cache")
    ]
    burner = subprocess.Popen((sys.executable, "-c", "while True: pass"))
    try:
        for number in range(ROUNDS):
            command = (sys.executable, "-c", code, "-q", "-p", "no:cacheprovider", *tests)
            done = subprocess.run(command, cwd=HERE.parent.parent, capture_output=True, check=False, timeout=600)
            assert done.returncode == 0, done.stdout.decode()
            if number % 20 == 19:
                tell(f"threads: {number + 1} rounds")
    finally:
        burner.kill()
        burner.wait()


@contextmanager
def endless(seconds: float) -> Iterator[SpeechServer]:
    """Answer a request with so much audio, as fast as it goes."""
    second = noise(RATE)
    block = b"".join(audio_event(second[at : at + 8192]) for at in range(0, len(second), 8192))

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        for _ in range(int(seconds)):
            exchange.chunk(block)
        exchange.chunk(b'data: {"done":true}\n\n')
        exchange.end_chunks()

    with serving(responder) as server:
        yield server


def part_hours(directory: Path) -> None:
    """Push hours of audio through each sink and compare the peak of memory with that of a minute."""
    # A minute a request: what one may take is bounded.
    text = directory / "text.txt"
    for name in ("wav", "pcm", "flac", "mp3", "opus", "ogg", "ulaw", "-"):
        peaks, took_s = {}, 0.0
        for minutes in (1, HOURS * 60):
            text.write_text("This is a sentence of some length that says nothing.\n\n" * minutes)
            with endless(60) as server:
                target = "-" if name == "-" else str(directory / f"a.{name}")
                rate = "24000" if name == "opus" else str(RATE)
                words = ["say", "-f", str(text), "-r", rate, "-o", target, "--base-url", server.url, "-q"]
                begun = time.monotonic()
                peaks[minutes] = _peak_kib([*COMMAND, *words])
                took_s = time.monotonic() - begun
            if name != "-":
                assert Path(target).stat().st_size > minutes * 60 * 1000
                Path(target).unlink()
        tell(f"hours {name}: peak {peaks[1]} KiB for a minute, {peaks[HOURS * 60]} KiB for {HOURS} h in {took_s:.0f} s")
        assert peaks[HOURS * 60] - peaks[1] < GROWTH_KIB


def _peak_kib(command: list[str]) -> int:
    code = (
        "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], env=keyed(), check=True, stderr=subprocess.PIPE)
    return int(done.stderr)


def part_starts(directory: Path) -> None:
    """Open, play and close a player over and over in one process; memory, descriptors and threads stay."""
    code = (
        "import gc, os, threading\nfrom playing import *\n"
        # A player and its callback hold each other: what is left of them goes when it is looked for.
        "def now():\n    gc.collect()\n"
        "    rss = next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1]\n"
        "    return int(rss), len(os.listdir('/proc/self/fd')), threading.active_count()\n"
        "begun = None\n"
        f"for number in range({STARTS}):\n"
        "    player = open_player(44100)\n    player.write(pcm)\n"
        "    player.end()\n    player.drain()\n    player.close()\n"
        "    if number == 200:\n        begun = now()\n"
        "report(begun=begun, ended=now())\n"
    )
    card = SoundCard(RATE)
    try:
        source = directory / "audio.pcm"
        source.write_bytes(noise(200))
        paths = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
        env = {**os.environ, **card.environment, "PYTHONPATH": paths}
        done = subprocess.run(
            (sys.executable, "-c", code, str(source)), env=env, capture_output=True, check=False, timeout=7200
        )
        tell(f"starts: {STARTS} players, (RSS KiB, descriptors, threads) {done.stdout.decode().strip()}")
        assert done.returncode == 0, done.stderr.decode()
        import json

        told = json.loads(done.stdout)
        assert told["ended"][1:] == told["begun"][1:]
        assert told["ended"][0] < told["begun"][0] + GROWTH_KIB
    finally:
        card.close()


PARTS: dict[str, Callable[[Path], None]] = {
    name.removeprefix("part_"): part for name, part in list(globals().items()) if name.startswith("part_")
}


def main() -> None:
    """Run the parts that are named, or all."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    for name in sys.argv[1:] or PARTS:
        directory = Path(tempfile.mkdtemp(prefix=f"lightning-adversary-{name}-"))
        for home in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            os.environ[home] = str(directory / "home")
        (directory / "home").mkdir(mode=0o700)
        try:
            PARTS[name](directory)
        finally:
            shutil.rmtree(directory)


if __name__ == "__main__":
    main()
