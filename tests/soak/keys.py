"""Press hundreds of keys at random while it plays, and look at what is left: python tests/soak/keys.py [ROUNDS].

20 rounds, or their SHARE, of 300 keys each in a terminal while the null sink is recorded: pause, the sentence before
and after, again, louder, softer, slower, faster. Every other round then goes back to the first sentence and hears all
of them to the end; the others quit. No run fails, the terminal is as it was found, the sentences are heard in order and
whole, and nothing clicks: each sentence is a tone, so that a cut shows as a step that no fade leads over.
"""

import os
import random
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, serving, speech_events
from support.null_sink import SoundCard
from support.pty_session import terminal

RATE, SECONDS, LEVEL = 24_000, 1.5, 9_000
TONES = (110, 150, 190, 230, 270, 310)
TEXT = " ".join(f"This is sentence {word} of six." for word in "one two three four five six".split())
KEYS = 300
LEFT, RIGHT = "\x1b[D", "\x1b[C"
# More often back than on, since a run whose end is reached ends.
WEIGHTS = {" ": 4, LEFT: 4, RIGHT: 2, "r": 2, "+": 1, "-": 1, "[": 1, "]": 1}
LONGEST_S = 0.06
# A tone and a fade change by 0.1 of their level from sample to sample at most, a cut by 0.6 on average.
CLICK, WINDOW = 0.25, 240
# A sentence that is gone to begins where it is more than a noise floor.
FLOOR = 300
# On a machine that is too busy a fade comes late now and then.
CLICKS_PER_KEY = 0.01


def tone(hertz: int) -> bytes:
    """Return a sentence, with a rise and a fall of 20 ms."""
    at = np.arange(round(RATE * SECONDS))
    edge = np.minimum(1, np.minimum(at, at[::-1]) / (RATE * 0.02))
    return bytes((LEVEL * edge * np.sin(2 * np.pi * hertz * at / RATE)).astype("<i2"))


def speak(exchange: Exchange, hertz: int) -> None:
    """Answer with a sentence."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in speech_events(tone(hertz), size=4096):
        exchange.chunk(event)
    exchange.end_chunks()


def clicks(samples: "np.ndarray") -> int:
    """Count steps that are too large for how loud it is there."""
    steps = np.abs(np.diff(samples))
    steps = steps[: len(steps) // WINDOW * WINDOW].reshape(-1, WINDOW)
    peaks = np.abs(samples[: steps.size]).reshape(-1, WINDOW).max(axis=1)
    around = np.maximum(peaks, np.maximum(np.append(peaks[1:], 0), np.append(0, peaks[:-1])))
    return int((steps.max(axis=1) > CLICK * around + FLOOR).sum())


def heard(samples: "np.ndarray") -> list[tuple[int, float]]:
    """Return which sentence sounds for how long, in order; what is shorter than a tenth of a second is left out."""
    size = RATE // 20
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(size) / RATE, TONES))
    strengths = np.abs(frames @ waves) * 2 / size
    found: list[tuple[int, float]] = []
    for row in strengths:
        sentence = int(row.argmax()) if row.max() > LEVEL / 50 else -1
        if found and found[-1][0] == sentence:
            sentence, seconds = found.pop()
            found.append((sentence, seconds + size / RATE))
        else:
            found.append((sentence, size / RATE))
    return [one for one in found if one[0] >= 0 and one[1] > size / RATE * 2]


def play(card: SoundCard, url: str, chance: random.Random, *, quits: bool) -> list[str]:
    """Do one round and return what was wrong."""
    command = (*COMMAND, "say", TEXT, "-r", str(RATE), "--base-url", url, "--pause-sentence", "100")
    problems = []
    # The end is heard at the usual speed.
    weights = {key: weight for key, weight in WEIGHTS.items() if quits or key not in "[]"}
    with card.record() as recording, terminal(command, keyed(**card.environment)) as opened:
        recording.wait_for_sound()
        keys = chance.choices(list(weights), list(weights.values()), k=KEYS)
        pressed = 0
        for key in keys:
            if opened.process.poll() is not None:
                break
            opened.press(key)
            pressed += 1
            time.sleep(chance.random() * LONGEST_S)
        again_at = time.monotonic()
        ended = opened.process.poll() is not None
        if quits and not ended:
            opened.press("q")
        elif not ended:
            opened.press((" " if keys.count(" ") % 2 else "") + LEFT * (len(TONES) + 2))
        code = opened.end()
        if not opened.is_canonical() or opened.settings() != opened.found:
            problems.append("the terminal was left otherwise than it was found")
        recording.wait_for_bytes(RATE // 4)
    samples = np.frombuffer(recording.pcm[: len(recording.pcm) & ~1], "<i2").astype(np.int32)
    found = clicks(samples)
    if found > KEYS * CLICKS_PER_KEY:
        problems.append(f"{found} clicks")
    if code:
        problems.append(f"exit {code}: {opened.text[-300:]}")
    if not quits and not ended:
        last = b"".join(piece for when, piece in recording.pieces() if when > again_at)
        sentences = heard(np.frombuffer(last[: len(last) & ~1], "<i2").astype(np.int32))[-len(TONES) :]
        whole = [number for number, seconds in sentences if seconds > SECONDS * 0.9]
        if whole != list(range(len(TONES))):
            problems.append(f"at last these were heard: {sentences}")
    sys.stdout.write(f"{pressed} keys, {found} clicks, exit {code}{', ended by itself' if ended else ''} {problems}\n")
    sys.stdout.flush()
    return problems


def main(rounds: int) -> int:
    """Run and report; 0 when nothing was wrong."""
    card = SoundCard(RATE)
    wrong = 0
    try:
        for number in range(rounds):
            with serving(*[partial(speak, hertz=hertz) for hertz in TONES]) as server:
                wrong += bool(play(card, server.url, random.Random(number), quits=bool(number % 2)))
    finally:
        card.close()
    return int(bool(wrong))


if __name__ == "__main__":
    os.environ.pop("LIGHTNING_TTS_CONFIG", None)
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else part_of(20)))
