"""The value of every option and its source, read off the commands themselves."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer

from lightning_cli.cli.app import load_command, root_command
from lightning_cli.cli.configured import Configured, option_of
from lightning_cli.cli.names import COMMANDS, PROGRAM
from lightning_cli.cli.settings_context import SettingsContext
from lightning_cli.errors import UsageFault
from lightning_cli.settings.config_file import (
    KEY_COMMAND,
    KEY_FILE,
    KEYRING,
    PROFILE,
    PROFILES,
    ConfigFile,
    ConfigOption,
    ConfigValue,
    typed,
)
from lightning_cli.settings.keys import place_of_key
from lightning_cli.system import paths
from lightning_cli.system.close_words import did_you_mean

ENVIRONMENT, FROM_PROFILE, CONFIG, DEFAULT = "environment", "profile", "config", "default"
HIDDEN = "hidden"
# A key may stand in a command or a URL all the same.
_KEY = re.compile(r"\bsk_[\w-]{6,}")


class ConfigRow(NamedTuple):
    """A key, its value, the kind of its source, and the name of that: a variable, a profile, a file."""

    key: str
    value: object
    source: str
    where: str | None = None


def leaves(file: ConfigFile | None = None) -> Iterator[tuple[str, Any, SettingsContext]]:
    """Return every command that reads the configuration: the name of its table, itself, and a context to ask.

    ``file`` is asked instead of the one on disk.
    """
    root = typer.Context(root_command(), info_name=PROGRAM)
    for name in COMMANDS:
        command = load_command(name)
        below = getattr(command, "commands", None)
        parent = root if below is None else typer.Context(command, info_name=name, parent=root)
        for leaf in (command,) if below is None else below.values():
            if issubclass(leaf.context_class, SettingsContext):
                context = leaf.context_class(leaf, info_name=leaf.name, parent=parent)
                if file is not None:
                    context.use(file)
                yield name, leaf, context


def check_all(file: ConfigFile) -> None:
    """Raise ``ConfigError`` for the first thing in the file that any command would refuse, in any profile."""
    for _, leaf, context in leaves(file):
        for profile in dict.fromkeys((context.configured.usual_profile, None, *file.profiles)):
            asked = leaf.context_class(leaf, info_name=leaf.name, parent=context.parent)
            asked.use(file)
            asked.params[PROFILE] = profile
            for parameter in leaf.params:
                asked.lookup_default(parameter.name)
            asked.key_places()


def effective(profile: str | None) -> list[ConfigRow]:
    """List every key with its value; ``profile`` is what the command line asks for.

    A key of which commands have different values is there once for all, and once for each of them.
    """
    rows: dict[str, ConfigRow] = {}
    context = None
    for table, leaf, context in leaves():
        if profile is not None:
            context.params[PROFILE] = profile
        for parameter in leaf.params:
            option = option_of(parameter)
            if option is None:
                continue
            row, is_own = _row(context, parameter, option)
            general = rows.get(option.key)
            if option.is_shared and general is None:
                general = rows[option.key] = _general_row(context.configured, parameter, option) if is_own else row
            if row != general or not option.is_shared:
                own = f"{table}.{option.key}"
                rows[own] = row._replace(key=own)
    if context is not None:
        rows |= {row.key: row for row in _about_keys(context.configured, profile)}
    return sorted(rows.values(), key=lambda row: ("." in row.key, row.key))


def _row(context: SettingsContext, parameter: Any, option: ConfigOption) -> tuple[ConfigRow, bool]:
    """Return an option's row, and whether its value stands in the command's own table."""
    given, source = parameter.consume_value(context, {})
    value, configured = _shown(parameter.type_cast_value(context, given)), context.configured
    if source.name == "ENVIRONMENT":
        return ConfigRow(option.key, value, ENVIRONMENT, option.variable), False
    if option.key == KEY_FILE.key:
        # The context leaves it to the order of the key's places.
        value = _shown(configured.key_places().file)
        return _special_row(option.key, value, configured, (configured.table, None)), False
    if source.name != "DEFAULT_MAP":
        return ConfigRow(option.key, value, DEFAULT), False
    found = configured.found[parameter.name]
    return _found_row(option.key, value, found, configured), found.table[-1:] == (configured.table,)


def _general_row(configured: Configured, parameter: Any, option: ConfigOption) -> ConfigRow:
    """Return the row of an option for a command that has no table."""
    file = configured.settings
    found = file.find(option, "", configured.profile) if file is not None else None
    if file is None or found is None:
        return ConfigRow(option.key, _shown(parameter.default), DEFAULT)
    return _found_row(option.key, _shown(typed(file, option, found)), found, configured)


def _found_row(key: str, value: object, found: ConfigValue, configured: Configured) -> ConfigRow:
    if found.profile is not None:
        return ConfigRow(key, value, FROM_PROFILE, found.profile)
    return ConfigRow(key, value, CONFIG, _path(configured))


def _path(configured: Configured) -> str | None:
    return str(configured.file.path) if configured.file is not None else None


def _special_row(
    key: str, value: object, configured: Configured, tables: tuple[str | None, ...] = (None,)
) -> ConfigRow:
    """Return the row of a value that is resolved elsewhere, looked for in a profile before the rest of the file."""
    file, profile = configured.settings, configured.profile
    levels: list[tuple[str, ...]] = [(PROFILES, profile), ()] if profile else [()]
    places = [(*level, table) if table else level for level in levels for table in tables]
    found = file and next((one for place in places if (one := file.at(place, key))), None)
    return _found_row(key, value, found, configured) if found and value is not None else ConfigRow(key, value, DEFAULT)


def _about_keys(configured: Configured, asked: str | None) -> Iterator[ConfigRow]:
    """Return the rows of what is not an option: the profile, and the source of the key; the key is never read."""
    places = configured.key_places()
    variable = os.environ.get(paths.PROFILE_VARIABLE)
    if asked is not None and asked != variable:
        yield ConfigRow(PROFILE, configured.profile, "flag", f"--{PROFILE}")
    elif variable:
        yield ConfigRow(PROFILE, configured.profile, ENVIRONMENT, paths.PROFILE_VARIABLE)
    else:
        in_file = configured.profile is not None and configured.file is not None
        yield ConfigRow(
            PROFILE, configured.profile, CONFIG if in_file else DEFAULT, _path(configured) if in_file else None
        )
    yield _special_row(KEY_COMMAND, _shown(places.command), configured)
    yield _special_row(KEYRING, places.keyring, configured)
    named = os.environ.get(KEY_FILE.variable)
    place = place_of_key(Path(named) if named else None, places)
    yield ConfigRow("api-key", HIDDEN, "key", place) if place else ConfigRow("api-key", None, DEFAULT)


def _shown(value: object) -> object:
    """Return a value as JSON knows it, without anything that looks like a key."""
    if isinstance(value, tuple | list):
        return [_shown(one) for one in value] or None
    if value is None or isinstance(value, bool | int | float):
        return value
    return _KEY.sub("sk_...", str(value))


def row_of(rows: list[ConfigRow], name: str) -> ConfigRow:
    """Return the row for ``key`` or ``command.key``; raises ``UsageFault`` when there is no such key."""
    wanted = name.replace("_", "-")
    known = {row.key: row for row in rows}
    command, dot, key = wanted.partition(".")
    if wanted in known:
        return known[wanted]
    if dot and command in COMMANDS and key in known:
        return known[key]
    hint = did_you_mean(wanted, known) or "lightning-tts config show lists the keys"
    raise UsageFault(f"unknown setting {name!r}", hint=hint)
