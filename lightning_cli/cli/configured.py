"""The configuration of one command: the file behind ``SettingsContext``, and its checks.

Besides types and the limits of the request, values are checked as the command itself checks them later.
"""

import functools
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import typer

from lightning_cli import request
from lightning_cli.cli.names import COMMANDS, PROFILE
from lightning_cli.errors import ConfigError, UsageFault
from lightning_cli.settings import config_file
from lightning_cli.settings.config_file import (
    PROFILE_NAME_RULE,
    ConfigFile,
    ConfigNames,
    ConfigOption,
    ConfigValue,
    is_profile_name,
    read_config,
)
from lightning_cli.settings.keys import KeyPlaces, is_stored
from lightning_cli.system import paths

# Its file counts behind SMALLEST_API_KEY, which comes behind the flag: keys.py puts the places in order.
_KEY_FILE = "api_key_file"
# These make and remove what belongs to a profile that the file need not know.
_ANY_PROFILE = frozenset({"login", "logout"})
_KINDS = {
    "str": "text",
    "path": "path",
    "int": "int",
    "int range": "int",
    "float": "float",
    "float range": "float",
    "boolean": "bool",
    "choice": "choice",
}


class Configured:
    """The configuration of one run of a command; ``path`` None stands for no file.

    ``found`` maps the parameters in ``default_map`` to their places in the file. Every method raises ``ConfigError``
    for what cannot be used.
    """

    def __init__(self, context: typer.Context, path: Path | None) -> None:
        self._context = context
        self._path = path
        self.found: dict[str, ConfigValue] = {}

    def default_map(self) -> dict[str, Any]:
        """Return the file's values by parameter, each as a function that checks it: only values in use are checked."""
        file = self.settings
        for parameter in self._context.command.params if file is not None else ():
            option = option_of(parameter)
            found = file.find(option, self.table, self.profile) if file is not None and option is not None else None
            if found is not None and parameter.name != _KEY_FILE:
                self.found[str(parameter.name)] = found
        return {name: functools.partial(self._value, name) for name in self.found}

    def key_places(self) -> KeyPlaces:
        """Return the places of the key."""
        if self.settings is None:
            return KeyPlaces(profile=self.profile)
        return config_file.key_places(self.settings, self.table, self.profile)

    @functools.cached_property
    def file(self) -> ConfigFile | None:
        """Return the file, unless this was set to another; None when there is none."""
        return read_config(self._path) if self._path is not None else None

    @functools.cached_property
    def usual_profile(self) -> str | None:
        """Return the file's default profile."""
        found = self.file.at((), PROFILE) if self.file is not None else None
        if self.file is None or found is None or found.value == "":
            return None
        if not isinstance(found.value, str):
            raise self.file.fault(found, "must be the name of a profile")
        return found.value

    @property
    def profile(self) -> str | None:
        """Return the name of the profile in use; None for none."""
        if PROFILE in self._context.params:
            return self._context.params[PROFILE] or None
        # A command without the option.
        return os.environ.get(paths.PROFILE_VARIABLE) or self.usual_profile

    @functools.cached_property
    def settings(self) -> ConfigFile | None:
        """Return the file, its names checked as far as this command reads them; None when there is no file."""
        file, profile = self.file, self.profile
        if profile is not None:
            self._check_profile(profile, file.profiles if file else [])
        if file is not None:
            file.check_names(ConfigNames(COMMANDS, {self.table: options_of(self._top.command)}, shared_keys))
        return file

    def _check_profile(self, name: str, known: list[str]) -> None:
        """Raise ``ConfigError`` for an unknown profile."""
        if not is_profile_name(name):
            raise ConfigError(f"{name!r} {PROFILE_NAME_RULE}", hint="choose another name")
        if name not in known and self.table not in _ANY_PROFILE and not is_stored(name):
            raise ConfigError(
                f"unknown profile {name!r} in {paths.config_path()}",
                hint=f"the profiles are {', '.join(known)}" if known else f"add a table [profiles.{name}]",
            )

    @property
    def _top(self) -> typer.Context:
        """Return the context of the command that stands behind the program's name."""
        context: Any = self._context
        while context.parent is not None and context.parent.parent is not None:
            context = context.parent
        top: typer.Context = context
        return top

    @property
    def table(self) -> str:
        """Return the name of the command, which is that of its table in the file."""
        return str(self._top.command.name)

    def _value(self, name: str) -> object:
        """Return the value of a parameter that the file has."""
        parameter = next(one for one in self._context.command.params if one.name == name)
        option, file, found = option_of(parameter), self.settings, self.found[name]
        if option is None or file is None or (name == "base_url" and self._is_local()):
            return None
        value = config_file.typed(file, option, found)
        self._check(file, parameter, value, found)
        return value

    def _is_local(self) -> bool:
        """Return whether a flag or a variable chooses the backend: an address in the file is then not meant."""
        source = self._context.get_parameter_source("local")
        is_set = source is not None and source.name in {"COMMANDLINE", "ENVIRONMENT"}
        return is_set and bool(self._context.params.get("local"))

    def _check(self, file: ConfigFile, parameter: Any, value: object, found: ConfigValue) -> None:
        """Raise ``ConfigError`` for a value that the option does not take."""
        try:
            parameter.type_cast_value(self._context, value)
        except typer.BadParameter as fault:
            from lightning_cli.cli.terminal.suggest import range_told

            told = fault.message.rstrip(".")
            problem = range_told(told) or f"cannot be used: {told}"
            raise file.fault(found, problem) from fault
        further = CHECKS.get(name_of(parameter))
        if further is not None:
            config_file.located(file, found, lambda: further(value))


