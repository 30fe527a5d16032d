"""Where words begin that can be heard to begin: those with an s, whose hiss nothing else in their sentence has."""

import random

import numpy as np

WORDS = "sea sail sun sack seal sofa soup sand sign seed song soap silk salt seat city circle summer sailor".split()
_STEP_S = 0.005
_HISS_HZ = 4500
_SHARE, _LEAST_STEPS = 0.05, 8


def sentence(seed: int) -> tuple[str, list[str]]:
    """Return a sentence without a comma, and the five words in it that begin with a hiss."""
    words = random.Random(seed).sample(WORDS, 5)
    one, two, three, four, five = words
    text = (
        f"We knew a low {one} near a blue {two} below a new {three} by a grey {four} under a yellow {five} on the way."
    )
    return text, words


def onsets(pcm: bytes, rate: int) -> list[float]:
    """Return when each hiss of 40 ms or more begins, in seconds, in s16le mono PCM."""
    step = round(_STEP_S * rate)
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2 * step)[::step] * np.hanning(2 * step)
    powers = (np.abs(np.fft.rfft(frames)[:, round(_HISS_HZ * 2 * step / rate) :]) ** 2).sum(axis=1)
    hisses = powers > _SHARE * powers.max()
    found: list[float] = []
    at = 0
    while at < len(hisses):
        begin = at
        while hisses[at : at + 3].any():
            at += 1
        if at - begin >= _LEAST_STEPS:
            found.append((begin + 1) * _STEP_S)
        at += 1
    return found
