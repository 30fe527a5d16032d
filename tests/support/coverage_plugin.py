"""A plug-in of coverage, named in pyproject.toml: measures where coverage itself is blind.

The command dies by the very signal that stopped it, and a process that dies so writes nothing down. PortAudio calls
back in a thread that C has made, and what traces Python is told of Python's own threads alone.
"""

import importlib.abc
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import coverage


def coverage_init(_registry: Any, _options: Any) -> None:
    """Save before this process sends itself a signal, and trace the callbacks of PortAudio."""
    send = os.kill

    def save_and_send(pid: int, signum: int) -> None:
        measured = coverage.Coverage.current()
        if pid == os.getpid() and signum and measured is not None:
            measured.save()
        send(pid, signum)

    os.kill = save_and_send
    sys.meta_path.insert(0, _AfterSounddevice())


class _AfterSounddevice(importlib.abc.MetaPathFinder):
    """Change sounddevice right behind its import: importing it here would start PortAudio in every process."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as others do, once, and change how it is loaded."""
        del path, target
        if name != "sounddevice":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader = spec.loader if spec is not None else None
        if loader is not None:
            load = loader.exec_module

            def load_and_change(module: ModuleType) -> None:
                load(module)
                _trace_callbacks(module)

            loader.exec_module = load_and_change  # type: ignore[method-assign] # of this one loader
        return spec


def _trace_callbacks(sounddevice: Any) -> None:
    begin = sounddevice.RawOutputStream.__init__

    def begin_traced(stream: Any, *, callback: Any, finished_callback: Any, **options: Any) -> None:
        begin(stream, callback=_traced(callback), finished_callback=_traced(finished_callback), **options)

    sounddevice.RawOutputStream.__init__ = begin_traced


def _traced(callback: Callable[..., None]) -> Callable[..., None]:
    def call(*given: Any) -> None:
        if sys.gettrace() is None:
            sys.settrace(threading.gettrace())
        callback(*given)

    return call
