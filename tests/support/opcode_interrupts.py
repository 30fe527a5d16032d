"""Interrupt a piece of work before each of its opcodes in turn: python tests/support/opcode_interrupts.py DIRECTORY.

In a process of its own: what an interrupt leaves open, as one between a call and its result does, ends with it.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.sink_parts import FMT, noise

from lightning_cli.client import routes
from lightning_cli.errors import Interrupted, OutputError
from lightning_cli.narration import cache
from lightning_cli.narration.cache import Entry
from lightning_cli.serve import runtime
from lightning_cli.settings import key_store
from lightning_cli.sinks import base, files
from lightning_cli.sinks.containers import FLAC, PCM, Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.system import small_files


class Hit:
    """Raise ``Interrupted`` before the opcode with this number in the modules; ``came`` says if it got that far."""

    def __init__(self, modules: tuple[Any, ...], number: int) -> None:
        self.came = False
        self._places = {module.__file__ for module in modules}
        self._left = number

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in self._places:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self._left -= 1
            if self._left < 0:
                self.came = True
                raise Interrupted(signal.SIGINT)
        return self._trace


def everywhere(modules: tuple[Any, ...], act: Callable[[], object], directory: Path) -> None:
    """Interrupt ``act`` wherever the modules work, end as a process does that dies of it, and look what is left."""
    act()
    whole = {path: path.read_bytes() for path in _files(directory)}
    for path in whole:
        path.unlink()
    for number in itertools.count():
        hit = Hit(modules, number)
        try:
            with hit:
                act()
        except Interrupted:
            pass
        base.undo_all()
        for path in _files(directory):
            if path.read_bytes() != whole.get(path):
                sys.exit(f"{path} is left after an interrupt before opcode {number}")
            path.unlink()
        if not hit.came:
            sys.stdout.write(f"{number}\n")
            return


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _life(sink: FileSink, fault: Exception | None) -> None:
    """Do what the pipeline does with a sink; ``fault`` is what goes wrong on the way."""
    try:
        sink.start(FMT)
        sink.write(noise(100))
        sink.commit()
        if fault is not None:
            raise fault  # noqa: TRY301 - the way out of a failed run is what is looked at
        sink.finish()
    except BaseException as stopped:
        sink.abort()
        if stopped is not fault:
            raise


def _of_a_file(container: Container, fault: Exception | None) -> Callable[[Path], None]:
    def interrupt(directory: Path) -> None:
        everywhere((files,), lambda: _life(FileSink(str(directory / "a"), container), fault), directory)

    return interrupt


def _of_the_cache(directory: Path) -> None:
    kept = cache.SpeechCache(directory)
    everywhere((cache,), lambda: kept.put("a" * 64, Entry(noise(100), 8000)), directory)


def _of_a_small_file(directory: Path) -> None:
    everywhere((small_files,), lambda: small_files.write_json(directory / "a.json", {"a": 1}), directory)


def _of_the_route(directory: Path) -> None:
    memory = routes.RouteMemory(directory, clock=lambda: 1000.0)
    everywhere((routes, small_files), lambda: memory.record("a", other=True), directory)


def _of_the_key(directory: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(directory)
    act = partial(key_store.store_key, "sk_0123456789", None, in_keyring=False)
    everywhere((key_store, small_files), act, directory)


def _of_the_note(directory: Path) -> None:
    os.environ["XDG_RUNTIME_DIR"] = str(directory)
    everywhere((runtime, small_files), lambda: runtime.write_note("http://127.0.0.1:1", None), directory)


_GIVEN_UP = OutputError("the disk is full")
WORKS = (
    _of_a_file(PCM, None),
    _of_a_file(PCM, _GIVEN_UP),
    _of_a_file(FLAC, None),
    _of_a_file(FLAC, _GIVEN_UP),
    _of_the_cache,
    _of_a_small_file,
    _of_the_route,
    _of_the_key,
    _of_the_note,
)


if __name__ == "__main__":
    for work in WORKS:
        work(Path(sys.argv[1]))
