"""What ``serve`` is told: where to listen, whom to admit, and which trouble to rehearse; the standard library alone."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lightning_cli.client.settings import is_loopback
from lightning_cli.errors import ConfigError, UsageFault
from lightning_cli.request import MODELS

TOKEN_VARIABLE = "LIGHTNING_TTS_TOKEN"  # noqa: S105 # the name of a variable, no secret
DEFAULT_PORT = 8765
ENGINES = ("auto", "neural", "espeak")
DIALECTS = ("new", "seed")
CONTAINERS = ("raw", "first", "each")
EXPIRY_OUTCOMES = ("applied", "not-entitled", "unavailable")
EVENT_BYTES = 1024
ANY_ORIGIN = "*"
_FILE_LIMIT_BYTES = 4096
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_FAULT = re.compile(r"(cut|stall|[45]\d\d):([01]?\.?\d+|[01]\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSettings:
    """Which trouble to rehearse; the defaults rehearse none.

    ``latency_ms`` passes before the first audio; ``rate`` is how many times faster than real time audio leaves, 0 for
    as fast as it comes. ``chances`` maps ``cut``, ``stall`` or a status to its probability; ``seed`` makes their order
    repeatable. ``retired_status`` is what the older routes answer, None while they live. ``retired_models`` have a day
    each, from which on they are refused; up to that day their answers announce it.
    """

    latency_ms: int = 0
    rate: float = 0.0
    chances: tuple[tuple[str, float], ...] = ()
    seed: int | None = None
    retired_status: int | None = None
    retired_models: tuple[tuple[str, date], ...] = ()

    def sunset_of(self, model: str) -> date | None:
        """Return the day from which on a model is refused, None for one that stays."""
        return next((day for name, day in self.retired_models if name == model), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Everything ``serve`` is told; ``concurrency`` 0 means unlimited, ``token`` None admits everyone on this machine.

    ``allowed_origins`` are those of web pages that may use it. Raises ``ConfigError`` for a host that others can reach,
    and for pages of any origin, while there is no token.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str | None = field(default=None, repr=False)
    engine: str = ENGINES[0]
    concurrency: int = 1
    event_bytes: int = EVENT_BYTES
    dialect: str = DIALECTS[0]
    wire_container: str = CONTAINERS[0]
    any_voice: bool = False
    expiry: str = EXPIRY_OUTCOMES[1]
    complete_backoff_ms: int = 0
    allowed_origins: tuple[str, ...] = ()
    faults: FaultSettings = field(default_factory=FaultSettings)

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise ConfigError(
                f"refusing to listen on {self.host} without a token",
                hint=f"set {TOKEN_VARIABLE} or --token-file, or listen on 127.0.0.1",
            )
        if self.token is None and ANY_ORIGIN in self.allowed_origins:
            raise ConfigError(
                "refusing to admit pages of every origin without a token",
                hint=f"set {TOKEN_VARIABLE} or --token-file, or name the origins",
            )


def read_token(path: Path | None, environment: str | None) -> str | None:
    """Return the token from a file, else from the environment's value; None when there is neither.

    Raises ``ConfigError`` for a file that cannot be read and a token that cannot stand in a header.
    """
    if path is not None:
        try:
            with path.open("rb") as file:
                raw = file.read(_FILE_LIMIT_BYTES + 1)
        except OSError as fault:
            raise ConfigError(
                f"cannot read the token file {path} ({fault.strerror})", hint="check --token-file"
            ) from fault
        return _checked(raw.decode("utf-8", "replace").strip(), f"the token file {path}")
    return _checked(environment.strip(), TOKEN_VARIABLE) if environment and environment.strip() else None


def _checked(value: str, source: str) -> str:
    if len(value) > _FILE_LIMIT_BYTES or not _PRINTABLE.fullmatch(value):
        raise ConfigError(f"{source} does not hold a usable token", hint="a token is one word of plain characters")
    return value


def parse_faults(text: str) -> tuple[tuple[str, float], ...]:
    """Read ``429:0.2,cut:0.05,stall:0.01``; raises ``UsageFault``, also when the probabilities exceed 1 together."""
    faults: list[tuple[str, float]] = []
    for part in filter(None, text.replace(" ", "").split(",")):
        found = _FAULT.fullmatch(part)
        if found is None:
            raise UsageFault(
                f"{part!r} is not a fault to rehearse", hint="write kind:probability, as in 429:0.2,cut:0.05,stall:0.01"
            )
        faults.append((found[1], float(found[2])))
    if sum(probability for _, probability in faults) > 1:
        raise UsageFault(f"the probabilities in {text} add up to more than 1", hint="lower them")
    return tuple(faults)


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:\[[0-9a-f:.]+\]|[^\s/?#@\[\]:]+)(?::[0-9]{1,5})?")


def parse_origin(text: str) -> str:
    """Read an origin as browsers send it, ``scheme://host[:port]``, or ``*``; raises ``UsageFault``."""
    origin = text.strip().lower().removesuffix("/")
    if origin != ANY_ORIGIN and not _ORIGIN.fullmatch(origin):
        raise UsageFault(f"{text!r} is not an origin", hint="write scheme://host:port, as in http://localhost:3000")
    # A browser leaves the port out where it is the scheme's own.
    for scheme, port in (("http://", ":80"), ("https://", ":443")):
        if origin.startswith(scheme):
            origin = origin.removesuffix(port)
    return origin


def parse_retired_model(text: str) -> tuple[str, date]:
    """Read ``MODEL`` or ``MODEL=YYYY-MM-DD``; without a day it is retired already. Raises ``UsageFault``."""
    name, _, day = text.strip().partition("=")
    model = name.strip().replace("-", "_")
    if model not in MODELS:
        raise UsageFault(f"unknown model {name!r}", hint=f"known models: {', '.join(MODELS)}")
    try:
        return model, date.fromisoformat(day.strip()) if day.strip() else date.min
    except ValueError as fault:
        raise UsageFault(f"{day!r} is not a day", hint="write it as in lightning_v3.1=2027-01-06") from fault
