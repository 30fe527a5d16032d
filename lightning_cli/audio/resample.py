"""Sample rate conversion for a stream of 16-bit PCM."""

from lightning_cli.audio.pcm import PcmFormat


class StreamResampler:
    """Converter of PCM from one rate to another, piece by piece; one thread at a time.

    soxr and the numpy it needs are loaded when one is made: most playback does without them.
    """

    def __init__(self, fmt: PcmFormat, to_rate: int) -> None:
        import numpy as np
        import soxr

        self._np = np
        self._channels = fmt.channels
        self._stream = soxr.ResampleStream(fmt.sample_rate, to_rate, fmt.channels, dtype="int16")

    def feed(self, pcm: bytes | memoryview) -> bytes:
        """Return the converted audio that is ready, some milliseconds behind the frames put in."""
        return self._convert(pcm, last=False)

    def flush(self) -> bytes:
        """Return what is still inside and get ready for another signal."""
        rest = self._convert(b"", last=True)
        self._stream.clear()
        return rest

    def clear(self) -> None:
        """Discard what is still inside."""
        self._stream.clear()

    def _convert(self, pcm: bytes | memoryview, *, last: bool) -> bytes:
        frames = self._np.frombuffer(pcm, dtype="<i2").reshape(-1, self._channels)
        return bytes(self._stream.resample_chunk(frames, last=last).astype("<i2", copy=False).tobytes())
