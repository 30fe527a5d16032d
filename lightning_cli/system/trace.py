"""The steps of a run and their times, for ``--stats``; until recording starts a mark costs one comparison.

``time.monotonic`` is the clock. Any thread may mark. A step that happens again and again is kept as its first time,
its last time and a count (``TraceRecorder``), so that hours of speech take no more memory than a word.
"""

import os
import threading
import time
from pathlib import Path

from lightning_cli import IMPORTED_AT
from lightning_cli.system.records import Record

# When the interpreter had come to this package.
LOADED_AT = IMPORTED_AT
# Names of steps that more than one module marks; further steps are named in the same style.
INTERPRETER = "interpreter"
IMPORTS = "program's imports"
COMMAND = "command's imports"
ARGUMENTS = "arguments"
SETTINGS = "settings"
DNS = "DNS"
TCP = "TCP connect"
TLS = "TLS handshake"
PROXY = "proxy tunnel"
# All of these in one, and the upgrade.
WEBSOCKET = "WebSocket connect"
# From when a segment is asked for until the head of its answer is here: what it takes to connect, SENT and HEAD.
REQUEST = "request"
# A moment: all of a request has been handed to the system.
SENT = "request sent"
# From there until the head of the answer has arrived.
HEAD = "answer's head"
# From the head until the first audio of the answer.
FIRST_AUDIO = "first audio event"
# From there until its last byte.
REST = "rest of the answer"
DEVICE = "audio device opened"
# Moments: the first PCM is handed to the sinks; a file or pipe has taken it; the device has asked for it.
FIRST_PCM = "first PCM to the sinks"
FIRST_SOUND = "first sound"
FIRST_WRITE = "first audio written"
# The sinks' end: the last sample heard, the file under its final name.
FINISH = "finish"

# Field 22 of proc(5) is the process's start in ticks since boot; counted behind the name in its parentheses.
_START_FIELD = 22 - 3


class Step(Record):
    """One step in seconds of ``time.monotonic``: its first time, the end of its last, and how often it came.

    ``begin`` is ``end`` for a moment.
    """

    begin: float
    end: float
    last_end: float
    times: int = 1


class TraceRecorder:
    """Recorder of the steps of a run; any thread. ``began`` is the start of the process, see ``process_began``."""

    def __init__(self) -> None:
        self.began = process_began()
        self._steps: dict[str, Step] = {}
        self._lock = threading.Lock()

    def add(self, name: str, begin: float | None, end: float) -> None:
        """Store a step."""
        with self._lock:
            known = self._steps.get(name)
            self._steps[name] = (
                Step(end if begin is None else begin, end, end)
                if known is None
                else known._replace(last_end=end, times=known.times + 1)
            )

    @property
    def steps(self) -> dict[str, Step]:
        """Return the steps so far, by name, in the order of their first end."""
        with self._lock:
            return dict(self._steps)


# The recorder while there is one.
_recorders: list[TraceRecorder] = []


def start() -> TraceRecorder:
    """Begin to record, or go on; returns the recorder."""
    if not _recorders:
        _recorders.append(TraceRecorder())
    return _recorders[0]


def stop() -> None:
    """Stop recording and drop the recorder; a caller that holds it keeps its steps."""
    _recorders.clear()


def now() -> float:
    """Return the time a step begins, for ``mark``; 0 while nothing is recorded."""
    return time.monotonic() if _recorders else 0.0


def mark(name: str, begin: float | None = None, end: float | None = None) -> None:
    """Record that a step is over: it began at ``begin`` (None: a moment) and ended at ``end`` (None: now)."""
    if _recorders:
        _recorders[0].add(name, begin, time.monotonic() if end is None else end)


def process_began() -> float:
    """Return the start of this process in seconds of ``time.monotonic``.

    The kernel tells it in ticks of 10 ms (proc(5)); within its tick it lies as long ago as the processor time used so
    far needs. Where there is no such file it is the first line of ours that ran.
    """
    now_s, used_s = time.monotonic(), time.process_time()
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        # Ticks count from boot, also while the machine slept.
        earliest = int(fields[_START_FIELD]) * tick_s - (time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic())
    except (OSError, ValueError, IndexError, AttributeError):
        return IMPORTED_AT
    return max(earliest, min(earliest + tick_s, now_s - used_s))
