"""The recorder's place in the transport: an adapter in front of another, and a tap on the body of each answer."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from lightning_cli.client.faults import FOREIGN_FAULTS, mapped_faults, timed_out
from lightning_cli.client.guard import Guard
from lightning_cli.client.recording import Recorder
from lightning_cli.client.routes import PATHS
from lightning_cli.client.stream import reader_of
from lightning_cli.errors import LightningError

SPEECH_PATHS = tuple(set(PATHS.values()))


class RecordingAdapter(BaseAdapter):
    """Let requests for speech through to another adapter, and what comes of them back, word by word to a recorder.

    Other requests, such as those for dictionaries, pass by.
    """

    def __init__(self, inner: BaseAdapter, recorder: Recorder, guard: Guard) -> None:
        super().__init__()
        self._inner = inner
        self._recorder = recorder
        self._guard = guard

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 # the signature of the base class
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002 # the same
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request; raises what the other adapter raises."""
        how: dict[str, Any] = {
            "stream": stream,
            "timeout": timeout,
            "verify": verify,
            "cert": cert,
            "proxies": proxies,
        }
        path = path_of(request)
        if not path.endswith(SPEECH_PATHS):
            return self._inner.send(request, **how)
        number = self._recorder.request(request.method or "", path, request.headers, body_of(request))
        try:
            response = self._inner.send(request, **how)
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
    """Give the path that a request goes to, whatever the host."""
    return str(urlsplit(request.url or "").path)


def body_of(request: requests.PreparedRequest) -> object:
    """Parse the JSON body that a request carries."""
    return json.loads(request.body or b"null")


def _in_our_terms(fault: Exception, guard: Guard, *, connected: bool) -> LightningError:
    """Give what the client will make of a fault; raises a bug as it is."""
    try:
        with mapped_faults(guard, connected=connected):
            raise fault
    except LightningError as known:
        return known


class _Tap:
    """Stand for a body, telling what is read of it; everything else is the body's own business."""

    def __init__(self, response: requests.Response, number: int, recorder: Recorder, guard: Guard) -> None:
        self._raw = response.raw
        self._read = reader_of(response)
        self._left = b""
        self._number = number
        self._recorder = recorder
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def read1(self, size: int = -1, *, decode_content: bool = True) -> bytes:
        """Read what is there, at most ``size`` bytes; empty at the end. Raises what the body raises."""
        del decode_content  # always done, and nothing is ever compressed
        piece = self._left or self._more()
        self._left = piece[size:] if 0 <= size < len(piece) else b""
        return piece[:size] if self._left else piece

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
