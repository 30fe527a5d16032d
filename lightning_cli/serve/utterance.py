"""One text being spoken: the engine's blocks in another pitch if need be, and encoders behind them.

Everything here runs on worker threads; ``close`` may come from any thread. numpy and soxr load when a pitch is to be
changed, libsndfile when a container asks for it.
"""

from collections.abc import Callable
from contextlib import suppress

from lightning_cli.audio import PcmFormat
from lightning_cli.local.synthesiser import Speech, Synthesiser
from lightning_cli.request import SPEED_RANGE
from lightning_cli.resample import StreamResampler
from lightning_cli.serve.casting import Part
from lightning_cli.sinks.containers import Container
from lightning_cli.sinks.encoders import Encoder, encoder_for

TAKE_TIMEOUT_S = 120.0


class Utterance:
    """Give a text's PCM in blocks of 160 ms, s16le mono, the last one shorter.

    The engine is at most 32 blocks ahead of whoever takes. Raises ``EngineError`` on construction and from ``take``.
    """

    def __init__(self, synthesiser: Synthesiser, text: str, part: Part, sample_rate: int, speed: float) -> None:
        low, high = SPEED_RANGE
        wanted = min(high, max(low, speed * part.rate))
        # A pitch comes from playing slower speech faster, so it ends where the engine's speeds do.
        pitch = min(wanted / low, max(wanted / high, part.pitch))
        self.sample_rate = sample_rate
        self._speech: Speech = synthesiser.synthesise(
            text, voice_id=part.voice_id, sample_rate=sample_rate, speed=wanted / pitch, language=part.language
        )
        self._timbre = _Timbre(sample_rate, pitch) if round(sample_rate * pitch) != sample_rate else None
        self._ready: list[bytes] = []
        self._ended = False

    def take(self) -> bytes | None:
        """Get the next block, None at the end or when closed; raises ``EngineError`` or ``TimeoutError``."""
        while not self._ready and not self._ended:
            block = self._speech.take(TAKE_TIMEOUT_S)
            self._ended = block is None
            if self._timbre is None:
                self._ready = [block] if block else []
            elif block is None:
                self._ready = self._timbre.flush() if self._speech.complete else []
            else:
                self._ready = self._timbre.feed(block)
        return self._ready.pop(0) if self._ready else None

    @property
    def complete(self) -> bool:
        """Say whether every block was taken and nothing is missing."""
        return self._ended and not self._ready and self._speech.complete

    def close(self) -> None:
        """Stop the engine within the piece it computes and join it."""
        self._speech.close()


class _Timbre:
    """Change the pitch of a stream, and with it the time, and cut it into blocks again."""

    def __init__(self, sample_rate: int, pitch: float) -> None:
        from lightning_cli.local.pcm import BlockCutter  # loads numpy

        self._resampler = StreamResampler(PcmFormat(round(sample_rate * pitch)), sample_rate)
        self._cutter = BlockCutter(sample_rate)

    def feed(self, block: bytes) -> list[bytes]:
        return self._cutter.feed(self._resampler.feed(block))

    def flush(self) -> list[bytes]:
        return self._cutter.feed(self._resampler.flush()) + self._cutter.flush()


class Encoded:
    """Encode an utterance as a stream: the header with the first piece, a piece per block, then the end."""

    def __init__(self, utterance: Utterance, container: Container) -> None:
        self._utterance = utterance
        self._encoder: Encoder = encoder_for(container, streamed=True)
        self._head: bytes | None = None
        self._ended = False

    def take(self) -> bytes | None:
        """Get the next bytes, never empty; None at the end or when closed."""
        piece = b""
        while not piece and not self._ended:
            piece = self._next()
        return piece or None

    def _next(self) -> bytes:
        block = self._utterance.take()
        head = b""
        if self._head is None:
            self._head = head = self._encoder.begin(PcmFormat(self._utterance.sample_rate))
        if block is not None:
            return head + self._encoder.encode(block)
        self._ended = True
        return head + self._encoder.end() if self._utterance.complete else b""

    @property
    def complete(self) -> bool:
        """Say whether everything was given and nothing is missing."""
        return self._ended and self._utterance.complete

    def close(self) -> None:
        """Stop the engine and drop the encoder."""
        self._utterance.close()
        with suppress(RuntimeError):  # a worker may be inside the encoder; it is freed with the object then
            self._encoder.close()


def container_bytes(container: Container, sample_rate: int) -> Callable[[bytes], bytes]:
    """Give a function that wraps PCM into a whole container of its own, lengths right."""

    def wrap(pcm: bytes) -> bytes:
        encoder = encoder_for(container, streamed=False)
        try:
            body = encoder.begin(PcmFormat(sample_rate)) + encoder.encode(pcm) + encoder.end()
            head = encoder.head(len(body))
        finally:
            encoder.close()
        return head + body[len(head) :]

    return wrap
