"""Every failure a user can meet, and the exit code it ends in.

    LightningError                      1  base; never raised itself
    ├── UsageFault                      2  the command line or the text cannot be used as given
    │   └── InvalidRequest              2  a request field breaks the API's own limits
    ├── ConfigError                     3  settings cannot be used
    │   └── MissingKey                  3  no API key found
    ├── ServiceError                    4  the service refused the request (status, request id)
    │   ├── KeyRefused                  3  401
    │   └── Unavailable                 5  408, 429, 5xx after all retries
    ├── TransportError                  5  the network failed
    │   ├── CannotConnect               5  no connection was made
    │   ├── TimedOut                    5  one of our clocks ran out
    │   ├── StreamCut                   5  the answer ended before its terminator
    │   ├── StreamFault                 5  the service reported a failure inside its answer
    │   └── AccountBusy                 5  other processes of ours kept the account's slots
    ├── ProtocolError                   5  the answer is not what the protocol says
    ├── EngineError                     4  the offline engine cannot speak this
    ├── AudioError                      6  sound could not be played
    │   ├── NoDevice                    6  no usable output device, or no PortAudio
    │   ├── NothingPlays                6  there is no playback to control
    │   └── DeviceLost                  6  the device stopped taking audio
    └── OutputError                     9  a file or pipe cannot be written

Bugs stay outside the tree: misuse of an object raises ``RuntimeError`` and ends with exit code 1.
``Interrupted`` and ``ReaderGone`` are not failures; they end the process by the signal they stand for.
``Quit`` is none either; it ends the command well.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

from lightning_cli.system.secret_words import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitCode(IntEnum):
    """The exit codes of the commands."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    CONFIG = 3
    REFUSED = 4
    NETWORK = 5
    AUDIO = 6
    SOME_FAILED = 7
    BUDGET = 8
    OUTPUT = 9
    STALE = 10

    @property
    def meaning(self) -> str:
        """Return the meaning of the code in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "ok",
    ExitCode.UNEXPECTED: "unexpected failure",
    ExitCode.USAGE: "usage",
    ExitCode.CONFIG: "no key, a refused key (401), or bad configuration",
    ExitCode.REFUSED: "refused by the service (other 4xx)",
    ExitCode.NETWORK: "network or server fault, 408/429 after all retries, incomplete audio",
    ExitCode.AUDIO: "audio device, or nothing plays",
    ExitCode.SOME_FAILED: "some batch items failed",
    ExitCode.BUDGET: "stopped by --budget",
    ExitCode.OUTPUT: "output cannot be written",
    ExitCode.STALE: "stale (--check)",
}


class LightningError(Exception):
    """Base of all failures: what happened, what to do next, and the exit code."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        # A service may echo the key, and an address may hold a password.
        self.message = without_secrets(message)
        super().__init__(self.message)
        self.hint = without_secrets(hint) if hint else hint
        # The server's own id of the request that failed, for a bug report.
        self.request_id: str | None = None
        # What a run had made when it failed, for ``say --json``.
        self.result: Mapping[str, object] | None = None


class UsageFault(LightningError):
    """The command line or the text cannot be used as given."""

    exit_code = ExitCode.USAGE


class InvalidRequest(UsageFault):
    """A request field breaks a limit of the API; ``field`` is its wire name."""

    def __init__(self, field: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class ConfigError(LightningError):
    """Settings cannot be used."""

    exit_code = ExitCode.CONFIG


class MissingKey(ConfigError):
    """The service needs a key and none was found."""


class ServiceError(LightningError):
    """The service refused the request."""

    exit_code = ExitCode.REFUSED

    def __init__(
        self, message: str, *, status: int | None = None, request_id: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.request_id = without_secrets(request_id) if request_id else request_id
        # Where an answer that redirects points, and the service's own sentence, if it said one.
        self.location: str | None = None
        self.said = ""


class KeyRefused(ServiceError):
    """The service answered 401."""

    exit_code = ExitCode.CONFIG


class Unavailable(ServiceError):
    """The service answered 408, 429 or 5xx; ``retry_after_s`` is what it asked for, if it did."""

    exit_code = ExitCode.NETWORK

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, status=status, request_id=request_id, hint=hint)
        self.retry_after_s = retry_after_s


# Ends a hint where the offline engine may be installed; a command that knows it is not takes it off.
OR_OFFLINE = ", or speak offline with --local"


class TransportError(LightningError):
    """The network failed."""

    exit_code = ExitCode.NETWORK


class CannotConnect(TransportError):
    """No connection was made; trying again is safe, and of use if ``transient``."""

    def __init__(self, message: str, *, hint: str | None = None, transient: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.transient = transient


class TimedOut(TransportError):
    """One of our own clocks ran out."""


class StreamCut(TransportError):
    """The answer ended before its terminator."""


class StreamFault(TransportError):
    """The service reported a failure inside its answer."""


class AccountBusy(TransportError):
    """Other processes of ours kept the account's slots."""


class ProtocolError(LightningError):
    """The answer is not what the protocol says it should be."""

    exit_code = ExitCode.NETWORK


class EngineError(LightningError):
    """The offline engine cannot speak this; silence is never its answer."""

    exit_code = ExitCode.REFUSED


class AudioError(LightningError):
    """Sound could not be played."""

    exit_code = ExitCode.AUDIO


class NoDevice(AudioError):
    """There is no usable output device, or no PortAudio."""


class NothingPlays(AudioError):
    """There is no playback that could be controlled."""


class DeviceLost(AudioError):
    """The device stopped taking audio."""


class OutputError(LightningError):
    """A file or pipe cannot be written."""

    exit_code = ExitCode.OUTPUT


class Interrupted(BaseException):
    """A terminating signal arrived; a ``BaseException`` so that no handler for failures takes it."""

    # Whether there was one in this process; any thread.
    has_come = False

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        Interrupted.has_come = True
        self.signum = signum


class ReaderGone(BaseException):
    """The reader of standard output has left; the process ends quietly by SIGPIPE."""


class Quit(BaseException):
    """The listener has heard enough; the command ends well, with nothing left to do."""
