"""Change one line of the configuration and nothing else; comments, order and blank lines stay.

The line is found in the text, and the change is accepted only if the parsed file differs by that key alone.
"""

import copy
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lightning_cli.cli.config.config_edit import content, draft_of, only_writer, replace, target_of
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
    Option,
    Place,
    is_profile_name,
    parse_config,
)
from lightning_cli.system.close_words import close_words

# Keys that are no options, as if they were.
_SPECIAL = {
    PROFILE: Option(PROFILE, "", "text"),
    KEY_COMMAND: Option(KEY_COMMAND, "", "text"),
    KEYRING: Option(KEYRING, "", "bool"),
}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Spot(NamedTuple):
    """The place of a key in the file: its table and its option."""

    table: Place
    option: Option


def spot_of(name: str, profile: str | None) -> Spot:
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
        close = close_words(key, known)
        hint = "lightning-tts login stores the key of the service" if key.endswith("key") else None
        raise UsageFault(
            f"unknown setting {name}",
            hint=hint or (f"did you mean {close[0]}?" if close else "lightning-tts config show lists the keys"),
        )
    table: Place = (PROFILES, profile) if profile else ()
    return Spot((*table, command) if dot else table, known[key])


def change(path: Path, spot: Spot, words: Sequence[str] | None) -> bool:
    """Set a key to what ``words`` say, or take it out when they are None; False when there is nothing to change.

    Raises ``UsageFault`` for words that are no such value, ``ConfigError`` when the file would not be right, or cannot
    be changed in one line.
    """
    with only_writer():
        return _changed(path, spot, words)


def _changed(path: Path, spot: Spot, words: Sequence[str] | None) -> bool:
    target = target_of(path)
    before = content(target)
    changed = rewritten(parse_config(path, before or b""), spot, words)
    if changed is None:
        return False
    check_all(parse_config(path, changed.encode()))
    draft = draft_of(target, changed.encode())
    try:
        replace(draft, target, before)
    finally:
        draft.unlink(missing_ok=True)
    return True


def rewritten(file: ConfigFile, spot: Spot, words: Sequence[str] | None) -> str | None:
    """Return the text of the changed file; None when there is nothing to change. Raises what ``change`` raises."""
    found = file.at(spot.table, spot.option.key)
    value = None if words is None else _value(spot.option, words)
    if found is None and value is None:
        return None
    if found is not None and found.value == value and type(found.value) is type(value):
        return None
    breaks = "\r\n" if file.text.count("\r\n") == file.text.count("\n") > 0 else "\n"
    text = file.text.replace(breaks, "\n")
    changed = (_without(file, text, spot) if value is None else _with(file, text, spot, value)).replace("\n", breaks)
    hard = ConfigError(
        f"{spot.option.key} cannot be changed in one line of {file.path}", hint="lightning-tts config edit"
    )
    try:
        result = parse_config(file.path, changed.encode())
    except ConfigError as fault:
        raise hard from fault
    if result.tree != _expected(file, spot, value):
        raise hard
    return changed


def _value(option: Option, words: Sequence[str]) -> object:
    try:
        # Bytes of the command line that are no UTF-8 come as half surrogates, which TOML does not have.
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
        raise UsageFault(
            f"{option.key} must be {kind}, not {word}", hint="lightning-tts say --help lists what the options take"
        ) from fault


def _literal(value: object) -> str:
    """Return a value as TOML: JSON, but for DEL, and for numbers, which Python spells as TOML does."""
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _with(file: ConfigFile, text: str, spot: Spot, value: object) -> str:
    lines = text.split("\n")
    found = file.at(spot.table, spot.option.key)
    if found is not None:
        number = _line_of(file, spot)
        lines[number] = f"{found.spelt} = {_literal(value)}{_comment(lines[number])}"
        return "\n".join(lines)
    line = f"{spot.option.key} = {_literal(value)}"
    start, end = _section(lines, spot.table)
    if start is None:
        gap = "\n" if text.strip() else ""
        return f"{text.rstrip()}{gap}{gap}[{'.'.join(spot.table)}]\n{line}\n".lstrip("\n")
    # Beside the comment that explains it, else behind the last key, else first.
    explained = [at for at in range(start, end) if re.match(rf"#\s*{re.escape(spot.option.key)}\s*=", lines[at])]
    keys = [at for at in range(start, end) if lines[at].strip() and not lines[at].lstrip().startswith("#")]
    lines.insert((explained or keys or [start - 1])[-1] + 1, line)
    return "\n".join(lines) if lines[-1] == "" else "\n".join([*lines, ""])


def _without(file: ConfigFile, text: str, spot: Spot) -> str:
    lines = text.split("\n")
    del lines[_line_of(file, spot)]
    return "\n".join(lines)


def _line_of(file: ConfigFile, spot: Spot) -> int:
    """Return the index of a key's line; raises ``ConfigError`` where it stands in a form that is not looked for."""
    found = file.at(spot.table, spot.option.key)
    number = file.line_of(found) if found is not None else None
    if number is None:
        raise ConfigError(f"the line of {spot.option.key} is not found", hint="lightning-tts config edit")
    return number - 1


def _section(lines: list[str], table: Place) -> tuple[int | None, int]:
    """Return the lines that belong to a table, without its header; None for a table that has no header."""
    headers = [(at, _header(line)) for at, line in enumerate(lines) if _header(line) is not None]
    starts = [-1] if not table else [at for at, name in headers if name == table]
    if not starts:
        return None, len(lines)
    start = starts[0] + 1
    return start, next((at for at, _ in headers if at >= start), len(lines))


def _header(line: str) -> Place | None:
    match = re.fullmatch(r"\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?", line)
    return tuple(part.strip().strip("\"'") for part in match[1].split(".")) if match else None


def _comment(line: str) -> str:
    """Return the comment behind a value, with the blanks before it."""
    for mark in re.finditer(r"\s*#", line):
        try:
            parse_config(Path(), line[: mark.start()].encode())
        except ConfigError:
            # Inside a text.
            continue
        return line[mark.start() :]
    return ""


def _expected(file: ConfigFile, spot: Spot, value: object) -> Any:
    """Return what the changed file must parse to."""
    tree: Any = copy.deepcopy(file.tree)
    table = tree
    for name in spot.table:
        table = table.setdefault(name, {})
    found = file.at(spot.table, spot.option.key)
    spelt = found.spelt if found is not None else spot.option.key
    if value is None:
        del table[spelt]
    else:
        table[spelt] = value
    return tree
