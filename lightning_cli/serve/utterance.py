"""One text being spoken: the engine's blocks in another pitch if need be, and encoders behind them.

Everything here runs on worker threads; ``close`` may come from any thread. numpy and soxr load when a pitch is to be
changed, libsndfile when a container asks for it.
"""

import threading
from collections.abc import Callable

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.local.word_times import Mark, Said
from lightning_cli.request import SPEED_RANGE
from lightning_cli.serve.voice_mapping import VoiceMapping
from lightning_cli.sinks.containers import MP3, Container
from lightning_cli.sinks.encoders import Encoder, encoder_for

TAKE_TIMEOUT_S = 120.0


class Utterance:
    """Give a text's PCM in blocks of 160 ms, s16le mono, the last one shorter.

    The engine is at most 32 blocks ahead of whoever takes. Raises ``EngineError`` on construction and from ``take``.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        text: str,
        part: VoiceMapping,
        sample_rate: int,
        speed: float,
        *,
        tells_words: bool = False,
    ) -> None:
        low, high = SPEED_RANGE
        wanted = min(high, max(low, speed * part.rate))
        # A pitch comes from playing slower speech faster, so it ends where the engine's speeds do.
        pitch = min(wanted / low, max(wanted / high, part.pitch))
        self.sample_rate = sample_rate
        self._speech = synthesiser.synthesise(
            text,
            voice_id=part.voice_id,
            sample_rate=sample_rate,
            speed=wanted / pitch,
            language=part.language,
            tells_words=tells_words,
        )
        self._pitch = round(sample_rate * pitch) / sample_rate
        self._timbre = _Timbre(sample_rate, pitch) if round(sample_rate * pitch) != sample_rate else None
        self._ready: list[bytes] = []
        self._heard_frames = 0
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
        if not self._ready:
            return None
        self._heard_frames += len(self._ready[0]) // 2
        return self._ready.pop(0)

    @property
    def heard_s(self) -> float:
        """Return how long the blocks taken so far are."""
        return self._heard_frames / self.sample_rate

    @property
    def said(self) -> list[Said]:
        """Return what was heard when; all of it once every block was taken, if words were asked for."""
        return [
            one._replace(
                start_s=one.start_s / self._pitch,
                end_s=one.end_s / self._pitch,
                marks=None if one.marks is None else tuple(map(self._pitched, one.marks)),
            )
            for one in self._speech.said
        ]

    def _pitched(self, mark: Mark) -> Mark:
        return mark._replace(start_s=mark.start_s / self._pitch, end_s=mark.end_s / self._pitch)

    @property
    def complete(self) -> bool:
        """Return whether every block was taken and nothing is missing."""
        return self._ended and not self._ready and self._speech.complete

    def close(self) -> None:
        """Stop the engine within the piece it computes and join it."""
        self._speech.close()


class _Timbre:
    """Change the pitch of a stream, and with it the time, and cut it into blocks again."""

    def __init__(self, sample_rate: int, pitch: float) -> None:
        from lightning_cli.local.pcm_blocks import BlockCutter, RateConverter  # loads numpy

        # In floats: soxr dithers 16-bit samples, and equal requests would then give other bytes.
        self._played_at = round(sample_rate * pitch)
        self._converter = RateConverter(sample_rate)
        self._cutter = BlockCutter(sample_rate)

    def feed(self, block: bytes) -> list[bytes]:
        from lightning_cli.local.pcm_blocks import from_bytes, to_bytes

        return self._cutter.feed(to_bytes(self._converter.feed(from_bytes(block), self._played_at)))

    def flush(self) -> list[bytes]:
        from lightning_cli.local.pcm_blocks import to_bytes

        return self._cutter.feed(to_bytes(self._converter.flush())) + self._cutter.flush()


class Encoded:
    """Encode an utterance as a stream: the header with the first piece, a piece per block, then the end."""

    def __init__(self, utterance: Utterance, container: Container) -> None:
        self._utterance = utterance
        self._encoder: Encoder = encoder_for(container, streamed=True)
        self._head: bytes | None = None
        self._ended = False
        self._closed = False
        # libsndfile must not be freed under a worker that is inside it.
        self._encoding = threading.Lock()

    def take(self) -> bytes | None:
        """Get the next bytes, never empty; None at the end or when closed."""
        piece = b""
        while not piece and not self._ended:
            with self._encoding:
                piece = b"" if self._closed else self._next()
                self._ended = self._ended or self._closed
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
    def heard_s(self) -> float:
        """Return how long the audio taken so far is."""
        return self._utterance.heard_s

    @property
    def complete(self) -> bool:
        """Return whether everything was given and nothing is missing."""
        return self._ended and self._utterance.complete

    def close(self) -> None:
        """Stop the engine and drop the encoder."""
        self._utterance.close()
        with self._encoding:
            self._closed = True
            self._encoder.close()


def container_bytes(container: Container, sample_rate: int) -> Callable[[bytes], bytes]:
    """Return a function that wraps PCM into a whole container of its own, lengths right."""

    def wrap(pcm: bytes) -> bytes:
        # An MP3 that counts its own frames would end a reader of several joined.
        encoder = encoder_for(container, streamed=container is MP3)
        try:
            body = encoder.begin(PcmFormat(sample_rate)) + encoder.encode(pcm) + encoder.end()
            head = encoder.head(len(body)) if container is not MP3 else b""
        finally:
            encoder.close()
        return head + body[len(head) :]

    return wrap
