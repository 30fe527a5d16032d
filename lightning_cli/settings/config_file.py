"""The configuration file: read, checked for names, and asked for one value at a time.

A value is looked for in four places, and the first that has it wins: the command's table inside the profile, the
profile, the command's table, the top of the file. Flags and environment variables come before all of them and are
click's business. The keys are the long names of the options that have an environment variable; what may stand in them
is defined by the options themselves (config_values.py), so that there is no second list of either.

What may stand in a key: the type of its option, the limits of its option, and the limits of the API.
"""

import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lightning_cli.errors import ConfigError, LightningError
from lightning_cli.request import VARIABLE_PREFIX, check_field, fields_by_flag
from lightning_cli.settings.keys import KeyPlaces
from lightning_cli.system import toml_text
from lightning_cli.system.close_words import did_you_mean
from lightning_cli.system.small_files import TooLong, read_small

PROFILE, PROFILES, KEY_COMMAND, KEYRING = "profile", "profiles", "key-command", "keyring"
# Keys that are not options: at the top of the file, and those that a profile may have too.
TOP_KEYS = frozenset({PROFILE, PROFILES, KEY_COMMAND, KEYRING})
PROFILE_KEYS = frozenset({KEY_COMMAND, KEYRING})
_SECRETS = frozenset("api-key apikey key secret token password bearer smallest-api-key authorization".split())
LIMIT_BYTES = 1024 * 1024
_EDIT = "lightning-tts config edit checks what it saves"
# Compiled only when an error is reported.
_HEADER = r"\s*\[([^\[\]]+)\]\s*(?:#.*)?"
_MEMBER = r"""\s*(["']?)([\w-]+)\1\s*="""

Table = Mapping[str, object]
Place = tuple[str, ...]


