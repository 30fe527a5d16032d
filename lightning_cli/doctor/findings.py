"""The result of a check, as data."""

from collections.abc import Callable, Iterable, Mapping
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
    exit_code: int = ExitCode.OK
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


def fail(check: str, message: str, hint: str | None, exit_code: int, **facts: Any) -> Finding:
    """Return a failure."""
    return Finding(check, "fail", message, hint, exit_code, facts)


def failed(check: str, fault: LightningError, **facts: Any) -> Finding:
    """Return the finding for an error of errors.py."""
    return Finding(check, "fail", fault.message, fault.hint, fault.exit_code, facts)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return the lowest code among the failures: settings come before the network, the network before the sound."""
    return min((one.exit_code for one in findings if one.state == "fail"), default=ExitCode.OK)
