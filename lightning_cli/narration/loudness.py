"""The loudness of a book: where it is to be, what was measured, and the one gain that brings it there.

Loudness follows EBU R 128 (ITU-R BS.1770): blocks of 400 ms, gated. A book of many pieces is measured piece by piece;
their blocks together are those of the whole, but for the few that would lie across two pieces.
"""

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.ffmpeg import Blocks, Loudness

_LUFS = (-40.0, -5.0)
_CEILING_DBTP = -1.0
# Within this a limited book is loud enough, in LU.
_NEAR_LU = 0.15
_CODED_NEAR_LU = 0.1
_TRIES = 4
# By how much more an encoder that lifts peaks is asked each time.
_STEP_DB = 0.1
# Resampling back lifts peaks a little.
_MARGIN_DB = 0.2
# What a block must exceed to count at all, and how far below the mean of those it may lie.
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = 10.0
_SILENT_LUFS = -120.0
_OFFSET_LU = 0.691


class LoudnessTarget(NamedTuple):
    """Where the loudness of a book is to be, in LUFS, and the peak it may have, in dBTP."""

    lufs: float
    ceiling_dbtp: float


_PRESETS = {
    "podcast": LoudnessTarget(-16.0, -1.0),
    "audiobook": LoudnessTarget(-18.0, -1.0),
    # ACX wants an RMS of -23 to -18 dB and peaks of at most -3 dB.
    "acx": LoudnessTarget(-20.0, -3.0),
}


def loudness_target(text: str) -> LoudnessTarget:
    """Read ``--loudness``; raises ``UsageFault``."""
    if text.lower() in _PRESETS:
        return _PRESETS[text.lower()]
    with contextlib.suppress(ValueError):
        value = float(text.lower().removesuffix("lufs"))
        if _LUFS[0] <= value <= _LUFS[1]:
            return LoudnessTarget(value, _CEILING_DBTP)
    raise UsageFault(
        f"{text!r} is not a loudness", hint=f"give LUFS from {_LUFS[0]:g} to {_LUFS[1]:g}, or {', '.join(_PRESETS)}"
    )


class Level(NamedTuple):
    """One linear gain in dB, and the true peak in dBTP that a limiter behind it keeps to, None for no limiter."""

    gain_db: float
    limit_dbtp: float | None = None

    def filters(self, sample_rate: int) -> list[str]:
        """Return what FFmpeg is to do."""
        return ffmpeg.gain_filters(self.gain_db, self.limit_dbtp, sample_rate)

    def lowered(self, target: LoudnessTarget, excess_db: float) -> "Level":
        """Return a level whose peaks end by so much lower, for an encoder that lifts them."""
        limit = target.ceiling_dbtp if self.limit_dbtp is None else self.limit_dbtp
        return self._replace(limit_dbtp=limit - excess_db)


UNCHANGED = Level(0.0)


@dataclass(slots=True)
class Finished:
    """What was done to a book: what was measured, the gain, and how far peaks were limited, in dB."""

    measured: Loudness | None = None
    gain_db: float = 0.0
    limited_db: float = 0.0

    @property
    def measured_silence(self) -> bool:
        """Return whether there was nothing to measure."""
        return self.measured is not None and self.measured.is_silent

    def as_json(self) -> dict[str, object]:
        """Return what the report says."""
        if self.measured is None:
            return {}
        return {
            "measured_lufs": self.measured.integrated,
            "true_peak_dbtp": self.measured.peak,
            "gain_db": round(self.gain_db, 2),
            "limited_db": round(self.limited_db, 2),
        }


def find_level(target: LoudnessTarget, measure: Callable[[Level], Loudness], done: Finished) -> Level:
    """Return the level that brings a book to its loudness; ``measure`` tells what it comes to at another one."""
    done.measured = measure(UNCHANGED)
    if done.measured.is_silent:
        return UNCHANGED
    done.gain_db = target.lufs - done.measured.integrated
    over_db = done.measured.peak + done.gain_db - target.ceiling_dbtp
    if over_db <= 0:
        return Level(done.gain_db)
    done.limited_db = over_db
    level = UNCHANGED
    for _ in range(_TRIES):
        level = Level(done.gain_db, target.ceiling_dbtp - _MARGIN_DB)
        short_lu = target.lufs - measure(level).integrated
        if abs(short_lu) <= _NEAR_LU:
            break
        done.gain_db += short_lu
    return level


def below_ceiling(level: Level, target: LoudnessTarget, coded_peak: Callable[[Level], float]) -> Level:
    """Return a level at which no peak is above that of the target, where an encoder lifts them."""
    for _ in range(_TRIES):
        peak = coded_peak(level)
        if peak <= target.ceiling_dbtp:
            break
        level = level.lowered(target, peak - target.ceiling_dbtp + _STEP_DB)
    return level


def coded_level(level: Level, target: LoudnessTarget, wanted: float, measure: Callable[[Level], Loudness]) -> Level:
    """Return a level at which coded audio has the loudness that is ``wanted``, in LUFS, and no peak above the target's.

    An encoder takes a little of the loudness away, and so does what keeps its peaks down.
    """
    for _ in range(_TRIES):
        coded = measure(level)
        short_lu, over_db = wanted - coded.integrated, coded.peak - target.ceiling_dbtp
        if abs(short_lu) <= _CODED_NEAR_LU and over_db <= 0:
            break
        if over_db > 0:
            level = level.lowered(target, over_db + _STEP_DB)
        if abs(short_lu) > _CODED_NEAR_LU:
            level = level._replace(gain_db=level.gain_db + short_lu)
    return level


def loudness_of(parts: Iterable[Blocks]) -> Loudness:
    """Return the loudness of the whole that was measured in parts, to a tenth as FFmpeg tells it."""
    counts: Counter[float] = Counter()
    peak = -math.inf
    for part in parts:
        counts.update(part.counts)
        peak = max(peak, part.peak)
    loud = {lufs: count for lufs, count in counts.items() if lufs > _ABSOLUTE_GATE_LUFS}
    if not loud:
        return Loudness(_SILENT_LUFS, peak)
    gate = _mean_lufs(loud) - _RELATIVE_GATE_LU
    return Loudness(round(_mean_lufs({lufs: count for lufs, count in loud.items() if lufs >= gate}), 1), peak)


def _mean_lufs(counts: dict[float, int]) -> float:
    power = sum(count * 10 ** ((lufs + _OFFSET_LU) / 10) for lufs, count in counts.items())
    return 10 * math.log10(power / sum(counts.values())) - _OFFSET_LU