class ConfigOption(NamedTuple):
    """An option that the file may set.

    ``key`` is its long name, ``kind`` one of ``text path int float bool choice``, ``many`` says that it may repeat.
    """

    key: str
    variable: str
    kind: str
    many: bool = False
    choices: tuple[str, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Return whether the option means the same in every command that has it, and so may stand outside a table."""
        return self.variable == VARIABLE_PREFIX + self.key.upper().replace("-", "_")


class ConfigValue(NamedTuple):
    """A value of the file and where it stands: the table's path, and the key as it is spelt there."""

    value: object
    table: Place
    spelt: str

    @property
    def profile(self) -> str | None:
        """Return the profile it belongs to; None when it belongs to none."""
        return self.table[1] if self.table[:1] == (PROFILES,) else None


class ConfigNames(NamedTuple):
    """The names that the file may use.

    ``options`` are those of the commands whose tables are to be looked at; ``shared`` gives the keys that may stand
    outside a command's table, and is asked only when ``options`` do not know one.
    """

    commands: Collection[str]
    options: Mapping[str, Collection[ConfigOption]]
    shared: Callable[[], Collection[str]]


class ConfigFile:
    """The parsed file; ``is_draft`` says that it is not saved yet, so its errors name no line of it."""

    def __init__(self, path: Path, text: str, tree: Table, *, is_draft: bool = False) -> None:
        self.path = path
        self.text = text
        self.tree = tree
        self._is_draft = is_draft

    @property
    def profiles(self) -> list[str]:
        """Return the names of the profiles."""
        found = self.tree.get(PROFILES)
        return list(found) if isinstance(found, dict) else []

    def find(self, option: ConfigOption, command: str, profile: str | None) -> ConfigValue | None:
        """Return what the file has for an option of a command; None when it has nothing.

        An empty text counts as nothing, as an empty variable does: so a profile can unset a value of the file.
        """
        for table in _places(command, profile):
            if (option.is_shared or table[-1:] == (command,)) and (found := self.at(table, option.key)):
                return found if found.value != "" else None
        return None

    def at(self, table: Place, key: str) -> ConfigValue | None:
        """Return a key's value in one table; None when it is not there, or is a table itself."""
        for spelt, value in self._table(table).items():
            if spelt.replace("_", "-") == key and not isinstance(value, dict):
                return ConfigValue(value, table, spelt)
        return None

    def check_names(self, names: ConfigNames) -> None:
        """Raise ``ConfigError`` for a name that means nothing, and for a secret."""
        self._check_level((), TOP_KEYS, names)
        profiles = self.tree.get(PROFILES, {})
        if not isinstance(profiles, dict):
            raise self.fault(ConfigValue(profiles, (), PROFILES), "must be a table, as in [profiles.work]")
        for name, table in profiles.items():
            found = ConfigValue(table, (PROFILES,), name)
            if not isinstance(table, dict):
                raise self.fault(found, "must be a table, as in [profiles.work]")
            if not is_profile_name(name):
                raise self.fault(found, PROFILE_NAME_RULE)
            self._check_level((PROFILES, name), PROFILE_KEYS, names)

    def _check_level(self, table: Place, special: Collection[str], names: ConfigNames) -> None:
        known = {option.key for own in names.options.values() for option in own if option.is_shared}
        for found, key in self._entries(table):
            if key == PROFILES and key in special:
                continue
            if isinstance(found.value, dict):
                if key not in names.commands:
                    raise self.fault(found, "is an unknown table", _like(key, {*names.commands, PROFILES}))
                self._check_command((*table, key), names.options.get(key))
            elif key not in special and key not in known and key not in names.shared():
                raise self.fault(found, "is an unknown key", _like(key, {*special, *names.shared()}))

    def _check_command(self, table: Place, own: Collection[ConfigOption] | None) -> None:
        for found, key in self._entries(table):
            known = None if own is None else {option.key for option in own}
            if known is not None and key not in known:
                raise self.fault(found, f"is not a key of the command {table[-1]}", _like(key, known))

    def _entries(self, table: Place) -> Iterator[tuple[ConfigValue, str]]:
        seen: set[str] = set()
        for spelt, value in self._table(table).items():
            found, key = ConfigValue(value, table, spelt), spelt.replace("_", "-")
            if key.lower() in _SECRETS:
                hint = "lightning-tts login stores the key; key-command names a program that prints it"
                raise self.fault(found, "is a secret, which does not belong in this file", hint)
            if key in seen:
                raise self.fault(found, "is set twice, once with a dash and once with an underscore")
            seen.add(key)
            yield found, key

    def _table(self, path: Place) -> Table:
        table: object = self.tree
        for name in path:
            table = table.get(name) if isinstance(table, dict) else None
        return table if isinstance(table, dict) else {}

    def fault(self, found: ConfigValue, problem: str, hint: str | None = None) -> ConfigError:
        """Return the error for a value, with its file, its line if that is known, its table and its key."""
        table = f" in [{'.'.join(found.table)}]" if found.table else ""
        if self._is_draft:
            return ConfigError(f"{found.spelt}{table} {problem}", hint=hint or help_hint(found.table))
        line = self.line_of(found)
        where = f"{self.path}{f':{line}' if line else ''}"
        return ConfigError(f"{where}: {found.spelt}{table} {problem}", hint=hint or _EDIT)

    def line_of(self, found: ConfigValue) -> int | None:
        """Return the line of a key, which tomllib does not report; None for the rarer ways to write one."""
        current: Place = ()
        for number, line in enumerate(self.text.split("\n"), start=1):
            if header := re.fullmatch(_HEADER, line.rstrip("\r")):
                current = tuple(part.strip().strip("\"'") for part in header[1].split("."))
                if current == (*found.table, found.spelt):
                    return number
            elif current == found.table and (member := re.match(_MEMBER, line)) and member[2] == found.spelt:
                return number
        return None


def help_hint(table: Place) -> str:
    """Return the hint for a value that the table of a command, or the top of the file, cannot have."""
    command = (table[2:] if table[:1] == (PROFILES,) else table) or ("say",)
    return f"lightning-tts {command[0]} --help lists what the options take"


def read_config(path: Path) -> ConfigFile:
    """Read the file; raises ``ConfigError`` when that cannot be done or it is not TOML."""
    try:
        raw = read_small(path, LIMIT_BYTES)
    except TooLong as fault:
        raise too_long(path) from fault
    except OSError as fault:
        raise ConfigError(
            f"the configuration {path} cannot be read ({fault.strerror})",
            hint="check the file and LIGHTNING_TTS_CONFIG",
        ) from fault
    return parse_config(path, raw)


def parse_config(path: Path, raw: bytes, *, is_draft: bool = False) -> ConfigFile:
    """Parse what a file holds, or is to hold; raises ``ConfigError`` that names ``path``."""
    if len(raw) > LIMIT_BYTES:
        raise too_long(path)
    try:
        text = raw.decode("utf-8-sig")
        tree = toml_text.parse(text)
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path}: not UTF-8 at byte {fault.start}", hint=_EDIT) from fault
    except (ValueError, RecursionError) as fault:  # a number of too many digits is not a TOMLDecodeError
        raise ConfigError(f"{path}: {fault}", hint=_EDIT) from fault
    return ConfigFile(path, text, tree, is_draft=is_draft)


PROFILE_NAME_RULE = "is not a profile name: use letters, digits, '-' and '_', at most 64"


