"""The WebSocket transport: one connection kept for request after request, each answer a stream of PCM.

A request is a plain one, or one that goes on with a context (protocol.md 3.5). Nothing marks the end of a context, so
each message says that no more of it follows: it is released at once, and its own ``complete`` ends its answer. The
service may close after each answer or keep the connection; both look the same from outside.
"""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Self

from lightning_cli.audio.pcm import FrameAligner, PcmFormat
from lightning_cli.client.answer_formats import EventPayload
from lightning_cli.client.faults import timed_out
from lightning_cli.client.notices import Announce, announced_in, unheard
from lightning_cli.client.routes import Router
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import Answer, WordTime, check_words
from lightning_cli.client.websocket.ws_connection import WsConnection
from lightning_cli.client.websocket.ws_frames import Frame, failure_of, read_frame
from lightning_cli.errors import LightningError, ProtocolError, StreamCut
from lightning_cli.request import SpeechRequest

# How long the service waits for more text before it says that an answer is complete. Its default of 4 s would stand
# between any two sentences; none at all might mean "complete" ahead of audio still being made, and words lost.
_COMPLETE_BACKOFF_MS = 500
# Load balancers forget idle connections without a word; a new one costs less than waiting for the clock to run out.
_KEPT_S = 20.0
_GOODBYE_S = 0.5
# What may have come of a connection while it was idle; with more there is no end to it.
_IDLE_MESSAGES = 50


class WsSession:
    """One connection, kept for request after request, one at a time; for one thread, closed by its owner."""

    def __init__(self, settings: ServiceSettings, router: Router, announce: Announce | None = None) -> None:
        self.idle_timeout_s = settings.timeouts.idle_s
        self._settings = settings
        self._router = router
        self.announce = announce or unheard
        self._line: WsConnection | None = None
        self._kind: tuple[str | None, bool] | None = None
        self._used_at = 0.0
        self._busy = False

    def stream(self, request: SpeechRequest) -> "WsStream":
        """Send ``request`` and return its answer once its first message has arrived; the caller closes it.

        A connection that the service closed since the last answer is replaced without a sign. Raises
        ``ServiceError``, ``TransportError`` or ``ProtocolError``.
        """
        kind = (request.model, request.expire_content)
        if self._line is not None and not self._is_usable(self._line, kind):
            self.drop()
        if self._line is not None:
            try:
                return self._ask(self._line, request)
            except StreamCut:
                # It was closed while our request was on its way: nothing of it has been answered.
                self.drop()
        self._line = self._router.open(request.model, lambda path: self._connect(path, request))
        self._kind = kind
        return self._ask(self._line, request)

    def release(self) -> None:
        """Take the connection back from a stream that was read to its end."""
        self._used_at = time.monotonic()
        self._busy = False

    def drop(self) -> None:
        """Close the connection at once."""
        if self._line is not None:
            self._line.abort()
            self._line = None
        self._busy = False

    def interrupt(self) -> None:
        """End the connection under the thread that waits on it; any thread."""
        line = self._line
        if line is not None:
            line.cut()

    def close(self) -> None:
        """Close the connection, in good manners if it is idle; idempotent."""
        if self._line is not None and not self._busy:
            self._close_context(self._line)
            self._line.close()
            self._line = None
        self.drop()

    def _connect(self, path: str, request: SpeechRequest) -> WsConnection:
        line = WsConnection(self._settings.socket_root + path, self._settings, expire_content=request.expire_content)
        if ending := announced_in(line.headers, path):
            self.announce(ending)
        return line

    def _is_usable(self, line: WsConnection, kind: tuple[str | None, bool]) -> bool:
        """Return whether the kept connection will do: of the kind, not idle for long, open, and with nothing to say.

        Raises ``ProtocolError`` for audio that came after its answer was complete, since that was heard without it.
        """
        if self._busy or kind != self._kind or time.monotonic() - self._used_at > _KEPT_S:
            return False
        for _ in range(_IDLE_MESSAGES):
            try:
                message = line.poll()
                frame = read_frame(message) if message is not None else None
            except LightningError:
                return False
            if frame is None:
                return True
            if frame.audio:
                self.drop()
                raise ProtocolError(
                    "the service sent more audio after it had said that its answer was complete: words may be missing",
                    hint="use --transport sse, and report this",
                )
            if frame.failed:
                return False
        return False

    def _ask(self, line: WsConnection, request: SpeechRequest) -> "WsStream":
        timeouts = self._settings.timeouts
        deadline = time.monotonic() + timeouts.first_byte_s
        self._busy = True
        try:
            line.send(self._message(request), timeouts.first_byte_s)
            frame = next_frame(line, "first audio", deadline, self.announce)
        except BaseException:
            self.drop()
            raise
        return WsStream(self, line, request, frame, deadline)

    def _close_context(self, line: WsConnection) -> None:
        """Release the context's place; there is no answer, and a closed connection has released it already."""
        if self._settings.context_id is not None:
            with contextlib.suppress(LightningError):
                line.send(json.dumps({"context_id": self._settings.context_id, "context_close": True}), _GOODBYE_S)

    def _message(self, request: SpeechRequest) -> str:
        fields = request.payload()
        if self._settings.word_timestamps:
            fields["word_timestamps"] = True
        fields["complete_backoff_ms"] = _COMPLETE_BACKOFF_MS
        if self._settings.context_id is not None:
            fields |= {"context_id": self._settings.context_id, "continue": False}
        return json.dumps(fields, ensure_ascii=False, allow_nan=False)


