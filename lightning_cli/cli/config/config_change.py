"""Set or remove one key of the configuration and nothing else; comments, order and blank lines stay.

``tomlkit`` edits the text, and the change is accepted only if the parsed file differs by that key alone.
"""

import contextlib
import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning_cli.cli.config.config_edit import content, save, target_of, turn
from lightning_cli.cli.config.config_report import check_all, leaves
from lightning_cli.cli.configured import option_of
from lightning_cli.cli.names import COMMANDS
from lightning_cli.errors import ConfigError, UsageFault
from lightning_cli.settings.config_file import (
    KEY_COMMAND,
    KEYRING,
    PROFILE,
    PROFILE_NAME_RULE,
    PROFILES,
    ConfigFile,
    ConfigOption,
    Place,
    help_hint,
    is_profile_name,
    parse_config,
)
from lightning_cli.system.close_words import did_you_mean

# Keys that are not options, as if they were.
_SPECIAL = {
    PROFILE: ConfigOption(PROFILE, "", "text"),
    KEY_COMMAND: ConfigOption(KEY_COMMAND, "", "text"),
    KEYRING: ConfigOption(KEYRING, "", "bool"),
}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class ConfigPlace:
    """The place of a key in the file: its table and its option."""

    table: Place
    option: ConfigOption


def spot_of(name: str, profile: str | None) -> ConfigPlace:
    """Return the place of ``key`` or ``command.key``, in a profile if one is named; else raises ``UsageFault``."""
    command, dot, key = name.replace("_", "-").rpartition(".")
    if profile is not None and not is_profile_name(profile):
        raise UsageFault(f"{profile!r} {PROFILE_NAME_RULE}", hint="choose another name")
    options = [(table, option) for table, leaf, _ in leaves() for one in leaf.params if (option := option_of(one))]
    if dot:
        known = {option.key: option for table, option in options if table == command}
    else:
        known = {option.key: option for _, option in options if option.is_shared}
        known |= {key: one for key, one in _SPECIAL.items() if not (profile and key == PROFILE)}
    if key not in known or (dot and command not in COMMANDS):
        hint = "lightning-tts login stores the key of the service" if key.endswith("key") else None
        raise UsageFault(
            f"unknown setting {name!r}",
            hint=hint or did_you_mean(key, known) or "lightning-tts config show lists the keys",
        )
    table: Place = (PROFILES, profile) if profile else ()
    return ConfigPlace((*table, command) if dot else table, known[key])


def change(path: Path, spot: ConfigPlace, words: Sequence[str] | None) -> bool:
    """Set a key to what ``words`` say, or take it out when they are None; False when there is nothing to change.

    Raises ``UsageFault`` for words that are not such a value, ``ConfigError`` when the file would not be right, or
    cannot be changed without more.
    """
    target = target_of(path)
    with turn():
        before = content(target)
        changed = rewritten(parse_config(path, before or b""), spot, words)
        if changed is None:
            return False
        _check(path, before or b"", changed.encode())
        save(target, changed.encode(), before)
    return True


def _check(path: Path, before: bytes, changed: bytes) -> None:
    """Raise ``ConfigError`` for a file that would not be right; a line is named where the fault was there before."""
    try:
        check_all(parse_config(path, changed))
    except ConfigError:
        check_all(parse_config(path, before))
        check_all(parse_config(path, changed, is_draft=True))


def rewritten(file: ConfigFile, spot: ConfigPlace, words: Sequence[str] | None) -> str | None:
    """Return the text of the changed file; None when there is nothing to change. Raises what ``change`` raises."""
    found = file.at(spot.table, spot.option.key)
    value = None if words is None else _value(spot, words)
    if found is None and value is None:
        return None
    if found is not None and found.value == value and type(found.value) is type(value):
        return None
    breaks = "\r\n" if file.text.count("\r\n") == file.text.count("\n") > 0 else "\n"
    text = file.text.replace(breaks, "\n")
    key = found.spelt if found is not None else spot.option.key
    wanted: Any = copy.deepcopy(file.tree)
    # TypeError is for a table that is none; a ValueError of tomlkit, for what it does not take as tomllib does.
    with contextlib.suppress(TypeError, ValueError):
        _edit(wanted, spot.table, key, value)
        candidates = [] if found is not None else _beside_its_comment(text, key, value)
        for changed in (*candidates, _edited(text, spot.table, key, value)):
            if _parsed(changed) == wanted:
                return changed.replace("\n", breaks)
    raise ConfigError(f"{key} cannot be changed in {file.path} as it is written", hint="lightning-tts config edit")


def _edit(document: Any, table: Place, key: str, value: object) -> None:
    """Set a key in a document of nested tables, or remove it when the value is None."""
    for name in table:
        document = document.setdefault(name, {})
        if not isinstance(document, dict):
            raise TypeError(f"{name} is not a table")
    if value is None:
        del document[key]
    else:
        document[key] = value


def _edited(text: str, table: Place, key: str, value: object) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    _edit(document, table, key, value)
    return tomlkit.dumps(document)


def _beside_its_comment(text: str, key: str, value: object) -> Iterator[str]:
    """Return the text with the key below each comment that explains it: in the template every key has one."""
    import tomlkit

    line = f"{key} = {tomlkit.item(value).as_string()}"
    for comment in reversed(list(re.finditer(rf"(?m)^#\s*{re.escape(key)}\s*=.*$", text))):
        yield f"{text[: comment.end()]}\n{line}{text[comment.end() :]}"


def _parsed(text: str) -> object:
    try:
        return parse_config(Path(), text.encode()).tree
    except ConfigError:
        return None


def _value(spot: ConfigPlace, words: Sequence[str]) -> object:
    option = spot.option
    try:
        # Bytes of the command line that are not UTF-8 come as half surrogates, which TOML does not have.
        "".join(words).encode()
    except UnicodeEncodeError as fault:
        raise UsageFault(
            f"{option.key} must be text in UTF-8", hint="a path in other bytes can be given by its flag or variable"
        ) from fault
    if option.many:
        return list(words)
    if len(words) != 1:
        raise UsageFault(f"{option.key} takes one value", hint="put it in quotes")
    word = words[0]
    try:
        match option.kind:
            case "int":
                return int(word)
            case "float":
                return float(word)
            case "bool":
                return _WORDS[word.lower()]
            case _:
                return word
    except (KeyError, ValueError) as fault:
        kind = {"int": "a whole number", "float": "a number"}.get(option.kind, "true or false")
        raise UsageFault(f"{option.key} must be {kind}, not {word!r}", hint=help_hint(spot.table)) from fault
