"""A recording in place of the network: requests are compared with it, and its answers are returned."""

import itertools
import time
from typing import Any

import pybase64
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from lightning_cli import errors
from lightning_cli.client.guard import Guard
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.routes import PATHS, UNIFIED, RouteMemory
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import LightningError, TransportError, UsageFault
from lightning_cli.recording.record import KEPT_REQUEST_HEADERS, SPEECH_PATHS, PieceBody, body_of, path_of
from lightning_cli.recording.recording_file import Recording, RecordingLine

# No timeout of ours expires by itself: the recording has those that did.
PATIENT = Timeouts(connect_s=1e6, first_byte_s=1e6, idle_s=1e6)
_FAULTS: dict[str, type[LightningError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, TransportError | errors.ProtocolError | errors.ConfigError)
}
_SHOWN_CHARS = 80


class Replay:
    """A replay of a recording, request by request; ``in_real_time`` each piece when it came, else at once.

    For one client. Raises ``UsageFault`` for a request that was not recorded.
    """

    is_replay = True

    def __init__(self, recording: Recording, *, in_real_time: bool) -> None:
        self.recording = recording
        self._in_real_time = in_real_time
        self._lines = recording.lines()
        self._next: RecordingLine | None = None

    @property
    def routes(self) -> RouteMemory:
        """Return what the recorded run remembered of the routes."""
        return _RecordedRoutes(self.recording.first_path)

    def retrier(self, usual: Retrier) -> Retrier:
        """Return a retrier that tries again whenever the recorded run did."""
        del usual
        return _RecordedRetrier(self)

    def mount(self, session: requests.Session, guard: Guard, settings: ServiceSettings) -> None:
        """Replace every adapter: nothing reaches the network."""
        del guard, settings
        adapter = _ReplayAdapter(self)
        for prefix in ("https://", "http://", "local://"):
            session.mount(prefix, adapter)

    def take_request(self) -> RecordingLine:
        """Read on to the next request; raises ``UsageFault`` where there is none."""
        while (line := self._take()).event not in {"request", "done"}:
            pass
        if line.event == "request":
            return line
        self._next = line
        asked = "one more was" if self.recording.requests else "one was"
        raise UsageFault(
            f"{self.recording.path} has {_counted(self.recording.requests)}, and {asked} asked for",
            hint="drop the options that differ from the recorded run",
        )

    def take_of_answer(self) -> RecordingLine:
        """Read on to the next line of the answer; raises ``UsageFault`` where the recorded run did not read on."""
        line = self._take()
        if line.event == "closed":
            raise UsageFault(
                f"{self.recording.path}, line {line.number}: the recorded run was stopped here",
                hint="the recording ends there",
            )
        return line

    def tries_again_after_s(self) -> float | None:
        """Return the recorded wait before the same segment was requested again; None if it never was."""
        while (line := self._take()).event in {"data", "answer", "end", "fault", "closed"}:
            pass
        self._next = line
        return float(line.fields["delay_s"]) if line.event == "retry" else None

    def wait(self, seconds: float) -> None:
        """Wait for so much of the recorded time; a signal ends it."""
        if self._in_real_time and seconds > 0:
            time.sleep(seconds)

    def _take(self) -> RecordingLine:
        line, self._next = self._next or next(self._lines), None
        return line


class _ReplayAdapter(BaseAdapter):
    def __init__(self, replay: Replay) -> None:
        super().__init__()
        self._replay = replay

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        """Return the answer that was recorded; raises what came in its place."""
        del args, how
        asked = self._replay.take_request()
        _check_same(self._replay.recording, asked, request)
        clock = _Clock(self._replay, asked.at_s)
        line = self._replay.take_of_answer()
        clock.wait_for(line.at_s)
        if line.event == "fault":
            raise fault_from(line)
        response = requests.Response()
        response.status_code = line.fields["status"]
        response.reason = line.fields["reason"]
        response.headers = CaseInsensitiveDict(line.fields["headers"])
        response.url = request.url or ""
        response.request = request
        response.raw = _ReplayBody(self._replay, clock, is_refusal=response.status_code != requests.codes.ok)
        return response

    def close(self) -> None:
        """Do nothing: the recording belongs to another user."""


class _Clock:
    """A clock that runs with the recording from the moment a request was sent."""

    def __init__(self, replay: Replay, at_s: float) -> None:
        self._replay = replay
        self._offset_s = time.monotonic() - at_s

    def wait_for(self, at_s: float) -> None:
        self._replay.wait(at_s + self._offset_s - time.monotonic())


