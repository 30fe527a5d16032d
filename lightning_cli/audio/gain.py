"""A gain for 16-bit PCM that never clips and does not look ahead.

Two factors, each of which moves smoothly. The *gain* follows what the listener asks for, on a straight ramp. The
*reduction* is 1 except where the gain alone would clip: there it falls before the first sample that would, as far as
the piece at hand reaches back, and rises again slowly. At 100 % nothing is touched and numpy is never loaded.
"""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_cli.audio.pcm import PcmFormat

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_PERCENT = 400
_AS_IT_IS_PERCENT = 100
_BLOCK_MS = 10
# A change of 100 % takes this long: short enough to seem at once, long enough not to click.
_RAMP_MS = 50
_RELEASE_DB_PER_S = 20
_LOUDEST = 32767


class VolumeState(NamedTuple):
    """The two factors that one piece of audio hands on to the next."""

    gain: float
    reduction: float


class Volume:
    """Scaler of PCM, piece by piece; ``percent`` may change at any time. One thread at a time.

    ``state`` can be saved and restored by a caller that takes back audio and scales it anew.
    """

    __slots__ = ("_block_frames", "_channels", "_per_frame", "_release", "least_reduction", "percent", "state")

    def __init__(self, fmt: PcmFormat, percent: int = 100) -> None:
        self._channels = fmt.channels
        self._block_frames = fmt.sample_rate * _BLOCK_MS // 1000
        self._per_frame = 1000 / (_RAMP_MS * fmt.sample_rate)
        self._release = 10 ** (_RELEASE_DB_PER_S / 20 / fmt.sample_rate)
        self.percent = percent
        self.state = VolumeState(percent / 100, 1.0)
        self.least_reduction = 1.0

    @property
    def limited_db(self) -> float:
        """Return the largest reduction that kept the audio from clipping, in dB; 0.0 if there was none."""
        return -20 * math.log10(self.least_reduction)

    def prepare(self) -> None:
        """Load numpy now if ``feed`` will need it."""
        if self.percent != _AS_IT_IS_PERCENT:
            import numpy as np  # noqa: F401 - most listeners leave the volume alone, and it takes 100 ms to load

    @property
    def is_plain(self) -> bool:
        """Return whether ``feed`` returns audio as it is."""
        return self.percent == _AS_IT_IS_PERCENT and self.state == (1.0, 1.0)

    def feed(self, pcm: bytes) -> bytes:
        """Scale whole frames and return as many."""
        if not pcm or self.is_plain:
            return pcm
        import numpy as np

        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64).reshape(-1, self._channels)
        for at in range(0, len(samples), self._block_frames):
            self._scale(np, samples[at : at + self._block_frames])
        return np.rint(samples).astype("<i2").tobytes()

    def _scale(self, np: Any, block: "NDArray[Any]") -> None:
        """Scale one block in place."""
        frames = len(block)
        start, reduction = self.state
        most = self._per_frame * frames
        end = min(max(self.percent / 100, start - most), start + most)
        levels = np.abs(block).max(axis=1) * max(start, end)
        peak = float(levels.max())
        allowed = min(1.0, _LOUDEST / peak) if peak else 1.0
        steps = np.arange(1, frames + 1) / frames
        gains = start + (end - start) * steps
        if reduction > allowed:
            # Down to what the loudest sample takes, just in time for the first that would clip.
            first = int(np.argmax(levels * reduction > _LOUDEST))
            after = allowed
            ramp = np.full(frames, after)
            ramp[:first] = np.linspace(reduction, after, first, endpoint=False)
        else:
            after = min(allowed, reduction * self._release**frames)
            ramp = reduction + (after - reduction) * steps
        block *= (gains * ramp)[:, np.newaxis]
        self.least_reduction = min(self.least_reduction, after)
        self.state = VolumeState(end, after)
