"""A recording of what the service answered, as JSON Lines: how it is written; ``recording_file`` reads it.

    {"lightning_tts_recording": 1, "tool": ..., "base_url": ..., "options": ..., "segments": ...}
    {"event": "segment", "source": ..., "boundary": ...}
    {"event": "request", "at_ms": ..., "method": ..., "path": ..., "headers": ..., "body": ...}
    {"event": "answer", "at_ms": ..., "status": ..., "reason": ..., "headers": ...}
    {"event": "data", "at_ms": ..., "base64": ...}
    {"event": "end", "at_ms": ...}
    {"event": "retry", "at_ms": ..., "delay_s": ...}
    {"event": "done", "at_ms": ..., "exit_code": ..., "complete": ...}

A ``retry`` says that the last segment is asked for again after a wait. An answer ends with ``end``, ``fault`` (what
went wrong, in our own terms) or with ``closed`` (nobody read on); a ``fault`` may also stand in its place. Times count
from the start of the recording. No header that carries a key is kept, and an echo of the key is blotted out.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import pybase64

from lightning_cli.client.retry import Retrier, Retries, RetryPolicy
from lightning_cli.errors import CannotConnect, LightningError

if TYPE_CHECKING:
    import requests

    from lightning_cli.client.guard import Guard
    from lightning_cli.client.routes import RouteMemory
    from lightning_cli.client.settings import ServiceSettings

VERSION = 1
MAGIC = "lightning_tts_recording"
# What a replay needs of the headers, and what a person who looks for the request does.
KEPT_REQUEST_HEADERS = ("accept", "x-expire-content")
KEPT_ANSWER_HEADERS = tuple(
    "content-type x-request-id x-session-id x-external-request-id x-external-session-id x-content-expiry "
    "retry-after retry-after-ms location date".split()
)
# Keeps a line well below what the reader takes.
_PIECE_BYTES = 256 * 1024
# What is shorter is no secret, and may stand in audio by chance.
_SECRET_CHARS = 12


class Tape(Protocol):
    """Whatever stands between a client and its transports: a recorder in front of them, or a recording instead."""

    is_replay: bool

    @property
    def routes(self) -> "RouteMemory | None":
        """Give the memory of routes to use; None for the usual one."""

    def retries(self, usual: Retries) -> Retries:
        """Give what decides on another try."""

    def mount(self, session: "requests.Session", guard: "Guard", settings: "ServiceSettings") -> None:
        """Take the place of the session's adapters."""


class Recorder:
    """Write the lines of one recording to ``put``, in order, each as soon as it is known; for one thread."""

    is_replay = False

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._put = put
        self._began = time.monotonic()
        self._secret = ""
        self._is_open = False
        # The number of the request under way.
        self.requests = 0

    @property
    def routes(self) -> "RouteMemory | None":
        """Give none: a recorded run remembers as any other."""
        return None

    def retries(self, usual: Retries) -> Retries:
        """Give what decides as ``usual`` does, and tells of it."""
        return _NotedRetries(self, usual)

    def mount(self, session: "requests.Session", guard: "Guard", settings: "ServiceSettings") -> None:
        """Stand in front of every adapter of a session."""
        from lightning_cli.client.recording_tap import RecordingAdapter  # needs requests, which loads late

        key = settings.key or ""
        self._secret = key if len(key) >= _SECRET_CHARS else ""
        for prefix, adapter in list(session.adapters.items()):
            session.mount(prefix, RecordingAdapter(adapter, self, guard))

    def begin(self, header: Mapping[str, object]) -> None:
        """Write the first line."""
        self._write({MAGIC: VERSION, **header})

    def segment(self, source: str, boundary: int) -> None:
        """Write that a segment begins, before it is asked for."""
        self.leave(self.requests)
        self._write({"event": "segment", "source": source, "boundary": boundary})

    def request(self, method: str, path: str, headers: Mapping[str, str], body: object) -> int:
        """Write that a request is about to leave; give its number."""
        self.leave(self.requests)
        self._is_open = True
        self.requests += 1
        kept = {name: headers[name] for name in KEPT_REQUEST_HEADERS if name in headers}
        self._event("request", method=method, path=path, headers=kept, body=body)
        return self.requests

    def answer(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        """Write the head of an answer."""
        kept = {name: self._blotted(headers[name]) for name in KEPT_ANSWER_HEADERS if name in headers}
        self._event("answer", status=status, reason=self._blotted(reason), headers=kept)

    def data(self, number: int, piece: bytes) -> None:
        """Write a piece of the body of request ``number``, as it came; what follows the answer's end is none."""
        if number != self.requests or not self._is_open:
            return
        if self._secret:
            piece = piece.replace(self._secret.encode(), b"*" * len(self._secret))
        head = f'{{"event":"data","at_ms":{self._now_ms()},"base64":"'.encode()
        for at in range(0, len(piece), _PIECE_BYTES):
            self._put(head + pybase64.b64encode(piece[at : at + _PIECE_BYTES]) + b'"}\n')

    def end(self, number: int) -> None:
        """Write that a body is over."""
        if number == self.requests and self._is_open:
            self._is_open = False
            self._event("end")

    def fault(self, number: int, fault: LightningError) -> None:
        """Write what broke an answer, or came in its place."""
        if number == self.requests and self._is_open:
            self._is_open = False
            lasting = {"transient": fault.transient} if isinstance(fault, CannotConnect) else {}
            message = self._blotted(fault.message)
            self._event("fault", kind=type(fault).__name__, message=message, hint=fault.hint, **lasting)

    def leave(self, number: int) -> None:
        """Write that nobody reads on, unless the answer was over."""
        if number == self.requests and self._is_open:
            self._is_open = False
            self._event("closed")

    def retry(self, delay_s: float) -> None:
        """Write that the segment will be asked for again."""
        self.leave(self.requests)
        self._event("retry", delay_s=round(delay_s, 6))

    def done(self, exit_code: int | None, *, complete: bool) -> None:
        """Write the last line: how the run ended (None: by a signal), and whether all of the text had its turn."""
        self.leave(self.requests)
        self._event("done", exit_code=exit_code, complete=complete)

    def _event(self, event: str, **fields: object) -> None:
        self._write({"event": event, "at_ms": self._now_ms(), **fields})

    def _write(self, fields: Mapping[str, object]) -> None:
        self._put(json.dumps(fields, separators=(",", ":")).encode() + b"\n")

    def _blotted(self, told: str) -> str:
        return told.replace(self._secret, "*" * len(self._secret)) if self._secret else told

    def _now_ms(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 3)


class _NotedRetries:
    def __init__(self, recorder: Recorder, usual: Retries) -> None:
        self._recorder = recorder
        self._usual = usual

    def retrier(self) -> Retrier:
        return _NotedRetrier(self._recorder, self._usual.retrier())


class _NotedRetrier(Retrier):
    """Decide as another does."""

    def __init__(self, recorder: Recorder, inner: Retrier) -> None:
        super().__init__(RetryPolicy())
        self._recorder = recorder
        self._inner = inner

    def delay_after(self, fault: LightningError) -> float | None:
        """Give the other's wait, noted."""
        delay_s = self._inner.delay_after(fault)
        if delay_s is not None:
            self._recorder.retry(delay_s)
        return delay_s

    def wait(self, delay_s: float) -> None:
        """Wait as the other does."""
        self._inner.wait(delay_s)
