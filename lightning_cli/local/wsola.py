"""Change the speed of speech without its pitch, by waveform-similarity overlap-add (Verhelst and Roelands, 1993).

hibari's own speed rounds every sound to 12.5 ms and loses intelligibility above 1.3; this one is exact. At twice the
speed a recogniser (Whisper base) mistakes 3.1 words of a hundred in rows of five sentences; in single ones 8.8, and 3.1
of those at the usual speed. Beside the window of 30 ms, 20 ms had 5.0 and 40 ms 8.2; pauses
shortened more than words had 6.3, a phase vocoder (Signalsmith) 4.4, hibari's own 1.3 stretched on 5.0, its 1.4 16.4.
numpy is imported at the top: only the synthesiser's thread imports this module.
"""

import numpy as np
from numpy.typing import NDArray

WINDOW_MS = 30
_SEARCH_MS = 10
_TINY = 1e-9

Samples = NDArray[np.float32]


def stretch(audio: Samples, speed: float, sample_rate: int) -> Samples:
    """Return ``audio`` (mono, float32) lasting ``1 / speed`` of its time, to the sample; speed 1 changes nothing."""
    if speed == 1 or not len(audio):
        return audio
    window = sample_rate * WINDOW_MS // 1000 // 2 * 2
    hop, reach = window // 2, sample_rate * _SEARCH_MS // 1000
    length = round(len(audio) / speed)
    frames = -(-length // hop) + 1
    # Silence around it lets every window and every search stay inside.
    source = np.pad(audio, (reach, 2 * (window + reach) + hop))
    fade = np.hanning(window + 1)[:window].astype(np.float32)
    output = np.zeros((frames + 1) * hop, np.float32)
    position = reach
    output[:hop] = source[position : position + hop]
    output[hop:window] = source[position + hop : position + window] * fade[hop:]
    for frame in range(1, frames):
        wanted = min(reach + round(frame * hop * speed), len(source) - window - reach)
        position = _most_alike(source, source[position + hop : position + window], wanted, reach)
        output[frame * hop : frame * hop + window] += source[position : position + window] * fade
    return output[:length]


def _most_alike(source: Samples, template: Samples, wanted: int, reach: int) -> int:
    """Find the position within ``reach`` of ``wanted`` where ``source`` continues as ``template`` does."""
    start = max(0, wanted - reach)
    span = source[start : wanted + reach + len(template)]
    likeness = np.correlate(span, template, "valid")
    power = np.concatenate(([0.0], np.cumsum(np.square(span, dtype=np.float64))))
    energy = power[len(template) :] - power[: -len(template)]
    best = int(np.argmax(likeness / np.sqrt(energy + _TINY)))
    # Where nothing is alike, as in silence, keep the beat.
    return start + best if likeness[best] > _TINY else wanted
