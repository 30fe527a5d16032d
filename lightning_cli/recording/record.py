"""A recording of what the service answered, as JSON Lines: how it is written; ``recording_file`` reads it.

    {"lightning_tts_recording": 1, "tool": ..., "base_url": ..., "options": ..., "segments": ...}
    {"event": "segment", "source": ..., "boundary": ..., "marks": ... where the text has any}
    {"event": "request", "at_ms": ..., "method": ..., "path": ..., "headers": ..., "body": ...}
    {"event": "answer", "at_ms": ..., "status": ..., "reason": ..., "headers": ...}
    {"event": "data", "at_ms": ..., "base64": ...}
    {"event": "end", "at_ms": ...}
    {"event": "retry", "at_ms": ..., "delay_s": ...}
    {"event": "done", "at_ms": ..., "exit_code": ..., "complete": ...}

A ``retry`` says that the last segment is asked for again after a wait. An answer ends with ``end``, ``fault`` (what
went wrong, in our own terms) or with ``closed`` (its reader stopped); a ``fault`` may also stand in its place. Times
count from the start of the recording. No header that carries a key is kept, and an echo of the key is blotted out.

The recorder's place in the transport: an adapter in front of another, and a tap on the body of each answer.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pybase64
import requests
from requests.adapters import BaseAdapter

from lightning_cli.client.faults import timed_out
from lightning_cli.client.guard import FOREIGN_FAULTS, Guard, mapped_faults
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.routes import PATHS
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import reader_of
from lightning_cli.errors import CannotConnect, LightningError

if TYPE_CHECKING:
    from lightning_cli.client.routes import RouteMemory

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


class Recorder:
    """Writer of the lines of one recording to ``put``, in order, each as soon as it is known; for one thread."""

    is_replay = False

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._put = put
        self._began = time.monotonic()
        self._secrets = ServiceSettings().secret_filter()
        self._is_open = False
        # The number of the request under way.
        self.requests = 0

    @property
    def routes(self) -> "RouteMemory | None":
        """Return None: a recorded run uses the usual memory of routes."""
        return None

    def retrier(self, usual: Retrier) -> Retrier:
        """Return a retrier that decides as ``usual`` does, and records it."""
        return _NotedRetrier(self, usual)

    def mount(self, session: "requests.Session", guard: "Guard", settings: ServiceSettings) -> None:
        """Stand in front of every adapter of a session."""
        self._secrets = settings.secret_filter()
        for prefix, adapter in list(session.adapters.items()):
            session.mount(prefix, RecordingAdapter(adapter, self, guard))

    def begin(self, header: Mapping[str, object]) -> None:
        """Write the first line."""
        self._write({MAGIC: VERSION, **header})

    def segment(self, source: str, boundary: int, marks: Mapping[str, object] | None = None) -> None:
        """Write that a segment begins, before it is asked for; ``marks`` is what marks of the text say of it."""
        self.leave(self.requests)
        said = {"marks": marks} if marks else {}
        self._write({"event": "segment", "source": source, "boundary": boundary, **said})

    def request(self, method: str, path: str, headers: Mapping[str, str], body: object) -> int:
        """Write that a request is about to leave; return its number."""
        self.leave(self.requests)
        self._is_open = True
        self.requests += 1
        kept = {name: headers[name] for name in KEPT_REQUEST_HEADERS if name in headers}
        self._event("request", method=method, path=path, headers=kept, body=body)
        return self.requests

    def answer(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        """Write the head of an answer."""
        kept = {name: self._secrets.shown(headers[name]) for name in KEPT_ANSWER_HEADERS if name in headers}
        self._event("answer", status=status, reason=self._secrets.shown(reason), headers=kept)

    def data(self, number: int, piece: bytes) -> None:
        """Write a piece of the body of request ``number``, as it came; what follows the answer's end is none."""
        if number != self.requests or not self._is_open:
            return
        self._put_data(self._secrets.feed(piece))

    def _put_data(self, piece: bytes) -> None:
        head = f'{{"event":"data","at_ms":{self._now_ms()},"base64":"'.encode()
        for at in range(0, len(piece), _PIECE_BYTES):
            self._put(head + pybase64.b64encode(piece[at : at + _PIECE_BYTES]) + b'"}\n')

    def end(self, number: int) -> None:
        """Write that a body is over."""
        if self._close(number):
            self._event("end")

    def fault(self, number: int, fault: LightningError) -> None:
        """Write what broke an answer, or came in its place."""
        if self._close(number):
            lasting = {"transient": fault.transient} if isinstance(fault, CannotConnect) else {}
            self._event("fault", kind=type(fault).__name__, message=fault.message, hint=fault.hint, **lasting)

    def leave(self, number: int) -> None:
        """Write that the body was closed early, unless the answer was over."""
        if self._close(number):
            self._event("closed")

    def _close(self, number: int) -> bool:
        """Write what is left of the body of request ``number``; return whether it was open."""
        if number != self.requests or not self._is_open:
            return False
        self._is_open = False
        self._put_data(self._secrets.finish())
        return True

    def retry(self, delay_s: float) -> None:
        """Write that the segment will be asked for again."""
        self.leave(self.requests)
        self._event("retry", delay_s=round(delay_s, 6))

    def done(self, exit_code: int | None, *, complete: bool) -> None:
        """Write the last line: how the run ended (None: by a signal), and whether all of the text was processed."""
        self.leave(self.requests)
        self._event("done", exit_code=exit_code, complete=complete)

    def _event(self, event: str, **fields: object) -> None:
        self._write({"event": event, "at_ms": self._now_ms(), **fields})

    def _write(self, fields: Mapping[str, object]) -> None:
        self._put(json.dumps(fields, separators=(",", ":")).encode() + b"\n")

    def _now_ms(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 3)


