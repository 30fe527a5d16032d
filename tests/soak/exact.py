"""Play at four rates from a server in six moods, and look for a sample that is missing: python tests/soak/exact.py.

Each rate and mood once as a command and once in a terminal with keys, or their SHARE. The sink's recording without its
silence is what the server sent, bit for bit; silence inside is for a server that stalls alone.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.command_line import COMMAND, keyed, lightning
from support.fake_server import Exchange, audio_event, serving
from support.null_sink import SoundCard, noise, silence_inside, without_silence
from support.pty_session import terminal

RATES = (44_100, 24_000, 16_000, 8_000)
SECONDS, PIECE_BYTES = 3, 2048
DONE = b'data: {"status":"200","done":true}\n\n'


def wait_until(moment: float) -> None:
    """Sleep, however late a busy machine has made it already."""
    time.sleep(max(0.0, moment - time.monotonic()))


def fast(exchange: Exchange, events: list[bytes], _seconds: float) -> None:
    """Send all at once."""
    exchange.chunk(b"".join(events))


def paced(exchange: Exchange, events: list[bytes], seconds: float) -> None:
    """Send hardly faster than it is played."""
    began = time.monotonic()
    for number, event in enumerate(events, start=1):
        exchange.chunk(event)
        wait_until(began + number * seconds / len(events) / 1.05)


def bursty(exchange: Exchange, events: list[bytes], seconds: float) -> None:
    """Send a quarter of a second of audio every fifth of one."""
    size = max(1, round(len(events) / seconds / 4))
    began = time.monotonic()
    for number, at in enumerate(range(0, len(events), size), start=1):
        exchange.chunk(b"".join(events[at : at + size]))
        wait_until(began + number * 0.2)


def stalling(exchange: Exchange, events: list[bytes], _seconds: float) -> None:
    """Rest for two seconds after the first third of one."""
    head = len(events) // 9
    exchange.chunk(b"".join(events[:head]))
    time.sleep(2)
    exchange.chunk(b"".join(events[head:]))


def byte_by_byte(exchange: Exchange, events: list[bytes], _seconds: float) -> None:
    """Send the first event in chunks of a byte, the rest in pieces that no event ends with."""
    for at in range(len(events[0])):
        exchange.chunk(events[0][at : at + 1])
    rest = b"".join(events[1:])
    for at in range(0, len(rest), 997):
        exchange.chunk(rest[at : at + 997])


def empty_events(exchange: Exchange, events: list[bytes], _seconds: float) -> None:
    """Send an event without audio before each that has some."""
    for event in events:
        exchange.chunk(audio_event(b"") + event)


MOODS: tuple[Callable[[Exchange, list[bytes], float], None], ...] = (
    *(fast, paced, bursty, stalling, byte_by_byte, empty_events),
)


def problem(card: SoundCard, rate: int, mood: Callable[..., None], *, in_terminal: bool) -> str:
    """Play once and return what was wrong."""
    pcm = noise(rate * SECONDS, seed=rate)
    events = [audio_event(pcm[at : at + PIECE_BYTES]) for at in range(0, len(pcm), PIECE_BYTES)]

    def speak(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        mood(exchange, events, SECONDS)
        exchange.chunk(DONE)
        exchange.end_chunks()

    environment = keyed(**card.environment)
    with serving(speak) as server, card.record() as recording:
        words = ("say", "These are some words.", "-r", str(rate), "--base-url", server.url)
        if in_terminal:
            with terminal((*COMMAND, *words), environment) as opened:
                code = opened.end()
        else:
            code = lightning(*words, env=environment).code
    if code:
        return f"exit {code}"
    if without_silence(recording) != pcm:
        return "samples lost, repeated or changed"
    silent = silence_inside(recording)
    return f"{1000 * silent / rate:.0f} ms of silence inside" if silent and mood is not stalling else ""


def main() -> int:
    """Run and report; 0 when every sample was heard once."""
    card = SoundCard(RATES[0])
    wrong = count = 0
    try:
        for rate, mood, in_terminal in itertools.product(RATES[: part_of(len(RATES))], MOODS, (False, True)):
            found = problem(card.at(rate), rate, mood, in_terminal=in_terminal)
            count += 1
            wrong += bool(found)
            if found:
                where = "in a terminal" if in_terminal else "as a command"
                sys.stdout.write(f"{rate} Hz, {mood.__name__}, {where}: {found}\n")
    finally:
        card.close()
    sys.stdout.write(f"{count - wrong} of {count} recordings are exact\n")
    return int(bool(wrong))


if __name__ == "__main__":
    os.environ.pop("LIGHTNING_TTS_CONFIG", None)
    sys.exit(main())