class WsStream:
    """A stream of PCM out of one answer; ``words`` fills with the times of its words as they come, if requested.

    Times count from the start of this answer's audio, so a text of several requests adds what came before. Only some
    voices have them (protocol.md 3.5); for the others ``words`` stays empty.
    """

    def __init__(
        self, session: WsSession, line: WsConnection, request: SpeechRequest, first: Frame, deadline: float
    ) -> None:
        self.format = PcmFormat(request.sample_rate)
        self.answer = _answer_of(first)
        self.words: list[WordTime] = []
        self._session = session
        self._line = line
        self._request = request
        self._letters = 0
        self._frame = first
        self._deadline = deadline
        self._payload = EventPayload(self.format, request.output_format) if request.output_format != "pcm" else None
        self._heard = False
        self._complete = False

    @property
    def detected_format(self) -> str:
        """Return the detected format of the messages: ``pcm``, ``wav`` or ``mp3``."""
        return self._payload.detected_format if self._payload is not None else "pcm"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._complete:
            self._session.release()
        else:
            self._session.drop()

    def __iter__(self) -> Iterator[bytes]:
        aligner = FrameAligner(self.format.frame_bytes)
        frame = self._frame
        while True:
            pcm = aligner.feed(self._audio(frame))
            if pcm:
                yield pcm
            if frame.complete:
                if aligner.carried_bytes:
                    raise StreamCut("the answer ended within a sample: the audio is incomplete", hint="try again")
                self._complete = True
                return
            frame = self._next(wound_up=bool(frame.audio) or frame.word is not None)

    def _audio(self, frame: Frame) -> bytes:
        """Take in a message; return its PCM."""
        if frame.word is not None:
            self._letters += len(frame.word.word) + 1
            check_words(self._letters, self._request)
            self.words.append(frame.word)
        self._heard = self._heard or bool(frame.audio)
        if self._payload is None:
            return frame.audio
        pcm = self._payload.feed(frame.audio)
        return pcm + self._payload.finish() if frame.complete else pcm

    def _next(self, *, wound_up: bool) -> Frame:
        """Wait for the next message that counts; while the listener takes its time no clock runs.

        The clock is ``wound_up`` by what brings audio or words: a message that means nothing does not keep an answer
        alive.
        """
        if self._heard and wound_up:
            self._deadline = time.monotonic() + self._session.idle_timeout_s
        phase = "next audio" if self._heard else "first audio"
        return next_frame(self._line, phase, self._deadline, self._session.announce)


def next_frame(line: WsConnection, phase: str, deadline: float, announce: Announce = unheard) -> Frame:
    """Wait for the next message that is part of an answer; raises what a failure or a close stands for."""
    while True:
        frame = read_frame(line.receive(phase, deadline))
        if frame.warning is not None:
            announce(frame.warning)
        if frame.counts:
            break
        # What has arrived is given without a look at the clock: a flood of it would never end.
        if time.monotonic() > deadline:
            raise timed_out(phase)
    if frame.failed:
        raise failure_of(frame, heard=phase == "next audio")
    return frame


def _answer_of(frame: Frame) -> Answer:
    """Read the ids from the first message (protocol.md 3.5)."""
    return Answer(
        request_id=frame.text("request_id"),
        session_id=frame.text("session_id"),
        external_request_id=frame.text("external_request_id"),
        external_session_id=frame.text("external_session_id"),
    )
