"""The template of the configuration: every key, explained by its option's help, and every line commented out."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from lightning_cli.cli.config.config_report import leaves
from lightning_cli.cli.configured import option_of
from lightning_cli.cli.help import SECTIONS, section_of
from lightning_cli.request import FIELDS, fields_by_flag
from lightning_cli.settings.config_file import ConfigOption

_COLUMNS = 100
_HEAD = """\
The configuration of lightning-tts. Remove the # of a line to change what it says.

A flag comes before an environment variable (--voice before LIGHTNING_TTS_VOICE), that before the profile
(--profile work), that before this file. What stands in a command's table holds for that command alone.
The key of the service does not belong here: lightning-tts login stores it.
"""
_TAIL = """\
Another way to the key: a program that prints it, or the system keyring.
key-command = "pass show smallest"
keyring = true

The profile to use when none is named.
profile = "work"

For one command alone.
[batch]
jobs = 4

For everything that is said with --profile work. A profile may have tables of commands too: [profiles.work.say]
[profiles.work]
voice = "meher"
model = "lightning_v3.1_pro"
"""
# Examples for keys without a default; those of the request's fields are in their table.
_EXAMPLES: dict[str, object] = {
    "api-key-file": "~/.smallest-key",
    "base-url": "http://127.0.0.1:8765",
    "budget": 100000,
    "cache": "~/speech",
    "context-id": "chapter-1",
    "delimiter": ";",
    "device": "pulse",
    "directory": "out",
    "encoding": "windows-1252",
    "format": "wav",
    "keys": True,
    "prebuffer": 300,
    "shard": "1/4",
    "wait-for-service": "30m",
}
# The same for an option that is not named above.
_EXAMPLE_OF: dict[str, object] = {"text": "text", "path": "~/file", "int": 1, "float": 1.0, "bool": True}


def template() -> str:
    """Return the file's text."""
    lines = [*_commented(_HEAD)]
    keys = _keys()
    sections = [*SECTIONS, *({section for section, _, _ in keys} - set(SECTIONS))]
    for section in sections:
        own = [(option, parameter) for name, option, parameter in keys if name == section]
        if own:
            lines += ["", f"## ---- {section}"]
        for option, parameter in sorted(own, key=lambda one: one[0].key):
            # JSON of these values is TOML.
            about = textwrap.wrap(parameter.help or "", _COLUMNS)
            lines += [
                "",
                *(f"## {line}" for line in about),
                f"# {option.key} = {json.dumps(_example(option, parameter))}",
            ]
    return "\n".join([*lines, "", *_commented(_TAIL), ""])


def _keys() -> list[tuple[str, ConfigOption, Any]]:
    """Return what may stand at the top of the file, once each, with the section that the help puts it in."""
    found: dict[str, tuple[str, ConfigOption, Any]] = {}
    for table, leaf, _ in leaves():
        for parameter in leaf.params:
            option = option_of(parameter)
            if option is not None and option.is_shared:
                found.setdefault(option.key, (section_of(table, option.key), option, parameter))
    return list(found.values())


def _example(option: ConfigOption, parameter: Any) -> object:
    if parameter.default is not None:
        return parameter.default
    if option.choices:
        return option.choices[0]
    field = FIELDS.get(fields_by_flag().get(option.key, ""))
    return field.example if field is not None else _EXAMPLES.get(option.key, _EXAMPLE_OF[option.kind])


def _commented(text: str) -> Iterator[str]:
    for line in text.splitlines():
        is_setting = " = " in line or line.startswith("[")
        yield f"{'#' if is_setting else '##'} {line}".rstrip() if line else ""
