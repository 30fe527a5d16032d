"""Speech faster or slower at the same pitch, for the listener alone: pieces of it laid over each other where they fit.

WSOLA in its simplest form. A sequence of 30 ms is taken from the input every ``rate`` times as far as it is put into
the output. Where it begins is moved by up to 12 ms to where it resembles best what would have come next, and the two
are cross-faded over 8 ms: so voices keep their periods. At a rate of 1 nothing is touched and numpy is never loaded.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_cli.audio.pcm import PcmFormat

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOWEST, FASTEST = 0.5, 4.0
_SEQUENCE_MS, _SEEK_MS, _OVERLAP_MS = 30, 12, 8


class StretchState(NamedTuple):
    """The state one piece of audio hands on to the next; never changed in place, so it can be restored."""

    # Input that is not used up, one row a frame, and where in it the next sequence would begin.
    pending: "NDArray[Any] | None" = None
    begin: float = 0.0
    # What would have come next, to be faded out under the next sequence.
    tail: "NDArray[Any] | None" = None


class Stretcher:
    """Changer of the speed of PCM, piece by piece; ``rate`` may change at any time. One thread at a time.

    ``state`` can be kept and put back by a caller that takes back audio and makes it anew.
    """

    __slots__ = ("_channels", "_overlap", "_seek", "_sequence", "rate", "state")

    def __init__(self, fmt: PcmFormat, rate: float = 1.0) -> None:
        self._channels = fmt.channels
        self._sequence, self._seek, self._overlap = (
            fmt.sample_rate * ms // 1000 for ms in (_SEQUENCE_MS, _SEEK_MS, _OVERLAP_MS)
        )
        self.rate = rate
        self.state = StretchState()

    def prepare(self) -> None:
        """Load numpy now if ``feed`` will need it."""
        if self.rate != 1:
            import numpy as np  # noqa: F401 - it takes 100 ms to load

    @property
    def is_plain(self) -> bool:
        """Return whether ``feed`` returns audio as it is."""
        return self.rate == 1 and self.state.tail is None and self.state.pending is None

    def feed(self, pcm: bytes) -> bytes:
        """Return the frames that are ready, given further whole frames."""
        if self.is_plain:
            return pcm
        if self.rate == 1:
            return self.flush() + pcm
        import numpy as np  # see prepare

        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32).reshape(-1, self._channels)
        pending, begin, tail = self.state
        pending = samples if pending is None else np.concatenate((pending, samples))
        out = []
        while (at := int(begin)) + self._seek + self._sequence <= len(pending):
            if tail is None:
                sequence = pending[at : at + self._sequence]
            else:
                at += self._best_offset(np, pending[at : at + self._seek + self._overlap], tail)
                sequence = pending[at : at + self._sequence]
                rise = np.linspace(0, 1, self._overlap, endpoint=False, dtype=np.float32)[:, np.newaxis]
                sequence = np.concatenate((tail + (sequence[: self._overlap] - tail) * rise, sequence[self._overlap :]))
            out.append(sequence[: -self._overlap])
            tail = sequence[-self._overlap :]
            begin += self.rate * (self._sequence - self._overlap)
        used = min(int(begin), len(pending))
        self.state = StretchState(pending[used:], begin - used, tail)
        return _packed(np, out)

    def flush(self) -> bytes:
        """Return what is left at the end of a sentence, and begin anew."""
        pending, begin, tail = self.state
        self.state = StretchState()
        if pending is None:
            return b""
        import numpy as np  # loaded by feed

        rest = pending[int(begin) :]
        if tail is not None:
            count = min(len(rest), len(tail))
            rise = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)[:, np.newaxis]
            head = tail[:count] + (rest[:count] - tail[:count]) * rise
            rest = np.concatenate((head, rest[count:] if count < len(rest) else tail[count:]))
        # What is less than a sequence is not worth stretching, but a rest much longer than it would be is cut short.
        return _packed(np, [rest])

    def _best_offset(self, np: Any, candidates: "NDArray[Any]", tail: "NDArray[Any]") -> int:
        """Return where in ``candidates`` what follows resembles ``tail`` best."""
        mono, wanted = candidates.mean(axis=1), tail.mean(axis=1)
        likeness = np.correlate(mono, wanted, mode="valid")
        energy = np.convolve(mono * mono, np.ones(len(wanted), dtype=np.float32), mode="valid")
        return int(np.argmax(likeness / np.sqrt(energy + 1.0)))


def _packed(np: Any, pieces: "list[NDArray[Any]]") -> bytes:
    if not pieces:
        return b""
    return bytes(np.rint(np.clip(np.concatenate(pieces), -32768, 32767)).astype("<i2").tobytes())
