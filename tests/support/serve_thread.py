"""``lightning-tts serve`` in a thread of this process: what it needs is loaded already, and it listens at once.

For tests of what it answers; those of signals, processes and messages run it as a process (``serve_process``).
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import pytest
from support.command_line import run_here
from support.serve_process import END_S, START_S, ServedAddress

from lightning_cli.serve import run
from lightning_cli.serve.settings import ServeSettings


def _settings_of(arguments: tuple[str, ...]) -> ServeSettings:
    """Return what the command makes of its options."""
    made: list[ServeSettings] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "serve", lambda settings, _say, _detail: made.append(settings))
        # Its voices need no model, which each server would load anew.
        run_here("serve", "--port", "0", "--engine", "espeak", *arguments)
    return made[0]


class _Thread:
    """The server; ``begin`` raises what it could not begin for."""

    def __init__(self, settings: ServeSettings) -> None:
        self._settings = settings
        self._listeners = run._listen(settings)
        self._listens = threading.Event()
        self._server: run._Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="served")

    def begin(self) -> str:
        """Return its address once it listens."""
        self._thread.start()
        assert self._listens.wait(START_S), "it does not listen"
        if self._fault is not None:
            raise self._fault
        host, port = self._listeners[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def end(self) -> None:
        """End it as a signal does, once streams under way are finished."""
        if self._loop is not None and self._server is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(setattr, self._server, "should_exit", True)
        self._thread.join(END_S)
        assert not self._thread.is_alive(), "it does not end"
        for listener in self._listeners:
            listener.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:  # noqa: BLE001 - raised by the thread that began it
            self._fault = fault
        self._listens.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        thread = self

        class Server(run._Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield

            async def startup(self, *args: object, **kwargs: object) -> None:
                thread._server = self
                await super().startup(*args, **kwargs)  # type: ignore[arg-type] # handed on as they come
                thread._listens.set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run, "_Server", Server)
            await run._serve(self._settings, self._listeners, lambda _line: None)


@contextlib.contextmanager
def running_here(*arguments: str, **env: str) -> Iterator[ServedAddress]:
    """Run a server on a free port for as long as the block runs; ``env`` holds for its options."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        settings = _settings_of(arguments)
    thread = _Thread(settings)
    try:
        yield ServedAddress(thread.begin())
    finally:
        thread.end()
