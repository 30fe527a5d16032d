"""The part ``storm`` of the long attacks: signals at random moments, and readers that leave at random places."""

import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from shares import part_of
from support.batch_runs import numbered
from support.command_line import environment, keyed
from support.fake_server import Exchange, serving, speech_events
from support.null_sink import SoundCard, noise
from support.serve_storm import servestorm
from support.signal_storm import ENDING, Hit, check, leaving, storm, strike, was_killed

HITS = part_of(100)
STARTS_WITHIN_S = 1.5
# What a part is limited to, as in storm:player,serve.
ONLY: list[str] = []
LONG = "This is a sentence of some length that says nothing. " * 100
VOICES = [{"voiceId": f"voice{number}", "displayName": "Somebody"} for number in range(300)]


def tell(text: str) -> None:
    """Print the progress."""
    sys.stderr.write(f"{text}\n")


def unhurried(exchange: Exchange) -> None:
    """Answer in pieces with time between them."""
    if exchange.request.method == "GET":
        exchange.refuse("200 OK", {"voices": VOICES} if "voices" in exchange.request.path else [])
        return
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in speech_events(noise(8000), size=2048):
        exchange.chunk(event)
        time.sleep(0.01)
    exchange.end_chunks()


def part_storm(directory: Path) -> None:
    """Hit every command."""
    target, out, rows = directory / "a.wav", directory / "out", numbered(directory / "rows.csv", 5)

    def look(hit: Hit) -> None:
        left = [path for path in directory.rglob("*") if path.is_file() and path != rows]
        parts = [path.name for path in left if path.name.endswith(".part")]
        assert was_killed(hit) or not parts, f"{parts} after {hit}"
        assert hit.code != -signal.SIGPIPE or not target.exists(), hit
        for path in left:
            assert path.suffix != ".wav" or path.stat().st_size > 16_000, f"{path} after {hit}"
            path.unlink()
        shutil.rmtree(out, ignore_errors=True)

    def hit_all(commands: dict[str, list[str]], hit: Callable[[list[str]], list[Hit]]) -> None:
        for name, words in commands.items():
            if name in (ONLY or commands):
                tell(f"storm {name}: {HITS} hits, by exit status {dict(Counter(one.code for one in hit(words)))}")

    card = SoundCard(44_100)
    try:
        with serving(unhurried) as server:
            home = keyed(LIGHTNING_TTS_BASE_URL=server.url, LIGHTNING_TTS_CACHE=str(directory / "cache"))
            env = {**home, **card.environment}
            hit_all(_signalled(target, rows, out), lambda words: storm(words, env, HITS, int(time.time()), look))
            hit_all(_piped(target, rows, out), lambda words: leaving(words, env, HITS, int(time.time()), look))
    finally:
        card.close()
    hit_all({"serve-start": ["serve", "--port", "0"]}, lambda words: _starting(words, directory))
    if not ONLY or "serve" in ONLY:
        for end, count in sorted(servestorm(HITS, int(time.time())).items()):
            tell(f"storm serve, {end} {count}")


def _signalled(target: Path, rows: Path, out: Path) -> dict[str, list[str]]:
    return {
        "file": ["say", "Hello.", "-o", str(target)],
        "mp3": ["say", "Hello.", "-o", str(target.with_suffix(".mp3"))],
        "subtitled": [
            "say",
            "Hello.",
            "-o",
            str(target),
            "--no-clobber",
            "--subtitles",
            str(target.with_suffix(".srt")),
        ],
        "stdout": ["say", "Hello.", "-o", "-"],
        "player": ["say", "Hello."],
        "batch": ["batch", str(rows), "-d", str(out)],
        "voices": ["voices", "--refresh"],
        "dicts": ["dicts", "list"],
    }


def _piped(target: Path, rows: Path, out: Path) -> dict[str, list[str]]:
    return {
        "pcm-left": ["say", "Hello.", "-o", "-"],
        "held-left": ["say", "Hello.", "-o", "-", "--hold-segments", "--format", "wav"],
        "tee-left": ["say", "Hello.", "-o", "-", "-o", str(target)],
        "echo-left": ["say", LONG, "--whole", "--echo", "-o", str(target.with_suffix(".pcm"))],
        "explained-left": ["say", LONG, "--dry-run", "-o", str(target)],
        "batch-left": ["batch", str(rows), "-d", str(out), "--check", "--json"],
        "diff-left": ["batch", str(rows), "-d", str(out), "--diff"],
        "voices-left": ["voices"],
        "json-left": ["voices", "--json"],
        "cache-left": ["cache", "info", "--json"],
        "help-left": ["say", "--help"],
    }


def _starting(words: list[str], directory: Path) -> list[Hit]:
    """Hit a server from its first moment on, sometimes twice; it has nothing to finish."""
    hits = []
    for _ in range(HITS):
        again = (random.choice(ENDING), random.choice((0, 0.01, 0.2))) if random.random() < 0.5 else None
        hit = strike(words, environment(), random.choice(ENDING), random.uniform(0, STARTS_WITHIN_S), again)
        check(hit)
        left = list(directory.rglob("*serve.json*"))
        assert not left, f"{left} after {hit}"
        hits.append(hit)
    return hits