class _ReplayBody(PieceBody):
    """A recorded body with as much of the interface of urllib3's responses as the client uses."""

    # No pool takes it back, so it is never drained.
    connection = None

    def __init__(self, replay: Replay, clock: _Clock, *, is_refusal: bool) -> None:
        self._replay = replay
        self._clock = clock
        self._is_refusal = is_refusal
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, as ``read1`` does: requests itself reads a redirect's body, which is not recorded."""
        return self.read1(size)

    def close(self) -> None:
        """Do nothing: what is left is passed over."""

    def _more(self) -> bytes:
        if self._ended:
            return b""
        line = self._replay.take_of_answer()
        self._clock.wait_for(line.at_s)
        if line.event == "data":
            return pybase64.b64decode(line.fields["base64"], validate=True)
        self._ended = True
        if line.event == "end":
            return b""
        # A refusal's body counts as far as it goes.
        raise OSError(line.fields["message"]) if self._is_refusal else fault_from(line)


class _RecordedRoutes(RouteMemory):
    """A memory of routes that returns what the recorded run used, and stores nothing."""

    def __init__(self, first_path: str) -> None:
        super().__init__()
        self._is_unified = first_path.endswith(tuple(path for (_, name), path in PATHS.items() if name == UNIFIED))

    def recall(self, key: str) -> bool:
        """Return which route was taken first."""
        del key
        return self._is_unified

    def record(self, key: str, *, other: bool) -> None:
        """Store nothing: a replay says nothing about a service."""


class _RecordedRetrier(Retrier):
    """A retrier that tries again when the recorded run did."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(RetryPolicy())
        self._replay = replay

    def delay_after(self, fault: LightningError) -> float | None:
        """Return the wait that was recorded; None where the recorded run gave in."""
        del fault
        return self._replay.tries_again_after_s()

    def wait(self, delay_s: float) -> None:
        """Wait as long as the recorded run did, in real time."""
        self._replay.wait(delay_s)


def fault_from(line: RecordingLine) -> LightningError:
    """Return the error that a line holds."""
    fields = line.fields
    kind = _FAULTS.get(fields["kind"], errors.ProtocolError)
    fault = kind(fields["message"], hint=fields["hint"])
    if isinstance(fault, errors.CannotConnect):
        fault.transient = fields.get("transient") is not False
    return fault


def _check_same(recording: Recording, line: RecordingLine, request: requests.PreparedRequest) -> None:
    """Raise ``UsageFault`` that names the first difference between a request and the recorded one."""
    asked = {"method": request.method, "path": path_of(request)}
    asked |= {name: request.headers.get(name) for name in KEPT_REQUEST_HEADERS}
    fields = line.fields
    headers = CaseInsensitiveDict(fields["headers"])
    recorded = {name: fields[name] for name in ("method", "path")}
    recorded |= {name: headers.get(name) for name in KEPT_REQUEST_HEADERS}
    if not str(asked["path"]).endswith(SPEECH_PATHS):
        raise UsageFault(f"{asked['path']} is asked for, and a recording has speech only", hint="drop --replay")
    body = body_of(request)
    asked |= body if isinstance(body, dict) else {}
    recorded |= fields["body"]
    # The times of words come with the recorded events, whether they are wanted again or not.
    for name in {**asked, **recorded}:
        if name != "word_timestamps" and asked.get(name) != recorded.get(name):
            raise differs(f"{recording.path}, line {line.number}: {name}", recorded.get(name), asked.get(name))


def differs(what: str, recorded: object, asked: object) -> UsageFault:
    """Return the error for a difference from the recording."""
    was, now = map(_as_text, (recorded, asked))
    # Long texts are shown from shortly before they part.
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(was or "", now or "", strict=False))
    same = sum(1 for _ in pairs)
    start = max(0, same - _SHOWN_CHARS // 2) if max(len(was or ""), len(now or "")) > _SHOWN_CHARS else 0
    return UsageFault(
        f"{what} was {_shown(was, start)} when it was recorded, and now is {_shown(now, start)}",
        hint="drop the options that differ from the recorded run",
    )


def _as_text(value: object) -> str | None:
    if isinstance(value, list):
        return " ".join(map(str, value)) or None
    return None if value is None else str(value)


def _shown(told: str | None, start: int) -> str:
    if told is None:
        return "absent"
    piece = told[start : start + _SHOWN_CHARS]
    return repr(("…" if start else "") + piece + ("…" if start + _SHOWN_CHARS < len(told) else ""))


def _counted(requests_recorded: int) -> str:
    return {0: "no request", 1: "one request"}.get(requests_recorded, f"{requests_recorded} requests")
