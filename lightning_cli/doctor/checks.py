"""What the checks share: findings, their results as data, and child processes for calls that may hang or crash."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from lightning_cli.errors import ExitCode, LightningError

State = Literal["ok", "warn", "fail"]
_NOTHING: Mapping[str, object] = {}


class Finding(NamedTuple):
    """One finding: ``check`` names what was checked, ``hint`` says what to do about it.

    ``exit_code`` is what a failure ends the command with. ``facts`` are the same as values, for ``--json``.
    """

    check: str
    state: State
    message: str
    hint: str | None = None
    exit_code: ExitCode = ExitCode.OK
    facts: Mapping[str, object] = _NOTHING

    def as_json(self) -> dict[str, object]:
        """Return the finding ready for ``json.dumps``."""
        return {
            "check": self.check,
            "state": self.state,
            "message": self.message,
            "hint": self.hint,
            "facts": dict(self.facts),
        }


Check = Callable[[], Iterable[Finding]]


def ok(check: str, message: str, hint: str | None = None, **facts: Any) -> Finding:
    """Return a finding without a problem; ``hint`` is for what could still be added."""
    return Finding(check, "ok", message, hint, facts=facts)


def warn(check: str, message: str, hint: str | None, **facts: Any) -> Finding:
    """Return a warning, which does not change the exit code."""
    return Finding(check, "warn", message, hint, facts=facts)


def fail(check: str, message: str, hint: str | None, exit_code: ExitCode, **facts: Any) -> Finding:
    """Return a failure."""
    return Finding(check, "fail", message, hint, exit_code, facts)


def failed(check: str, fault: LightningError, **facts: Any) -> Finding:
    """Return the finding for an error of errors.py."""
    return Finding(check, "fail", fault.message, fault.hint, fault.exit_code, facts)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return the lowest code among the failures: settings come before the network, the network before the sound."""
    return min((one.exit_code for one in findings if one.state == "fail"), default=ExitCode.OK)


# The directory of the package comes last, so that an installed one and the standard library go first.
_CODE = (
    "import sys; sys.path.append(sys.argv[1]); from lightning_cli.doctor import {module}; {module}.main(sys.argv[2:])"
)
_HOME = Path(__file__).resolve().parent.parent.parent
_SAID_CHARS = 2000


class Children:
    """The child processes of checks, each of which answers one JSON object or is killed after its timeout.

    ``ask`` is for any thread, ``end`` stops those that still run.
    """

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
