"""The options that say how to reach the service, declared once for the commands that list or keep something there."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec

from lightning_cli import options as opt
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import SERVICE_URL, ServiceSettings, Timeouts
from lightning_cli.console import Console
from lightning_cli.keys import find_key

_Own = ParamSpec("_Own")
_TIMEOUTS, _RETRY = Timeouts(), RetryPolicy()


class Service(NamedTuple):
    """Hold what the command line says about the service, and the console to speak through."""

    console: Console
    base_url: str | None
    key_file: Path | None
    insecure_http: bool
    timeouts: Timeouts
    retry: RetryPolicy

    def settings(self) -> ServiceSettings | None:
        """Give the settings to reach the service; None when neither a key nor a base URL is there.

        Raises ``ConfigError`` for what cannot be used.
        """
        key = find_key(self.key_file)
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
        service = Service(
            console=Console(quiet=quiet, verbose=verbose),
            base_url=base_url,
            key_file=api_key_file,
            insecure_http=insecure_http,
            timeouts=Timeouts(connect_s=connect_timeout, first_byte_s=first_byte_timeout, idle_s=idle_timeout),
            retry=RetryPolicy(retries=retries, max_wait_s=max_wait),
        )
        handled(service, **own)

    own_parameters = list(inspect.signature(command).parameters.values())[1:]
    shared = [one for one in inspect.signature(run).parameters.values() if one.kind is one.KEYWORD_ONLY]
    told: Any = functools.wraps(command)(run)
    # Typer reads options off the signature.
    told.__signature__ = inspect.Signature([one.replace(kind=one.KEYWORD_ONLY) for one in own_parameters] + shared)
    wrapped: Callable[..., None] = told
    return wrapped
