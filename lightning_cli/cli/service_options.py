"""The options that say how to reach the service, and the decorator that turns options into one frozen record."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, cast

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import SERVICE_URL, ServiceSettings, Timeouts
from lightning_cli.errors import OR_OFFLINE, KeyRefused, TransportError
from lightning_cli.request import KEY_VARIABLE
from lightning_cli.settings.keys import Key, find_key, place_of_key
from lightning_cli.system import trace
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.cli.settings_context import SettingsContext
    from lightning_cli.settings.keys import KeyPlaces

_Own = ParamSpec("_Own")
_TIMEOUTS, _RETRY = Timeouts(), RetryPolicy()


class Service(Record):
    """The command line's settings of the service, and the console for messages."""

    console: Console
    base_url: str | None
    key_file: Path | None
    insecure_http: bool
    timeouts: Timeouts
    retry: RetryPolicy
    key_places: "KeyPlaces | None" = None
    asks_for_key: bool = True
    # The command's, which knows where the value of an option came from.
    context: "SettingsContext | None" = None

    def is_flag(self, name: str) -> bool:
        """Return whether a parameter's value stands on the command line, and in no variable or file."""
        source = self.context.get_parameter_source(name) if self.context is not None else None
        return source is not None and source.name == "COMMANDLINE"

    def rank_of(self, name: str) -> int:
        """Return where a parameter's value stands: 0 on the command line, 1 in a variable, 2 in the file or nowhere."""
        source = self.context.get_parameter_source(name) if self.context is not None else None
        return 0 if source is None else {"COMMANDLINE": 0, "ENVIRONMENT": 1}.get(source.name, 2)

    def flag_of(self, name: str) -> str:
        """Return the first flag of a parameter."""
        parameters = self.context.command.params if self.context is not None else []
        return next((one.opts[0] for one in parameters if one.name == name), name)

    def key(self) -> Key | None:
        """Return the key; None when there is none. A warning about its place is printed."""
        key = find_key(self.key_file, self.key_places, asks=self.asks_for_key)
        if key is not None and key.warning:
            self.console.warn(key.warning)
        return key

    def unasked(self) -> "Service":
        """Return the service for a command that sends nothing: no program is asked for the key."""
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


class ServiceOptions(Record):
    """The options about reaching the service, and about messages."""

    # Read by the context.
    profile: opt.Profile = None
    base_url: opt.BaseUrl = None
    api_key_file: opt.ApiKeyFile = None
    insecure_http: opt.InsecureHttp = False
    connect_timeout: opt.ConnectTimeout = _TIMEOUTS.connect_s
    first_byte_timeout: opt.FirstByteTimeout = _TIMEOUTS.first_byte_s
    idle_timeout: opt.IdleTimeout = _TIMEOUTS.idle_s
    retries: opt.Retries = _RETRY.retries
    max_wait: opt.MaxWait = _RETRY.max_wait_s
    quiet: opt.Quiet = False
    verbose: opt.Verbose = False
    plain: opt.Plain = False
    # Read at the edge, which prints the traceback.
    debug: opt.Debug = False

    def service(self, context: "SettingsContext") -> Service:
        """Return the service that these describe."""
        return Service(
            console=Console(quiet=self.quiet, verbose=self.verbose, plain=self.plain),
            base_url=self.base_url,
            key_file=self.api_key_file,
            insecure_http=self.insecure_http,
            timeouts=Timeouts(
                connect_s=self.connect_timeout, first_byte_s=self.first_byte_timeout, idle_s=self.idle_timeout
            ),
            retry=RetryPolicy(retries=self.retries, max_wait_s=self.max_wait),
            key_places=context.key_places(),
            context=context,
        )


def with_service(command: Callable[Concatenate[Service, _Own], None]) -> "WithService":
    """Return ``command`` with the service's options behind its own; it receives a ``Service`` as its first argument.

    A parameter whose type is a ``Record`` stands for one option a field; the command receives the record.
    """
    return WithService(command)


class WithService:
    """A command with the service's options."""

    def __init__(self, command: Callable[..., None]) -> None:
        self._command = command
        # What Typer reads off a function.
        self.__annotations__: dict[str, Any] = {}
        self.__name__, self.__doc__ = command.__name__, command.__doc__
        self._own = list(inspect.signature(command).parameters.values())[1:]
        self._records = {one.name: one.annotation for one in self._own if _is_record(one.annotation)}

    def __call__(self, ctx: typer.Context, **values: Any) -> None:
        """Run the command with the values of all options."""
        trace.mark(trace.ARGUMENTS)

        def taken(record: type[Record]) -> Any:
            return record(**{name: values.pop(name) for name in record._fields})

        service = taken(ServiceOptions).service(cast("SettingsContext", ctx))
        values |= {name: taken(record) for name, record in self._records.items()}
        try:
            self._command(service, **values)
        except KeyRefused as fault:
            place = place_of_key(service.key_file, service.key_places)
            if place is not None and place != KEY_VARIABLE:
                fault.hint = f"check the key that came from {place}"
            raise
        except TransportError as fault:
            if fault.hint is not None and fault.hint.endswith(OR_OFFLINE):
                from lightning_cli.local.offline_voices import engine_installed

                fault.hint = fault.hint if engine_installed() else fault.hint.removesuffix(OR_OFFLINE)
            raise

    def options(self) -> Iterator[tuple[str, Any, Any]]:
        """Return the name, the annotation and the default of every option."""
        for one in self._own:
            if one.name in self._records:
                yield from _fields_of(one.annotation)
            else:
                yield one.name, one.annotation, one.default
        yield from _fields_of(ServiceOptions)

    @property
    def __signature__(self) -> inspect.Signature:
        """Return what Typer reads the options of a command in a group from."""
        kind = inspect.Parameter.KEYWORD_ONLY
        context = inspect.Parameter("ctx", kind, annotation=typer.Context)
        options = [
            inspect.Parameter(name, kind, default=default, annotation=Annotated[about.__origin__, *about.__metadata__])
            for name, about, default in self.options()
        ]
        return inspect.Signature([context, *options])


def _is_record(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Record)


def _fields_of(record: type[Record]) -> Iterator[tuple[str, Any, Any]]:
    """Return the name, the annotation and the default of every field of a record of options."""
    bases = [base for base in reversed(record.__mro__) if issubclass(base, Record)]
    annotations = {name: about for base in bases for name, about in base.__annotations__.items()}
    for name in record._fields:
        try:
            default = record.field_default(name)
        except TypeError:
            default = inspect.Parameter.empty
        yield name, annotations[name], default
