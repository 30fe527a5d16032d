"""Many runs that want to play at once on one sound card, killed at random; what was heard is taken apart.

Every run says one sentence whose audio is noise of its own, which sounds together with another's match neither.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from support.command_line import COMMAND, keyed
from support.fades import common_prefix
from support.fake_server import Exchange, Responder, serving, speech_events
from support.null_sink import SoundCard, noise, without_silence

from lightning_cli.playback import remote_control, turn

RATE = 24_000
ENDS_WITHIN_S = 120.0


@dataclass
class Outcome:
    """What became of the runs: ``heard`` is the share of each that was played, ``problems`` what must not be."""

    heard: list[float] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def _answer(audio: list[bytes]) -> Responder:
    def answer(exchange: Exchange) -> None:
        number = int(exchange.request.json["text"].removeprefix("Number ").rstrip("."))
        exchange.stream(speech_events(audio[number]))

    return answer


def start(url: str, card: SoundCard, text: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start a run that plays one sentence."""
    command = (*COMMAND, "say", text, "-r", str(RATE), "--join", "raw", "--base-url", url, *arguments)
    environment = keyed(**card.environment, LIGHTNING_TTS_CONCURRENCY="0")
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def queue_with_kills(card: SoundCard, count: int, seed: int, audio_s: float = 0.5) -> Outcome:
    """Queue up ``count`` runs, kill a third of them at random moments, and take apart what was heard."""
    chance, outcome = random.Random(seed), Outcome()
    audio = [noise(int(RATE * audio_s), 1000 * seed + number) for number in range(count)]
    directory = turn.open_directory()
    own = turn.Turn(directory)
    assert own.take()
    runs: list[subprocess.Popen[bytes]] = []
    with serving(_answer(audio)) as server, card.record() as recording:
        try:
            for number in range(count):
                runs.append(start(server.url, card, f"Number {number}."))
                _until(lambda: turn.waiting(directory) == len(runs))
            own.release()
            doomed = chance.sample(range(count), count // 3)
            killer = threading.Thread(target=_kill, args=(chance, runs, doomed, outcome, count * audio_s))
            killer.start()
            for run in runs:
                run.wait(ENDS_WITHIN_S)
            killer.join()
        finally:
            own.release()
            for run in runs:
                run.kill()
                run.wait(ENDS_WITHIN_S)
    _take_apart(without_silence(recording), audio, outcome)
    codes = [run.returncode for number, run in enumerate(runs) if number not in outcome.killed]
    if any(codes):
        outcome.problems.append(f"exit codes {codes}")
    _look_for_leftovers(directory, outcome)
    os.close(directory)
    return outcome


def _kill(
    chance: random.Random,
    runs: "list[subprocess.Popen[bytes]]",
    doomed: list[int],
    outcome: Outcome,
    seconds: float,
) -> None:
    for number in doomed:
        time.sleep(chance.uniform(0, 1.5 * seconds / len(doomed)))
        if runs[number].poll() is None:
            # Before: it may end by itself at this very moment, and then counts as killed all the same.
            outcome.killed.add(number)
            runs[number].kill()


def _take_apart(heard: bytes, audio: list[bytes], outcome: Outcome) -> None:
    """Find every sentence whole, or its beginning where its run was killed, one behind the other."""
    at = 0
    for number, pcm in enumerate(audio):
        count = common_prefix(heard[at:], pcm)
        outcome.heard.append(count / len(pcm))
        if count < len(pcm) and number not in outcome.killed:
            outcome.problems.append(f"sentence {number} was heard up to {count} of {len(pcm)} bytes")
        at += count
    if at != len(heard):
        outcome.problems.append(f"{len(heard) - at} bytes were heard twice, mixed or out of order")


def storm_of_now(card: SoundCard, rounds: int, seed: int, seconds: float = float("inf")) -> tuple[int, Outcome]:
    """Start one ``say --now`` after the other, three at a time; some are killed, some stopped for good."""
    chance, outcome = random.Random(seed), Outcome()
    audio = [noise(RATE * 3, seed)]
    directory = turn.open_directory()
    runs: list[subprocess.Popen[bytes]] = []
    began, number = time.monotonic(), 0
    with serving(_answer(audio)) as server, card.record():
        try:
            while number < rounds and time.monotonic() - began < seconds:
                runs.append(start(server.url, card, "Number 0.", "--now"))
                number += 1
                time.sleep(chance.uniform(0, 0.5))
                fate = chance.random()
                if fate < 0.2:
                    runs[-1].kill()
                elif fate < 0.3:
                    runs[-1].send_signal(signal.SIGSTOP)
                while len(runs) > 3:
                    # The oldest was silenced by a later one; one that was stopped before it played waits for ever.
                    runs[0].send_signal(signal.SIGCONT)
                    code = runs.pop(0).wait(ENDS_WITHIN_S)
                    if code not in {0, -signal.SIGKILL, -signal.SIGTERM}:
                        outcome.problems.append(f"exit code {code}")
            _stop_all(directory, runs)
        finally:
            for run in runs:
                run.kill()
                run.wait(ENDS_WITHIN_S)
    _look_for_leftovers(directory, outcome)
    os.close(directory)
    return number, outcome


def _stop_all(directory: int, runs: "list[subprocess.Popen[bytes]]") -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while any(run.poll() is None for run in runs):
        assert time.monotonic() < deadline, "they do not stop"
        for run in runs:
            if run.poll() is None:
                run.send_signal(signal.SIGCONT)
        turn.send_away(directory)
        for player in remote_control.players(directory):
            remote_control.stop(directory, player)
        time.sleep(0.05)


def _look_for_leftovers(directory: int, outcome: Outcome) -> None:
    """Start one more run, which tidies up, and check that nothing is left behind it."""
    last = turn.Turn(directory)
    if not last.take():
        outcome.problems.append("the turn is not free")
    last.release()
    remote_control.players(directory)
    left = sorted(set(os.listdir(directory)) - {"mouth"})
    # The socket of a process that was killed goes with the next player; here is none.
    left = [name for name in left if not name.startswith(".new-") or Path(f"/proc/{name.split('-')[1]}").exists()]
    if left:
        outcome.problems.append(f"left behind: {left}")


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, "it does not come to it"
        time.sleep(0.005)
