"""What happened when, for ``--stats``: nothing is kept until somebody asks, and a mark then costs one comparison.

``time.monotonic`` is the clock. Any thread may mark. A step that happens again and again is kept as its first time,
its last time and a count (``figures.Recorder``), so that hours of speech take no more memory than a word.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightning_cli.figures import Recorder

# Names of steps that more than one module speaks of; whoever has another step to mark names it in the same style.
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

# Holds the recorder while there is one.
_recorders: "list[Recorder]" = []


def start() -> "Recorder":
    """Begin to record, or go on; gives the recorder."""
    if not _recorders:
        # Most runs record nothing.
        from lightning_cli.figures import Recorder

        _recorders.append(Recorder())
    return _recorders[0]


def stop() -> None:
    """Record no more and forget; whoever has the recorder keeps what it holds."""
    _recorders.clear()


def now() -> float:
    """Give the time a step begins, for ``mark``; 0 while nothing is recorded."""
    return time.monotonic() if _recorders else 0.0


def mark(name: str, begin: float | None = None, end: float | None = None) -> None:
    """Record that a step is over: it began at ``begin`` (None: a moment) and ended at ``end`` (None: now)."""
    if _recorders:
        _recorders[0].add(name, begin, time.monotonic() if end is None else end)
