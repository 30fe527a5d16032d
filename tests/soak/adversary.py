"""The long attacks: python tests/soak/adversary.py [PART[:ONLY,...]...]; each ends with an error when a promise breaks.

``storm``: signals at 100 random moments into each command and the server, readers that leave at random places.
``stalls``: silence after every byte of an answer.
``threads``: the tests where threads meet again and again, with threads that switch every microsecond (``hasty.py``).
``hours``: ten hours of audio at full speed through each sink. ``starts``: a thousand players in turn.
``large``: a WAV beyond 4 GiB, which two readers read to its last sample.
SHARE=0.1 in the environment does a tenth.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from storms import ONLY, part_storm, tell
from support.broken_answers import FRAMINGS, PCM, answer, breaking, heard
from support.broken_sessions import ending, session_of
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, SpeechServer, audio_event, serving
from support.null_sink import SoundCard, noise
from support.service_client import client_of
from support.thread_storm import GROUPS, again

from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import TimedOut

HERE = Path(__file__).resolve().parent
ROUNDS, TURN = part_of(200), part_of(20)
MINUTES = part_of(600)
STARTS = part_of(1000)
RATE = 44_100
GROWTH_KIB = 20_000
SHORT_S = 0.2
HANG_S = 5.0


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

    whole = session_of("dGhlIHNhbXBsZSBub25jZQ==")
    clocks = Timeouts(connect_s=SHORT_S, first_byte_s=SHORT_S, idle_s=SHORT_S)

    def silent(place: int) -> None:
        with serving(ending(iter([place]), Exchange.stall)) as server:
            settings = ServiceSettings(base_url=server.url, transport="ws", timeouts=clocks)
            with SpeechClient(settings) as client:
                begun = time.monotonic()
                pcm, fault = heard(client)
        assert time.monotonic() - begun < HANG_S, f"hangs after byte {place}"
        assert isinstance(fault, TimedOut), f"{fault!r} after byte {place}"
        assert pcm == whole.heard_at_least(place), f"audio lost after byte {place}"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(silent, range(whole.whole_from)))
    tell(f"stalls WebSocket: {whole.whole_from} places")


def part_threads(directory: Path) -> None:
    """Run tests under threads that switch as often as they can, with the machine busy; forty minutes on two cores."""
    failures: Counter[str] = Counter()
    burner = subprocess.Popen((sys.executable, "-c", "while True: pass"))
    try:
        for done in range(0, ROUNDS, TURN):
            for group in ONLY or GROUPS:
                ended = again(group, TURN, directory)
                tell(f"threads {group}: {done + TURN} rounds, {ended.passed} passed {dict(ended.failures) or ''}")
                if ended.failures:
                    tell(ended.told)
                failures += ended.failures
    finally:
        burner.kill()
        burner.wait()
    assert not failures, failures


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
    """Push hours of audio through each sink; the peak of memory is that of a minute, and the way there is flat."""
    # A minute a request: what one may take is bounded.
    text = directory / "text.txt"
    for name in ONLY or ("wav", "pcm", "flac", "mp3", "opus", "ogg", "ulaw", "alaw", "-"):
        runs, took_s = {}, 0.0
        for minutes in (1, MINUTES):
            text.write_text("This is a sentence of some length that says nothing.\n\n" * minutes)
            with endless(60) as server:
                target = "-" if name == "-" else str(directory / f"a.{name}")
                rate = "24000" if name == "opus" else str(RATE)
                words = ["say", "-f", str(text), "-r", rate, "-o", target, "--base-url", server.url, "-q"]
                begun = time.monotonic()
                runs[minutes] = _memory_kib([*COMMAND, *words])
                took_s = time.monotonic() - begun
            if name != "-":
                assert Path(target).stat().st_size > minutes * 60 * 1000
                Path(target).unlink()
        peak, curve = runs[MINUTES]
        spent = f"{peak} KiB for {MINUTES} minutes in {took_s:.0f} s: {curve}"
        tell(f"hours {name}: peak {runs[1][0]} KiB for a minute, {spent}")
        assert peak - runs[1][0] < GROWTH_KIB


def _memory_kib(command: list[str]) -> tuple[int, list[int]]:
    """Run a command; give the peak of its memory, and what it held at ten moments.

    The system's own count of a child's peak begins with what this process holds when it makes the child.
    """
    process = subprocess.Popen(command, env=keyed(), stdout=subprocess.DEVNULL)
    held: list[int] = []
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        # A process that has ended and is not waited for has no memory any more.
        if lines := {line.split()[0]: line.split()[1] for line in status.splitlines() if line.startswith("Vm")}:
            held.append(int(lines["VmRSS:"]))
            peak = int(lines["VmHWM:"])
        time.sleep(0.02)
    assert process.returncode == 0, process.returncode
    return peak, [held[at * len(held) // 10] for at in range(10)] if held else []


def part_starts(directory: Path) -> None:
    """Open, play and close a player over and over in one process; memory, descriptors and threads stay."""
    code = (
        "import gc, os, threading\nfrom support.playback_process import *\n"
        # A player and its callback hold each other: what is left of them goes when it is looked for.
        "def now():\n    gc.collect()\n"
        "    rss = next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1]\n"
        "    return int(rss), len(os.listdir('/proc/self/fd')), threading.active_count()\n"
        "begun = None\n"
        f"for number in range({STARTS}):\n"
        "    player = open_player(44100)\n    player.write(pcm)\n"
        "    player.end()\n    player.drain()\n    player.close()\n"
        f"    if number == {STARTS // 5}:\n        begun = now()\n"
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


def part_large(directory: Path) -> None:
    """Write a WAV that 32 bits cannot count: RF64, with every sample in its place."""
    import soundfile

    from lightning_cli.audio.pcm import WAV_LARGEST_BYTES, PcmFormat
    from lightning_cli.sinks.containers import WAV
    from lightning_cli.sinks.files import FileSink

    path = directory / "large.wav"
    second = noise(RATE)
    seconds = WAV_LARGEST_BYTES // len(second) + 2
    begun = time.monotonic()
    sink = FileSink(str(path), WAV)
    sink.start(PcmFormat(RATE))
    for _ in range(seconds):
        sink.write(second)
    written_s = time.monotonic() - begun
    sink.finish()
    moved_s = time.monotonic() - begun - written_s
    with soundfile.SoundFile(path) as file:
        assert file.frames == seconds * RATE
        for at in (0, seconds // 2, seconds - 1):
            file.seek(at * RATE)
            assert file.read(RATE, dtype="int16").tobytes() == second
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", str(path)]
    assert int(subprocess.run(command, check=True, capture_output=True).stdout) == seconds * RATE
    tell(f"large: {path.stat().st_size} bytes, written in {written_s:.0f} s, ended in {moved_s:.0f} s")


PARTS: dict[str, Callable[[Path], None]] = {
    "storm": part_storm,
    "stalls": part_stalls,
    "threads": part_threads,
    "hours": part_hours,
    "starts": part_starts,
    "large": part_large,
}


def main() -> None:
    """Run the parts that are named, or all."""
    # A job in the background of a script ignores Ctrl-C, and so would every command under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    for word in sys.argv[1:] or PARTS:
        name, _, only = word.partition(":")
        ONLY[:] = only.split(",") if only else []
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