def option_of(parameter: Any) -> ConfigOption | None:
    """Return the option of a parameter that may stand in the file; None for one that has no environment variable."""
    variable = getattr(parameter, "envvar", None)
    if not variable or parameter.name == PROFILE:
        return None
    kind = parameter.type
    return ConfigOption(
        key=name_of(parameter),
        variable=variable,
        kind=_KINDS[kind.name],
        many=parameter.multiple,
        choices=tuple(getattr(kind, "choices", None) or ()),
    )


def options_of(command: Any) -> list[ConfigOption]:
    """Return the options that the file may set for a command and for those below it."""
    parameters = [one for part in (command, *getattr(command, "commands", {}).values()) for one in part.params]
    return [option for parameter in parameters if (option := option_of(parameter))]


def name_of(parameter: Any) -> str:
    """Return an option's long name, without its dashes."""
    return str(max(parameter.opts, key=len)).lstrip("-")


@functools.cache
def shared_keys() -> Collection[str]:
    """Return the keys that may stand outside a command's table, read off the options' aliases and the request's fields.

    That takes a hundredth of what it takes to build every command.
    """
    from lightning_cli.cli import options, options_other

    found: set[str] = set()
    for alias in (vars(options) | vars(options_other)).values():
        for about in getattr(alias, "__metadata__", ()):
            variable = getattr(about, "envvar", None)
            # An alias has its first name where a default stands elsewhere.
            names = (str(getattr(about, "default", "")), *(getattr(about, "param_decls", None) or ()))
            keys = [name.partition("/")[0][2:] for name in names if name.startswith("--")]
            found |= {key for key in keys if variable and ConfigOption(key, variable, "text").is_shared}
    return (found | request.fields_by_flag().keys()) - {PROFILE}


def _check_format(value: object) -> None:
    from lightning_cli.sinks.containers import CONTAINERS

    if str(value).lower().removeprefix(".") not in CONTAINERS:
        raise UsageFault(f"unknown format {value}", hint=f"use one of {', '.join(CONTAINERS)}")


def _check_url(value: object) -> None:
    from lightning_cli.client.settings import ServiceSettings

    ServiceSettings(base_url=str(value))


def _check_context(value: object) -> None:
    from lightning_cli.request import check_id

    check_id("context_id", str(value))


def _check_shard(value: object) -> None:
    from lightning_cli.narration.shards import shard_of

    if not str(value).startswith("auto"):  # which asks the machine it runs on
        shard_of(str(value))


def _check_duration(value: object) -> None:
    from lightning_cli.narration.pace import seconds_of

    seconds_of(str(value))


CHECKS: dict[str, Callable[[object], None]] = {
    "format": _check_format,
    "base-url": _check_url,
    "context-id": _check_context,
    "shard": _check_shard,
    "wait-for-service": _check_duration,
}
