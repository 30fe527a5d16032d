"""How soon a hand is obeyed: pause, resume, next sentence, volume, the way out; and the prompt after the end."""

import os
import select
import time
import wave
from array import array
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from support.fake_server import Exchange, audio_event, serving
from support.null_sink import PipeWire, Recording, SoundCard
from support.pty_session import Terminal, terminal

from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Goal, Measure, Series, no_more_than

_RATE = 44_100
# Three sentences that can be told from each other by how loud they are, with a pause before each but the first.
_LEVELS = (4_000, 8_000, 16_000)
_SECONDS = 4
_TEXT = "This is the first sentence here. Here comes the second one for you! And that would be the third one?"
_GOALS: dict[str, Goal] = {
    "pause": no_more_than(20),
    "resume": no_more_than(30),
    "next": no_more_than(60),
    "volume": no_more_than(80),
    "quit": no_more_than(60),
    "the end": no_more_than(60),
}
_WHAT = {
    "pause": "space to silence",
    "resume": "space to sound",
    "next": "the next sentence's key to its sound",
    "volume": "- to a lower volume",
    "quit": "q to the prompt",
    "the end": "last sound to the prompt",
}
_SETTLES_S = 0.4


def measure(lab: Lab) -> Iterator[Measure]:
    """Press keys in a terminal and look when the sink's recording shows it; mpv plays the same three as files."""
    yield from _measure(lab, SoundCard(_RATE))


def measure_on_pipewire(lab: Lab) -> Iterator[Measure]:
    """Do the same on PipeWire."""
    yield from _measure(lab, SoundCard(_RATE, PipeWire()))


def _measure(lab: Lab, card: SoundCard) -> Iterator[Measure]:
    paths = [_file(lab.directory, number, level) for number, level in enumerate(_LEVELS)]
    short = _file(lab.directory, 9, _LEVELS[0], seconds=0.5)
    environment = {**lab.environment, **card.environment, "TERM": "xterm"}
    try:
        with serving(*[partial(_speak, level=level) for level in _LEVELS] * 100) as server:
            ours = lab.ours("say", _TEXT, "-r", str(_RATE), "--base-url", server.url, "--pause-sentence", "600")
            mpv = [lab.program("mpv"), "--no-video", "--no-config", "--ao=pulse", *map(str, paths)]
            found: dict[str, list[dict[str, float]]] = {"ours": [], "mpv": []}
            for _ in range(lab.runs + 1):
                found["ours"].append(_pressed(ours, environment, card, next_key="\x1b[C", lower="-"))
                found["mpv"].append(_pressed(mpv, environment, card, next_key=">", lower="9"))
        # The first of each is a warm-up.
        taken = {name: _series(samples[1:]) for name, samples in found.items()}
        lab.service.plan(seconds=0.5)
        ends = lab.interleave(
            {
                "ours": lambda: _ended(lab.say("-r", str(_RATE)), environment, card),
                "mpv": lambda: _ended([lab.program("mpv"), "--no-video", "--ao=pulse", str(short)], environment, card),
                "paplay": lambda: _ended([lab.program("paplay"), str(short)], environment, card),
                "ffplay": lambda: _ended(
                    [lab.program("ffplay"), "-nodisp", "-autoexit", "-loglevel", "quiet", str(short)],
                    {**environment, "SDL_AUDIODRIVER": "pulseaudio"},
                    card,
                ),
            }
        )
    finally:
        card.close()
    for key, what in _WHAT.items():
        if key != "the end":
            peer = taken["mpv"][key]
            yield Measure(what=what, unit="ms", ours=taken["ours"][key], peer_name="mpv", peer=peer, goal=_GOALS[key])
    for peer_name in ("mpv", "paplay", "ffplay"):
        yield Measure(
            what=_WHAT["the end"],
            unit="ms",
            ours=ends["ours"],
            peer_name=peer_name,
            peer=ends[peer_name],
            goal=_GOALS["the end"],
            note="parec hands over 5 ms at a time",
        )


def _tone(level: int, seconds: float) -> bytes:
    return array("h", [level, -level] * int(_RATE * seconds / 2)).tobytes()


def _file(directory: Path, number: int, level: int, seconds: float = _SECONDS) -> Path:
    path = directory / f"level{number}.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        file.writeframes(_tone(level, seconds))
    return path


def _speak(exchange: Exchange, level: int) -> None:
    exchange.head(extra=("Transfer-Encoding: chunked",))
    pcm = _tone(level, _SECONDS)
    for at in range(0, len(pcm), 8192):
        exchange.chunk(audio_event(pcm[at : at + 8192]))
    exchange.chunk(b'data: {"status":"200","done":true}\n\n')
    exchange.end_chunks()


def _pressed(
    argv: list[str], environment: Mapping[str, str], card: SoundCard, *, next_key: str, lower: str
) -> dict[str, float]:
    with card.record() as recording, terminal(argv, environment) as opened:
        recording.wait_for_sound()
        time.sleep(_SETTLES_S)
        found = {}
        at = _press(opened, " ")
        time.sleep(_SETTLES_S)
        found["pause"] = max(recording.arrivals()[-1] - at, 0.0)
        at = _press(opened, " ")
        found["resume"] = _first(recording, at, _LEVELS[0] // 2, _LEVELS[0])
        time.sleep(_SETTLES_S)
        at = _press(opened, next_key)
        found["next"] = _first(recording, at, _LEVELS[1] * 3 // 4, _LEVELS[1])
        time.sleep(_SETTLES_S)
        at = _press(opened, lower)
        found["volume"] = _first(recording, at, 1, _LEVELS[1] * 99 // 100)
        time.sleep(_SETTLES_S)
        at = _press(opened, "q")
        _wait_for_end(opened)
        found["quit"] = time.monotonic() - at
    return {key: seconds * 1e3 for key, seconds in found.items()}


def _wait_for_end(opened: Terminal) -> None:
    """Wait until the program has ended; Popen's own wait with a limit looks after 31 and 63 ms and not between."""
    descriptor = os.pidfd_open(opened.process.pid)
    try:
        select.select([descriptor], [], [], 20)
    finally:
        os.close(descriptor)
    opened.process.wait(1)


def _press(opened: Terminal, key: str) -> float:
    at = time.monotonic()
    opened.press(key)
    return at


def _first(recording: Recording, after: float, least: int, most: int) -> float:
    """Return how long after a moment a piece arrived that is this loud at its end; a second without one is a second."""
    while time.monotonic() < after + 1:
        for when, pcm in recording.pieces():
            if when > after and len(pcm) > 1 and least <= abs(array("h", pcm[-(len(pcm) & ~1) :][-2:])[0]) <= most:
                return when - after
        time.sleep(0.01)
    return 1.0


def _ended(argv: list[str], environment: Mapping[str, str], card: SoundCard) -> float:
    with card.record() as recording, Child(argv, environment) as child:
        finished = child.wait()
        recording.wait_for_bytes(_RATE // 4)
        return (finished.wall_s + child.began_ns / 1e9 - recording.arrivals()[-1]) * 1e3


def _series(samples: list[dict[str, float]]) -> dict[str, Series]:
    """Turn what every turn found into a series a key."""
    return {key: Series(tuple(sample[key] for sample in samples)) for key in samples[0]}
