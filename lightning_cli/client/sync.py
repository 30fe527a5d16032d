"""The sync transport: one answer whose body is the audio itself, read as it comes (protocol.md 3.1)."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Self

import requests

from lightning_cli.audio.pcm import FrameAligner, PcmFormat
from lightning_cli.client.answer_formats import BodyPayload
from lightning_cli.client.guard import Guard
from lightning_cli.client.stream import WordTime, answer_of, pieces_of, reader_of
from lightning_cli.errors import StreamCut, TimedOut

# What may follow the audio of a WAV, before the connection is given up instead of kept.
_TAIL_TIMEOUT_S = 0.2


class SyncStream:
    """A stream of PCM out of one body; the response belongs to it.

    A body is complete when its own framing says so: Content-Length or chunks, else the header of its container. Raw
    samples in a body that ends with the connection have neither, so there the end is taken for the end. What follows
    the audio of a WAV counts for nothing.
    """

    def __init__(
        self, response: requests.Response, fmt: PcmFormat, wire_format: str, guard: Guard, idle_timeout_s: float
    ) -> None:
        self.format = fmt
        self.answer = answer_of(response)
        self.words: Sequence[WordTime] = ()
        self._response = response
        self._guard = guard
        self._idle_timeout_s = idle_timeout_s
        self._payload = BodyPayload(fmt, wire_format)

    @property
    def detected_format(self) -> str | None:
        """Return the detected format of the body: ``wav``, ``mp3``, ``pcm``, ``ulaw`` or ``alaw``; None at first."""
        return self._payload.detected_format

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._guard.rest()
        # A body read to its end has given its connection back already; any other ends with it.
        self._response.close()

    def __iter__(self) -> Iterator[bytes]:
        aligner = FrameAligner(self.format.frame_bytes)
        started = False
        pieces = pieces_of(reader_of(self._response), self._guard)
        for piece in pieces:
            pcm = aligner.feed(self._payload.feed(piece) if piece else self._payload.finish())
            # Only audio restarts the clock. The frames of an MP3 are decoded when all of them are here.
            if pcm or self._payload.detected_format == "mp3":
                if not started:
                    self._guard.watch("next audio", self._idle_timeout_s)
                    started = True
                # The listener may take as long as it likes: only what the service takes is counted.
                self._guard.suspend()
                if pcm:
                    yield pcm
                self._guard.progress()
            if self._payload.whole:
                self._read_on(pieces)
                break
        if aligner.carried_bytes:
            raise StreamCut("the answer ended within a sample: the audio is incomplete", hint="try again")

    def _read_on(self, pieces: Iterator[bytes]) -> None:
        """Read what follows the audio, for a moment, so that the connection can serve again."""
        self._guard.watch("next audio", _TAIL_TIMEOUT_S)
        # How the rest ends makes no difference any more; that it cannot be unpacked does.
        with contextlib.suppress(StreamCut, TimedOut):
            for _ in pieces:
                pass
