"""Child processes for calls that may hang or crash: each answers one JSON object, or is killed after its timeout."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

# The directory of the package comes last, so that an installed one and the standard library go first.
_CODE = (
    "import sys; sys.path.append(sys.argv[1]); from lightning_cli.doctor import {module}; {module}.main(sys.argv[2:])"
)
_HOME = Path(__file__).resolve().parent.parent.parent
_SAID_CHARS = 2000


class Children:
    """The child processes; ``ask`` is for any thread, ``end`` stops those that still run."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._ended = False

    def ask(self, module: str, *arguments: str, timeout_s: float) -> dict[str, Any]:
        """Run ``main`` of a module of this package and return what it answered.

        Without an answer in time it is ``{"hung": True}``, and without one at all ``{"died": STATUS}``; either brings
        ``said``, the end of what it wrote to standard error.
        """
        # -P: nothing is imported from the current directory.
        command = (sys.executable, "-P", "-c", _CODE.format(module=module), str(_HOME), *arguments)
        with self._lock:
            if self._ended:
                return {"died": 0, "said": ""}
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            self._running.add(process)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return {"hung": True, "said": _end_of(process.communicate()[1])}
        finally:
            with self._lock:
                self._running.discard(process)
        try:
            answer = json.loads(out.splitlines()[-1])
        except (ValueError, IndexError):
            return {"died": process.returncode, "said": _end_of(err)}
        return answer if isinstance(answer, dict) else {"died": process.returncode, "said": _end_of(err)}

    def end(self) -> None:
        """Stop every process; idempotent."""
        with self._lock:
            self._ended = True
            for process in self._running:
                process.kill()


def _end_of(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip()[-_SAID_CHARS:]
