"""The settings to reach the service: frozen values that the command line fills in and the client reads."""

from urllib.parse import urlsplit

from lightning_cli import __version__
from lightning_cli.client.preconnect import guess
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.errors import ConfigError
from lightning_cli.request import KEY_VARIABLE, WIRE_FORMATS, check_id
from lightning_cli.system.records import Record
from lightning_cli.system.secret_words import BLOT, SecretFilter, keep_secret

SERVICE_URL = guess.SERVICE_URL
LOCAL_URL = "local://engine"
# What a request says it comes from.
SOURCE = "lightning-tts"
USER_AGENT = f"{SOURCE}/{__version__}"
# A base URL may carry the API's prefix already: the current one, or that of the older hosts (protocol.md 1.1).
_PREFIXES = ("/waves/v1", "/api/v1")
ROUTES = ("auto", "seed", "unified")
TRANSPORTS = ("sse", "sync", "ws")


class Timeouts(Record):
    """The bound of every wait, in seconds: to connect, to the first audio, between two pieces of audio."""

    connect_s: float = 10.0
    first_byte_s: float = 30.0
    idle_s: float = 30.0


class ServiceSettings(Record):
    """The address of the service and how to use it; ``key`` None means that none is sent.

    ``route`` is one of ``ROUTES``, ``transport`` one of ``TRANSPORTS``. ``wire_format`` None leaves the format on the
    wire to the transport (routes.py). ``context_id`` needs the WebSocket (protocol.md 2.5), and so do
    ``word_timestamps`` of the service (2.2);
    the requests of one context are parts of one utterance.
    ``concurrency`` is how many requests the account takes at a time, shared by every process of this user; 0 takes no
    notice of the others. ``speaks_offline`` is True when the address is a server of ours with the engine's own voices,
    ``asks_offline`` when the offline engine was asked for by name.
    """

    base_url: str = SERVICE_URL
    key: str | None = None
    insecure_http: bool = False
    timeouts: Timeouts = Timeouts()
    retry: RetryPolicy = RetryPolicy()
    route: str = ROUTES[0]
    transport: str = TRANSPORTS[0]
    wire_format: str | None = None
    word_timestamps: bool = False
    context_id: str | None = None
    concurrency: int = 1
    speaks_offline: bool = False
    asks_offline: bool = False

    def __repr__(self) -> str:
        # Without the key, which no log and no traceback may show.
        shown = (f"{name}={value!r}" for name, value in self._asdict().items() if name != "key")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _check(self) -> None:
        keep_secret(self.key)
        self._check_url()
        _check_choice("route", self.route, ROUTES)
        _check_choice("transport", self.transport, TRANSPORTS)
        if self.wire_format is not None:
            _check_choice("wire format", self.wire_format, WIRE_FORMATS)
        if self.transport != "sse" and self.is_local:
            raise ConfigError("the offline engine only streams events", hint="drop --transport, or use --cloud")
        if self.word_timestamps and self.transport != "ws" and not (self.is_local or self.speaks_offline):
            raise ConfigError("word timestamps need the WebSocket", hint="add --transport ws")
        check_id("context_id", self.context_id)
        if self.context_id is not None and self.transport != "ws":
            raise ConfigError("--context-id needs the WebSocket", hint="add --transport ws")

    def _check_url(self) -> None:
        _, at, shown = self.base_url.rpartition("@")
        unusable = ConfigError(
            f"{(BLOT + at if at else '') + shown!r} is not a valid base URL",
            hint=f"use one such as {SERVICE_URL} or http://127.0.0.1:8765",
        )
        try:
            parts = urlsplit(self.base_url)
            known = parts.scheme in {"http", "https", "local"} and bool(parts.hostname) and parts.port != 0
        except ValueError as fault:
            raise unusable from fault
        if not known or not parts.hostname:
            raise unusable
        # An empty query counts too: all that is appended would be a part of it.
        if parts.username or parts.password or not {"?", "#"}.isdisjoint(self.base_url):
            raise ConfigError(
                "the base URL must hold only scheme, host, port and path",
                hint=f"put the key in {KEY_VARIABLE}",
            )
        if self.key and parts.scheme == "http" and not (self.insecure_http or is_loopback(parts.hostname)):
            raise ConfigError(
                f"refusing to send the key unencrypted to {parts.hostname}",
                hint="use https, or --insecure-http if that network is yours",
            )

    def secret_filter(self) -> SecretFilter:
        """Return a filter that takes the key out of bytes that come in pieces."""
        return SecretFilter(self.key)

    @property
    def is_local(self) -> bool:
        """Return whether the embedded engine is meant."""
        return self.base_url.startswith("local://")

    @property
    def api_root(self) -> str:
        """Return the URL that the API's paths are appended to."""
        base = self.base_url.rstrip("/")
        return base if base.endswith(_PREFIXES) else base + _PREFIXES[0]

    @property
    def socket_root(self) -> str:
        """Return the same URL for the WebSocket: ``ws`` for ``http``, ``wss`` for ``https``."""
        return "ws" + self.api_root[len("http") :]


def is_loopback(host: str) -> bool:
    """Return whether ``host`` names this machine without leaving it."""
    host = host.strip("[]")
    if host.lower() in {"localhost", "::1"}:
        return True
    first, *others = host.split(".")
    return first == "127" and len(others) == 3 and all(map(_is_byte, others))  # noqa: PLR2004 - of four bytes


def _is_byte(text: str) -> bool:
    # A part that is not a byte makes the whole a host name, which may exist.
    return text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) < 256  # noqa: PLR2004 - what a byte holds


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        hint = f"the usual one is {choices[0]}"
        raise ConfigError(f"the {what} {value!r} is not one of {', '.join(choices)}", hint=hint)
