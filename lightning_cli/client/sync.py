"""The sync transport: one answer whose body is the audio itself, read as it comes (protocol.md 3.1)."""

from collections.abc import Iterator, Sequence
from typing import Self

import requests

from lightning_cli.audio import FrameAligner, PcmFormat
from lightning_cli.client.body import BodyPayload
from lightning_cli.client.guard import Guard
from lightning_cli.client.stream import WordTime, answer_of, pieces_of, reader_of
from lightning_cli.errors import StreamCut


class SyncStream:
    """Read one body; the response belongs to it.

    A body is complete when its own framing says so: Content-Length or chunks, else the header of its container. Raw
    samples in a body that ends with the connection have neither, so there the end is taken for the end.
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
    def carried(self) -> str | None:
        """Name what the body turned out to be: ``wav``, ``mp3``, ``pcm``, ``ulaw`` or ``alaw``; None at first."""
        return self._payload.carried

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._guard.rest()
        # A body read to its end has given its connection back already; any other ends with it.
        self._response.close()

    def __iter__(self) -> Iterator[bytes]:
        aligner = FrameAligner(self.format.frame_bytes)
        begun = False
        for piece in pieces_of(reader_of(self._response), self._guard):
            if piece and not begun:
                self._guard.watch("next audio", self._idle_timeout_s)
                begun = True
            pcm = aligner.feed(self._payload.feed(piece) if piece else self._payload.finish())
            # The listener may take as long as it likes: only what the service takes is counted.
            self._guard.suspend()
            if pcm:
                yield pcm
            self._guard.progress()
        if aligner.carried_bytes:
            raise StreamCut("the answer ended within a sample: the audio is incomplete", hint="try again")