class _NotedRetrier(Retrier):
    """A retrier that decides as another does and records it."""

    def __init__(self, recorder: Recorder, inner: Retrier) -> None:
        super().__init__(RetryPolicy())
        self._recorder = recorder
        self._inner = inner

    def delay_after(self, fault: LightningError) -> float | None:
        """Return the other's wait, noted."""
        delay_s = self._inner.delay_after(fault)
        if delay_s is not None:
            self._recorder.retry(delay_s)
        return delay_s

    def wait(self, delay_s: float) -> None:
        """Wait as the other does."""
        self._inner.wait(delay_s)


SPEECH_PATHS = tuple(set(PATHS.values()))


class RecordingAdapter(BaseAdapter):
    """An adapter that passes speech requests to another and copies requests and answers to a recorder.

    Other requests, such as those for dictionaries, pass by.
    """

    def __init__(self, inner: BaseAdapter, recorder: Recorder, guard: Guard) -> None:
        super().__init__()
        self._inner = inner
        self._recorder = recorder
        self._guard = guard

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        """Send one request; raises what the other adapter raises."""
        path = path_of(request)
        if not path.endswith(SPEECH_PATHS):
            return self._inner.send(request, *args, **how)
        number = self._recorder.request(request.method or "", path, request.headers, body_of(request))
        try:
            response = self._inner.send(request, *args, **how)
        except FOREIGN_FAULTS as fault:
            self._recorder.fault(number, _in_our_terms(fault, self._guard, connected=False))
            raise
        self._recorder.answer(response.status_code, response.reason or "", response.headers)
        response.raw = _Tap(response, number, self._recorder, self._guard)
        return response

    def close(self) -> None:
        """Close the other adapter."""
        self._inner.close()


def path_of(request: requests.PreparedRequest) -> str:
    """Return the path that a request goes to, whatever the host."""
    return str(urlsplit(request.url or "").path)


def body_of(request: requests.PreparedRequest) -> object:
    """Parse the JSON body that a request carries."""
    return json.loads(request.body or b"null")


def _in_our_terms(fault: Exception, guard: Guard, *, connected: bool) -> LightningError:
    """Return the error the client will raise for a fault; a bug is raised as it is."""
    try:
        with mapped_faults(guard, connected=connected):
            raise fault
    except LightningError as known:
        return known


class PieceBody:
    """A body that comes in pieces: a subclass returns the next from ``_more``, an empty one at the end."""

    _left = b""

    def read1(self, size: int = -1, *, decode_content: bool = True) -> bytes:
        """Return what is there, at most ``size`` bytes; empty at the end. Raises what broke the answer."""
        del decode_content  # always done, and nothing is ever compressed
        piece = self._left or self._more()
        self._left = piece[size:] if 0 <= size < len(piece) else b""
        return piece[:size] if self._left else piece

    def _more(self) -> bytes:
        raise NotImplementedError


class _Tap(PieceBody):
    """A proxy of a response body that records what is read; everything else is passed through."""

    def __init__(self, response: requests.Response, number: int, recorder: Recorder, guard: Guard) -> None:
        self._raw = response.raw
        self._read = reader_of(response)
        self._number = number
        self._recorder = recorder
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def close(self) -> None:
        """Close the body."""
        self._recorder.leave(self._number)
        self._raw.close()

    def _more(self) -> bytes:
        try:
            piece = self._read()
        except FOREIGN_FAULTS as fault:
            self._recorder.fault(self._number, _in_our_terms(fault, self._guard, connected=True))
            raise
        if piece:
            self._recorder.data(self._number, piece)
        elif self._guard.expired:
            self._recorder.fault(self._number, timed_out(self._guard.expired))
        else:
            self._recorder.end(self._number)
        return piece
