"""The options that say how to reach the service, declared once for the commands that list or keep something there."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import SERVICE_URL, ServiceSettings, Timeouts
from lightning_cli.errors import KeyRefused
from lightning_cli.settings.keys import KEY_VARIABLE, Key, find_key, place_of_key
from lightning_cli.system import trace
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.cli.say.json_result import Result
    from lightning_cli.cli.say.recording_mode import Recording
    from lightning_cli.cli.say.replaying import Replaying
    from lightning_cli.cli.settings_context import SettingsContext
    from lightning_cli.settings.keys import KeyPlaces

    # What records the service's answers, or plays recorded ones.
    Taping = Recording | Replaying

_Own = ParamSpec("_Own")
_TIMEOUTS, _RETRY = Timeouts(), RetryPolicy()


class Service(Record):
    """What the command line says about the service, and the console to speak through."""

    console: Console
    base_url: str | None
    key_file: Path | None
    insecure_http: bool
    timeouts: Timeouts
    retry: RetryPolicy
    taping: "Taping | None" = None
    result: "Result | None" = None
    key_places: "KeyPlaces | None" = None
    asks_for_key: bool = True
    # Tells where the value of an option came from.
    source_of: "Callable[[str], Any] | None" = None

    def is_flag(self, name: str) -> bool:
        """Return whether a parameter's value stands on the command line, and in no variable or file."""
        source = self.source_of(name) if self.source_of is not None else None
        return source is not None and source.name == "COMMANDLINE"

    def key(self) -> Key | None:
        """Find the key; None when there is none. What there is to say about its place is said."""
        key = find_key(self.key_file, self.key_places, asks=self.asks_for_key)
        if key is not None and key.warning:
            self.console.warn(key.warning)
        return key

    def unasked(self) -> "Service":
        """Return the same for a command that sends nothing: no program is asked for the key."""
        return self._replace(asks_for_key=False)

    def settings(self) -> ServiceSettings | None:
        """Return the settings to reach the service; None when neither a key nor a base URL is there.

        Raises ``ConfigError`` for what cannot be used.
        """
        key = self.key()
        if key is None and self.base_url is None:
            return None
        return ServiceSettings(
            base_url=self.base_url or SERVICE_URL,
            key=key.value if key else None,
            insecure_http=self.insecure_http,
            timeouts=self.timeouts,
            retry=self.retry,
        )


def with_service(command: Callable[Concatenate[Service, _Own], None]) -> Callable[..., None]:
    """Give a command the options of the service behind its own; it receives them as its first argument."""
    handled: Callable[..., None] = command

    def run(
        *,
        ctx: typer.Context,
        profile: opt.Profile = None,  # noqa: ARG001 - read by the context
        base_url: opt.BaseUrl = None,
        api_key_file: opt.ApiKeyFile = None,
        insecure_http: opt.InsecureHttp = False,
        connect_timeout: opt.ConnectTimeout = _TIMEOUTS.connect_s,
        first_byte_timeout: opt.FirstByteTimeout = _TIMEOUTS.first_byte_s,
        idle_timeout: opt.IdleTimeout = _TIMEOUTS.idle_s,
        retries: opt.Retries = _RETRY.retries,
        max_wait: opt.MaxWait = _RETRY.max_wait_s,
        quiet: opt.Quiet = False,
        verbose: opt.Verbose = False,
        debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
        **own: Any,
    ) -> None:
        trace.mark(trace.ARGUMENTS)
        service = Service(
            console=Console(quiet=quiet, verbose=verbose),
            base_url=base_url,
            key_file=api_key_file,
            insecure_http=insecure_http,
            timeouts=Timeouts(connect_s=connect_timeout, first_byte_s=first_byte_timeout, idle_s=idle_timeout),
            retry=RetryPolicy(retries=retries, max_wait_s=max_wait),
            key_places=cast("SettingsContext", ctx).key_places(),
            source_of=ctx.get_parameter_source,
        )
        try:
            handled(service, **own)
        except KeyRefused as fault:
            # The client knows the usual place alone.
            place = place_of_key(service.key_file, service.key_places)
            if place is not None and place != KEY_VARIABLE:
                fault.hint = f"check the key that came from {place}"
            raise

    own_parameters = list(inspect.signature(command).parameters.values())[1:]
    shared = [one for one in inspect.signature(run).parameters.values() if one.kind is one.KEYWORD_ONLY]
    told: Any = functools.wraps(command)(run)
    own_options = [
        one if one.kind is one.KEYWORD_ONLY else one.replace(kind=one.KEYWORD_ONLY) for one in own_parameters
    ]
    # Typer reads options off the signature.
    told.__signature__ = inspect.Signature(own_options + shared)
    wrapped: Callable[..., None] = told
    return wrapped