def is_profile_name(name: str) -> bool:
    """Return whether a profile may be called so; the name becomes part of a file's."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) is not None


def _places(command: str, profile: str | None) -> Iterator[Place]:
    if profile:
        yield (PROFILES, profile, command)
        yield (PROFILES, profile)
    yield (command,)
    yield ()


def _like(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, sorted(known)) or "lightning-tts config show lists the keys"


def too_long(path: Path) -> ConfigError:
    """Return the error for a file beyond the size limit."""
    return ConfigError(
        f"{path} is longer than {LIMIT_BYTES} bytes, too long for a configuration", hint="check the name"
    )


KEY_FILE = ConfigOption("api-key-file", "LIGHTNING_TTS_API_KEY_FILE", "path")
_NAMES = {"text": "a text", "path": "a text", "int": "a whole number", "float": "a number", "bool": "true or false"}


def typed(file: ConfigFile, option: ConfigOption, found: ConfigValue) -> object:
    """Return the value as the option takes it: a repeatable option a list, a path without its ``~``.

    Raises ``ConfigError`` for a value of another type, and for one that a field of a request does not take.
    """
    value: object
    if option.many:
        items = found.value if isinstance(found.value, list) else [found.value]
        value = [_one(file, option, found, item) for item in items]
    else:
        value = _one(file, option, found, found.value)
    field = fields_by_flag().get(option.key)
    if field is not None:
        located(file, found, lambda: check_field(field, tuple(value) if isinstance(value, list) else value))
    return value


def located(file: ConfigFile, found: ConfigValue, check: Callable[[], object]) -> None:
    """Run a check; its failure becomes a ``ConfigError`` that names the place in the file."""
    try:
        check()
    except LightningError as fault:
        raise file.fault(found, f"cannot be used: {fault.message}", fault.hint) from fault


def key_places(file: ConfigFile, command: str, profile: str | None) -> KeyPlaces:
    """Return the places of the key that the file names; those of a profile replace those at the top.

    Raises ``ConfigError`` for a value that cannot be used.
    """
    tables: list[tuple[str, ...]] = [(PROFILES, profile), ()] if profile else [()]
    key_file = key_command = None
    for table in tables:
        own = file.at((*table, command), KEY_FILE.key) or file.at(table, KEY_FILE.key)
        if own is not None and own.value != "":
            key_file = str(typed(file, KEY_FILE, own))
        found = file.at(table, KEY_COMMAND)
        if found is not None and found.value != "":
            key_command = _command(file, found)
        if key_file or key_command:
            break
    keyring = next((found for table in tables if (found := file.at(table, KEYRING))), None)
    if keyring is not None and not isinstance(keyring.value, bool):
        raise _wrong(file, keyring, "true or false", keyring.value)
    return KeyPlaces(
        file=key_file, command=key_command, keyring=keyring is not None and keyring.value is True, profile=profile
    )


def _command(file: ConfigFile, found: ConfigValue) -> str | tuple[str, ...]:
    match found.value:
        case str(line) if line.strip() and "\0" not in line:
            return line
        case [str(program), *words] if program and all(isinstance(word, str) and "\0" not in word for word in words):
            return (program, *map(str, words))
    raise _wrong(file, found, 'a command, as in "pass show smallest" or ["pass", "show", "smallest"]', found.value)


def _one(file: ConfigFile, option: ConfigOption, found: ConfigValue, value: object) -> object:
    if option.choices:
        if value not in option.choices:
            raise _wrong(file, found, f"one of {', '.join(option.choices)}", value)
        return value
    match option.kind, value:
        case ("bool", bool()) | ("text", str()):
            pass
        case "path", str(path):
            value = os.path.expanduser(path)  # noqa: PTH111 - the option takes a text
        case "int", int() if not isinstance(value, bool):
            pass
        case "float", int() | float() if not isinstance(value, bool):
            value = _float(file, found, value)
        case _:
            wanted = f"a list of {option.kind}s" if option.many else _NAMES[option.kind]
            raise _wrong(file, found, wanted, value)
    if isinstance(value, str) and "\0" in value:
        raise file.fault(found, "contains a NUL character")
    return value


def _float(file: ConfigFile, found: ConfigValue, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.nan
    if math.isnan(number):
        raise file.fault(found, "is not a usable number")
    return number


def _wrong(file: ConfigFile, found: ConfigValue, wanted: str, value: object) -> ConfigError:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    kind = kinds.get(type(value), "a date or time")
    same = kind == wanted or isinstance(value, str)
    got = f"{value!r}"[:60] if same else kind
    return file.fault(found, f"must be {wanted}, not {got}")
