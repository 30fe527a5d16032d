"""What may stand in a key: the type of its option, the limits of its option, and the limits of the API."""

import math
import os
from collections.abc import Callable

from lightning_cli.config import KEY_COMMAND, KEYRING, PROFILES, ConfigFile, Found, Option
from lightning_cli.errors import ConfigError, LightningError
from lightning_cli.key_places import KeyPlaces
from lightning_cli.request import SpeechRequest

# Options whose limits are those of a field of the request, which the parser of the command line does not know.
_FIELDS = {
    "voice": "voice_id",
    "model": "model",
    "sample-rate": "sample_rate",
    "speed": "speed",
    "language": "language",
    "dict": "pronunciation_dicts",
    "session-id": "session_id",
    "request-id": "request_id",
    "number-language": "number_pronunciation_language",
}
KEY_FILE = Option("api-key-file", "LIGHTNING_TTS_API_KEY_FILE", "path")
_NAMES = {"text": "a text", "path": "a text", "int": "a whole number", "float": "a number", "bool": "true or false"}


def typed(file: ConfigFile, option: Option, found: Found) -> object:
    """Give the value as the option takes it: a repeatable option a list, a path without its ``~``.

    Raises ``ConfigError`` for a value of another type, and for one that a field of a request does not take.
    """
    value: object
    if option.many:
        items = found.value if isinstance(found.value, list) else [found.value]
        value = [_one(file, option, found, item) for item in items]
    else:
        value = _one(file, option, found, found.value)
    field = _FIELDS.get(option.key)
    if field is not None:
        told(file, found, lambda: _check_field(field, value))
    return value


def told(file: ConfigFile, found: Found, check: Callable[[], object]) -> None:
    """Run a check; what it finds is told with the place in the file, as a ``ConfigError``."""
    try:
        check()
    except LightningError as fault:
        raise file.fault(found, f"cannot be used: {fault.message}", fault.hint) from fault


def key_places(file: ConfigFile, command: str, profile: str | None) -> KeyPlaces:
    """Give the places of the key that the file names; what a profile says about it replaces what the top says.

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


def _command(file: ConfigFile, found: Found) -> str | tuple[str, ...]:
    match found.value:
        case str(line) if line.strip() and "\0" not in line:
            return line
        case [str(program), *words] if program and all(isinstance(word, str) and "\0" not in word for word in words):
            return (program, *map(str, words))
    raise _wrong(file, found, 'a command, as in "pass show smallest" or ["pass", "show", "smallest"]', found.value)


def _one(file: ConfigFile, option: Option, found: Found, value: object) -> object:
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
        raise file.fault(found, "holds a NUL, which nothing takes")
    return value


def _float(file: ConfigFile, found: Found, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.nan
    if math.isnan(number):
        raise file.fault(found, "is no number that can be used")
    return number


def _check_field(field: str, value: object) -> None:
    taken = tuple(value) if isinstance(value, list) else value
    SpeechRequest(**{"text": "x", "voice_id": "x", field: taken})  # type: ignore[arg-type]  # the field checks its own


def _wrong(file: ConfigFile, found: Found, wanted: str, value: object) -> ConfigError:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    kind = kinds.get(type(value), "a date or time")
    same = kind == wanted or isinstance(value, str)
    got = f"{value!r}"[:60] if same else kind
    return file.fault(found, f"must be {wanted}, not {got}")
