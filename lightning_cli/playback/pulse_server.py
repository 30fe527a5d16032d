"""A connection to PulseAudio or to PipeWire in its place, and what the server tells about itself and its sinks."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from lightning_cli.errors import DeviceLost
from lightning_cli.playback import libpulse

_CONNECT_S = 5.0
_LOST_HINT = "check that it is still connected and that the sound server runs"


class PulseRefusal(Exception):
    """Raised where no server of this kind will play."""


class PulseSink(NamedTuple):
    """A sink: the name that programs know, what people are shown, and what it takes."""

    name: str
    description: str
    channels: int
    rate: int


class PulseServer:
    """A connection for one thread at a time; ``wake`` is for any other. ``close`` in any state, more than once."""

    def __init__(self) -> None:
        self.library: Any = None
        self.context: Any = None
        self._loop: Any = None

    def connect(self) -> float:
        """Connect, and return until when the server has to have answered what is asked at first.

        Raise ``PulseRefusal`` where there is no server, ``DeviceLost`` if it does not answer.
        """
        try:
            self.library = library = libpulse.load()
        except (OSError, AttributeError) as fault:
            raise PulseRefusal("libpulse is not installed") from fault
        self._loop = library.pa_mainloop_new()
        self.context = library.pa_context_new(library.pa_mainloop_get_api(self._loop), b"lightning-tts")
        deadline = time.monotonic() + _CONNECT_S
        if library.pa_context_connect(self.context, None, libpulse.NO_AUTOSPAWN, None) < 0:
            raise PulseRefusal(self.why())
        ends = {libpulse.CONTEXT_FAILED, libpulse.CONTEXT_TERMINATED}
        self.until(library.pa_context_get_state, self.context, libpulse.CONTEXT_READY, ends, deadline)
        return deadline

    def is_pipewire(self, deadline: float) -> bool:
        """Return whether the server is PipeWire. Raise ``DeviceLost``."""
        names: list[bytes] = []

        def take(_context: Any, info: Any, _data: Any) -> None:
            names.append((info and info.contents.server_name) or b"")

        callback = libpulse.ServerInfoCallback(take)
        self._ask(self.library.pa_context_get_server_info(self.context, callback, None), deadline)
        return any(b"PipeWire" in name for name in names)

    def sinks(self, deadline: float) -> list[PulseSink]:
        """Return the sinks in the server's order. Raise ``DeviceLost``."""
        found: list[PulseSink] = []

        def take(_context: Any, info: Any, is_last: int, _data: Any) -> None:
            if not is_last:
                sink = info.contents
                name, description = (text.decode(errors="replace") for text in (sink.name, sink.description or b""))
                found.append(PulseSink(name, description, sink.sample_spec.channels, sink.sample_spec.rate))

        callback = libpulse.SinkInfoCallback(take)
        self._ask(self.library.pa_context_get_sink_info_list(self.context, callback, None), deadline)
        return found

    def until(self, state: Callable[[Any], int], thing: Any, wanted: int, ends: set[int], deadline: float) -> None:
        """Wait for a state. Raise ``PulseRefusal`` when one of ``ends`` comes, ``DeviceLost`` when nothing does."""
        while (now := state(thing)) != wanted:
            if now in ends:
                raise PulseRefusal(self.why())
            self._turn_until(deadline)

    def turn(self, wait_s: float) -> None:
        """Wait for the server or for ``wake``, and handle what came."""
        library = self.library
        library.pa_mainloop_prepare(self._loop, int(wait_s * 1e6))
        library.poll(self._loop)
        library.pa_mainloop_dispatch(self._loop)

    def wake(self) -> None:
        """End the wait of ``turn``."""
        if self._loop:
            self.library.pa_mainloop_wakeup(self._loop)

    def why(self) -> str:
        """Return what the server said last of a failure."""
        return str(self.library.pa_strerror(self.library.pa_context_errno(self.context)).decode(errors="replace"))

    def disconnect(self) -> None:
        """Leave the server; ``wake`` still does no harm."""
        context, self.context = self.context, None
        if context:
            self.library.pa_context_disconnect(context)
            self.library.pa_context_unref(context)

    def close(self) -> None:
        """Leave the server and free what is held; when no other thread calls ``wake`` any more."""
        self.disconnect()
        loop, self._loop = self._loop, None
        if loop:
            self.library.pa_mainloop_free(loop)

    def _ask(self, operation: Any, deadline: float) -> None:
        """Wait for the end of a question, whose callback has been called by then."""
        while self.library.pa_operation_get_state(operation) == libpulse.OPERATION_RUNNING:
            self._turn_until(deadline)
        self.library.pa_operation_unref(operation)

    def _turn_until(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise DeviceLost("the sound server does not answer", hint=_LOST_HINT)
        self.turn(0.1)


def pulse_sinks() -> list[PulseSink]:
    """Return the sinks of the server; none where there is no server, or one that does not answer."""
    server = PulseServer()
    try:
        return server.sinks(server.connect())
    except (PulseRefusal, DeviceLost):
        return []
    finally:
        server.close()
