"""Count the instructions that a process takes in user space: callgrind holds still on a busy machine."""

import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.faults import BenchmarkFault
from benchmarks.processes import Child, shown

_COLLECTED = re.compile(r"Collected : (\d+)")
# Without it sets and dictionaries of strings take another order, and another time, in every process.
HASHING = {"PYTHONHASHSEED": "0"}
_LOOKS, _LOOK_S = 10, 0.02


def millions(
    valgrind: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    until: Callable[[], object] | None = None,
) -> float:
    """Return the millions of instructions that a run takes; ``log`` is a file to write to.

    ``argv`` begins with an interpreter: valgrind follows programs, not the first lines of scripts. The kernel's work
    and the waiting are not counted. ``until`` returns when what is counted is over, with the process about to wait for
    something that does not come; it is then ended.
    """
    watcher = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}"]
    with Child([*watcher, *argv], {**environment, **HASHING}, piped=True) as child:
        if until is None:
            child.drain()
            child.wait()
        else:
            until()
            _settle(child.pid)
            # No program has a handler for it, and valgrind still writes its log.
            child.send(signal.SIGUSR1)
            child.wait(code=-signal.SIGUSR1)
    found = _COLLECTED.search(log.read_text())
    if found is None:
        raise BenchmarkFault(f"callgrind counted nothing for {shown(argv)}")
    return int(found[1]) / 1e6


def _settle(pid: int) -> None:
    """Wait until a process waits."""
    asleep = 0
    while asleep < _LOOKS:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
        time.sleep(_LOOK_S)
