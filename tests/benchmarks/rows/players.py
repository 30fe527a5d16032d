"""Ours beside the players that are at hand: how soon a waiting one sounds, and what is missing on a busy machine."""

import contextlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial

from support.fake_server import Exchange, audio_event, serving
from support.null_sink import Recording, SoundCard, noise

from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, Series, no_more_than

_RATE = 44_100
_PACE = 1.05
# Both sides have opened their device by then.
_WAITS_S = 1.5
_BLOCK_BYTES = 1024 * 2
# A millisecond of zeros, which the noise that is played never has.
_SILENCE = re.compile(rb"\0{%d,}" % (_RATE * 2 // 1000))


def measure(lab: Lab) -> Iterator[Measure]:
    """Send each player the same: a second at once while it waits, then minutes hardly faster than they are played."""
    card = SoundCard(_RATE)
    try:
        environment = {**lab.environment, **card.environment, "SDL_AUDIODRIVER": "pulseaudio"}
        with card.record() as recording:
            taken = lab.interleave(
                {
                    "ours": partial(_sounds, lab, environment, recording),
                    **{
                        name: partial(_piped_sounds, argv, environment, recording)
                        for name, argv in _players(lab).items()
                    },
                }
            )
    finally:
        card.close()
    for name in _players(lab):
        yield Measure(
            what="event to sound, the device waiting",
            unit="ms",
            ours=taken["ours"],
            peer_name=name,
            peer=taken[name],
            goal=no_more_than(10),
        )
    yield from _beside_burners(lab)


def _players(lab: Lab) -> dict[str, list[str]]:
    """Return how each player plays raw PCM from its standard input."""
    rate = str(_RATE)
    mpv = "--no-config --no-video --ao=pulse --demuxer=rawaudio --demuxer-rawaudio-format=s16le"
    return {
        "mpv": [
            lab.program("mpv"),
            *mpv.split(),
            f"--demuxer-rawaudio-rate={rate}",
            "--demuxer-rawaudio-channels=1",
            "--really-quiet",
            "-",
        ],
        "paplay": [lab.program("paplay"), "--raw", f"--rate={rate}", "--channels=1", "--format=s16le"],
        "aplay": [lab.program("aplay"), *f"-q -t raw -f S16_LE -r {rate} -c 1".split()],
        "ffplay": [
            lab.program("ffplay"),
            *f"-nodisp -autoexit -loglevel quiet -f s16le -ar {rate} -ac 1 -i -".split(),
        ],
    }


def _sounds(lab: Lab, environment: Mapping[str, str], recording: Recording) -> float:
    sent: list[float] = []
    event = audio_event(noise(_RATE))

    def speak(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        time.sleep(_WAITS_S)
        sent.append(time.monotonic())
        exchange.chunk(event)
        exchange.chunk(b'data: {"done":true}\n\n')
        exchange.end_chunks()

    before = len(recording.arrivals())
    with serving(speak) as server, Child(lab.ours("say", "Hi", "--base-url", server.url), environment) as child:
        child.wait()
        recording.wait_for_bytes(_RATE // 4)
        return (recording.arrivals()[before] - sent[0]) * 1e3


def _piped_sounds(argv: list[str], environment: Mapping[str, str], recording: Recording) -> float:
    before, pcm = len(recording.arrivals()), noise(_RATE)
    with _playing(argv, environment) as player:
        assert player.stdin is not None
        time.sleep(_WAITS_S)
        at = time.monotonic()
        player.stdin.write(pcm)
        player.stdin.close()
        player.wait(20)
        recording.wait_for_bytes(_RATE // 4)
        return (recording.arrivals()[before] - at) * 1e3


@contextlib.contextmanager
def _playing(argv: list[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, env=dict(environment), bufsize=0
    ) as player:
        try:
            yield player
        finally:
            player.kill()


def _beside_burners(lab: Lab) -> Iterator[Measure]:
    """Play all at once, each on a server of its own, beside two processes that never rest."""
    seconds = lab.minutes * 60
    lab.service.plan(seconds=seconds, pace=_PACE)
    players = _players(lab)
    missing: dict[str, tuple[int, float]] = {}
    with contextlib.ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            stack.enter_context(Child(lab.reference("burner"), lab.environment))
        cards = {name: SoundCard(_RATE) for name in ("ours", *players)}
        for card in cards.values():
            stack.callback(card.close)
        recordings = {name: stack.enter_context(card.record()) for name, card in cards.items()}
        environments = {
            name: {**lab.environment, **card.environment, "SDL_AUDIODRIVER": "pulseaudio"}
            for name, card in cards.items()
        }
        feeders = [
            threading.Thread(target=_feed, args=(argv, environments[name], seconds)) for name, argv in players.items()
        ]
        for feeder in feeders:
            feeder.start()
        argv = lab.say("--whole", text="These are words. " * lab.minutes)
        stack.enter_context(Child(argv, environments["ours"])).wait(timeout_s=seconds * 2 + 60)
        for feeder in feeders:
            feeder.join()
        for name, recording in recordings.items():
            recording.wait_for_bytes(_RATE // 4)
            missing[name] = _missing(recording.pcm, seconds)
    gaps = ", ".join(f"{name} {count}" for name, (count, _) in missing.items())
    note = f"{lab.minutes} min at {_PACE}x real time beside {os.cpu_count()} processes that never rest; gaps: {gaps}"
    for name in players:
        yield Measure(
            what="silence or loss inside",
            unit="ms",
            ours=Series((missing["ours"][1],)),
            peer_name=name,
            peer=Series((missing[name][1],)),
            goal=no_more_than(0),
            note=note,
        )


def _feed(argv: list[str], environment: Mapping[str, str], seconds: int) -> None:
    """Write to a player at the pace of a server that is hardly faster than real time."""
    pcm = noise(_RATE * 10)
    pcm, period = pcm + pcm[:_BLOCK_BYTES], len(pcm)
    began = time.monotonic()
    with _playing(argv, environment) as player, contextlib.suppress(BrokenPipeError):
        assert player.stdin is not None
        for at in range(0, seconds * _RATE * 2, _BLOCK_BYTES):
            player.stdin.write(pcm[at % period :][:_BLOCK_BYTES])
            time.sleep(max(0.0, at / (_RATE * 2 * _PACE) - (time.monotonic() - began)))
        player.stdin.close()
        player.wait(seconds)


def _missing(pcm: bytes, seconds: int) -> tuple[int, float]:
    """Return how many gaps there are inside, and how many milliseconds are silent or were never played."""
    heard = pcm.strip(b"\0")
    gaps = [match.end() - match.start() for match in _SILENCE.finditer(heard)]
    silent = sum(gaps) + max(0, seconds * _RATE * 2 - len(heard))
    return len(gaps), silent / (_RATE * 2) * 1000
