"""Sentences as they are spoken, and the cues made of them."""

import re

from lightning_cli.audio.subtitles import (
    Cue,
    SpokenSegment,
    WordSpan,
    cues_of,
)

RATE = 44100


SHORT = "The quick brown fox jumps over the lazy dog, and then it rests."


LONG = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light."
)


CHINESE = (
    "今天天气很好，我们一起去公园散步吧，路上可以买一些面包和牛奶，然后坐在湖边的长椅上慢慢吃，"
    "看着孩子们放风筝，听着鸟儿唱歌，直到太阳落山。"
)


def one(text: str, frames: int = 10 * RATE, words: tuple[WordSpan, ...] = ()) -> list[Cue]:
    """Make the cues of a single segment that begins at a second."""
    return cues_of([SpokenSegment(text, RATE, RATE + frames, words=words)], RATE)


def spans(text: str, start: int = RATE, frames: int = 10 * RATE) -> tuple[WordSpan, ...]:
    """Return each word of a text, without punctuation, an equal slot with a gap behind it."""
    words = re.findall(r"[\w']+", text)
    slot = frames // len(words)
    return tuple(
        WordSpan(word.lower(), start + number * slot, start + (number + 1) * slot - slot // 8)
        for number, word in enumerate(words)
    )


def solid(text: str) -> str:
    """Take the white space out of a text."""
    return "".join(text.split())
